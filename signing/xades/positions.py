"""Say what a reference may point to, by position: the defence against signature wrapping.

A reference names an element by identifier, and whoever moves that element elsewhere leaves the signature intact. So each
target must stand where a signing tool puts it: the signature's own SignedProperties, KeyInfo and objects; the root; an
element around the signature, or beside it or beside one that is around it; the value of another signature. Anything
else is misplaced, and covers no document.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from lxml import etree

from signing.xades.names import COUNTERSIGNED_TYPE, SIGNED_PROPERTIES_TYPES
from signing.xades.subject import Subject
from signing.xml.core import SignedReference
from signing.xml.parse import local, namespace
from signing.xml.transforms import DS, ENVELOPED, SIGNATURE, NodeSet

_POINTER = re.compile(r"#xpointer\(id\((?:'([^']*)'|\"([^\"]*)\")\)\)")
MANIFEST_TYPE = DS + "Manifest"


class Place(StrEnum):
    """Where the target of a reference stands."""

    DOCUMENT = "document"
    ELEMENT = "element"
    OBJECT = "object"
    MANIFEST = "manifest"
    SIGNED_PROPERTIES = "signed-properties"
    KEY_INFO = "key-info"
    OWN_PROPERTIES = "own-properties"
    COUNTERSIGNED = "countersigned"
    EXTERNAL = "external"
    MISPLACED = "misplaced"
    ABSENT = "absent"
    DUPLICATE = "duplicate"


#: What is signed of the signature itself, and is no document.
OWN = frozenset({Place.SIGNED_PROPERTIES, Place.KEY_INFO, Place.OWN_PROPERTIES, Place.MANIFEST})
NOT_FOUND = frozenset({Place.MISPLACED, Place.ABSENT, Place.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference points to: ``nodes`` for something of the same document."""

    place: Place
    element: "etree._Element | None" = None
    nodes: NodeSet | None = None

    @property
    def inside(self) -> bool:
        """Tell whether the target is in the document of the signature."""
        return self.nodes is not None


def locate(subject: Subject, reference: SignedReference) -> Target:
    """Find the target of a reference and where it stands."""
    uri = reference.uri
    if uri in {"", "#xpointer(/)"}:
        whole = NodeSet(subject.document, None, comments=bool(uri))
        return Target(Place.DOCUMENT, subject.document.root, whole)
    if uri is None or not uri.startswith("#"):
        return Target(Place.EXTERNAL)
    pointer = _POINTER.fullmatch(uri)
    identifier = (pointer[1] or pointer[2] or "") if pointer else uri[1:]
    bearers = subject.document.ids.get(identifier) or subject.document.ids.get(unquote(identifier))
    if len(bearers) != 1:
        return Target(Place.DUPLICATE if bearers else Place.ABSENT)
    element = bearers[0]
    place = _typed(_place(subject, element), reference)
    if place in {Place.DOCUMENT, Place.ELEMENT} and _lost_envelope(subject, reference, element):
        place = Place.MISPLACED
    return Target(place, element, NodeSet(subject.document, element, comments=pointer is not None))


def _place(subject: Subject, element: "etree._Element") -> Place:
    core = subject.core
    if element is subject.signed_properties:
        return Place.SIGNED_PROPERTIES
    if element is core.key_info:
        return Place.KEY_INFO
    parent = element.getparent()
    if element in core.objects or (parent is not None and parent in core.objects):
        return _own_object(subject, element)
    if parent is not None and local(parent) == "SignatureProperties" and parent.getparent() in core.objects:
        return Place.OWN_PROPERTIES
    if local(element) == "SignatureValue" and namespace(element) == DS:
        return _countersigned(subject, element)
    return _outside(subject, element)


def _own_object(subject: Subject, element: "etree._Element") -> Place:
    """Tell what an object of the signature, or a child of one, is."""
    if element in subject.core.objects:
        holds = any(one.getparent() is element for one in subject.qualifying)
        return Place.OWN_PROPERTIES if holds else Place.OBJECT
    if element in subject.qualifying:
        return Place.OWN_PROPERTIES
    if namespace(element) != DS:
        # In a document of something else, what was signed there may have been moved into the signature.
        return Place.ELEMENT if subject.document.holds_only_signatures else Place.MISPLACED
    kinds = {"Manifest": Place.MANIFEST, "SignatureProperties": Place.OWN_PROPERTIES}
    return kinds.get(local(element), Place.MISPLACED)


def _countersigned(subject: Subject, element: "etree._Element") -> Place:
    """Tell whether a SignatureValue may be countersigned: that of the enclosing signature, or of one elsewhere."""
    signature = element.getparent()
    if signature is None or signature.tag != SIGNATURE or signature is subject.element:
        return Place.MISPLACED
    if subject.parent is not None and signature is not subject.parent:
        return Place.MISPLACED
    return Place.COUNTERSIGNED


def _outside(subject: Subject, element: "etree._Element") -> Place:
    around = set(subject.element.iterancestors())
    nearest = next(element.iterancestors(SIGNATURE), None)
    if namespace(element) == DS or (nearest is not None and nearest not in around):
        return Place.MISPLACED
    if element is subject.document.root:
        return Place.DOCUMENT
    return Place.ELEMENT if element.getparent() in around else Place.MISPLACED


def _typed(place: Place, reference: SignedReference) -> Place:
    """Refuse a target of another kind than the reference says."""
    expected = {MANIFEST_TYPE: Place.MANIFEST, COUNTERSIGNED_TYPE: Place.COUNTERSIGNED}.get(reference.type)
    if reference.type in SIGNED_PROPERTIES_TYPES:
        expected = Place.SIGNED_PROPERTIES
    return place if expected in {None, place} else Place.MISPLACED


def _lost_envelope(subject: Subject, reference: SignedReference, element: "etree._Element") -> bool:
    """Tell whether what should envelop the signature no longer does: one of the two was moved."""
    enveloped = any(transform.kind == ENVELOPED for transform in reference.transforms)
    return enveloped and element not in set(subject.element.iterancestors())
