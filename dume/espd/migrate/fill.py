"""Fill the criteria of an older version with the values of a 4.1.0 document: the way back of ``place``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dume.espd.migrate.tables import TableCriterion, TableGroup, TableProperty, criteria
from dume.espd.model import Answer, Criterion, Document, Group, Kind, Property, PropertyType, Value
from dume.espd.taxonomy import strip, taxonomy

# The indexes of the repeatable groups around a value.
Indexes = tuple[int, ...]
# In version 1.0.2 and 2.1.1 these are answered by a date in a criterion of their own.
SET_UP = "SET_UP"


@dataclass(frozen=True, slots=True)
class FilledProperty:
    """An old property with what the buyer expects of it and the answers to it."""

    row: TableProperty
    description: str
    expected: tuple[Value, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class FilledGroup:
    """An old group, once for each time it is repeated."""

    row: TableGroup
    properties: tuple[FilledProperty, ...]
    groups: tuple["FilledGroup", ...]


@dataclass(frozen=True, slots=True)
class FilledCriterion:
    """An old criterion and the 4.1.0 criterion it comes from."""

    row: TableCriterion
    source: Criterion
    groups: tuple[FilledGroup, ...]


@dataclass(slots=True)
class Written:
    """What a file holds: the identifiers of requirements and answers, and the values added (path, value)."""

    used: set[str] = field(default_factory=set)
    added: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Filler:
    """Fill criterion after criterion, and note what is written."""

    document: Document
    table: str
    written: Written

    def fill(self) -> Iterator[FilledCriterion]:
        """Yield the criteria the old version can say, in its order."""
        by_code = {each.code: each for each in self.document.criteria}
        for row in criteria(self.table):
            source = by_code.get(row.to)
            if source is None:
                continue
            one = _One(source, _answers(self.document, source), _expected(source), self)
            if row.code.endswith(SET_UP) and not one.asked(row):
                continue
            yield FilledCriterion(row, source, tuple(one.groups(row.groups, ())))


@dataclass(frozen=True, slots=True)
class _One:
    """One criterion being filled."""

    source: Criterion
    answers: dict[str, list[Answer]]
    expected: dict[str, list[tuple[Indexes, Property]]]
    filler: Filler

    def asked(self, row: TableCriterion) -> bool:
        """Tell whether anything is answered in a criterion that 4.1.0 made part of another."""
        return any(
            self.answers.get(_path(self.source, each)) for group in row.groups for each in group.targets()
        )

    def groups(self, rows: Iterable[TableGroup], around: Indexes) -> Iterator[FilledGroup]:
        """Yield the groups, each as often as the document repeats it, siblings of one identifier once."""
        seen: set[str] = set()
        for row in rows:
            if row.id in seen:
                continue
            seen.add(row.id)
            for key in self._keys(row, around):
                properties = tuple(self._property(each, key) for each in row.properties)
                yield FilledGroup(row, properties, tuple(self.groups(row.groups, key)))

    def _keys(self, row: TableGroup, around: Indexes) -> list[Indexes]:
        """List the repetitions of a group: those of what stands directly in it."""
        found: set[Indexes] = set()
        for each in row.properties:
            path = _path(self.source, each)
            for indexes in self._all(path):
                if _fits(indexes[:-1], around) and len(indexes[:-1]) >= len(around):
                    found.add(indexes[:-1])
        return sorted(found) or [around]

    def _all(self, path: str) -> list[Indexes]:
        answers = [each.occurrence for each in self.answers.get(path, ()) if each.occurrence]
        return answers + [indexes for indexes, _ in self.expected.get(path, ())]

    def _property(self, row: TableProperty, key: Indexes) -> FilledProperty:
        path = _path(self.source, row)
        answers = tuple(each for each in self.answers.get(path, ()) if _fits(each.occurrence[:-1], key))[:1]
        wanted = [each for indexes, each in self.expected.get(path, ()) if _fits(indexes[:-1], key)]
        self.filler.written.used |= {key_of(each) for each in answers}
        self.filler.written.used |= {each.id for each in wanted}
        descriptions = [each.description for each in _properties(self.source.groups) if each.path == path]
        return FilledProperty(
            row,
            next((each for each in descriptions if each), ""),
            tuple(each.expected for each in wanted if each.expected is not None),
            answers,
        )


def key_of(answer: Answer) -> str:
    """Name an answer in the list of what was written."""
    return f"{answer.property}{answer.occurrence}"


def _fits(one: Indexes, other: Indexes) -> bool:
    """Tell whether two places are one inside the other."""
    size = min(len(one), len(other))
    return one[:size] == other[:size]


def _path(source: Criterion, row: TableProperty) -> str:
    known = taxonomy().by_code.get(source.code)
    target = row.to.partition("#")[0]
    return strip(f"{known.path}/{target}") if known and target else ""


def _properties(groups: Iterable[Group]) -> Iterator[Property]:
    for group in groups:
        yield from group.properties
        yield from _properties(group.groups)


def _answers(document: Document, source: Criterion) -> dict[str, list[Answer]]:
    """Index the answers to a criterion by path, in the order of their occurrences."""
    if document.kind is Kind.REQUEST:
        return {}
    known = {each.id: each.path for each in _properties(source.groups)}
    found: dict[str, list[Answer]] = {}
    for each in sorted(document.answers, key=lambda answer: answer.occurrence):
        if each.property in known:
            found.setdefault(known[each.property], []).append(each)
    return found


def _expected(source: Criterion) -> dict[str, list[tuple[Indexes, Property]]]:
    """Index the requirements of a criterion by path, with the indexes their identifiers carry."""
    found: dict[str, list[tuple[Indexes, Property]]] = {}
    for each in _properties(source.groups):
        if each.type is PropertyType.REQUIREMENT and each.expected is not None:
            tail = each.id.removeprefix(each.path).split("/R")[1:]
            found.setdefault(each.path, []).append(
                (tuple(int(part) for part in tail if part.isdigit()), each)
            )
    return found
