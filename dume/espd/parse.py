"""Parse XML that comes from anybody: no document type, no entity, no network, bounded size, depth and breadth. Pure.

Each refusal takes less than a second, whatever the bytes.
"""

import codecs
import re

from lxml import etree

from dume.espd.errors import NotWellFormed, XMLRefused
from procurement.core.text import _

#: Bounds of what a DUME may be; the largest official sample has 1.2 MB, 25,000 elements and a depth of 9.
MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 100
MAX_TAGS = 250_000
MAX_ATTRIBUTES = 400_000
#: Elements side by side; libxml2 names the place of each fault by counting its neighbours, one by one.
MAX_CHILDREN = 5_000
#: Where the first element must begin; only the declaration, comments and instructions may come before it.
MAX_PROLOG = 65_536

_ENCODINGS = frozenset(
    ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16le", "utf-16be")
)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_PLACE = re.compile(r", line \d+, column \d+$")
_TOO_MANY = etree.XPath(f"boolean(//*[{MAX_CHILDREN + 1}])")
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


def parse(data: bytes) -> etree._Element:
    """Return the root element of ``data``.

    Raise NotWellFormed with the line and column of the first fault, or XMLRefused (``dume.xml_too_big``,
    ``_too_deep``, ``_doctype``, ``_encoding``).
    """
    if len(data) > MAX_BYTES:
        raise XMLRefused(
            "dume.xml_too_big", _("Ce fichier dépasse %(megabytes)s Mio."), megabytes=MAX_BYTES >> 20
        )
    _refuse_document_type(data, _encoding(data))
    if data.count(b"<") > MAX_TAGS or data.count(b"=") > MAX_ATTRIBUTES:
        raise XMLRefused("dume.xml_too_big", _("Ce fichier a plus d’éléments qu’un DUME n’en peut avoir."))
    root = _root(data)
    if root.getroottree().docinfo.internalDTD is not None:
        raise _document_type()
    if _TOO_DEEP(root):
        raise _depth()
    if _TOO_MANY(root):
        raise XMLRefused("dume.xml_too_big", _("Ce fichier a plus d’éléments qu’un DUME n’en peut avoir."))
    return root


def _root(data: bytes) -> etree._Element:
    """Parse and turn the parser's complaint into ours."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error):
            raise _depth() from None
        line, column = error.position
        raise NotWellFormed(max(line, 1), max(column, 1), _PLACE.sub("", str(error.msg))) from None


def _encoding(data: bytes) -> str:
    """Return the Python name of the encoding; refuse those no DUME service writes."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _odd("UTF-32")
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if b"\0" in data[:4]:
        raise _odd("UTF-16, UTF-32")
    declared = _DECLARED.match(data.lstrip()[:300])
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        raise _odd(name)
    return name


def _refuse_document_type(data: bytes, encoding: str) -> None:
    """Read the prolog by hand, so that no parser ever meets a document type declaration."""
    text = data[:MAX_PROLOG].decode(encoding, "replace")
    place = 0
    while True:
        place = text.find("<", place)
        if place < 0 and len(data) > MAX_PROLOG:
            raise XMLRefused("dume.xml_too_big", _("Ce fichier ne commence pas comme un document XML."))
        if text.startswith("<!--", place):
            end = text.find("-->", place + 4)
        elif text.startswith("<?", place):
            end = text.find("?>", place + 2)
        elif text.startswith("<!", place):
            raise _document_type()
        else:
            return
        if end < 0:
            # The comment goes on past what is read here: a document that hides its beginning is refused.
            if len(data) > MAX_PROLOG:
                raise XMLRefused("dume.xml_too_big", _("Ce fichier ne commence pas comme un document XML."))
            return
        place = end


def _document_type() -> XMLRefused:
    return XMLRefused(
        "dume.xml_doctype", _("Ce fichier contient une déclaration DOCTYPE ou des entités : c’est refusé.")
    )


def _depth() -> XMLRefused:
    return XMLRefused("dume.xml_too_deep", _("Ce fichier a plus de %(depth)s niveaux."), depth=MAX_DEPTH)


def _odd(name: str) -> XMLRefused:
    return XMLRefused(
        "dume.xml_encoding", _("Ce fichier est dans l’encodage %(name)s. Utilisez UTF-8."), name=name
    )
