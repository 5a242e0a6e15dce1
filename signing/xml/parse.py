"""Parse XML that may be hostile: no DTD, no entity, no network, bounded size, depth and number of attributes.

A document type declaration is refused before any parser sees it: whatever it declares (entities, defaults, ID
attributes), a signed document read by two programs would not be the same.
"""

import copy
import re
from functools import cached_property
from itertools import islice

from lxml import etree

from signing import limits
from signing.errors import Unverifiable
from signing.xml.ids import Ids

_BOM_UTF8 = b"\xef\xbb\xbf"
#: ``<?xm`` in EBCDIC, which parsers recognise.
_EBCDIC = b"\x4c\x6f\xa7\x94"
#: First bytes of a document, and how they are to be decoded to look for a DOCTYPE; longest first.
_WIDE = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_MANY_SIBLINGS = 1_000
#: What may come before the root element or the DOCTYPE. Nothing follows, so nothing is ever tried twice.
_PROLOG = re.compile(rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_DECLARED = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._:\-]+)[\"']")
#: Encodings in which ``<!DOCTYPE`` is written with its ASCII bytes, or that were decoded above.
_ENCODINGS = re.compile(
    r"utf-?8|us-ascii|ascii|latin-?1|iso[-_]8859[-_]\d{1,2}|(windows|cp)-?125\d"
    r"|utf-?16(-?[lb]e)?|utf-?32(-?[lb]e)?|iso-10646-ucs-[24]|ucs-?[24]",
    re.IGNORECASE,
)
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (limits.XML_DEPTH + 1) + ")")
_TOO_MANY_ATTRIBUTES = etree.XPath(f"boolean(//*[@*[{limits.XML_ATTRIBUTES + 1}]])")


class Document:
    """A parsed document, its identifiers, and copies of it from which nodes may be taken away."""

    def __init__(self, data: bytes, tree: "etree._ElementTree") -> None:
        self.data = data
        self.tree = tree
        self.root = tree.getroot()
        self._work = max(limits.XML_WORK, 8 * len(data))
        self._twin: tuple[tuple[etree._Element, ...], etree._ElementTree] | None = None

    @cached_property
    def ids(self) -> Ids:
        """Return the one map over Id, ID, id and xml:id."""
        return Ids(self.root)

    @cached_property
    def signatures(self) -> "list[etree._Element]":
        """Return every ds:Signature, in document order; each of thousands of references may ask for them."""
        return list(self.root.iter("{http://www.w3.org/2000/09/xmldsig#}Signature"))

    @cached_property
    def holds_only_signatures(self) -> bool:
        """Tell whether the document is a signature, or a mere list of signatures (ASiC)."""
        name = "{http://www.w3.org/2000/09/xmldsig#}Signature"
        children = elements(self.root)
        return self.root.tag == name or (bool(children) and all(child.tag == name for child in children))

    def charge(self, size: int = limits.XML_STEP) -> None:
        """Count bytes put in canonical form, or a step of work; raises Unverifiable (TOO_LARGE) past the limit.

        A file may hold thousands of references to all of itself.
        """
        self._work -= size
        if self._work < 0:
            raise Unverifiable("TOO_LARGE", "xml.too_much_work")

    def without(self, removed: "list[etree._Element]") -> "etree._ElementTree":
        """Return a copy of the whole document from which elements are gone, their tails kept; not to be changed.

        The last copy is kept: references of one signature leave the same elements out.
        """
        key = tuple(removed)
        if self._twin is None or self._twin[0] != key:
            self.charge(len(self.data))
            paths = [path_of(element) for element in removed]
            twin = copy.deepcopy(self.tree)
            for element in [at_path(twin.getroot(), path) for path in paths]:
                _take_away(element)
            self._twin = (key, twin)
        return self._twin[1]


def parse(data: bytes) -> Document:
    """Parse a document; raises Unverifiable: REFUSED_DTD, TOO_LARGE, UNSUPPORTED (encoding) or UNREADABLE."""
    if len(data) > limits.XML_BYTES:
        raise Unverifiable("TOO_LARGE", "xml.too_large", f"{len(data)} bytes", most=limits.XML_BYTES >> 20)
    refuse_dtd(data)
    if data.count(b"<") - data.count(b"</") + data.count(b"=") > limits.XML_NODES:
        raise Unverifiable("TOO_LARGE", "xml.too_complex", "too many elements and attributes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(error) from error
    except ValueError as error:
        raise Unverifiable("UNREADABLE", "xml.unreadable", str(error)) from error
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.externalDTD is not None:
        raise Unverifiable("REFUSED_DTD", "xml.dtd", "the parser saw a document type declaration")
    _check_shape(root)
    return Document(data, tree)


def refuse_dtd(data: bytes) -> None:
    """Refuse a document type declaration, in any encoding that the parser could read."""
    if data.startswith(_EBCDIC):
        raise Unverifiable("UNSUPPORTED", "xml.encoding", "EBCDIC", encoding="EBCDIC")
    prolog = data.removeprefix(_BOM_UTF8)
    wide = next((name for start, name in _WIDE if data.startswith(start)), None)
    if wide is not None:
        prolog = data.decode(wide, "replace").lstrip("\ufeff").encode("utf-8", "replace")
    declared = _DECLARED.match(prolog)
    if declared and not _ENCODINGS.fullmatch(declared[1].decode("ascii")):
        raise Unverifiable(
            "UNSUPPORTED", "xml.encoding", declared[1].decode("ascii"), encoding=declared[1].decode("ascii")
        )
    start = _PROLOG.match(prolog)
    at = start.end() if start else 0
    if prolog[at : at + 9].upper() == b"<!DOCTYPE":
        raise Unverifiable("REFUSED_DTD", "xml.dtd", "a document type declaration", offset=at)


def path_of(element: "etree._Element") -> tuple[int, ...]:
    """Return the position of an element: the index of each step among its siblings, from the root down."""
    steps: list[int] = []
    parent = element.getparent()
    while parent is not None:
        steps.append(parent.index(element))
        element, parent = parent, parent.getparent()
    return tuple(reversed(steps))


def at_path(root: "etree._Element", path: tuple[int, ...]) -> "etree._Element":
    """Return the element at a position given by ``path_of``."""
    for step in path:
        root = root[step]
    return root


def local(element: "etree._Element") -> str:
    """Return the local name of an element; empty for a comment or a processing instruction."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(element: "etree._Element") -> str:
    """Return the namespace of an element, empty when it has none."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def elements(parent: "etree._Element | None") -> "list[etree._Element]":
    """Return the child elements, without comments and processing instructions."""
    return [] if parent is None else list(parent.iterchildren("*"))


def readable_path(element: "etree._Element") -> str:
    """Return where an element stands, in words a person can follow: ``/Acte/Signature/Object[2]``.

    Among thousands of siblings no rank is given: a person would not count, and a hostile file would have us do so.
    """
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None:
        parent = node.getparent()
        siblings = [] if parent is None else list(islice(parent, _MANY_SIBLINGS))
        twins = [one for one in siblings if one.tag == node.tag] if len(siblings) < _MANY_SIBLINGS else []
        steps.append(f"{local(node)}[{twins.index(node) + 1}]" if len(twins) > 1 else local(node))
        node = parent
    return "/" + "/".join(reversed(steps))


def _take_away(element: "etree._Element") -> None:
    """Remove an element but not the text after it, which belongs to its parent."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    if tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + tail
        else:
            before.tail = (before.tail or "") + tail
    parent.remove(element)


def _unreadable(error: "etree.XMLSyntaxError") -> Unverifiable:
    text = str(error)
    if "huge" in text.lower() or "excessive depth" in text.lower():
        return Unverifiable("TOO_LARGE", "xml.too_complex", text)
    return Unverifiable("UNREADABLE", "xml.unreadable", text, line=error.lineno or 0)


def _check_shape(root: "etree._Element") -> None:
    if _TOO_DEEP(root):
        raise Unverifiable("TOO_LARGE", "xml.too_complex", "too deep")
    if _TOO_MANY_ATTRIBUTES(root):
        raise Unverifiable("TOO_LARGE", "xml.too_complex", "too many attributes")
