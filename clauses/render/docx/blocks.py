"""Write lines and tables as WordprocessingML, with bookmarks and live cross-references."""

import hashlib
import itertools
from collections.abc import Iterator

from lxml import etree

from clauses.render.docx.lines import HEADINGS, Line, Row, Table
from clauses.render.docx.xml import t, w
from clauses.render.tree import Span
from clauses.rules.body import Align
from clauses.rules.spans import Position

#: Width of the text on the page, in twentieths of a point: A4 less two margins of 22 mm.
TEXT_WIDTH = 9411
_VERTICAL = {Position.SUPER: "superscript", Position.SUB: "subscript"}
_DIGEST_CHARACTERS = 7


class Ids:
    """Give bookmarks and revisions the numbers that must differ in one document."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def take(self) -> int:
        """Return a number nobody has."""
        return next(self._next)


def hidden_name(prefix: str, anchor: str) -> str:
    """Return the name of a bookmark that Word hides, as its own: ``_Toc`` or ``_Ref`` and digits."""
    digits = int(hashlib.sha256(anchor.encode()).hexdigest()[:_DIGEST_CHARACTERS], 16)
    return f"{prefix}{digits:09d}"


def run(span: Span, *, name: str = "t") -> etree._Element:
    """Return the run of a span; ``name`` is ``delText`` in a deletion."""
    return w("r", run_properties(span), t(span.text, name))


def run_properties(span: Span) -> etree._Element | None:
    """Return how a run looks, nothing for plain text; the order is that of the schema."""
    properties = w(
        "rPr",
        w("rStyle", val="Missing") if span.missing else None,
        w("b") if span.bold else None,
        w("i") if span.italic else None,
        w("vertAlign", val=_VERTICAL[span.position]) if span.position in _VERTICAL else None,
    )
    return properties if len(properties) else None


def field(code: str, *shown: etree._Element) -> Iterator[etree._Element]:
    """Yield the runs of a field with what it shows until it is updated."""
    yield w("r", w("fldChar", fldCharType="begin"))
    yield w("r", t(f" {code} ", "instrText"))
    yield w("r", w("fldChar", fldCharType="separate"))
    yield from shown
    yield w("r", w("fldChar", fldCharType="end"))


def span_runs(span: Span, *, live: bool = True) -> Iterator[etree._Element]:
    """Yield the runs of a span; a reference is a field that follows the number of its clause."""
    if not (span.target and live):
        yield run(span)
        return
    word, space, number = span.text.rpartition("\u00a0")
    yield run(Span(word + space, span.bold, span.italic))
    shown = run(Span(number, span.bold, span.italic))
    yield from field(f"REF {hidden_name('_Ref', span.target)} \\r \\h", shown)


def paragraph_properties(line: Line, *extra: etree._Element) -> etree._Element:
    """Return style and alignment of a line; ``extra`` comes last, as the schema wants the mark's properties."""
    align = None if line.align is Align.LEFT else w("jc", val=line.align.value)
    return w("pPr", w("pStyle", val=line.style), align, *extra)


def bookmark(ids: Ids, name: str, *inside: etree._Element) -> Iterator[etree._Element]:
    """Yield elements between the two ends of a bookmark."""
    number = ids.take()
    yield w("bookmarkStart", id=number, name=name)
    yield from inside
    yield w("bookmarkEnd", id=number)


def paragraph(line: Line, ids: Ids, referred: frozenset[str] = frozenset()) -> etree._Element:
    """Return the paragraph of a line; a heading carries the bookmarks of the contents and of references to it."""
    runs: list[etree._Element] = [one for span in line.spans for one in span_runs(span)]
    if line.anchor in referred:
        runs = list(bookmark(ids, hidden_name("_Ref", line.anchor), *runs))
    if line.anchor and line.style in HEADINGS:
        runs = list(bookmark(ids, hidden_name("_Toc", line.anchor), *runs))
    return w("p", paragraph_properties(line), *runs)


def table(table: Table, ids: Ids) -> etree._Element:
    """Return a table of full width whose header row repeats on each page."""
    return w("tbl", *table_head(table), *(row(one, table, ids) for one in table.rows))


def table_head(table: Table) -> tuple[etree._Element, etree._Element]:
    """Return the properties and the grid of a table."""
    properties = w(
        "tblPr",
        w("tblStyle", val="PliTable"),
        w("tblW", w=5000, type="pct"),
        w("tblLayout", type="fixed"),
        w("tblLook", val="0020", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=1, noVBand=1),
    )
    return properties, w("tblGrid", *(w("gridCol", w=width) for width in _widths(table)))


def row(row: Row, table: Table, ids: Ids) -> etree._Element:
    """Return one row."""
    cells = zip(row.cells, _widths(table), strict=True)
    return w("tr", row_properties(row), *(cell(width, paragraph(line, ids)) for line, width in cells))


def row_properties(row: Row, *extra: etree._Element) -> etree._Element:
    """Return that a row is not split between pages, and repeats if it is the header."""
    return w("trPr", w("cantSplit"), w("tblHeader") if row.header else None, *extra)


def cell(width: int, *content: etree._Element) -> etree._Element:
    """Return one cell."""
    return w("tc", w("tcPr", w("tcW", w=width, type="dxa")), *content)


def cell_widths(table: Table) -> tuple[int, ...]:
    """Return the widths of the cells of a row."""
    return tuple(_widths(table))


def _widths(table: Table) -> Iterator[int]:
    return (TEXT_WIDTH * share // 100 for share in table.shares)
