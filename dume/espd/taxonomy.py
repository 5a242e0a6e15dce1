"""Know the 62 criteria of ESPD-EDM 4.1.0 with their groups and properties.

The facts stand in ``data/*.json``, built by ``tools/build_espd_data.py``. A path is the official identifier without the
occurrence indexes at its end: ``C29_SC_gen-year-to/RG1/RQ1`` for ``C29_SC_gen-year-to/RG1/RQ1/R1/R1``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from dume.espd.model import Condition, PropertyType

CriterionKind = Literal["exclusion", "selection", "other"]
_OCCURRENCES = re.compile(r"(?:/R[0-9]+)+$")


@dataclass(frozen=True, slots=True)
class TaxonomyProperty:
    """A caption, requirement or question; `max` is None when it may be repeated without limit.

    `code_list` is the name of the list that a coded value is taken from, else empty.
    `id` is the official identifier (a requirement's ends with ``/R1``); `pattern` is the id of its first answer or, for a
    requirement, its own id: the path and one ``/R1`` per level; a caption has none. `levels` counts those indexes: one per
    repeatable group above, and one of the property itself.
    """

    path: str
    id: str
    type: PropertyType
    value_type: str
    min: int
    max: int | None
    label_key: str
    pattern: str
    levels: int
    code_list: str = ""

    def response_id(self, occurrence: tuple[int, ...]) -> str:
        """Return the identifier of the answer at an occurrence (indexes from 1); missing indexes count as 1."""
        indexes = (*occurrence, *(1,) * self.levels)[: self.levels]
        return self.path + "".join(f"/R{index}" for index in indexes)


@dataclass(frozen=True, slots=True)
class TaxonomyGroup:
    """Properties and groups shown together; `kind` is RG, RSG, QG or QSG, `code` the official type code.

    Three groups of C36 have a code that is no condition (``Rating``): they are always shown, one of the three is chosen.
    """

    path: str
    kind: str
    code: str
    condition: Condition
    min: int
    max: int | None
    properties: tuple[TaxonomyProperty, ...]
    groups: tuple["TaxonomyGroup", ...]

    @property
    def repeatable(self) -> bool:
        """Tell whether the group may occur several times."""
        return self.max is None

    def walk(self) -> Iterator["TaxonomyGroup"]:
        """Yield this group and those below, in document order."""
        yield self
        for group in self.groups:
            yield from group.walk()


@dataclass(frozen=True, slots=True)
class TaxonomyCriterion:
    """A criterion: its identifier (a UUID or, for seven, a path), its code, its tag such as C29, its French name."""

    id: str
    code: str
    tag: str
    kind: CriterionKind
    path: str
    name_fr: str
    groups: tuple[TaxonomyGroup, ...]

    def walk(self) -> Iterator[TaxonomyGroup]:
        """Yield each group of the criterion, in document order."""
        for group in self.groups:
            yield from group.walk()

    def properties(self) -> Iterator[TaxonomyProperty]:
        """Yield each property of the criterion, in document order."""
        for group in self.walk():
            yield from group.properties


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All criteria in official order, with their indexes."""

    version: str
    criteria: tuple[TaxonomyCriterion, ...]
    by_code: Mapping[str, TaxonomyCriterion]
    by_id: Mapping[str, TaxonomyCriterion]
    by_tag: Mapping[str, TaxonomyCriterion]
    groups: Mapping[str, TaxonomyGroup]
    properties: Mapping[str, TaxonomyProperty]
    owners: Mapping[str, TaxonomyCriterion]
    parents: Mapping[str, str]

    def property(self, path: str) -> TaxonomyProperty | None:
        """Return the property of a path or of an identifier that ends with occurrence indexes; None when unknown."""
        return self.properties.get(path) or self.properties.get(strip(path))

    def group(self, path: str) -> TaxonomyGroup | None:
        """Return the group of a path; None when unknown."""
        return self.groups.get(path)

    def criterion_of(self, path: str) -> TaxonomyCriterion | None:
        """Return the criterion that a path of a group, a property or a response belongs to; None when unknown."""
        return self.owners.get(path.partition("/")[0])

    def above(self, path: str) -> tuple[TaxonomyGroup, ...]:
        """Return the groups above a property or group, outermost first."""
        found: list[TaxonomyGroup] = []
        parent = self.parents.get(strip(path), "")
        while parent:
            found.append(self.groups[parent])
            parent = self.parents.get(parent, "")
        return tuple(reversed(found))


def strip(path: str) -> str:
    """Return a path without the occurrence indexes (``/R1``) at its end."""
    return _OCCURRENCES.sub("", path)


@cache
def taxonomy() -> Taxonomy:
    """Return the taxonomy 4.1.0, read once."""
    content = load("taxonomy-4.1.0")
    criteria = tuple(_criterion(entry) for entry in content["criteria"])
    groups = {group.path: group for criterion in criteria for group in criterion.walk()}
    members = {group.path: group.properties for group in groups.values()}
    properties = {entry.path: entry for entries in members.values() for entry in entries}
    parents = {child.path: group.path for group in groups.values() for child in group.groups}
    parents |= {entry.path: path for path, entries in members.items() for entry in entries}
    return Taxonomy(
        version=content["version"],
        criteria=criteria,
        by_code=MappingProxyType({entry.code: entry for entry in criteria}),
        by_id=MappingProxyType({entry.id: entry for entry in criteria}),
        by_tag=MappingProxyType({entry.tag: entry for entry in criteria}),
        groups=MappingProxyType(groups),
        properties=MappingProxyType(properties),
        owners=MappingProxyType({entry.path: entry for entry in criteria}),
        parents=MappingProxyType(parents),
    )


def load(name: str) -> dict[str, Any]:
    """Return the content of a file of ``data`` by its name without suffix."""
    source = files("dume.espd") / "data" / f"{name}.json"
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return content


def _criterion(entry: dict[str, Any]) -> TaxonomyCriterion:
    return TaxonomyCriterion(**{**entry, "groups": tuple(_group(group) for group in entry["groups"])})


def _group(entry: dict[str, Any]) -> TaxonomyGroup:
    code = entry["code"]
    own = {
        "condition": Condition(code) if code in set(Condition) else Condition.ALWAYS,
        "properties": tuple(_property(child) for child in entry["properties"]),
        "groups": tuple(_group(child) for child in entry["groups"]),
    }
    return TaxonomyGroup(**{**entry, **own})


def _property(entry: dict[str, Any]) -> TaxonomyProperty:
    rest = {key: value for key, value in entry.items() if key not in {"label", "codes"}}
    levels = entry["pattern"].removeprefix(entry["path"]).count("/R")
    own = {"type": PropertyType(entry["type"]), "label_key": entry["label"], "code_list": entry["codes"]}
    return TaxonomyProperty(**{**rest, **own, "levels": levels})
