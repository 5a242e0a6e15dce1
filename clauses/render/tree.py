"""The neutral tree of a document: what every writer writes, with its numbers and references already in it."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from clauses.rules.body import Align
from clauses.rules.numbering import Number
from clauses.rules.spans import Position

_NOT_PLAIN = re.compile(r"[^a-z0-9]")
_PLAIN_CHARACTERS = 20
_DIGEST_CHARACTERS = 8


def anchor_of(clause: str) -> str:
    """Return the bookmark of a clause: at most 31 letters, digits and underscores, two clauses never share one.

    The digest keeps ``a.b_c`` and ``a_b.c`` apart, which underscores alone would not. Word allows 40 characters.
    """
    digest = hashlib.sha256(clause.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"c_{_NOT_PLAIN.sub('_', clause)[:_PLAIN_CHARACTERS]}_{digest}"


@dataclass(frozen=True)
class Span:
    """Characters of one look; ``target`` is the anchor they refer to, ``missing`` says that a value is awaited."""

    text: str
    bold: bool = False
    italic: bool = False
    position: Position = Position.NORMAL
    target: str = ""
    missing: bool = False


Spans: TypeAlias = tuple[Span, ...]


def text_of(spans: Spans) -> str:
    """Return the characters alone."""
    return "".join(span.text for span in spans)


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``source`` is what it was written from, in every block."""

    spans: Spans
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Subheading:
    """A numbered heading inside a clause."""

    number: Number
    spans: Spans
    anchor: str
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Item:
    """One item of a list and those below it."""

    spans: Spans
    items: "tuple[Item, ...]" = ()


@dataclass(frozen=True)
class Bullets:
    """A list of one or two levels."""

    items: tuple[Item, ...]
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Grid:
    """A table with its header row."""

    head: tuple[Spans, ...]
    rows: tuple[tuple[Spans, ...], ...]
    aligns: tuple[Align, ...]
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Formula:
    """A price formula on one line."""

    spans: Spans
    source: str = field(default="", compare=False)


@dataclass(frozen=True)
class Signature:
    """Where a party signs: its title, then the lines to fill in."""

    title: str
    lines: tuple[str, ...]
    source: str = field(default="", compare=False)


Block: TypeAlias = Paragraph | Subheading | Bullets | Grid | Formula | Signature


@dataclass(frozen=True)
class Clause:
    """A numbered clause; ``pending`` until a named lawyer has validated its words."""

    id: str
    anchor: str
    number: Number
    title: str
    blocks: tuple[Block, ...]
    pending: bool = False

    @property
    def heading(self) -> str:
        """Return the heading as it is read."""
        return self.number.heading(self.title)


@dataclass(frozen=True)
class Chapter:
    """A numbered chapter."""

    anchor: str
    number: Number
    title: str
    clauses: tuple[Clause, ...]

    @property
    def heading(self) -> str:
        """Return the heading as it is read."""
        return self.number.heading(self.title)


class CoverRole(StrEnum):
    """What a line of the cover page is."""

    LOGO = "logo"
    TITLE = "title"
    FACT = "fact"
    TEXT = "text"


@dataclass(frozen=True)
class CoverLine:
    """One line of a cover page; a fact has a label, a logo has an image (its name, its bytes) and what it shows."""

    role: CoverRole
    spans: Spans = ()
    label: str = ""
    image: str = ""
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Document:
    """One contract document, complete."""

    title: str
    kind: str
    reference: str
    subject: str
    cover: tuple[CoverLine, ...]
    chapters: tuple[Chapter, ...]
    notice: str = ""
    author: str = ""
    missing: tuple[str, ...] = ()
    language: str = "fr-FR"

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Return every clause, in order."""
        return tuple(clause for chapter in self.chapters for clause in chapter.clauses)

    @property
    def full_title(self) -> str:
        """Return the title with the reference, as a reader's window or a library lists it."""
        return f"{self.title} – {self.reference}" if self.reference else self.title


@dataclass(frozen=True)
class Title:
    """One numbered heading of a document, for tables of contents."""

    number: Number
    title: str
    anchor: str

    @property
    def heading(self) -> str:
        """Return the heading as it is read."""
        return self.number.heading(self.title)


def titles(document: Document) -> Iterator[Title]:
    """Yield the numbered headings, in order."""
    for chapter in document.chapters:
        yield Title(chapter.number, chapter.title, chapter.anchor)
        for clause in chapter.clauses:
            yield Title(clause.number, clause.title, clause.anchor)
            for block in clause.blocks:
                if isinstance(block, Subheading):
                    yield Title(block.number, text_of(block.spans), block.anchor)


def runs(block: Block) -> Iterator[Spans]:
    """Yield every run of spans of a block, in reading order."""
    if isinstance(block, Bullets):
        for item in block.items:
            yield item.spans
            yield from (below.spans for below in item.items)
    elif isinstance(block, Grid):
        yield from block.head
        for row in block.rows:
            yield from row
    elif isinstance(block, Signature):
        yield (Span(block.title),)
        yield from ((Span(line),) for line in block.lines)
    else:
        yield block.spans
