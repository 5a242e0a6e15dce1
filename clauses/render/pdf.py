"""Write a tree as PDF/A-2a and PDF/UA-1 with Typst: a template of ours, the tree as data, nothing else readable."""

from collections.abc import Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

from clauses.render import layout, tree
from clauses.render.errors import PdfFailed, PdfUnavailable
from clauses.render.tree import CoverLine, CoverRole, Document, Span, Spans
from procurement.core import pdf

__all__ = ["available", "write"]

_TEMPLATE = "contract"
_FLAGS = {"b": "bold", "i": "italic", "m": "missing"}
available = pdf.available


def write(document: Document, *, date: datetime) -> bytes:
    """Return the file, the same bytes for the same document and date; raise ``clauses.pdf_unavailable`` or ``pdf_failed``."""
    if not available():
        raise PdfUnavailable
    try:
        return pdf.render_archival(
            _TEMPLATE,
            payload(document),
            title=document.full_title,
            language="fr",
            date=date,
            pictures=_pictures(document),
        )
    except pdf.PdfError as error:
        raise PdfFailed(str(error)) from error


def payload(document: Document) -> dict[str, Any]:
    """Return the tree as JSON values."""
    return {
        "author": document.author,
        "subject": document.subject,
        "running": layout.running_header(document),
        "notice": document.notice,
        "cover": [_cover(line) for line in document.cover],
        "chapters": [_chapter(chapter) for chapter in document.chapters],
    }


def _pictures(document: Document) -> Mapping[str, bytes]:
    return {layout.logo_name(line.data): line.data for line in document.cover if line.role is CoverRole.LOGO}


def _cover(line: CoverLine) -> dict[str, Any]:
    if line.role is CoverRole.LOGO:
        return {"role": line.role, "image": layout.logo_name(line.data), "alt": tree.text_of(line.spans)}
    return {"role": line.role, "label": line.label, "s": _spans(line.spans)}


def _chapter(chapter: tree.Chapter) -> dict[str, Any]:
    return {**_heading(chapter), "clauses": [_clause(clause) for clause in chapter.clauses]}


def _clause(clause: tree.Clause) -> dict[str, Any]:
    return {**_heading(clause), "blocks": [_block(block) for block in clause.blocks]}


def _heading(one: tree.Chapter | tree.Clause) -> dict[str, str]:
    return {"number": one.number.label, "title": one.title, "anchor": one.anchor}


def _spans(spans: Spans) -> list[Any]:
    return [_span(span) for span in spans]


def _span(span: Span) -> Any:
    flags: dict[str, Any] = {key: True for key, name in _FLAGS.items() if getattr(span, name)}
    if span.position:
        flags["v"] = span.position
    if span.target:
        flags["to"] = span.target
    return {"t": span.text, **flags} if flags else span.text


@singledispatch
def _block(block: Any) -> dict[str, Any]:
    raise TypeError(f"{block!r} is no block")


@_block.register
def _(block: tree.Paragraph) -> dict[str, Any]:
    return {"k": "p", "s": _spans(block.spans)}


@_block.register
def _(block: tree.Subheading) -> dict[str, Any]:
    title = tree.text_of(block.spans)
    return {"k": "h", "number": block.number.label, "title": title, "anchor": block.anchor}


@_block.register
def _(block: tree.Bullets) -> dict[str, Any]:
    return {"k": "ul", "items": [_item(item) for item in block.items]}


@_block.register
def _(block: tree.Grid) -> dict[str, Any]:
    rows = [[_spans(cell) for cell in row] for row in block.rows]
    head = [_spans(cell) for cell in block.head]
    widths = list(layout.column_shares(block))
    return {"k": "table", "head": head, "rows": rows, "aligns": list(block.aligns), "widths": widths}


@_block.register
def _(block: tree.Formula) -> dict[str, Any]:
    return {"k": "formula", "s": _spans(block.spans)}


@_block.register
def _(block: tree.Signature) -> dict[str, Any]:
    return {"k": "sign", "title": block.title, "lines": list(block.lines)}


def _item(item: tree.Item) -> dict[str, Any]:
    below = {"items": [_item(one) for one in item.items]} if item.items else {}
    return {"s": _spans(item.spans), **below}
