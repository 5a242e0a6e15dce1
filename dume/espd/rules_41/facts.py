"""Load what the rules compare with: code lists, the attributes that name them, the taxonomy (built, never edited)."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dume.espd.model import Version
from dume.espd.scan import CAC, CBC

EXT = "{urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2}"
_SPACES = {"cac": CAC, "cbc": CBC, "ext": EXT}
#: The prefixes of the list versions that BR-OTH-01-40 accepts.
_LIST_VERSIONS = {Version.V4_1_0: ("4.",), Version.V4_0_0: ("4.",), Version.V3_3_0: ("3.", "03.")}
#: The character the official sheets put around each code of a list.
_MARK = "\x7f"


@dataclass(frozen=True, slots=True)
class Context:
    """The elements a rule is about: a name, and the names right above it, nearest first."""

    tag: str
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the taxonomy under one parent: its type code, how many properties and groups it must have."""

    code: str
    properties: int
    groups: int


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What the taxonomy says of a group id: by parent id, and the types its properties may have."""

    parents: dict[str, Group]
    types: frozenset[str]
    value_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """The data of one version."""

    version: Version
    attributes: tuple[tuple[Context, dict[str, str]], ...]
    values: tuple[tuple[Context, frozenset[str]], ...]
    occupations: tuple[str, frozenset[str]] | None
    coded: frozenset[str]
    versioned: frozenset[str]
    identifiers: frozenset[str]
    list_versions: tuple[str, ...]
    exclusion: str
    selection: str
    criteria: dict[str, tuple[str, int]]
    groups: dict[str, GroupFacts]
    subgroups: dict[str, GroupFacts]


def clark(name: str) -> str:
    """Return ``{namespace}ID`` for ``cbc:ID``."""
    prefix, _, local = name.partition(":")
    return _SPACES[prefix] + local


def lower(value: str) -> str:
    """Put the letters A to Z in lower case and no others, as the official comparison does."""
    return value.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def listed(code: str, among: str) -> bool:
    """Say whether the official comparison finds a code in a list: an absent code is found in every list."""
    return f"{_MARK}{lower(code)}{_MARK}" in among


@cache
def facts_of(version: Version) -> Facts:
    """Return the facts of a version: 4.1.0, 4.0.0 or 3.3.0."""
    content = files("dume.espd.data").joinpath(f"rules-{version.value}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(content)
    plain = [rule for rule in loaded["values"] if "[" not in rule["context"]]
    taxonomy = loaded["taxonomy"]
    return Facts(
        version=version,
        attributes=tuple((_context(rule["context"]), rule["required"]) for rule in loaded["attributes"]),
        values=tuple((_context(rule["context"]), _codes(rule["values"])) for rule in plain),
        occupations=_occupations(loaded["values"]),
        coded=frozenset(clark(name) for name in loaded["coded"]["plain"]),
        versioned=frozenset(clark(name) for name in loaded["coded"]["versioned"]),
        identifiers=frozenset(clark(name) for name in loaded["identifiers"]),
        list_versions=_LIST_VERSIONS[version],
        exclusion=_marked(loaded["listed"]["exclusion"]),
        selection=_marked(loaded["listed"]["selection"]),
        criteria={key: (code, groups) for key, (code, groups) in taxonomy["criteria"].items()},
        groups=_groups(taxonomy["groups"]),
        subgroups=_groups(taxonomy["subgroups"]),
    )


def _context(context: str) -> Context:
    *above, tag = (clark(name) for name in context.split("/"))
    return Context(tag, tuple(reversed(above)))


def _codes(values: list[str]) -> frozenset[str]:
    return frozenset(lower(value) for value in values)


def _marked(codes: list[str]) -> str:
    """Return the list as the official sheets write it: each code between two marks, none between two codes."""
    return "".join(f"{_MARK}{lower(code)}{_MARK}" for code in codes)


def _occupations(rules: list[dict[str, Any]]) -> tuple[str, frozenset[str]] | None:
    """Return the group id and the codes of the one list whose rule names a group."""
    for rule in rules:
        if "[" in rule["context"]:
            return rule["context"].split("'")[1], _codes(rule["values"])
    return None


def _groups(groups: dict[str, Any]) -> dict[str, GroupFacts]:
    return {
        key: GroupFacts(
            {parent: Group(*described) for parent, described in entry["parents"].items()},
            frozenset(entry["types"]),
            frozenset(entry["value_types"]),
        )
        for key, entry in groups.items()
    }
