"""Lay the tree out in lines: one per paragraph of the word processor, with its style; a table is rows of cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from clauses.render import layout, tree
from clauses.render.tree import Block, CoverLine, CoverRole, Document, Spans
from clauses.rules.body import Align


@dataclass(frozen=True)
class Line:
    """A paragraph; ``anchor`` when others refer to it."""

    style: str
    spans: Spans
    anchor: str = ""
    align: Align = Align.LEFT


@dataclass(frozen=True)
class Row:
    """A row of a table: one line per cell."""

    cells: tuple[Line, ...]
    header: bool = False


@dataclass(frozen=True)
class Table:
    """A table; ``shares`` are the widths of its columns, in hundredths."""

    rows: tuple[Row, ...]
    shares: tuple[int, ...]


Piece: TypeAlias = Line | Table

_COVER = {CoverRole.TITLE: "Title", CoverRole.TEXT: "CoverText", CoverRole.FACT: "CoverFact"}
HEADINGS = ("Heading1", "Heading2", "Heading3")


def cover_lines(line: CoverLine) -> Iterator[Line]:
    """Yield the lines of a line of the cover: its label, then its words; a logo has none."""
    if line.label:
        yield Line("CoverLabel", (tree.Span(line.label),))
    if line.role in _COVER:
        yield Line(_COVER[line.role], line.spans)


def notice_line(document: Document) -> Line:
    """Return what the reader must know first; its style begins a page."""
    return Line("Notice", (tree.Span(document.notice),))


def clause_pieces(clause: tree.Clause) -> Iterator[Piece]:
    """Yield the lines and tables of a clause, its heading first."""
    yield Line(HEADINGS[1], (tree.Span(clause.title),), clause.anchor)
    for block in clause.blocks:
        yield from block_pieces(block)


def chapter_line(chapter: tree.Chapter) -> Line:
    """Return the heading of a chapter."""
    return Line(HEADINGS[0], (tree.Span(chapter.title),), chapter.anchor)


def block_pieces(block: Block) -> Iterator[Piece]:
    """Yield the lines and tables of a block."""
    if isinstance(block, tree.Paragraph):
        yield Line("BodyText", block.spans)
    elif isinstance(block, tree.Subheading):
        yield Line(HEADINGS[2], block.spans, block.anchor)
    elif isinstance(block, tree.Bullets):
        yield from _bullets(block)
    elif isinstance(block, tree.Grid):
        yield _table(block)
    elif isinstance(block, tree.Formula):
        yield Line("Formula", block.spans)
    else:
        yield Line("SignatureTitle", (tree.Span(block.title),))
        *lines, last = block.lines
        yield from (Line("SignatureLine", (tree.Span(line),)) for line in lines)
        yield Line("SignatureBox", (tree.Span(last),))


def _bullets(bullets: tree.Bullets) -> Iterator[Line]:
    for item in bullets.items:
        yield Line("ListBullet", item.spans)
        yield from (Line("ListBullet2", below.spans) for below in item.items)


def _table(grid: tree.Grid) -> Table:
    head = Row(_cells("TableHead", grid.head, grid.aligns), header=True)
    rows = (Row(_cells("TableText", row, grid.aligns)) for row in grid.rows)
    return Table((head, *rows), layout.column_shares(grid))


def _cells(style: str, cells: tuple[Spans, ...], aligns: tuple[Align, ...]) -> tuple[Line, ...]:
    return tuple(Line(style, spans, align=align) for spans, align in zip(cells, aligns, strict=True))
