"""Write the table of contents: a field that the word processor can update, filled in beforehand."""

from collections.abc import Iterator, Mapping

from lxml import etree

from clauses.render import layout
from clauses.render.docx.blocks import field, hidden_name
from clauses.render.docx.xml import t, w
from clauses.render.tree import Document, Title

_CODE = ' TOC \\o "1-2" \\h \\z \\u '


def contents(document: Document, pages: Mapping[str, int]) -> Iterator[etree._Element]:
    """Yield the heading and the lines of the contents; ``pages`` gives the page of each anchor, when known."""
    heading = w("p", w("pPr", w("pStyle", val="TOCHeading")), w("r", t(layout.CONTENTS_TITLE)))
    yield heading
    titles = list(layout.contents(document))
    for title in titles:
        start = _start() if title is titles[0] else ()
        end = (w("r", w("fldChar", fldCharType="end")),) if title is titles[-1] else ()
        style = w("pPr", w("pStyle", val=f"TOC{title.number.level}"))
        yield w("p", style, *start, _entry(title, pages.get(title.anchor)), *end)


def _start() -> tuple[etree._Element, ...]:
    return (
        w("r", w("fldChar", fldCharType="begin")),
        w("r", t(_CODE, "instrText")),
        w("r", w("fldChar", fldCharType="separate")),
    )


def _entry(title: Title, page: int | None) -> etree._Element:
    name = hidden_name("_Toc", title.anchor)
    shown = w("r", t(str(page) if page else ""))
    words = (w("r", t(title.number.label)), w("r", w("tab") if title.number.level > 1 else t(" ")))
    number = field(f"PAGEREF {name} \\h", shown)
    return w("hyperlink", *words, w("r", t(title.title)), w("r", w("tab")), *number, anchor=name, history=1)
