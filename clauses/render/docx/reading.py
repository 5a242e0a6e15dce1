"""Read a DOCX back into paragraphs and tables, each with the clauses whose bookmarks are open over it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from clauses.render.docx.safety import Parts
from clauses.render.docx.xml import NS, q
from clauses.render.tree import Span, Spans
from clauses.render.words import joined
from clauses.rules.spans import Position

_POSITIONS = {"superscript": Position.SUPER, "subscript": Position.SUB}
_BOOKMARKS = (q("bookmarkStart"), q("bookmarkEnd"))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_REFERENCE = re.compile(r"\s*REF\s+(\w+)")
#: What a reference says before its number.
_ARTICLE = re.compile(r"article\s$")
_OFF = {"0", "false", "off"}
_WRAPPERS = {q(name) for name in ("sdt", "sdtContent", "customXml", "smartTag")}


@dataclass(frozen=True)
class ReadLine:
    """A paragraph: the name of its style (never its id, which Word translates), the level of its list, its words."""

    style: str
    level: int | None
    spans: Spans
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadTable:
    """A table: the lines of each cell."""

    rows: tuple[tuple[tuple[ReadLine, ...], ...], ...]
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadPiece:
    """A paragraph or a table, and the anchor of its clause; empty outside any clause."""

    content: ReadLine | ReadTable
    anchor: str


class _Stretches:
    """Where each clause lies: from the first start of a bookmark of its name to the last end of one.

    LibreOffice writes a bookmark that holds a list or a table as several of the same name, some without an end.
    """

    def __init__(self, body: etree._Element, anchors: Collection[str]) -> None:
        self._places = {element: place for place, element in enumerate(body.iter())}
        names: dict[str, str] = {}
        self._found: dict[str, tuple[int, int]] = {}
        for mark in body.iter(*_BOOKMARKS):
            number, name = mark.get(q("id"), ""), mark.get(q("name"), "")
            if mark.tag == q("bookmarkStart"):
                names[number] = name
            name = names.get(number, "")
            if name in anchors:
                place = self._places[mark]
                self._found[name] = (self._found.get(name, (place, place))[0], place)

    def anchor(self, element: etree._Element) -> str:
        """Return the clause that holds the first words of a paragraph or table; the innermost, if clauses overlap."""
        words = next((text for text in element.iter(q("t")) if text.text), element)
        place = self._places[words]
        over = [(start, name) for name, (start, end) in self._found.items() if start < place < end]
        return max(over)[1] if over else ""


class Reader:
    """Read the body of a document whose revisions have been settled.

    ``references`` maps the hidden bookmarks that fields name to clauses: their numbers may have changed since.
    ``anchors`` are the bookmarks of the clauses that were sent: a file may hold any number of others.
    """

    def __init__(self, parts: Parts, references: Mapping[str, str], anchors: Collection[str]) -> None:
        self._styles = _style_names(parts.xml("word/styles.xml"))
        self._references = references
        self._anchors = anchors

    def pieces(self, root: etree._Element) -> Iterator[ReadPiece]:
        """Yield what the body holds, in order."""
        for fallback in list(root.iter(_FALLBACK)):
            fallback.getparent().remove(fallback)  # type: ignore[union-attr]  # the root is none
        (body,) = root.iterfind("w:body", NS)
        yield from self._pieces(body, _Stretches(body, self._anchors))

    def _pieces(self, parent: etree._Element, clauses: _Stretches) -> Iterator[ReadPiece]:
        for element in parent:
            if element.tag == q("p"):
                yield ReadPiece(self._line(element), clauses.anchor(element))
            elif element.tag == q("tbl"):
                yield ReadPiece(self._table(element), clauses.anchor(element))
            elif element.tag in _WRAPPERS:
                yield from self._pieces(element, clauses)

    def _table(self, element: etree._Element) -> ReadTable:
        rows = tuple(
            tuple(tuple(map(self._line, cell.iter(q("p")))) for cell in row.iterfind("w:tc", NS))
            for row in element.iterfind("w:tr", NS)
        )
        return ReadTable(rows, _comments(element))

    def _line(self, paragraph: etree._Element) -> ReadLine:
        style = paragraph.find("w:pPr/w:pStyle", NS)
        name = self._styles.get("" if style is None else style.get(q("val"), ""), "")
        level = paragraph.find("w:pPr/w:numPr/w:ilvl", NS)
        spans = joined([*_with_references(_runs(paragraph), self._references)])
        return ReadLine(
            name, None if level is None else int(level.get(q("val"), "0")), spans, _comments(paragraph)
        )


def _style_names(root: etree._Element | None) -> dict[str, str]:
    """Return the invariant name of each style by its id."""
    found = {}
    for style in () if root is None else root.iter(q("style")):
        name = style.find("w:name", NS)
        if name is not None:
            found[style.get(q("styleId"), "")] = name.get(q("val"), "").lower()
    return found


def _comments(element: etree._Element) -> tuple[str, ...]:
    return tuple(mark.get(q("id"), "") for mark in element.iter(q("commentReference")))


def _runs(paragraph: etree._Element) -> Iterator[Span]:
    """Yield the spans of a paragraph; what a field shows bears, as its target, the bookmark that the field names."""
    codes: list[str] = []
    for run in paragraph.iter(q("r")):
        field = run.find("w:fldChar", NS)
        kind = "" if field is None else field.get(q("fldCharType"), "")
        if kind == "begin":
            codes.append("")
        elif kind == "end" and codes:
            codes.pop()
        elif codes:
            codes[-1] += "".join(code.text or "" for code in run.iter(q("instrText")))
        named = next((found[1] for code in codes if (found := _REFERENCE.match(code))), "")
        yield from (replace(span, target=named) for span in _spans(run))


def _with_references(spans: Iterator[Span], references: Mapping[str, str]) -> Iterator[Span]:
    """Yield the spans with « article » and the number of a reference made one, whose target is the clause."""
    held: Span | None = None
    for span in joined([*spans]):
        clause = references.get(span.target, "")
        if held is not None:
            article = _ARTICLE.search(held.text) if clause and not held.target else None
            yield replace(held, text=held.text[: article.start()]) if article else held
            clause = clause if article else ""
        held = replace(span, target=clause, text=f"article\u00a0{span.text}" if clause else span.text)
    if held is not None:
        yield held


def _spans(run: etree._Element) -> Iterator[Span]:
    properties = run.find("w:rPr", NS)
    vertical = run.find("w:rPr/w:vertAlign", NS)
    position = _POSITIONS.get("" if vertical is None else vertical.get(q("val"), ""), Position.NORMAL)
    for element in run:
        text = _character(element)
        if text:
            yield Span(text, _on(properties, "b"), _on(properties, "i"), position)


def _character(element: etree._Element) -> str:
    if element.tag == q("t"):
        return element.text or ""
    known = {q("tab"): " ", q("br"): " ", q("cr"): " ", q("noBreakHyphen"): "-", q("softHyphen"): ""}
    return known.get(str(element.tag), "")


def _on(properties: etree._Element | None, name: str) -> bool:
    switch = None if properties is None else properties.find(f"w:{name}", NS)
    return switch is not None and switch.get(q("val"), "1") not in _OFF
