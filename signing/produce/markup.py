"""Parse, canonicalise and write the XML of production; names and algorithms of XMLDSig and XAdES."""

from typing import Any

from lxml import etree

from signing.limits import XML_BYTES
from signing.produce.refusals import ProductionRefused

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES141 = "http://uri.etsi.org/01903/v1.4.1#"
_SIGNATURE = f"{{{DS}}}Signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
DIGEST_URIS = {
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
SIGNATURE_URIS = {
    "rsa-pkcs1-sha256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "rsa-pkcs1-sha384": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "rsa-pkcs1-sha512": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "ecdsa-sha256": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "ecdsa-sha384": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "ecdsa-sha512": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
}
#: A document type declaration, in the encodings that an XML parser accepts without being told.
_DOCTYPE = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"))  # fmt: skip


def is_xml(data: bytes) -> bool:
    """Tell whether a file begins as XML does, in UTF-8 or UTF-16."""
    return data[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def parse(data: bytes) -> Any:
    """Return the root of an XML document; raises ProductionRefused ``produce.xml_refused``."""
    if len(data) > XML_BYTES or any(word in data for word in _DOCTYPE):
        raise ProductionRefused("produce.xml_refused", "too large, or a document type declaration")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ProductionRefused("produce.xml_refused", str(error)) from error


def write(root: Any) -> bytes:
    """Return a whole document in UTF-8; comments and instructions beside the root stay."""
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def canonical(element: Any) -> bytes:
    """Return the exclusive canonical form of an element, without comments."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def canonical_document(root: Any) -> bytes:
    """Return the exclusive canonical form of a document less its signatures (XPath Filter 2.0, subtract)."""
    bare = root
    if next(root.iter(_SIGNATURE), None) is not None:
        bare = parse(write(root))
        for signature in list(bare.iter(_SIGNATURE)):
            _remove(signature)
    return etree.tostring(bare.getroottree(), method="c14n", exclusive=True, with_comments=False)


def _remove(element: Any) -> None:
    """Take an element out and leave the text that follows it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        raise ProductionRefused("produce.xml_refused", "the document is a signature")
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def insert_last(root: Any, fragment: bytes) -> bytes:
    """Return the document with an element's text written as last child of its root, nothing else changed.

    The text is put in as bytes: moving nodes would let libxml2 rewrite its namespace declarations, on which the
    literal XPath of the enveloped transform depends.
    """
    place = etree.ProcessingInstruction("pli-signature", "stands here")
    root.append(place)
    written = write(root)
    root.remove(place)
    mark = b"<?pli-signature stands here?>"
    if written.count(mark) != 1:
        raise ProductionRefused("produce.xml_refused", "the document holds our own mark")
    return written.replace(mark, fragment)


def signatures(root: Any) -> list[Any]:
    """Return the signatures of a document that are nobody's counter-signature, in document order."""
    counter = f"{{{XADES}}}CounterSignature"
    return [
        signature
        for signature in root.iter(_SIGNATURE)
        if not any(above.tag == counter for above in signature.iterancestors())
    ]


def child(element: Any, *path: str) -> Any:
    """Return the element at a path of qualified names; raises ``produce.not_signed`` when it is not there."""
    found = element
    for step in path:
        found = found.find(step)
        if found is None:
            raise ProductionRefused("produce.not_signed", f"no {step}")
    return found


def qualifying(signature: Any) -> Any:
    """Return a signature's QualifyingProperties, whichever ds:Object holds it; raises ``produce.not_signed``."""
    for holder in signature.findall(f"{{{DS}}}Object"):
        found = holder.find(f"{{{XADES}}}QualifyingProperties")
        if found is not None:
            return found
    raise ProductionRefused("produce.not_signed", "no qualifying properties")
