"""Take a CMS SignedData apart (RFC 5652, 5), keeping every piece as it stands in the bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from signing import limits
from signing.cades import algorithms, oids
from signing.cades.ber import ENUMERATED, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, BadBer, Node, parse
from signing.cades.certificate import Certificate
from signing.cades.certificate import read as read_certificate
from signing.der import tlv

_CERTIFICATES, _CRLS = 0xA0, 0xA1
_SIGNED, _UNSIGNED = 0xA0, 0xA1
_KEY_IDENTIFIER = {0x80, 0xA0}
_OTHER_REVOCATION = 0xA1
_MAX_ATTRIBUTES = 1_000


class TooMany(BadBer):
    """Say that a structure holds more than limits allow."""


@dataclass(frozen=True)
class Attribute:
    """One attribute: its type and its values."""

    oid: str
    node: Node = field(repr=False)
    values: tuple[Node, ...] = field(repr=False)


@dataclass(frozen=True)
class SignerInfo:
    """One signer's part (RFC 5652, 5.3)."""

    node: Node = field(repr=False)
    version: int
    sid: Node = field(repr=False)
    digest_algorithm: Node = field(repr=False)
    signed: Node | None = field(repr=False)
    signature_algorithm: Node = field(repr=False)
    signature_node: Node = field(repr=False)
    unsigned: Node | None = field(repr=False)

    @cached_property
    def signature(self) -> bytes:
        """Return the raw signature value."""
        return self.signature_node.octets()

    @cached_property
    def digest(self) -> str:
        """Return the name of the digest algorithm; raises algorithms.UnknownAlgorithm."""
        return algorithms.digest_name(self.digest_algorithm)

    @cached_property
    def signed_attributes(self) -> tuple[Attribute, ...]:
        """Return the signed attributes in file order."""
        return attributes(self.signed)

    @cached_property
    def unsigned_attributes(self) -> tuple[Attribute, ...]:
        """Return the unsigned attributes in file order."""
        return attributes(self.unsigned)

    def signed_value(self, oid: str) -> Node | None:
        """Return the first value of the first signed attribute of a type, None without."""
        found = next((item for item in self.signed_attributes if item.oid == oid), None)
        return found.values[0] if found and found.values else None

    @cached_property
    def issuer_and_serial(self) -> tuple[bytes, int] | None:
        """Return the issuer's name and the serial that identify the signer, None when a key identifier does."""
        if self.sid.tag in _KEY_IDENTIFIER:
            return None
        return self.sid.child(0).raw, self.sid.child(1, INTEGER).integer()

    def names(self, certificate: Certificate) -> bool:
        """Tell whether the signer identifier names a certificate, by issuer and serial or by key identifier."""
        if self.issuer_and_serial is None:
            return self.sid.octets() in certificate.key_identifiers
        return certificate.issued_by(*self.issuer_and_serial)


@dataclass(frozen=True)
class SignedData:
    """A SignedData and what stands in it; ``certificates``, ``crls`` and ``ocsps`` are DER."""

    node: Node = field(repr=False)
    version: int
    digest_algorithms: Node = field(repr=False)
    encapsulated: Node = field(repr=False)
    content_type: str
    #: The [0] wrapper's inner value, None when the content is elsewhere.
    content_node: Node | None = field(repr=False)
    certificate_set: Node | None = field(repr=False)
    crl_set: Node | None = field(repr=False)
    signer_nodes: tuple[Node, ...] = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    ocsps: tuple[bytes, ...] = field(repr=False)

    @cached_property
    def signers(self) -> tuple[SignerInfo, ...]:
        """Return every signer's part; raises BadBer when one cannot be read."""
        return tuple(signer_info(node) for node in self.signer_nodes)

    @cached_property
    def content(self) -> bytes | None:
        """Return the encapsulated content: the octets, or for PKCS #7 any other value without its tag and length."""
        if self.content_node is None:
            return None
        if self.content_node.tag & ~0x20 == OCTET_STRING:
            return self.content_node.octets()
        return self.content_node.content


def attributes(node: Node | None) -> tuple[Attribute, ...]:
    """Read a set of attributes (RFC 5652, 5.3); raises BadBer."""
    if node is None:
        return ()
    if len(node.children) > _MAX_ATTRIBUTES:
        raise TooMany("too many attributes", node.start)
    return tuple(
        Attribute(item.expect(SEQUENCE).child(0).oid(), item, item.child(1, SET).children)
        for item in node.children
    )


def read(data: bytes) -> SignedData:
    """Read a ContentInfo that holds a SignedData; what follows it is left alone. Raises BadBer."""
    return from_node(parse(data))


def from_node(outer: Node) -> SignedData:
    """Read the SignedData of a ContentInfo already found."""
    if content_type(outer) != oids.SIGNED_DATA:
        raise BadBer("a ContentInfo that is not SignedData", outer.start)
    node = outer.child(1, 0xA0).child(0, SEQUENCE)
    fields = list(node.children)
    encapsulated = node.child(2, SEQUENCE)
    wrapper = encapsulated.children[1].expect(0xA0) if len(encapsulated.children) > 1 else None
    certificate_set = next((item for item in fields[3:] if item.tag == _CERTIFICATES), None)
    crl_set = next((item for item in fields[3:] if item.tag == _CRLS), None)
    signer_set = next((item for item in fields[3:] if item.tag == SET), None)
    if signer_set is None:
        raise BadBer("no set of signers", node.start)
    crls, ocsps = revocations(crl_set.children if crl_set else ())
    return SignedData(
        node=node,
        version=node.child(0, INTEGER).integer(),
        digest_algorithms=node.child(1, SET),
        encapsulated=encapsulated,
        content_type=encapsulated.child(0, OID).oid(),
        content_node=wrapper.child(0) if wrapper else None,
        certificate_set=certificate_set,
        crl_set=crl_set,
        signer_nodes=tuple(_bounded(signer_set.children, limits.SIGNATURES)),
        certificates=tuple(item.raw for item in _bounded(_sequences(certificate_set), limits.CERTIFICATES)),
        crls=crls,
        ocsps=ocsps,
    )


def content_type(outer: Node) -> str:
    """Return the type of a ContentInfo."""
    return outer.expect(SEQUENCE).child(0, OID).oid()


def signer_info(node: Node) -> SignerInfo:
    """Read one SignerInfo (also the value of a counter-signature attribute); raises BadBer."""
    fields = list(node.expect(SEQUENCE).children)
    if len(fields) < 5:  # noqa: PLR2004 - version, sid, digest, signature algorithm, value (RFC 5652, 5.3)
        raise BadBer("a SignerInfo is cut short", node.start)
    sid = fields[1]
    if sid.tag != SEQUENCE and sid.tag not in _KEY_IDENTIFIER:
        raise BadBer("an unreadable signer identifier", sid.start)
    rest = fields[3:]
    signed = rest.pop(0) if rest[0].tag == _SIGNED else None
    if len(rest) < 2 or rest[1].tag & ~0x20 != OCTET_STRING:  # noqa: PLR2004 - algorithm and value are left
        raise BadBer("a SignerInfo has no signature value", node.start)
    return SignerInfo(
        node=node,
        version=fields[0].integer(),
        sid=sid,
        digest_algorithm=fields[2].expect(SEQUENCE),
        signed=signed,
        signature_algorithm=rest[0].expect(SEQUENCE),
        signature_node=rest[1],
        unsigned=next((item for item in rest[2:] if item.tag == _UNSIGNED), None),
    )


def revocations(items: Iterable[Node]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Sort RevocationInfoChoices (RFC 5652, 10.2.1; RFC 5940) into CRLs and OCSP responses, all in DER."""
    crls, ocsps = [], []
    for item in items:
        if item.tag == SEQUENCE:
            crls.append(item.raw)
        elif item.tag == _OTHER_REVOCATION and len(item.children) > 1:
            found = _other(item)
            ocsps.extend([found] if found else [])
    return tuple(crls[: limits.CERTIFICATES]), tuple(ocsps[: limits.CERTIFICATES])


def _other(item: Node) -> bytes | None:
    """Return the OCSPResponse of an OtherRevocationInfoFormat, None when it is of another kind or cannot be read."""
    try:
        known = item.child(0).oid() in {oids.OCSP_RESPONSE, oids.OCSP_BASIC}
        return any_ocsp(item.child(1)) if known else None
    except BadBer:
        return None


def any_ocsp(value: Node) -> bytes | None:
    """Return an OCSPResponse in DER from what is one, or basic, or the bytes of either: signers confuse them."""
    value = _unwrapped(value)
    if value.tag == SEQUENCE and value.children and value.child(0).tag == OID:
        # ResponseBytes: the type of what it holds, and its bytes.
        value = _unwrapped(value.child(1))
    if value.tag != SEQUENCE or not value.children:
        return None
    first = value.child(0).tag
    if first == ENUMERATED:
        return value.raw
    return wrap_basic(value.raw) if first == SEQUENCE else None


def _unwrapped(value: Node) -> Node:
    return parse(value.octets()) if value.tag & ~0x20 == OCTET_STRING else value


def wrap_basic(basic: bytes) -> bytes:
    """Wrap a BasicOCSPResponse in a successful OCSPResponse (RFC 6960, 4.2.1)."""
    kind = tlv(OID, bytes.fromhex("2b0601050507300101"))
    inner = tlv(SEQUENCE, kind + tlv(OCTET_STRING, basic))
    return tlv(SEQUENCE, tlv(ENUMERATED, b"\0") + tlv(0xA0, inner))


def pool(*sources: Sequence[bytes]) -> tuple[Certificate, ...]:
    """Read certificates of several sources, each once, in order; what is no certificate is left out."""
    found = dict.fromkeys(der for source in sources for der in source)
    return tuple(certificate for der in found if (certificate := read_certificate(der)) is not None)


def _sequences(node: Node | None) -> list[Node]:
    """Return the plain certificates of a CertificateSet; attribute certificates are left out."""
    return [item for item in node.children if item.tag == SEQUENCE] if node else []


def _bounded(items: Sequence[Node], most: int) -> Sequence[Node]:
    if len(items) > most:
        raise TooMany(f"{len(items)} values, {most} at most", items[0].start)
    return items
