"""Put together what an archive time-stamp is over (EN 319 132-1, 5.5.2.2)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from signing.produce.markup import (
    DS,
    EXCLUSIVE,
    FILTER2,
    XADES,
    canonical,
    canonical_document,
    child,
    qualifying,
)
from signing.produce.refusals import ProductionRefused
from signing.types import Bytes


def archive_imprint(signature: Any, unsigned: Any, documents: Mapping[str, bytes]) -> bytes:
    """Return what an archive time-stamp added now is over, every node in exclusive canonical form.

    In this order: every signed reference after its transforms, SignedInfo, SignatureValue, KeyInfo, every unsigned
    property that stands already, every ds:Object other than that of the qualifying properties. Raises
    ProductionRefused: ``produce.document_missing``, ``produce.foreign_reference``.
    """
    info = child(signature, f"{{{DS}}}SignedInfo")
    references = info.findall(f"{{{DS}}}Reference")
    own = [_own(reference, signature, documents) for reference in references]
    data = [part for part in own if part is not None]
    if len(data) < len(own):
        data = _foreign(signature, documents)
    parts = [*data, canonical(info), canonical(child(signature, f"{{{DS}}}SignatureValue"))]
    parts += [canonical(element) for element in signature.findall(f"{{{DS}}}KeyInfo")]
    parts += [canonical(element) for element in unsigned]
    others = [
        element
        for element in signature.findall(f"{{{DS}}}Object")
        if element.find(f"{{{XADES}}}QualifyingProperties") is None and not _referenced(element, references)
    ]
    return b"".join(parts + [canonical(element) for element in others])


def _referenced(element: Any, references: list[Any]) -> bool:
    """Tell whether an object is signed by itself: its data is in the imprint already."""
    identifier = element.get("Id")
    return identifier is not None and any(one.get("URI") == f"#{identifier}" for one in references)


def _own(reference: Any, signature: Any, documents: Mapping[str, bytes]) -> bytes | None:
    """Return the bytes of a reference of the forms that we write, None for any other form."""
    uri, transforms = reference.get("URI"), _transforms(reference)
    if uri == "" and transforms == [FILTER2, EXCLUSIVE] and _subtracts(reference):
        return canonical_document(signature.getroottree().getroot())
    if uri and uri.startswith("#") and transforms == [EXCLUSIVE]:
        return _own_properties(signature, uri[1:])
    if uri and not uri.startswith("#") and not transforms:
        name = unquote(uri)
        if name not in documents:
            raise ProductionRefused("produce.document_missing", "not given", name=name)
        return documents[name]
    return None


def _transforms(reference: Any) -> list[str | None]:
    return [element.get("Algorithm") for element in reference.iter(f"{{{DS}}}Transform")]


def _subtracts(reference: Any) -> bool:
    paths = list(reference.iter(f"{{{FILTER2}}}XPath"))
    return [(path.get("Filter"), path.text, path.nsmap.get("ds")) for path in paths] == [
        ("subtract", "/descendant::ds:Signature", DS)
    ]


def _own_properties(signature: Any, identifier: str) -> bytes | None:
    """Return this signature's SignedProperties; what else a fragment may name is a matter for the reader."""
    properties = child(qualifying(signature), f"{{{XADES}}}SignedProperties")
    return canonical(properties) if properties.get("Id") == identifier else None


def _foreign(signature: Any, documents: Mapping[str, bytes]) -> list[bytes]:
    """Return the bytes of the references of another tool's signature, as our reader of signatures finds them.

    A reference that is not found, or is not intact, is refused: an archive time-stamp over it would prove nothing.
    """
    from signing.xades import references
    from signing.xades.subject import subject
    from signing.xml.parse import Document
    from signing.xml.transforms import C14N_EXCLUSIVE, METHODS

    given = [Bytes(name, data) for name, data in documents.items()]
    found = subject(Document(b"", signature.getroottree()), signature, name="", contents=given)
    data = []
    for outcome in references.process(found):
        octets = outcome.octets(METHODS[C14N_EXCLUSIVE]) if outcome.holds else None
        if octets is None:
            raise ProductionRefused("produce.foreign_reference", outcome.fact.name)
        data.append(octets)
    return data
