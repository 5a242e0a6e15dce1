"""Read the pending revisions of a WordprocessingML document as accepted, and name their authors."""

from lxml import etree

from clauses.render.docx.xml import NS, q, w

_KEPT = (q("ins"), q("moveTo"))
_GONE = (q("del"), q("moveFrom"))
_MARKS = (
    *(q(f"{name}RangeStart") for name in ("moveFrom", "moveTo", "customXmlInsRange", "customXmlDelRange")),
    *(q(f"{name}RangeEnd") for name in ("moveFrom", "moveTo", "customXmlInsRange", "customXmlDelRange")),
)
_FORMER = tuple(
    q(f"{name}Change")
    for name in ("rPr", "pPr", "tblPr", "tblPrEx", "trPr", "tcPr", "sectPr", "tblGrid", "numbering")
)
_BOOKMARKS = (q("bookmarkStart"), q("bookmarkEnd"))


def authors(root: etree._Element) -> tuple[str, ...]:
    """Return who made the pending revisions, in order of appearance."""
    found = (
        element.get(q("author"))
        for element in root.iter(*_KEPT, *_GONE, *_FORMER, q("cellIns"), q("cellDel"))
    )
    return tuple(dict.fromkeys(author for author in found if author))


def accept(root: etree._Element) -> None:
    """Accept every revision in place, as the word processor would."""
    for element in list(root.iter(*_FORMER, *_MARKS)):
        _remove(element)
    _rows(root)
    for paragraph in list(root.iter(q("p"))):
        if (
            paragraph.find("w:pPr/w:rPr/w:del", NS) is not None
            or paragraph.find("w:pPr/w:rPr/w:moveFrom", NS) is not None
        ):
            paragraph.set(_MARK_GONE, "1")
    for element in list(root.iter(*_GONE)):
        if element.getparent() is not None:
            _delete(element)
    for element in list(root.iter(*_KEPT)):
        _unwrap(element)
    for paragraph in reversed(list(root.iter(q("p")))):
        if paragraph.get(_MARK_GONE):
            del paragraph.attrib[_MARK_GONE]
            _join(paragraph)


_MARK_GONE = "mark-gone"


def _rows(root: etree._Element) -> None:
    """Take deleted rows away, with the tables that have none left."""
    for row in list(root.iter(q("tr"))):
        if row.find("w:trPr/w:del", NS) is not None:
            table = row.getparent()
            _remove(row)
            if table is not None and table.find("w:tr", NS) is None:
                _remove(table)
    for mark in ("cellIns", "cellDel"):
        for element in list(root.iter(q(mark))):
            if mark == "cellDel":
                _empty(element)
            _remove(element)


def _empty(mark: etree._Element) -> None:
    """Empty a deleted cell; a row keeps its columns."""
    (cell, *_above) = mark.iterancestors(q("tc"))
    for paragraph in cell.findall("w:p", NS):
        cell.remove(paragraph)
    cell.append(w("p"))


def _delete(element: etree._Element) -> None:
    """Remove what was deleted, but not the ends of bookmarks that stand in it."""
    for mark in element.iter(*_BOOKMARKS):
        element.addprevious(mark)
    _remove(element)


def _unwrap(element: etree._Element) -> None:
    for child in list(element):
        element.addprevious(child)
    _remove(element)


def _join(paragraph: etree._Element) -> None:
    """Put what is left of a paragraph whose mark was deleted at the head of the next; the bookmarks go with it."""
    following = paragraph.getnext()
    while following is not None and following.tag in _BOOKMARKS:
        following = following.getnext()
    rest = [child for child in paragraph if child.tag != q("pPr")]
    if following is None or following.tag != q("p"):
        if not any(child.tag not in _BOOKMARKS for child in rest):
            for child in rest:
                paragraph.addprevious(child)
            _remove(paragraph)
        return
    properties = following.find("w:pPr", NS)
    at = 0 if properties is None else 1
    for offset, child in enumerate(rest):
        following.insert(at + offset, child)
    _remove(paragraph)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
