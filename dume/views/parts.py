"""The parts of a response as people know them (II to IV of the European form): their criteria, and where each stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dume.espd import complete
from dume.espd.complete.showing import below
from dume.espd.model import AnswerStatus, Criterion, Document
from dume.espd.taxonomy import taxonomy
from procurement.core.text import _


@dataclass(frozen=True, slots=True)
class PartName:
    """A part: the word of its address, its number on the European form, its title, the tags of its criteria."""

    slug: str
    number: str
    title: str
    first: int
    last: int

    def holds(self, criterion: Criterion) -> bool:
        """Tell whether a criterion belongs to this part."""
        known = taxonomy().by_code.get(criterion.code)
        tag = known.tag if known is not None else criterion.tag
        digits = tag.removeprefix("C")
        return digits.isdigit() and self.first <= int(digits) <= self.last


PARTS = (
    PartName("iii-a", "III.A", _("Condamnations pénales"), 1, 6),
    PartName("iii-b", "III.B", _("Impôts et cotisations sociales"), 7, 8),
    PartName("iii-c", "III.C", _("Insolvabilité, conflits d’intérêts et fautes professionnelles"), 9, 23),
    PartName("iii-d", "III.D", _("Motifs propres à la France"), 24, 24),
    PartName("iv-a", "IV.A", _("Aptitude à exercer"), 25, 28),
    PartName("iv-b", "IV.B", _("Capacité économique et financière"), 29, 36),
    PartName("iv-c", "IV.C", _("Capacité technique et professionnelle"), 37, 54),
    PartName("iv-d", "IV.D", _("Qualité et environnement"), 55, 56),
    PartName("autres", "II", _("Groupement, sous-traitance et taille de l’entreprise"), 57, 99),
)


@dataclass(frozen=True, slots=True)
class PartState:
    """Where a part stands: questions without an answer, values nobody has confirmed, answers to read again."""

    name: PartName
    criteria: tuple[Criterion, ...]
    missing: int
    proposed: int
    to_review: int

    @property
    def done(self) -> bool:
        """Tell whether nothing is left to do."""
        return not (self.missing or self.proposed or self.to_review)

    def status(self) -> tuple[str, str, dict[str, int]]:
        """Return the word for the state, its colour and what the word quotes."""
        if self.proposed:
            return _("%(count)s à confirmer"), "warn", {"count": self.proposed}
        if self.to_review:
            return _("%(count)s à relire"), "warn", {"count": self.to_review}
        if self.missing:
            return _("%(count)s à remplir"), "todo", {"count": self.missing}
        return _("Fait"), "ok", {}


def by_slug(slug: str) -> PartName | None:
    """Return the part of an address."""
    return next((part for part in PARTS if part.slug == slug), None)


def part_of(what: Document, code: str) -> PartName | None:
    """Return the part that a criterion of a document belongs to."""
    found = next((one for one in what.criteria if one.code == code), None)
    return next((part for part in PARTS if found is not None and part.holds(found)), None)


def states(what: Document) -> tuple[PartState, ...]:
    """Return the parts that a response has, in the order of the European form, with where each stands."""
    return tuple(_states(what))


def _states(what: Document) -> Iterator[PartState]:
    shown = complete.visible(what)
    owed = [one.criterion for one in complete.missing(what)]
    waiting = {
        status: [one.property for one in what.answers if one.status is status and one.property in shown]
        for status in AnswerStatus
    }
    for name in PARTS:
        criteria = tuple(one for one in what.criteria if name.holds(one))
        if not criteria:
            continue
        codes = {one.code for one in criteria}
        ids = properties_of(criteria)
        yield PartState(
            name=name,
            criteria=criteria,
            missing=sum(code in codes for code in owed),
            proposed=sum(one in ids for one in waiting[AnswerStatus.PROPOSED]),
            to_review=sum(one in ids for one in waiting[AnswerStatus.TO_REVIEW]),
        )


def properties_of(criteria: Iterable[Criterion]) -> frozenset[str]:
    """Return the ids of all properties of some criteria."""
    return frozenset(one.id for criterion in criteria for group in criterion.groups for one in below(group))
