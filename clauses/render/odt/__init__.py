"""Write a tree as an OpenDocument text: numbers come from its outline style, references from bookmarks."""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from clauses.render import layout
from clauses.render.logo import ratio
from clauses.render.odt import blocks
from clauses.render.odt.blocks import Tables
from clauses.render.odt.contents import contents
from clauses.render.odt.package import Package
from clauses.render.odt.xml import e, q
from clauses.render.tree import CoverLine, CoverRole, Document, Span, text_of

__all__ = ["write"]

_COVER_STYLES = {
    CoverRole.TITLE: "Title",
    CoverRole.TEXT: "CoverText",
    CoverRole.FACT: "CoverFact",
    CoverRole.LOGO: "CoverLogo",
}
_FIRST = "First"
_BREAK = "HeadingBreak"


def write(document: Document, *, date: datetime) -> bytes:
    """Return the file; the pages of its contents are counted by the word processor that opens it."""
    package = Package(document, date)
    tables = Tables()
    cover = list(_cover(package, document))
    first = cover[0].get(_STYLE, "Standard")
    cover[0].set(_STYLE, _FIRST)
    elements = [*cover, contents(document), *_notice(document), *_chapters(document, tables)]
    return package.pack(elements, (*_automatic(first), *tables.styles()))


_STYLE = q("text:style-name")


def _automatic(first: str) -> Iterator[etree._Element]:
    """Yield the styles that start the cover page, and the first article on a page of its own."""
    yield e("style:style", name=_FIRST, family="paragraph", parent_style_name=first, master_page_name="Cover")
    new_page = e("style:paragraph-properties", fo__break_before="page")
    yield e("style:style", new_page, name=_BREAK, family="paragraph", parent_style_name="Heading_20_1")


def _cover(package: Package, document: Document) -> Iterator[etree._Element]:
    for line in document.cover:
        if line.label:
            yield blocks.paragraph("CoverLabel", (Span(line.label),))
        if line.role is CoverRole.LOGO:
            yield e("text:p", _picture(package, line), style_name="CoverLogo")
        else:
            yield blocks.paragraph(_COVER_STYLES[line.role], line.spans)


def _picture(package: Package, line: CoverLine) -> etree._Element:
    image = e(
        "draw:image",
        xlink__href=package.picture(line.data),
        xlink__type="simple",
        xlink__show="embed",
        xlink__actuate="onLoad",
    )
    frame = e(
        "draw:frame",
        image,
        e("svg:title", "Logo"),
        e("svg:desc", text_of(line.spans)),
        name="Logo",
        style_name="Graphics",
    )
    frame.set(q("svg:height"), f"{layout.LOGO_HEIGHT}mm")
    frame.set(q("svg:width"), f"{layout.LOGO_HEIGHT * ratio(line.data):.1f}mm")
    frame.set(q("text:anchor-type"), "as-char")
    return frame


def _notice(document: Document) -> Iterator[etree._Element]:
    if document.notice:
        yield blocks.paragraph("Notice", (Span(document.notice),))


def _chapters(document: Document, tables: Tables) -> Iterator[etree._Element]:
    for chapter in document.chapters:
        heading = blocks.heading(1, (Span(chapter.title),), chapter.anchor)
        if chapter is document.chapters[0] and not document.notice:
            heading.set(_STYLE, _BREAK)
        yield heading
        for clause in chapter.clauses:
            yield blocks.heading(2, (Span(clause.title),), clause.anchor)
            for block in clause.blocks:
                yield from blocks.blocks(block, tables)
