"""Tell which questions are shown, given the indicators answered, and which of those nobody has answered. Pure.

A group ``ONTRUE`` or ``ONFALSE`` depends on the indicators of the group above it, in the same occurrence (rules BR-TCR-06
and -07, which ask for every property of such a group).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dume.espd.model import Answer, Condition, Criterion, Document, Group, Property, PropertyType
from dume.espd.taxonomy import taxonomy

Prefix = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A shown question without an answer: where it stands and the code of its criterion."""

    property: str
    occurrence: tuple[int, ...]
    criterion: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A group that is shown, once per prefix (the indexes of the repeatable groups down to it)."""

    group: Group
    prefixes: tuple[Prefix, ...]
    conditional: bool
    needed: bool


class Answers:
    """The answers of a document by property."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._by_property: dict[str, list[Answer]] = {}
        for each in answers:
            self._by_property.setdefault(each.property, []).append(each)

    def of(self, identifier: str) -> list[Answer]:
        """Return the answers to a property."""
        return self._by_property.get(identifier, [])

    def says(self, group: Group, prefix: Prefix) -> set[bool]:
        """Return what the indicators of a group say in one occurrence."""
        return {
            each.value
            for entry in group.properties
            for each in self.of(entry.id)
            if isinstance(each.value, bool) and each.occurrence[: len(prefix)] == prefix
        }


def levels(entry: Property) -> int:
    """Return how many indexes an answer to a property has; at least its own."""
    known = taxonomy().property(entry.path)
    return max(known.levels, 1) if known is not None else 1


def walk(criterion: Criterion, answers: Answers) -> Iterator[Shown]:
    """Yield each group of a criterion that is shown."""
    for group in criterion.groups:
        yield from _down(group, None, ((),), answers, needed=_minimum(group) > 0)


def _down(
    group: Group, parent: Group | None, above: tuple[Prefix, ...], answers: Answers, *, needed: bool
) -> Iterator[Shown]:
    """Yield a group and those below it, when its condition holds somewhere."""
    conditional = group.condition is not Condition.ALWAYS
    if conditional and parent is not None:
        wanted = group.condition is Condition.ON_TRUE
        above = tuple(prefix for prefix in above if wanted in answers.says(parent, prefix))
    if not above:
        return
    prefixes = tuple(dict.fromkeys(each for prefix in above for each in _prefixes(group, prefix, answers)))
    yield Shown(group, prefixes, conditional, needed or conditional)
    for child in group.groups:
        below = (needed or conditional) and _minimum(child) > 0
        yield from _down(child, group, prefixes, answers, needed=below)


def _prefixes(group: Group, prefix: Prefix, answers: Answers) -> list[Prefix]:
    """Return the occurrences of a group under one of its parent: those answered in or below it, or the first."""
    known = taxonomy().group(group.path)
    length = len(prefix)
    if known is not None:
        length = sum(each.repeatable for each in (*taxonomy().above(group.path), known))
    found = {
        each.occurrence[:length]
        for entry in below(group)
        for each in answers.of(entry.id)
        if each.occurrence[: len(prefix)] == prefix and len(each.occurrence) > length
    }
    return sorted(found) or [(*prefix, *(1,) * (length - len(prefix)))]


def below(group: Group) -> Iterator[Property]:
    """Yield the properties in and under a group."""
    yield from group.properties
    for child in group.groups:
        yield from below(child)


def _minimum(group: Group) -> int:
    known = taxonomy().group(group.path)
    return known.min if known is not None else 0


def visible(document: Document) -> frozenset[str]:
    """Return the ids of the properties that are shown, given the indicators answered."""
    answers = Answers(document.answers)
    return frozenset(
        entry.id
        for criterion in document.criteria
        for shown in walk(criterion, answers)
        for entry in shown.group.properties
    )


def missing(document: Document) -> tuple[Missing, ...]:
    """Return the questions that are shown, asked for, and not answered, in the order of the document.

    A question in an optional group is not asked for until its group is answered or its condition holds. Where answers
    differ by lot, a question is missing when one lot lacks an answer.
    """
    if any(each.lots for each in document.answers) and document.lots:
        parts = (replace(document, answers=_of_lot(document.answers, lot.id)) for lot in document.lots)
        return tuple(dict.fromkeys(each for part in parts for each in _missing(part)))
    return tuple(_missing(document))


def _of_lot(answers: Iterable[Answer], lot: str) -> tuple[Answer, ...]:
    return tuple(each for each in answers if not each.lots or lot in each.lots)


def _missing(document: Document) -> Iterator[Missing]:
    answers = Answers(document.answers)
    for criterion in document.criteria:
        shown = tuple(walk(criterion, answers))
        lacking = tuple(
            Missing(entry.id, (*prefix, 1), criterion.code)
            for each in shown
            for prefix in each.prefixes
            for entry in each.group.properties
            if _lacks(entry, prefix, each, answers)
        )
        yield from lacking or _silent(criterion, shown, answers)


def _silent(criterion: Criterion, shown: tuple[Shown, ...], answers: Answers) -> Iterator[Missing]:
    """Yield the first question of a selection criterion nobody has said a word about (rule BR-RESP-40)."""
    known = taxonomy().by_code.get(criterion.code)
    questions = [
        (entry, each.prefixes[0])
        for each in shown
        for entry in each.group.properties
        if entry.type is PropertyType.QUESTION
    ]
    if (
        known is None
        or known.kind != "selection"
        or any(answers.of(entry.id) for entry, _prefix in questions)
    ):
        return
    for entry, prefix in questions[:1]:
        yield Missing(entry.id, (*prefix, 1), criterion.code)


def _lacks(entry: Property, prefix: Prefix, shown: Shown, answers: Answers) -> bool:
    """Tell whether a question of a shown group is asked for and has no answer in this occurrence."""
    if entry.type is not PropertyType.QUESTION:
        return False
    if any(each.occurrence[: len(prefix)] == prefix for each in answers.of(entry.id)):
        return False
    if shown.conditional:
        return True
    known = taxonomy().property(entry.path)
    asked = known is not None and known.min > 0
    begun = any(
        each.occurrence[: len(prefix)] == prefix
        for other in shown.group.properties
        for each in answers.of(other.id)
    )
    return asked and (shown.needed or begun)
