"""Look up what an old group or property became: the tables built by tools/build_espd_older.py."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# The tables of one version, tried in this order: 2.1.1 had two taxonomies.
TABLES = {
    "1.0.2": ("1.0.2",),
    "2.1.1": ("2.1.1", "2.1.1-basic"),
    "3.3.0": ("3.3.0",),
    "4.0.0": ("4.0.0",),
}


@dataclass(frozen=True, slots=True)
class TableProperty:
    """An old property: kind is Q, R or C; `to` is the path in the 4.1.0 criterion, empty when nothing asks the same.

    A target may end in a part: ``#uri``, ``#id`` and ``#issuer`` of the proof that stands there.
    """

    id: str
    kind: str
    type: str
    to: str


@dataclass(frozen=True, slots=True)
class TableGroup:
    """An old group with what stands in it."""

    id: str
    condition: str
    properties: tuple[TableProperty, ...]
    groups: tuple["TableGroup", ...]

    def walk(self) -> Iterator["TableGroup"]:
        """Yield this group and those below, in order."""
        yield self
        for group in self.groups:
            yield from group.walk()

    def targets(self) -> tuple[TableProperty, ...]:
        """List the properties in and under this group that have a target."""
        here = tuple(each for each in self.properties if each.to)
        return here + tuple(each for group in self.groups for each in group.targets())


@dataclass(frozen=True, slots=True)
class TableCriterion:
    """An old criterion; `to` is the 4.1.0 code, empty when there is none."""

    id: str
    code: str
    to: str
    groups: tuple[TableGroup, ...]


@cache
def criteria(table: str) -> tuple[TableCriterion, ...]:
    """Read one table (``1.0.2``, ``2.1.1``, ``2.1.1-basic``, ``3.3.0`` or ``4.0.0``)."""
    text = files(__package__).joinpath(f"{table}.json").read_text(encoding="utf-8")
    return tuple(
        TableCriterion(row["id"], row["code"], row["to"], tuple(_group(each) for each in row["groups"]))
        for row in json.loads(text)["criteria"]
    )


def _group(row: dict[str, list[list[str]]]) -> TableGroup:
    return TableGroup(
        str(row["id"]),
        str(row["if"]),
        tuple(TableProperty(*values) for values in row["properties"]),
        tuple(_group(each) for each in row["groups"]),  # type: ignore[arg-type]  # JSON: groups hold objects.
    )


@cache
def _index(table: str) -> dict[str, TableCriterion]:
    """Index a table by identifier, by code and by the last word of the code."""
    rows = criteria(table)
    by_word = {row.code.rsplit(".", 1)[-1]: row for row in rows}
    return by_word | {row.code: row for row in rows} | {row.id: row for row in rows}


def find(version: str, identifier: str, code: str) -> tuple[TableCriterion, ...]:
    """List what the tables of a version say of a criterion, by identifier first, then by code (maybe nothing)."""
    word = code.strip().rsplit(".", 1)[-1]
    found = []
    for table in TABLES[version]:
        index = _index(table)
        row = index.get(identifier.strip().lower()) or index.get(code.strip()) or index.get(word)
        if row is not None:
            found.append(row)
    return tuple(found)
