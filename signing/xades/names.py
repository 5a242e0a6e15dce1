"""Names of XAdES: namespaces of its versions, types of references, properties by what they are for."""

from functools import lru_cache

from lxml import etree

from signing.xml.parse import local, namespace

_ETSI = "http://uri.etsi.org/01903/"
#: Namespaces in which qualifying properties are written; 1.4.1 only adds properties to 1.3.2.
VERSIONS = {_ETSI + "v1.1.1#": "1.1.1", _ETSI + "v1.2.2#": "1.2.2", _ETSI + "v1.3.2#": "1.3.2"}
CURRENT = _ETSI + "v1.3.2#"
ADDED = _ETSI + "v1.4.1#"
_NAMESPACES = frozenset({*VERSIONS, ADDED})
#: The type of the reference to SignedProperties, of this version and of older ones.
SIGNED_PROPERTIES_TYPES = frozenset(
    {"http://uri.etsi.org/01903#SignedProperties", *(name + "SignedProperties" for name in VERSIONS)}
)
COUNTERSIGNED_TYPE = "http://uri.etsi.org/01903#CountersignedSignature"

SIGNATURE_STAMPS = frozenset({"SignatureTimeStamp"})
REFERENCE_STAMPS = frozenset(
    {"SigAndRefsTimeStamp", "SigAndRefsTimeStampV2", "RefsOnlyTimeStamp", "RefsOnlyTimeStampV2"}
)
ARCHIVE_STAMPS = frozenset({"ArchiveTimeStamp", "ArchiveTimeStampV2"})
COMPLETE_REFERENCES = frozenset(
    {
        "CompleteCertificateRefs",
        "CompleteCertificateRefsV2",
        "CompleteRevocationRefs",
        "AttributeCertificateRefs",
        "AttributeCertificateRefsV2",
        "AttributeRevocationRefs",
    }
)
VALUES = frozenset(
    {
        "CertificateValues",
        "RevocationValues",
        "AttrAuthoritiesCertValues",
        "AttributeRevocationValues",
        "TimeStampValidationData",
        "AnyValidationData",
    }
)


def is_property(element: "etree._Element") -> bool:
    """Tell whether an element is written in a namespace of XAdES."""
    return namespace(element) in _NAMESPACES


def properties(parent: "etree._Element | None", *names: str) -> "list[etree._Element]":
    """Return the children that are properties of XAdES, with one of these names when any is given."""
    return [] if parent is None else list(parent.iterchildren(*_tags(names)))


@lru_cache(maxsize=256)
def _tags(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names, or any name, in each namespace of XAdES, as the parser writes them."""
    return tuple(f"{{{namespace}}}{name}" for namespace in _NAMESPACES for name in names or ("*",))


def first(parent: "etree._Element | None", *path: str) -> "etree._Element | None":
    """Return the first descendant by a path of names, each a property of XAdES."""
    for name in path:
        found = properties(parent, name)
        if not found:
            return None
        parent = found[0]
    return parent


def descendants(parents: "list[etree._Element]", name: str) -> "list[etree._Element]":
    """Return the descendants with a name of XAdES, less those inside a counter-signature."""
    return [
        element
        for parent in parents
        for element in parent.iter(f"{{*}}{name}")
        if is_property(element) and not _in_counter_signature(element, parent)
    ]


def _in_counter_signature(element: "etree._Element", top: "etree._Element") -> bool:
    node: etree._Element | None = element
    while node is not None and node is not top:
        if local(node) == "CounterSignature":
            return True
        node = node.getparent()
    return local(top) == "CounterSignature"
