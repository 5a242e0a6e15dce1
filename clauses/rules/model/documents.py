"""Describe canvases, cover pages and walk-throughs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clauses.rules.model.clauses import GroupMode
from clauses.rules.model.values import Origin, no_origin


@dataclass(frozen=True)
class Chapter:
    """A numbered chapter and its clauses, in order."""

    title: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Canvas:
    """The order of one kind of document."""

    id: str
    title: str
    document: str
    contract_types: tuple[str, ...]
    procedures: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    cover: str = ""
    groups: Mapping[str, GroupMode] = field(default_factory=dict)
    origin: Origin = field(default_factory=no_origin, compare=False, repr=False)

    @property
    def clause_ids(self) -> tuple[str, ...]:
        """Return every clause named, in the order of the document."""
        return tuple(clause for chapter in self.chapters for clause in chapter.clauses)


class CoverBlockKind(StrEnum):
    """What a block of a cover page shows."""

    LOGO = "logo"
    TITLE = "titre"
    REFERENCE = "reference"
    OBJECT = "objet"
    LOT = "lot"
    DEADLINE = "date_limite"
    TEXT = "texte"


@dataclass(frozen=True)
class CoverBlock:
    """One block of a cover page; a logo has an image and its alternative text."""

    kind: CoverBlockKind
    text: str = ""
    image: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Cover:
    """A cover page."""

    id: str
    title: str
    document: str
    blocks: tuple[CoverBlock, ...]
    origin: Origin = field(default_factory=no_origin, compare=False, repr=False)


@dataclass(frozen=True)
class Step:
    """One step of a walk-through: where, on what, what to do, what must be so afterwards."""

    page: str
    anchor: str
    text: str
    check: str = ""


@dataclass(frozen=True)
class Walkthrough:
    """A guided visit of a few steps."""

    id: str
    title: str
    summary: str
    steps: tuple[Step, ...]
    origin: Origin = field(default_factory=no_origin, compare=False, repr=False)
