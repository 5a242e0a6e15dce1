"""Write what changed between two documents as a DOCX with tracked changes: accepting all gives the new one, rejecting all the old.

Clauses are matched by their name, so a clause that moved is deleted here and inserted there; inside a clause,
paragraphs are matched by likeness and compared word by word; tables row by row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from clauses.render.align import pairs
from clauses.render.docx import blocks, lines
from clauses.render.docx.blocks import Ids
from clauses.render.docx.bookmarks import in_bookmark
from clauses.render.docx.contents import contents
from clauses.render.docx.lines import Line, Piece, Row, Table
from clauses.render.docx.origin import Origin
from clauses.render.docx.package import Package
from clauses.render.docx.xml import w
from clauses.render.tree import CoverRole, Document, Spans
from clauses.render.words import Change, changes, compare

_TAGS = {Change.INSERTED: "ins", Change.DELETED: "del"}


def write(
    old: Document, new: Document, *, date: datetime, author: str, origin: Origin | None = None
) -> bytes:
    """Return the file; ``author`` and ``date`` sign the revisions, ``origin`` is the draft that says ``new``."""
    package = Package(new, date)
    redline = Redline(author, date)
    package.body(package.picture(line) for line in new.cover if line.role is CoverRole.LOGO)
    package.body(redline.pieces(_cover(old), _cover(new)))
    package.body(contents(new))
    package.body(redline.pieces(_notice(old), _notice(new)))
    package.body(redline.units(_units(old), _units(new)))
    package.made_of(origin)
    return package.pack()


@dataclass(frozen=True)
class _Unit:
    """A chapter heading, or a clause in its bookmark: what is matched first."""

    key: str
    anchor: str
    pieces: tuple[Piece, ...]


def _units(document: Document) -> list[_Unit]:
    found: list[_Unit] = []
    for chapter in document.chapters:
        found.append(_Unit(f"chapter {chapter.title}", "", (lines.chapter_line(chapter),)))
        found += (
            _Unit(f"clause {one.id}", one.anchor, tuple(lines.clause_pieces(one))) for one in chapter.clauses
        )
    return found


def _cover(document: Document) -> list[Piece]:
    return [one for line in document.cover for one in lines.cover_lines(line)]


def _notice(document: Document) -> list[Piece]:
    return [lines.notice_line(document)] if document.notice else []


def _change(old: Piece | Row | None) -> Change:
    """Return what happened to something of which only one version is there."""
    return Change.DELETED if old else Change.INSERTED


class Redline:
    """Write pieces with revisions, each with a number of its own."""

    def __init__(self, author: str, date: datetime) -> None:
        self._ids = Ids()
        self._signed = {"author": author, "date": date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}

    def units(self, old: Sequence[_Unit], new: Sequence[_Unit]) -> Iterator[etree._Element]:
        """Yield chapters and clauses; deleted ones stand where they were."""
        before = {unit.key: unit for unit in old}
        after = {unit.key: unit for unit in new}
        for change, keys in changes([unit.key for unit in old], [unit.key for unit in new]):
            for key in keys:
                known = before[key].pieces if change is not Change.INSERTED else ()
                wanted = after[key] if change is not Change.DELETED else None
                elements = list(self.pieces(known, wanted.pieces if wanted else ()))
                yield from in_bookmark(wanted.anchor if wanted else "", elements, self._ids)

    def pieces(self, old: Sequence[Piece], new: Sequence[Piece]) -> Iterator[etree._Element]:
        """Yield lines and tables, matched by likeness."""
        for before, after in pairs(old, new):
            if isinstance(before, Line) or isinstance(after, Line):
                yield self.line(before, after)  # type: ignore[arg-type]  # pairs are of one kind
            else:
                yield from self._table(before, after)

    def line(self, old: Line | None, new: Line | None) -> etree._Element:
        """Return a paragraph with its revisions; one of the two may be missing."""
        shown = new or old
        assert shown is not None
        found = compare(old.spans if old else (), new.spans if new else ())
        runs = [run for change, spans in found for run in self._runs(change, spans)]
        if new and new.anchor and new.style in lines.HEADINGS:
            for prefix in ("_Ref", "_Toc"):
                runs = list(blocks.bookmark(self._ids, blocks.hidden_name(prefix, new.anchor), *runs))
        mark = () if old and new else (w("rPr", self._revision(_change(old))),)
        return w("p", blocks.paragraph_properties(shown, *mark), *runs)

    def _runs(self, change: Change, spans: Spans) -> Iterator[etree._Element]:
        if change is Change.DELETED:
            yield self._revision(change, *(blocks.run(span, name="delText") for span in spans))
            return
        runs = (run for span in spans for run in blocks.span_runs(span))
        if change is Change.SAME:
            yield from runs
        else:
            yield self._revision(change, *runs)

    def _revision(self, change: Change, *inside: etree._Element) -> etree._Element:
        return w(_TAGS[change], *inside, id=self._ids.take(), **self._signed)

    def _table(self, old: Table | None, new: Table | None) -> Iterator[etree._Element]:
        shown = new or old
        assert shown is not None
        rows = pairs(old.rows if old else (), new.rows if new else ())
        yield w("tbl", *blocks.table_head(shown), *(self._row(*one, shown) for one in rows))
        gap = Line("TableGap", ())
        yield self.line(gap if old else None, gap if new else None)

    def _row(self, old: Row | None, new: Row | None, table: Table) -> etree._Element:
        shown = new or old
        assert shown is not None
        mark = () if old and new else (self._revision(_change(old)),)
        before = old.cells if old else (None,) * len(shown.cells)
        after = new.cells if new else (None,) * len(shown.cells)
        cells = zip(blocks.cell_widths(table), before, after, strict=True)
        content = (blocks.cell(width, self._cell_line(one, other)) for width, one, other in cells)
        return w("tr", blocks.row_properties(shown, *mark), *content)

    def _cell_line(self, old: Line | None, new: Line | None) -> etree._Element:
        """Return the paragraph of a cell: its mark is never a revision, a cell always has one paragraph."""
        shown = new or old
        assert shown is not None
        found = compare(old.spans if old else (), new.spans if new else ())
        runs = (run for change, spans in found for run in self._runs(change, spans))
        return w("p", blocks.paragraph_properties(shown), *runs)
