"""Parse the XML of a trusted list without letting it reach for anything: no document type, no entity, no network."""

from typing import TYPE_CHECKING

from signing import limits
from signing.errors import Unverifiable

if TYPE_CHECKING:
    from lxml.etree import _Element


def parse_list(data: bytes) -> "_Element":
    """Return the root element, comments and processing instructions taken out so that no text is cut in two.

    Raises ``Unverifiable``: REFUSED_DTD before parsing, UNSUPPORTED for an odd encoding, UNREADABLE for what is not well-formed.
    """
    from lxml import etree

    from signing.xml.parse import refuse_dtd

    refuse_dtd(data)
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
        raise Unverifiable("REFUSED_DTD", "xml.dtd", "a document type that only the parser saw")
    if any(len(element.attrib) > limits.XML_ATTRIBUTES for element in root.iter()):
        raise Unverifiable("UNREADABLE", "trust.not_xml", "too many attributes")
    return root
