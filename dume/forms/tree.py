"""Make the tree of questions of a criterion from a response, its answers and what a person has just posted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dume import wording
from dume.espd.model import Answer, Condition, Criterion, Document, Group, Property, PropertyType
from dume.espd.taxonomy import strip, taxonomy
from dume.forms.fields import EVERY_LOT, WIDGETS, Choice, Field, Part, Question, Requirement, Scope, Widget
from dume.forms.texts import choices, texts
from dume.rendering.values import shown
from procurement.core import i18n
from procurement.core.text import _

_YES, _NO = "yes", "no"
_WANTED = {Condition.ON_TRUE: _YES, Condition.ON_FALSE: _NO}


@dataclass(frozen=True, slots=True)
class More:
    """What a person asked to be added: how often a group or a question stands there, and lots answered apart."""

    counts: Mapping[str, int] = field(default_factory=dict)
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
    builder = _Builder(document, lang, posted, errors or {}, more or More())
    return tuple(part for group in criterion.groups for part in builder.group(group, (), None))


class _Builder:
    def __init__(
        self,
        document: Document,
        lang: str,
        posted: Mapping[str, str] | None,
        errors: Mapping[str, str],
        more: More,
    ) -> None:
        self.lang, self.posted, self.errors, self.more = lang, posted, errors, more
        self.lots = tuple(Choice(lot.id, f"{lot.id} {lot.title}".strip()) for lot in document.lots)
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
        count = self._count(group, above)
        for index in range(1, count + 1):
            last = index == count
            yield self._part(group, (*above, index), when, repeated=count > 1, last=last)

    def _count(self, group: Group, above: tuple[int, ...]) -> int:
        """Tell how many times a group stands there: as answered, as posted, as asked for; at least once."""
        ids = {one.id for one in _walk(group)}
        depth = len(above)
        said = [scope.occurrence for scope in self.answers if scope.question in ids]
        said += [
            scope.occurrence
            for scope in map(Scope.parse, self.posted or {})
            if scope and scope.question in ids
        ]
        found = [one[depth] for one in said if len(one) > depth and one[:depth] == above]
        return max((1, *found, self.more.counts.get(_key(group.path, above), 0)))

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
            parts=tuple(part for below in group.groups for part in self.group(below, occurrence, indicator)),
            shown=when is None or not wanted or when.texts.get("") == wanted,
            when=when.name if when is not None and wanted else "",
            wanted=wanted if when is not None else "",
            add=_key(group.path, occurrence[:-1]) if last else "",
            remove=_key(group.path, occurrence) if repeated else "",
        )

    def _legend(self, group: Group, occurrence: tuple[int, ...], *, repeated: bool) -> str:
        first = next(iter(group.properties), None)
        label = self._label(first) if first is not None else ""
        if not repeated:
            return label
        return i18n.translate(_("%(label)s (n° %(number)s)"), self.lang, label=label, number=occurrence[-1])

    def _label(self, one: Property) -> str:
        return wording.label(one.path, self.lang) or one.description or one.path

    def _notes(self, group: Group) -> tuple[str, ...]:
        return tuple(self._label(one) for one in group.properties if one.type is PropertyType.CAPTION)

    def _requirements(self, group: Group) -> tuple[Requirement, ...]:
        return tuple(
            Requirement(self._label(one), shown(one.expected, one.value_type, self.lang))
            for one in group.properties
            if one.type is PropertyType.REQUIREMENT and one.expected is not None
        )

    def _question(self, one: Property, above: tuple[int, ...]) -> Question:
        known = taxonomy().property(one.path)
        repeatable = known is not None and known.max is None
        count = self._times(one, above) if repeatable else 1
        scopes = [Scope(one.id, (*above, index)) for index in range(1, count + 1)]
        fields = [self._field(one, scope) for scope in scopes]
        apart = [self._apart(scopes[0], lot.value) for lot in self.lots if len(self.lots) > 1]
        fields += [self._field(one, scope) for scope in apart if scope is not None]
        taken = {scope.lot for scope in apart if scope is not None}
        return Question(
            label=self._label(one),
            fields=tuple(fields),
            required=known is None or known.min > 0,
            add=_key(one.id, above) if repeatable else "",
            other_lots=tuple(lot for lot in self.lots if len(self.lots) > 1 and lot.value not in taken),
        )

    def _times(self, one: Property, above: tuple[int, ...]) -> int:
        depth = len(above)
        said = [*self.answers, *(scope for scope in map(Scope.parse, self.posted or {}) if scope)]
        found = [
            scope.occurrence[depth]
            for scope in said
            if scope.question == one.id
            and len(scope.occurrence) > depth
            and scope.occurrence[:depth] == above
        ]
        return max((1, *found, self.more.counts.get(_key(one.id, above), 0)))

    def _apart(self, scope: Scope, lot: str) -> Scope | None:
        """Return the scope of a lot answered apart, when it is."""
        single = Scope(scope.question, scope.occurrence, lot)
        named = single.name in self.more.apart or single in self.answers
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
            choices=choices(widget, one.value_type, strip(one.path), self.lang),
        )


def _walk(group: Group) -> Iterator[Property]:
    yield from group.properties
    for below in group.groups:
        yield from _walk(below)


def _key(path: str, occurrence: Sequence[int]) -> str:
    """Name a group or a question at a place, for the buttons that add and remove."""
    return f"{path}|{'.'.join(str(index) for index in occurrence)}"
