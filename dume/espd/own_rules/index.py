"""Lay a document out for our own rules: its properties by identifier, each with the criterion it belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass

from dume.espd.model import Criterion, Document, Group, Property


@dataclass(frozen=True, slots=True)
class Asked:
    """A property of a document, its criterion, and the place of that criterion."""

    property: Property
    criterion: Criterion


def properties(document: Document) -> dict[str, Asked]:
    """Return every property of a document by its identifier."""
    return {
        found.id: Asked(found, criterion)
        for criterion in document.criteria
        for group in criterion.groups
        for found in _inside(group)
    }


def _inside(group: Group) -> Iterator[Property]:
    yield from group.properties
    for below in group.groups:
        yield from _inside(below)
