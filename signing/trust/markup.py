"""Parse the XML of a trusted list without letting it reach for anything: no document type, no entity, no network."""

import re
from typing import TYPE_CHECKING

from signing import limits
from signing.errors import Unverifiable

if TYPE_CHECKING:
    from lxml.etree import _Element

#: A document type in any encoding that an XML reader may guess: NUL bytes of UTF-16 and UTF-32 are looked through.
_DOCTYPE = re.compile(rb"<\x00{0,3}!\x00{0,3}D\x00{0,3}O\x00{0,3}C\x00{0,3}T\x00{0,3}Y\x00{0,3}P\x00{0,3}E")


def parse_list(data: bytes) -> "_Element":
    """Return the root element, comments and processing instructions taken out so that no text is cut in two.

    Raises ``Unverifiable``: REFUSED_DTD before parsing, UNREADABLE for what is not well-formed.
    """
    from lxml import etree

    if _DOCTYPE.search(data):
        raise Unverifiable("REFUSED_DTD", "trust.doctype", "a document type")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unverifiable("UNREADABLE", "trust.not_xml", str(error).splitlines()[0]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        # Encodings that the scan above does not see through, such as UTF-7.
        raise Unverifiable("REFUSED_DTD", "trust.doctype", "a document type")
    if any(len(element.attrib) > limits.XML_ATTRIBUTES for element in root.iter()):
        raise Unverifiable("UNREADABLE", "trust.not_xml", "too many attributes")
    return root
