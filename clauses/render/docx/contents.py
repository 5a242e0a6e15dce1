"""Write the table of contents: a line per heading, its page counted by the word processor that opens the file.

The lines are no TOC field: LibreOffice shows what such a field holds as it was written, numbers that another program
guessed included, until somebody updates it. A page reference that stands by itself is counted when a file is opened.
"""

from collections.abc import Iterator

from lxml import etree

from clauses.render import layout
from clauses.render.docx.blocks import field, hidden_name
from clauses.render.docx.xml import t, w
from clauses.render.tree import Document, Title


def contents(document: Document) -> Iterator[etree._Element]:
    """Yield the heading and the lines of the contents."""
    yield w("p", w("pPr", w("pStyle", val="TOCHeading")), w("r", t(layout.CONTENTS_TITLE)))
    for title in layout.contents(document):
        style = w("pPr", w("pStyle", val=f"TOC{title.number.level}"))
        yield w("p", style, _entry(title))


def _entry(title: Title) -> etree._Element:
    name = hidden_name("_Toc", title.anchor)
    words = (w("r", t(title.number.label)), w("r", w("tab") if title.number.level > 1 else t(" ")))
    number = field(f"PAGEREF {name} \\h", w("r", t("")))
    return w("hyperlink", *words, w("r", t(title.title)), w("r", w("tab")), *number, anchor=name, history=1)
