"""Gather the certificates and revocation data that a signature carries in its attributes, and what each one holds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from signing import limits
from signing.cades import algorithms, oids, signed_data
from signing.cades.algorithms import UnknownAlgorithm
from signing.cades.ber import OCTET_STRING, SEQUENCE, BadBer, Node
from signing.cades.signed_data import Attribute, SignedData, SignerInfo

STAMPS = {
    oids.CONTENT_TIMESTAMP,
    oids.SIGNATURE_TIMESTAMP,
    oids.ESC_TIMESTAMP,
    oids.CERT_CRL_TIMESTAMP,
    oids.ARCHIVE_TIMESTAMP_V1,
    oids.ARCHIVE_TIMESTAMP_V2,
    oids.ARCHIVE_TIMESTAMP_V3,
}
_REFERENCE_DIGESTS = ("sha1", "sha256", "sha384", "sha512")
_CRLS, _OCSPS = 0xA0, 0xA1
_MAX_REFERENCES = 10_000


@dataclass(slots=True)
class Material:
    """Certificates, CRLs and OCSP responses (OCSPResponse), DER, each once and in file order."""

    certificates: dict[bytes, None] = field(default_factory=dict, repr=False)
    crls: dict[bytes, None] = field(default_factory=dict, repr=False)
    ocsps: dict[bytes, None] = field(default_factory=dict, repr=False)

    def add(self, other: "Material | SignedData") -> None:
        """Add what another holds."""
        self.certificates.update(dict.fromkeys(other.certificates))
        self.crls.update(dict.fromkeys(other.crls))
        self.ocsps.update(dict.fromkeys(other.ocsps))

    def marks(self) -> set[bytes]:
        """Return the SHA-256 of every object."""
        return {sha256(der).digest() for der in (*self.certificates, *self.crls, *self.ocsps)}


def of_signature(signed: SignedData, signer: SignerInfo) -> Material:
    """Gather what stands beside one signature: the SignedData's sets, and the values among its attributes."""
    found = Material()
    found.add(signed)
    for attribute in (*signer.signed_attributes, *signer.unsigned_attributes):
        found.add(of_attribute(attribute))
    for kept in (found.certificates, found.crls, found.ocsps):
        for extra in list(kept)[limits.CERTIFICATES :]:
            del kept[extra]
    return found


def of_attribute(attribute: Attribute) -> Material:
    """Gather what one attribute holds; one that cannot be read holds nothing."""
    found = Material()
    try:
        for value in attribute.values:
            _gather(attribute.oid, value, found)
    except BadBer:
        return Material()
    return found


def _gather(oid: str, value: Node, found: Material) -> None:
    if oid == oids.CERTIFICATE_VALUES:
        found.certificates.update((item.raw, None) for item in value.children if item.tag == SEQUENCE)
    elif oid in {oids.REVOCATION_VALUES, oids.ADBE_REVOCATION}:
        _revocation_values(value, found)


def _revocation_values(value: Node, found: Material) -> None:
    """Read RevocationValues (EN 319 122-2, A.1.1.2), or Adobe's likeness of it, whose OCSP responses are whole."""
    crls, ocsps = value.tagged(_CRLS), value.tagged(_OCSPS)
    for item in crls.child(0).children if crls else ():
        found.crls[item.raw] = None
    for item in ocsps.child(0).children if ocsps else ():
        response = signed_data.any_ocsp(item)
        found.ocsps.update({response: None} if response else {})


def marks_of(attribute: Attribute, depth: int = limits.COUNTER_DEPTH) -> set[bytes]:
    """Return the SHA-256 of what an attribute proves when it is itself stamped: its values, tokens, signatures."""
    found = of_attribute(attribute).marks()
    for value in attribute.values:
        try:
            if attribute.oid in STAMPS:
                found |= {sha256(value.raw).digest(), *marks_of_token(value)}
            elif attribute.oid == oids.COUNTER_SIGNATURE:
                found |= _marks_of_counter(signed_data.signer_info(value), depth)
        except BadBer:
            continue
    return found


def _marks_of_counter(counter: SignerInfo, depth: int) -> set[bytes]:
    """Return the SHA-256 of a counter-signature's value, and of what stands in it, other counter-signatures included."""
    found = {sha256(counter.signature).digest()}
    for attribute in counter.unsigned_attributes if depth else ():
        found |= marks_of(attribute, depth - 1)
    return found


def marks_of_token(token: Node) -> set[bytes]:
    """Return the SHA-256 of the certificates and revocation data inside a token."""
    inner = Material()
    signed = signed_data.from_node(token)
    for signer in signed.signers:
        inner.add(of_signature(signed, signer))
    return inner.marks()


def referenced(attribute: Attribute, among: Material) -> set[bytes]:
    """Return the SHA-256 of the objects at hand whose digest stands in an attribute of references."""
    digests = set(_octets(attribute))
    found = set()
    for der in (*among.certificates, *among.crls, *among.ocsps):
        forms = (der, *_basic_form(der)) if der in among.ocsps else (der,)
        if any(_digest(name, form) in digests for form in forms for name in _REFERENCE_DIGESTS):
            found.add(sha256(der).digest())
    return found


def _octets(attribute: Attribute) -> Iterator[bytes]:
    """Yield the OCTET STRINGs in an attribute's values, at any depth."""
    waiting, count = list(attribute.values), 0
    while waiting and count < _MAX_REFERENCES:
        node = waiting.pop()
        count += 1
        if node.tag == OCTET_STRING:
            yield node.content
        elif node.constructed:
            try:
                waiting.extend(node.children)
            except BadBer:
                continue


def _basic_form(response: bytes) -> Iterator[bytes]:
    from signing.cades.ber import parse

    try:
        yield parse(response).child(1).child(0).child(1, OCTET_STRING).octets()
    except BadBer:
        return


def _digest(name: str, data: bytes) -> bytes:
    try:
        return algorithms.digest(name, data)
    except UnknownAlgorithm:
        return b""
