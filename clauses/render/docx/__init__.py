"""Write a tree as a DOCX file that a buyer can go on editing.

Headings are numbered by the word processor itself, from the styles Heading 1 to 3; references are live fields;
the pages of the contents are counted when the file is opened. Every clause stands in a bookmark from its heading to its last line, by which
`clauses.render.readback` finds it again.
"""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from clauses.render import tree
from clauses.render.docx import blocks, lines
from clauses.render.docx.blocks import Ids
from clauses.render.docx.bookmarks import in_bookmark
from clauses.render.docx.contents import contents
from clauses.render.docx.lines import Table
from clauses.render.docx.origin import Origin
from clauses.render.docx.package import Package
from clauses.render.docx.xml import w
from clauses.render.tree import CoverRole, Document

__all__ = ["Origin", "write"]


def write(
    document: Document,
    *,
    date: datetime,
    origin: Origin | None = None,
) -> bytes:
    """Return the file; ``origin`` is the draft that the document comes from, where it comes from one."""
    package = Package(document, date)
    package.body(cover(package, document))
    package.body(contents(document))
    package.body(notice(document))
    package.body(chapters(document, Ids()))
    package.made_of(origin)
    return package.pack()


def cover(package: Package, document: Document) -> Iterator[etree._Element]:
    """Yield the paragraphs of the cover page."""
    for line in document.cover:
        if line.role is CoverRole.LOGO:
            yield package.picture(line)
        yield from (blocks.paragraph(one, Ids()) for one in lines.cover_lines(line))


def notice(document: Document) -> Iterator[etree._Element]:
    """Yield what the reader must know first, on a page of its own with the first article."""
    if document.notice:
        yield blocks.paragraph(lines.notice_line(document), Ids())


def chapters(document: Document, ids: Ids) -> Iterator[etree._Element]:
    """Yield the numbered part, each clause in its bookmark."""
    referred = frozenset(references(document))
    for chapter in document.chapters:
        heading = blocks.paragraph(lines.chapter_line(chapter), ids, referred)
        if chapter is document.chapters[0] and not document.notice:
            heading[0].insert(1, w("pageBreakBefore"))
        yield heading
        for clause in chapter.clauses:
            yield from in_bookmark(clause.anchor, list(_clause(clause, ids, referred)), ids)


def _clause(clause: tree.Clause, ids: Ids, referred: frozenset[str]) -> Iterator[etree._Element]:
    for piece in lines.clause_pieces(clause):
        if isinstance(piece, Table):
            yield blocks.table(piece, ids)
            yield w("p", w("pPr", w("pStyle", val="TableGap")))
        else:
            yield blocks.paragraph(piece, ids, referred)


def references(document: Document) -> Iterator[str]:
    """Yield the anchors that sentences refer to."""
    for clause in document.clauses:
        for block in clause.blocks:
            for spans in tree.runs(block):
                yield from (span.target for span in spans if span.target)
