"""Gather the validation data of a signature: certificates, CRLs and OCSP responses, each once, in DER."""

from dataclasses import dataclass, field
from hashlib import sha256

from lxml import etree

from signing import limits
from signing.cades import certificate as certificates
from signing.cades.ber import ENUMERATED, SEQUENCE, BadBer, parse
from signing.der import tlv
from signing.types import Finding
from signing.xades.names import VALUES, descendants
from signing.xades.subject import Subject
from signing.xml.parse import elements, local
from signing.xml.transforms import decoded

_BASIC_OCSP = "1.3.6.1.5.5.7.48.1.1"


@dataclass(frozen=True, slots=True)
class Material:
    """What stands beside a signature to judge it with."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)

    def __add__(self, other: "Material") -> "Material":
        """Put two together, each object once."""
        return Material(
            _each_once(self.certificates + other.certificates),
            _each_once(self.crls + other.crls),
            _each_once(self.ocsps + other.ocsps),
        )

    @property
    def digests(self) -> frozenset[bytes]:
        """Return the SHA-256 of every object, by which proofs of existence name them."""
        return frozenset(sha256(one).digest() for one in (*self.certificates, *self.crls, *self.ocsps))


def gather(subject: Subject) -> Material:
    """Return the material of a signature: KeyInfo, then every encapsulated value of its unsigned properties."""
    return of_key_info(subject) + of_properties(subject.unsigned, subject.warnings)


def of_key_info(subject: Subject) -> Material:
    """Return certificates and CRLs of KeyInfo."""
    crls = [
        decoded(item.text) or b""
        for element in elements(subject.core.key_info)
        if local(element) == "X509Data"
        for item in elements(element)
        if local(item) == "X509CRL"
    ]
    readable = [der for der in subject.key_info_certificates if certificates.read(der) is not None]
    if len(readable) < len(subject.key_info_certificates):
        subject.warnings.append(Finding("xml.certificate_unreadable"))
    return Material(_each_once(tuple(readable)), _each_once(tuple(der for der in crls if der)))


def of_properties(found: "list[etree._Element]", warnings: list[Finding] | None = None) -> Material:
    """Return what is encapsulated in unsigned properties, less what belongs to a counter-signature."""
    holders = [item for item in found if local(item) in VALUES]
    ders = _values(holders, "EncapsulatedX509Certificate")
    readable = tuple(der for der in ders if certificates.read(der) is not None)
    if len(readable) < len(ders) and warnings is not None:
        warnings.append(Finding("xml.certificate_unreadable"))
    return Material(
        _each_once(readable),
        _each_once(_values(holders, "EncapsulatedCRLValue")),
        _each_once(tuple(_ocsp(der) for der in _values(holders, "EncapsulatedOCSPValue"))),
    )


def _values(holders: "list[etree._Element]", name: str) -> tuple[bytes, ...]:
    found = [_der(element.text) for element in descendants(holders, name)[: limits.CERTIFICATES]]
    return tuple(der for der in found if der)


def _der(text: str | None) -> bytes | None:
    """Decode an encapsulated value; some tools encapsulate PEM."""
    data = decoded(text)
    if data is None or not data.startswith(b"-----BEGIN"):
        return data
    lines = data.decode("ascii", "replace").splitlines()
    return decoded("".join(line for line in lines if not line.startswith("-----")))


def _ocsp(der: bytes) -> bytes:
    """Return an OCSPResponse: some tools encapsulate the BasicOCSPResponse alone (RFC 6960, 4.2.1)."""
    try:
        node = parse(der).expect(SEQUENCE)
        if node.child(0).tag == ENUMERATED:
            return der
    except BadBer:
        return der
    from signing import der as writer

    answer = writer.sequence(writer.oid(_BASIC_OCSP), writer.octets(der))
    return writer.sequence(tlv(ENUMERATED, b"\0"), writer.explicit(0, answer))


def _each_once(ders: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(ders))
