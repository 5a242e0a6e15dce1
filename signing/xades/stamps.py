"""Read the time-stamps of a signature, each with the imprint recomputed, and say what each proves to have existed."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from lxml import etree

from signing import limits
from signing.cades import signed_data
from signing.cades.ber import BadBer, parse
from signing.errors import Unverifiable
from signing.facts import StampFacts, StampKind
from signing.timestamps import tst
from signing.types import Finding
from signing.xades import imprints, material, signer
from signing.xades.imprints import Form, Stamped
from signing.xades.names import (
    ARCHIVE_STAMPS,
    COMPLETE_REFERENCES,
    REFERENCE_STAMPS,
    SIGNATURE_STAMPS,
    descendants,
    properties,
)
from signing.xades.references import Outcome, everything
from signing.xades.subject import Subject
from signing.xml import algorithms
from signing.xml.parse import local
from signing.xml.transforms import DEFAULT, decoded

#: What a token counts for in the work that a file may ask for.
_STAMP_STEPS = 16
_CONTENT_STAMPS = ("AllDataObjectsTimeStamp", "IndividualDataObjectsTimeStamp")


def read(subject: Subject, outcomes: Sequence[Outcome], known: material.Material) -> tuple[StampFacts, ...]:
    """Return the time-stamps in document order, those over the content first."""
    found: list[tuple[etree._Element, StampFacts]] = []
    for stamped, kind in _stamped(subject, outcomes):
        for element in imprints.stamp_tokens(stamped.element):
            if len(found) == limits.TIMESTAMPS:
                subject.errors.append(Finding("xml.too_many_stamps", {"most": limits.TIMESTAMPS}))
                return tuple(facts for _, facts in found)
            subject.document.charge(_STAMP_STEPS * limits.XML_STEP)
            token = decoded(element.text) or b""
            form = _matching(token, imprints.forms(stamped))
            covers = _covers(subject, form, found, known) if form is not None else frozenset()
            facts = tst.read(
                token,
                form.octets if form is not None else None,
                id=f"{subject.id}/timestamp-{len(found) + 1}",
                kind=kind,
                extra_certs=(*known.certificates, *subject.extra_certs),
                covers=covers,
            )
            found.append((stamped.element, facts))
    return tuple(facts for _, facts in found)


def _stamped(subject: Subject, outcomes: Sequence[Outcome]) -> list[tuple[Stamped, StampKind]]:
    """Return every time-stamp property with its kind."""
    found = [
        (Stamped(subject, outcomes, element), StampKind.CONTENT)
        for element in properties(subject.signed_data_properties, *_CONTENT_STAMPS)
    ]
    unsigned = subject.unsigned
    for index, element in enumerate(unsigned):
        kind = _kind(local(element))
        if kind is not None and len(found) <= limits.TIMESTAMPS:
            before = _before(unsigned[:index], element)
            found.append((Stamped(subject, outcomes, element, before), kind))
            if not imprints.stamp_tokens(element):
                subject.warnings.append(Finding("xml.stamp_of_another_kind", {"name": local(element)}))
    return found


def _before(earlier: "list[etree._Element]", element: "etree._Element") -> "tuple[etree._Element, ...]":
    """Return the properties that an implicit stamp covers: those before it, within its own container."""
    return tuple(one for one in earlier if one.getparent() is element.getparent())


def _kind(name: str) -> StampKind | None:
    if name in SIGNATURE_STAMPS:
        return StampKind.SIGNATURE
    if name in REFERENCE_STAMPS:
        return StampKind.REFERENCES
    return StampKind.ARCHIVE if name in ARCHIVE_STAMPS else None


def _matching(token: bytes, forms: Iterable[Form]) -> Form | None:
    """Return the form whose digest is in the token; else the first one that is at hand, if any."""
    try:
        info = tst.tst_info(signed_data.from_node(parse(token)))
    except (BadBer, ValueError):
        return None
    first: Form | None = None
    try:
        for form in forms:
            if form.octets is None:
                continue
            if info.algorithm and algorithms.digest(info.algorithm, form.octets) == info.imprint:
                return form
            first = first or form
    except Unverifiable as error:
        if error.code == "TOO_LARGE":
            raise
    return first


def _covers(
    subject: Subject,
    form: Form,
    earlier: "Sequence[tuple[etree._Element, StampFacts]]",
    known: material.Material,
) -> frozenset[bytes]:
    """Return the SHA-256 of every object that the stamped octets hold, or hold a digest of."""
    covered = {sha256(subject.core.value).digest()} if form.signature else set()
    covered |= material.of_properties(list(form.parts)).digests
    for part in form.parts:
        covered |= _of_counter(part) if local(part) == "CounterSignature" else set()
    if subject.core.key_info in form.parts:
        covered |= material.of_key_info(subject).digests
    parts = set(form.parts)
    for element, facts in earlier:
        signed = element in parts or (facts.kind is StampKind.CONTENT and form.signature)
        if signed and facts.token:
            covered |= _of_stamp(facts)
    covered |= {sha256(data).digest() for data in _documents(form)}
    covered |= _referenced([part for part in form.parts if local(part) in COMPLETE_REFERENCES], known)
    return frozenset(covered)


def _of_stamp(facts: StampFacts) -> set[bytes]:
    inside = material.Material(facts.certificates, facts.crls, facts.ocsps)
    return {sha256(facts.token).digest(), *inside.digests}


#: What of a counter-signature matters later, in base64: its value, its certificates and validation data, its tokens.
_COUNTERED = (
    "SignatureValue",
    "X509Certificate",
    "EncapsulatedX509Certificate",
    "EncapsulatedCRLValue",
    "EncapsulatedOCSPValue",
    "EncapsulatedTimeStamp",
)


def _of_counter(part: "etree._Element") -> set[bytes]:
    found = (decoded(str(one.text or "")) for name in _COUNTERED for one in part.iter(f"{{*}}{name}"))
    return {sha256(data).digest() for data in found if data}


def _documents(form: Form) -> list[bytes]:
    found = (one.octets(DEFAULT) for one in everything(list(form.data)) if one.fact.document)
    return [data for data in found if data is not None]


def _referenced(parts: "list[etree._Element]", known: material.Material) -> set[bytes]:
    """Return the material whose digests stand in complete references: a digest too proves existence."""
    stated: set[tuple[str, bytes]] = set()
    for element in descendants(parts, "DigestAlgAndValue") + descendants(parts, "CertDigest"):
        read = signer.read_digest(element)
        if read is not None:
            stated.add(read)
    names = {name for name, _ in stated}
    return {
        sha256(one).digest()
        for one in (*known.certificates, *known.crls, *known.ocsps)
        if any((name, algorithms.digest(name, one)) in stated for name in names)
    }
