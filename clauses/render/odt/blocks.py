"""Write blocks as OpenDocument: outline headings, lists, tables, references that follow the numbers."""

from collections.abc import Iterator

from lxml import etree

from clauses.render import layout, tree
from clauses.render.odt.xml import append, e
from clauses.render.tree import Block, Span, Spans
from clauses.rules.body import Align
from clauses.rules.spans import Position

_POSITIONS = {Position.SUPER: "Sup", Position.SUB: "Sub"}


def paragraph(style: str, spans: Spans) -> etree._Element:
    """Return a paragraph."""
    element = e("text:p", style_name=style)
    fill(element, spans)
    return element


def heading(level: int, spans: Spans, anchor: str) -> etree._Element:
    """Return a heading that the outline numbers, in the bookmark that references name."""
    element = e("text:h", style_name=f"Heading_20_{level}", outline_level=str(level))
    append(element, e("text:bookmark-start", name=anchor))
    fill(element, spans)
    append(element, e("text:bookmark-end", name=anchor))
    return element


def fill(element: etree._Element, spans: Spans) -> None:
    """Append the spans to a paragraph."""
    for span in spans:
        append(element, _span(span))


def _span(span: Span) -> etree._Element | str:
    content: etree._Element | str = span.text
    if span.target:
        content = _reference(span)
    styles = [
        "Missing" if span.missing else "",
        "Bold" if span.bold else "",
        "Italic" if span.italic else "",
        _POSITIONS.get(span.position, ""),
    ]
    for style in filter(None, styles):
        content = e("text:span", content, style_name=style)
    return content


def _reference(span: Span) -> etree._Element:
    """Return « article 9.2 », whose number is that of the bookmarked heading."""
    word, space, number = span.text.rpartition("\u00a0")
    field = e("text:bookmark-ref", number, reference_format="number-all-superior", ref_name=span.target)
    return e("text:span", word + space, field)


class Tables:
    """Write tables, and gather the styles of their columns."""

    def __init__(self) -> None:
        self.shares: dict[int, None] = {}
        self._count = 0

    def table(self, grid: tree.Grid) -> etree._Element:
        """Return a table of full width whose header row repeats on each page."""
        self._count += 1
        shares = layout.column_shares(grid)
        self.shares.update(dict.fromkeys(shares))
        columns = (e("table:table-column", style_name=f"Column{share}") for share in shares)
        head = e("table:table-header-rows", self._row(grid, grid.head, "TableHead"))
        rows = (self._row(grid, row, "TableText") for row in grid.rows)
        return e("table:table", *columns, head, *rows, name=f"Tableau{self._count}", style_name="Grid")

    def _row(self, grid: tree.Grid, cells: tuple[Spans, ...], style: str) -> etree._Element:
        found = (
            e("table:table-cell", paragraph(_aligned(style, align), spans), style_name=f"{style}Cell")
            for spans, align in zip(cells, grid.aligns, strict=True)
        )
        return e("table:table-row", *found, style_name="GridRow")

    def styles(self) -> Iterator[etree._Element]:
        """Yield the automatic styles of the tables written."""
        properties = e("style:table-properties", width="166mm", table__align="margins")
        yield e("style:style", properties, name="Grid", family="table")
        yield e(
            "style:style",
            e("style:table-row-properties", fo__keep_together="always"),
            name="GridRow",
            family="table-row",
        )
        for share in self.shares:
            width = e("style:table-column-properties", column_width=f"{share * 1.66:.2f}mm")
            yield e("style:style", width, name=f"Column{share}", family="table-column")
        thin, thick, lines = (
            "0.5pt solid #d3dbd6",
            "1pt solid #0a5a4c",
            {"fo__padding": "0.5mm", "fo__padding_left": "1.8mm", "fo__padding_right": "1.8mm"},
        )
        body = e("style:table-cell-properties", **lines, fo__border_bottom=thin)
        head = e(
            "style:table-cell-properties",
            **lines,
            fo__border_top=thick,
            fo__border_bottom=thick,
            fo__background_color="#f3f6f4",
        )
        yield e("style:style", body, name="TableTextCell", family="table-cell")
        yield e("style:style", head, name="TableHeadCell", family="table-cell")


def _aligned(style: str, align: Align) -> str:
    return style if align is Align.LEFT else f"{style}_{align.value}"


def blocks(block: Block, tables: Tables) -> Iterator[etree._Element]:
    """Yield what a block becomes."""
    if isinstance(block, tree.Paragraph):
        yield paragraph("Text_20_body", block.spans)
    elif isinstance(block, tree.Subheading):
        yield heading(block.number.level, block.spans, block.anchor)
    elif isinstance(block, tree.Bullets):
        yield _bullets(block.items, "ListBullet")
    elif isinstance(block, tree.Grid):
        yield tables.table(block)
        yield paragraph("TableGap", ())
    elif isinstance(block, tree.Formula):
        yield paragraph("Formula", block.spans)
    else:
        yield from _signature(block)


def _bullets(items: tuple[tree.Item, ...], style: str) -> etree._Element:
    found = (
        e(
            "text:list-item",
            paragraph(style, item.spans),
            *([_bullets(item.items, "ListBullet2")] if item.items else []),
        )
        for item in items
    )
    return e("text:list", *found, **({"style_name": "Bullets"} if style == "ListBullet" else {}))


def _signature(block: tree.Signature) -> Iterator[etree._Element]:
    yield paragraph("SignatureTitle", (Span(block.title),))
    *lines, last = block.lines
    for line in lines:
        yield paragraph("SignatureLine", (Span(line),))
    yield paragraph("SignatureBox", (Span(last),))
