"""Make the tree of questions of a criterion from a response, its answers and what a person has just posted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dume import wording
from dume.espd.complete.showing import below
from dume.espd.model import Answer, Condition, Criterion, Document, Evidence, Group, Property, PropertyType
from dume.espd.taxonomy import strip, taxonomy
from dume.forms.fields import EVERY_LOT, WIDGETS, Choice, Field, Part, Question, Requirement, Scope, Widget
from dume.forms.texts import choices, texts
from dume.rendering.values import shown
from procurement.core import i18n
from procurement.core.text import _

#: The question whether there is a proof, which recurs under most criteria.
_PROOF = "C1_EG_crime-org/QG2/Q1"
_YES, _NO = "yes", "no"
_WANTED = {Condition.ON_TRUE: _YES, Condition.ON_FALSE: _NO}


@dataclass(frozen=True, slots=True)
class More:
    """What a person asked for: the key of a group or question that stands there once more, the lots answered apart."""

    added: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()


def parts(
    document: Document,
    criterion: Criterion,
    *,
    lang: str,
    posted: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    more: More | None = None,
) -> tuple[Part, ...]:
    """Return a criterion's questions, filled with the answers, or with what was posted; `errors` by field name."""
    builder = _Builder(document, criterion, lang, posted, errors or {}, more or More())
    return tuple(part for group in criterion.groups for part in builder.group(group, (), None))


class _Builder:
    def __init__(
        self,
        document: Document,
        criterion: Criterion,
        lang: str,
        posted: Mapping[str, str] | None,
        errors: Mapping[str, str],
        more: More,
    ) -> None:
        self.lang, self.posted, self.errors, self.more = lang, posted, errors, more
        self.code = criterion.code
        self.lots = tuple(lot.value for lot in other_lots(document, criterion))
        self.proofs = tuple(_proof(one) for one in document.evidences)
        self.answers: dict[Scope, Answer] = {}
        for answer in document.answers:
            for lot in answer.lots or (EVERY_LOT,):
                self.answers[Scope(answer.property, answer.occurrence, lot)] = answer

    def group(self, group: Group, above: tuple[int, ...], when: Field | None) -> Iterator[Part]:
        """Yield the group at each of its occurrences."""
        known = taxonomy().group(group.path)
        if known is None or not known.repeatable:
            yield self._part(group, above, when)
            return
        if group.path.rpartition("/")[2].startswith(
            "R"
        ):  # The buyer repeats its requirements; nobody else does.
            yield self._part(group, (*above, group.occurrence), when)
            return
        indexes = self._indexes(_ids(group), above, _key(group.path, above))
        for index in indexes:
            last = index == indexes[-1]
            yield self._part(group, (*above, index), when, repeated=len(indexes) > 1, last=last)

    def _indexes(self, ids: frozenset[str], above: tuple[int, ...], key: str) -> list[int]:
        """Return the indexes at which a group or question stands: as answered, as posted, one more when asked for.

        One that was taken away leaves a gap, which the document may have as well.
        """
        depth = len(above)
        said = [*self.answers, *(scope for scope in map(Scope.parse, self.posted or {}) if scope)]
        found = {
            scope.occurrence[depth]
            for scope in said
            if scope.question in ids and len(scope.occurrence) > depth and scope.occurrence[:depth] == above
        } or {1}
        if key in self.more.added:
            found.add(max(found) + 1)
        return sorted(found)

    def _part(
        self,
        group: Group,
        occurrence: tuple[int, ...],
        when: Field | None,
        *,
        repeated: bool = False,
        last: bool = False,
    ) -> Part:
        questions = [one for one in group.properties if one.type is PropertyType.QUESTION]
        asked = tuple(self._question(one, occurrence) for one in questions)
        indicator = next((q.fields[0] for q in asked if q.fields[0].widget is Widget.YES_NO), None)
        wanted = _WANTED.get(group.condition, "")
        return Part(
            path=group.path,
            occurrence=occurrence,
            legend=self._legend(group, occurrence, repeated=repeated),
            notes=self._notes(group),
            requirements=self._requirements(group),
            questions=asked,
            parts=tuple(part for inner in group.groups for part in self.group(inner, occurrence, indicator)),
            shown=when is None or not wanted or when.texts.get("") == wanted,
            when=when.name if when is not None and wanted else "",
            wanted=wanted if when is not None else "",
            add=_key(group.path, occurrence[:-1]) if last else "",
            remove=_key(group.path, occurrence) if repeated else "",
            optional=_optional(group),
        )

    def _legend(self, group: Group, occurrence: tuple[int, ...], *, repeated: bool) -> str:
        """Name a group: by its caption, by its number where it is repeated; else its questions speak for themselves."""
        caption = next((self._label(one) for one in group.properties if one.type is PropertyType.CAPTION), "")
        if not repeated:
            return caption
        return i18n.translate(
            _("%(label)s n° %(number)s"),
            self.lang,
            label=caption or i18n.translate(_("Réponse"), self.lang),
            number=occurrence[-1],
        )

    def _label(self, one: Property) -> str:
        return wording.label(one.path, self.lang) or one.description or one.path

    def _notes(self, group: Group) -> tuple[str, ...]:
        return tuple(self._label(one) for one in group.properties if one.type is PropertyType.CAPTION)

    def _requirements(self, group: Group) -> tuple[Requirement, ...]:
        return tuple(
            Requirement(self._label(one), shown(one.expected, one.value_type, self.lang))
            for one in group.properties
            if one.type is PropertyType.REQUIREMENT
            and one.expected is not None
            and one.value_type != "LOT_IDENTIFIER"
        )

    def _question(self, one: Property, above: tuple[int, ...]) -> Question:
        known = taxonomy().property(one.path)
        repeatable = known is not None and known.max is None
        key = _key(one.id, above)
        indexes = self._indexes(frozenset((one.id,)), above, key) if repeatable else [1]
        scopes = [Scope(one.id, (*above, index)) for index in indexes]
        fields = [self._field(one, scope) for scope in scopes]
        apart = [self._apart(scopes[0], lot) for lot in self.lots if not _is_proof(one)]
        fields += [self._field(one, scope) for scope in apart if scope is not None]
        return Question(
            label=self._label(one),
            fields=tuple(fields),
            required=known is None or known.min > 0,
            add=key if repeatable else "",
        )

    def _apart(self, scope: Scope, lot: str) -> Scope | None:
        """Return the scope of a lot answered apart, when it is."""
        single = Scope(scope.question, scope.occurrence, lot)
        named = f"{self.code}|{lot}" in self.more.apart or single in self.answers
        posted = self.posted is not None and any(name.startswith(single.name) for name in self.posted)
        return single if named or posted else None

    def _field(self, one: Property, scope: Scope) -> Field:
        widget = WIDGETS.get(one.value_type, Widget.LINE)
        answer = self.answers.get(scope)
        label = self._label(one)
        if scope.lot != EVERY_LOT:
            label = i18n.translate(_("%(label)s, pour le %(lot)s"), self.lang, label=label, lot=scope.lot)
        return Field(
            scope=scope,
            widget=widget,
            label=label,
            texts=texts(widget, scope, answer, self.posted),
            status=answer.status if answer else None,
            provenance=answer.provenance if answer else None,
            error=self.errors.get(scope.name, ""),
            choices=self._choices(one, widget, answer),
            units=one.value_type.endswith("QUANTITY"),
        )

    def _choices(self, one: Property, widget: Widget, answer: Answer | None) -> tuple[Choice, ...]:
        """Return what may be chosen; for a proof, those that the response has."""
        if widget is not Widget.PROOF:
            return choices(widget, strip(one.path), self.lang)
        known = {item.value: item for item in self.proofs}
        held = getattr(answer.value, "value", "") if answer is not None else ""
        return self.proofs if not held or held in known else (*self.proofs, Choice(held, held))


def _ids(group: Group) -> frozenset[str]:
    """Return the ids of the properties in and under a group."""
    return frozenset(one.id for one in below(group))


def _optional(group: Group) -> bool:
    """Tell whether a group may be left out as a whole: shown whatever is answered, and asked for by nobody."""
    known = taxonomy().group(group.path)
    return known is not None and known.min == 0 and group.condition is Condition.ALWAYS


def other_lots(document: Document, criterion: Criterion) -> tuple[Choice, ...]:
    """Return the lots for which a criterion may be answered apart: none for an exclusion ground, nor for a single lot."""
    known = taxonomy().by_code.get(criterion.code)
    lots = [lot for lot in document.lots if not criterion.lots or lot.id in criterion.lots]
    if len(lots) < 2 or (known is not None and known.kind == "exclusion"):  # noqa: PLR2004  # Two lots differ.
        return ()
    return tuple(Choice(lot.id, f"{lot.id} {lot.title}".strip()) for lot in lots)


def _is_proof(one: Property) -> bool:
    """Tell whether a question only asks for the proof of another: it is the same for all lots."""
    return WIDGETS.get(one.value_type) is Widget.PROOF or wording.label(one.path, "fr") == wording.label(
        _PROOF, "fr"
    )


def _proof(one: Evidence) -> Choice:
    title = one.reference.title if one.reference is not None else ""
    return Choice(one.id.value, title or one.description or one.id.value)


def _key(path: str, occurrence: Sequence[int]) -> str:
    """Name a group or a question at a place, for the buttons that add and remove."""
    return f"{path}|{'.'.join(str(index) for index in occurrence)}"
