"""One signature under examination: its parts, where it stands, and what is found to be wrong along the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from signing import limits
from signing.types import Content, Finding
from signing.xades.names import VERSIONS, first, properties
from signing.xml import core as xml_core
from signing.xml.core import Core
from signing.xml.ids import id_of
from signing.xml.parse import Document, elements, local, namespace
from signing.xml.transforms import DS, SIGNATURE, decoded


@dataclass(slots=True)
class Subject:
    """A ds:Signature in its document, with the contents that were given beside it."""

    document: Document
    core: Core
    name: str
    contents: Sequence[Content] = ()
    extra_certs: Sequence[bytes] = ()
    #: Contents are what the references name, and nothing else: the files of a container.
    named_contents: bool = False
    id: str = ""
    #: The signature that this one counter-signs, when it stands inside it.
    parent: "etree._Element | None" = None
    qualifying: "list[etree._Element]" = field(default_factory=list)
    signed_properties: "etree._Element | None" = None
    signed_signature_properties: "etree._Element | None" = None
    errors: list[Finding] = field(default_factory=list)
    constraints: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    #: The certificates of KeyInfo, DER, in order; readable or not.
    key_info_certificates: list[bytes] = field(default_factory=list, repr=False)

    @property
    def element(self) -> "etree._Element":
        """Return the ds:Signature."""
        return self.core.element

    @property
    def version(self) -> str | None:
        """Return the version of XAdES (1.1.1, 1.2.2, 1.3.2), None when this is no XAdES signature."""
        return None if self.signed_properties is None else VERSIONS[namespace(self.signed_properties)]

    @property
    def signed_data_properties(self) -> "etree._Element | None":
        """Return SignedDataObjectProperties."""
        found = properties(self.signed_properties, "SignedDataObjectProperties")
        return found[0] if found else None

    @property
    def unsigned(self) -> "list[etree._Element]":
        """Return the unsigned signature properties, in document order."""
        return [
            item
            for qualifying in self.qualifying
            for unsigned in properties(qualifying, "UnsignedProperties")
            for group in properties(unsigned, "UnsignedSignatureProperties")
            for item in elements(group)
        ]


def subject(
    document: Document,
    signature: "etree._Element",
    *,
    name: str,
    contents: Sequence[Content] = (),
    extra_certs: Sequence[bytes] = (),
    named_contents: bool = False,
) -> Subject:
    """Take a signature apart; never raises."""
    core = xml_core.read(signature)
    found = Subject(document, core, name, contents, extra_certs, named_contents, parent=enclosing(signature))
    found.errors.extend(core.errors)
    found.constraints.extend(core.constraints)
    found.key_info_certificates = _key_info_certificates(document, core.key_info)
    _qualify(found)
    return found


def enclosing(signature: "etree._Element") -> "etree._Element | None":
    """Return the signature whose unsigned property CounterSignature holds this one."""
    holder = signature.getparent()
    if holder is None or local(holder) != "CounterSignature" or not properties(holder.getparent()):
        return None
    ancestor = next(holder.iterancestors(SIGNATURE), None)
    if ancestor is None:
        return None
    own = [
        item
        for qualifying in _qualifying(ancestor)
        for unsigned in properties(qualifying, "UnsignedProperties")
        for group in properties(unsigned, "UnsignedSignatureProperties")
        for item in properties(group, "CounterSignature")
    ]
    return ancestor if holder in own else None


def _key_info_certificates(document: Document, key_info: "etree._Element | None") -> list[bytes]:
    found = [
        decoded(item.text)
        for data in (*xml_core.named(key_info, "X509Data"), *_retrieved(document, key_info))
        for item in xml_core.named(data, "X509Certificate")
    ]
    return [der for der in found[: limits.CERTIFICATES] if der]


def _retrieved(document: Document, key_info: "etree._Element | None") -> "list[etree._Element]":
    """Return the X509Data elsewhere in the document that RetrievalMethod names; transforms and files are not followed.

    A certificate is an offer wherever it stands: it is the signer's only when its key fits and it is the one signed for.
    """
    found = []
    for method in xml_core.named(key_info, "RetrievalMethod")[: limits.CERTIFICATES]:
        document.charge()
        uri = method.get("URI", "")
        bearers = document.ids.get(uri[1:]) if uri.startswith("#") and not elements(method) else ()
        if len(bearers) == 1 and bearers[0].tag == f"{{{DS}}}X509Data":
            found.append(bearers[0])
    return found


def _qualifying(signature: "etree._Element") -> "list[etree._Element]":
    """Return the QualifyingProperties that are children of the signature's own objects."""
    return [
        child
        for holder in xml_core.named(signature, "Object")
        for child in elements(holder)
        if local(child) == "QualifyingProperties" and namespace(child) in VERSIONS
    ]


def _qualify(found: Subject) -> None:
    """Keep the qualifying properties that are about this signature (EN 319 132-1, 4.4.2: Target)."""
    found.qualifying = [one for one in _qualifying(found.element) if _is_about(found, one)]
    signed = [
        item
        for one in found.qualifying
        for item in properties(one, "SignedProperties")
        if namespace(item) == namespace(one)
    ]
    if len(signed) > 1:
        found.errors.append(Finding("xml.element_count", {"name": "SignedProperties", "count": len(signed)}))
    found.signed_properties = signed[0] if signed else None
    found.signed_signature_properties = first(found.signed_properties, "SignedSignatureProperties")


def _is_about(found: Subject, qualifying: "etree._Element") -> bool:
    target = qualifying.get("Target", "")
    own = id_of(found.element)
    if own is not None and target == f"#{own}":
        return True
    if own is None or not target.startswith("#") or not found.document.ids.get(target[1:]):
        # Nothing else is meant, and the position says whose they are.
        found.warnings.append(Finding("xml.target_dangling", {"target": target or "-"}))
        return True
    found.constraints.append(Finding("xml.target_elsewhere", {"target": target}))
    return False
