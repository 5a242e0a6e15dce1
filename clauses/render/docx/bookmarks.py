"""Put each clause in a bookmark that outlives word processors.

A bookmark starts in the heading of its clause and ends in its last paragraph. Both ends stand inside paragraphs:
LibreOffice loses those between two paragraphs after a list or a table, and those at the head of the next one.
"""

from collections.abc import Iterator, Sequence

from lxml import etree

from clauses.render.docx.blocks import Ids
from clauses.render.docx.xml import q, w


def in_bookmark(anchor: str, elements: Sequence[etree._Element], ids: Ids) -> Iterator[etree._Element]:
    """Yield the elements in the bookmark of their anchor, in none without an anchor."""
    if anchor:
        paragraphs = [one for one in elements if one.tag == q("p")]
        number = ids.take()
        paragraphs[0].insert(1, w("bookmarkStart", id=number, name=anchor))
        paragraphs[-1].append(w("bookmarkEnd", id=number))
    yield from elements
