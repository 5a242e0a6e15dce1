"""Load what the rules of 2.1.1 and 1.0.2 compare with: lists, required attributes, taxonomies (built, never edited)."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dume.espd.rules_older.nodes import clark


@dataclass(frozen=True, slots=True)
class CodeList:
    """What a coded element or attribute must say: attributes it may not contradict, values in lower case."""

    name: str
    parents: tuple[str, ...]
    required: dict[str, str]
    values: frozenset[str] | None


@cache
def load(version: str) -> dict[str, Any]:
    """Return the built facts of a version (``2.1.1`` or ``1.0.2``)."""
    content = files("dume.espd.data").joinpath(f"rules-{version}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(content)
    return loaded


@cache
def names(version: str, *keys: str) -> frozenset[str]:
    """Return the Clark names listed under `keys` of the facts of a version."""
    at: Any = load(version)
    for key in keys:
        at = at[key]
    return frozenset(clark(name) for name in at)


@cache
def attribute_lists() -> dict[str, CodeList]:
    """Return by Clark name what the attributes of a coded element of 2.1.1 must say."""
    return {
        tag: CodeList(rule["required"]["listName"], parents, rule["required"], None)
        for rule in load("2.1.1")["attributes"]
        for parents, tag in [_context(rule["context"])]
    }


@cache
def value_lists() -> dict[str, CodeList]:
    """Return by Clark name the codes that an element of 2.1.1 may hold."""
    known = {tag: of.name for tag, of in attribute_lists().items()}
    return {
        tag: CodeList(known.get(tag, "ProfileExecutionID"), parents, {}, _lower(rule["values"]))
        for rule in load("2.1.1")["values"]
        for parents, tag in [_context(rule["context"])]
    }


@cache
def lists_102(kind: str) -> tuple[dict[str, CodeList], dict[str, CodeList]]:
    """Return the code lists of 1.0.2 for a kind of document: by Clark name of an element, by name of an attribute."""
    elements, attributes = {}, {}
    for rule in load("1.0.2")[kind]["values"]:
        values = _lower(rule["values"])
        if rule["context"].startswith("@"):
            attributes[rule["context"][1:]] = CodeList(rule["list"], (), {}, values)
        else:
            parents, tag = _context(rule["context"])
            elements[tag] = CodeList(rule["list"], parents, rule["required"], values)
    return elements, attributes


def lower(value: str) -> str:
    """Put the letters A to Z in lower case and no others, as the official comparison does."""
    return value.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _lower(values: list[str]) -> frozenset[str]:
    return frozenset(lower(value) for value in values)


def _context(context: str) -> tuple[tuple[str, ...], str]:
    *parents, tag = (clark(name) for name in context.split("/"))
    return tuple(parents), tag
