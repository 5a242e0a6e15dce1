"""Find out who signed: the certificate that the signed properties name, and whether its key made the value.

A key is taken from the identified certificate alone. KeyInfo is not signed as a rule: what stands there is an offer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from signing import limits
from signing.cades import certificate as certificates
from signing.cades.algorithms import UnknownAlgorithm
from signing.cades.ber import INTEGER, SEQUENCE, BadBer, parse
from signing.cades.certificate import Certificate
from signing.facts import AlgorithmUse, SignerStatus
from signing.types import Finding
from signing.xades.names import properties
from signing.xades.positions import Place
from signing.xades.references import Outcome
from signing.xades.subject import Subject
from signing.xml import algorithms, keyvalue
from signing.xml.algorithms import DIGESTS, Key
from signing.xml.parse import local
from signing.xml.transforms import decoded

_DIRECTORY_NAME = 0xA4


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """One Cert of SigningCertificate or SigningCertificateV2: a digest, and issuer and serial when stated."""

    algorithm: str | None
    digest: bytes | None = field(repr=False)
    issuer: bytes | None = field(default=None, repr=False)
    serial: int | None = None

    def names(self, certificate: Certificate) -> bool:
        """Tell whether the digest is the certificate's."""
        if self.algorithm is None or not self.digest:
            return False
        try:
            return certificate.digest(self.algorithm) == self.digest
        except UnknownAlgorithm:
            return False

    def agrees(self, certificate: Certificate) -> bool:
        """Tell whether issuer and serial, as far as stated, are the certificate's."""
        serial_agrees = self.serial is None or self.serial == certificate.serial
        return serial_agrees and (
            self.issuer is None or certificates.same_name(self.issuer, certificate.issuer)
        )


@dataclass(slots=True)
class Identified:
    """Who signed, as far as the bytes say."""

    status: SignerStatus = SignerStatus.MISSING
    certificate: Certificate | None = None
    key: Key | None = None
    value_intact: bool | None = None
    #: The entries of each signed attribute; there may be two, of the two forms.
    attributes: tuple[tuple[CertificateReference, ...], ...] = ()
    in_key_info: bool = False

    @property
    def reference_present(self) -> bool:
        """Tell whether an attribute is there, even when nothing in it can be read."""
        return bool(self.attributes)

    @property
    def references(self) -> tuple[CertificateReference, ...]:
        """Return the entries of all attributes."""
        return tuple(one for entries in self.attributes for one in entries)

    def named_by_all(self, certificate: Certificate) -> bool:
        """Tell whether each attribute has an entry for a certificate: two that differ name nobody."""
        return all(any(one.names(certificate) for one in entries) for entries in self.attributes)

    @property
    def digest_match(self) -> bool | None:
        """Tell whether the signed digest is that of the certificate; None when there is nothing to compare."""
        if not self.reference_present or self.certificate is None:
            return None
        return self.status is SignerStatus.IDENTIFIED

    @property
    def uses(self) -> tuple[AlgorithmUse, ...]:
        """Return the digests of the signed references to the certificate."""
        names = dict.fromkeys(one.algorithm for one in self.references if one.algorithm)
        return tuple(AlgorithmUse("signing-certificate", name) for name in names)


def identify(subject: Subject, outcomes: Sequence[Outcome], material: Sequence[bytes]) -> Identified:
    """Find the certificate that signed among those of KeyInfo, of the file and of the caller, in this order."""
    own = subject.key_info_certificates
    found = Identified(attributes=attributes(subject))
    pool = _pool([*own, *material, *subject.extra_certs])
    subject.document.charge(len(pool) * limits.XML_STEP)
    if found.reference_present:
        _by_reference(subject, found, pool)
    else:
        _by_key(subject, found, pool, own)
        _by_signed_key_info(subject, found, outcomes)
    if found.certificate is None:
        _by_bare_key(subject, found)
        return found
    found.in_key_info = found.certificate.der in own
    found.key = algorithms.key(found.certificate.spki)
    _compare_issuer(subject, found, found.certificate)
    return found


def attributes(subject: Subject) -> tuple[tuple[CertificateReference, ...], ...]:
    """Return the signed references to the signing certificate and its chain, by attribute, that of V2 first."""
    parents = [
        parent
        for name in ("SigningCertificateV2", "SigningCertificate")
        for parent in properties(subject.signed_signature_properties, name)
    ]
    return tuple(tuple(_read_reference(item) for item in properties(parent, "Cert")) for parent in parents)


def _read_reference(item: "etree._Element") -> CertificateReference:
    algorithm: str | None = None
    digest: bytes | None = None
    issuer: bytes | None = None
    serial: int | None = None
    for part in item.iterdescendants():
        name = local(part)
        if name == "DigestMethod":
            algorithm = DIGESTS.get(part.get("Algorithm", ""))
        elif name == "DigestValue":
            digest = decoded(part.text)
        elif name == "X509SerialNumber":
            serial = _integer(part.text)
        elif name == "IssuerSerialV2":
            issuer, serial = _issuer_serial(decoded(part.text) or b"")
    return CertificateReference(algorithm, digest, issuer, serial)


def read_digest(element: "etree._Element") -> tuple[str, bytes] | None:
    """Read a DigestMethod and a DigestValue side by side; None when they are not understood."""
    found = _read_reference(element)
    return (found.algorithm, found.digest) if found.algorithm and found.digest else None


def _integer(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 100 else None  # noqa: PLR2004 - RFC 5280: 20 octets


def _issuer_serial(der: bytes) -> tuple[bytes | None, int | None]:
    """Read IssuerSerial (RFC 5035): GeneralNames with one directory name, and the serial number."""
    try:
        node = parse(der).expect(SEQUENCE)
        names = node.child(0, SEQUENCE).tagged(_DIRECTORY_NAME)
        return (names.child(0).raw if names else None), node.child(1, INTEGER).integer()
    except BadBer:
        return None, None


def _pool(ders: Sequence[bytes]) -> list[Certificate]:
    read = (certificates.read(der) for der in list(dict.fromkeys(ders))[: limits.CERTIFICATES])
    return [certificate for certificate in read if certificate is not None]


def _verifies(subject: Subject, certificate: Certificate) -> bool:
    return subject.core.verify(algorithms.key(certificate.spki))


def _by_reference(subject: Subject, found: Identified, pool: list[Certificate]) -> None:
    """Take the certificate that a signed reference names; one whose key fits, if there is one.

    With a value that no named certificate made, a certificate whose key fits shows that the reference was written
    for another: MISMATCH. When no key fits at all, the named certificate is the signer and the value is wrong.
    """
    named = [
        one
        for reference in found.references
        for one in pool
        if reference.names(one) and found.named_by_all(one)
    ]
    fits = next((one for one in named if _verifies(subject, one)), None)
    other = (
        None if fits else next((one for one in pool if one not in named and _verifies(subject, one)), None)
    )
    if fits is not None or (other is None and named):
        found.status = SignerStatus.IDENTIFIED
        found.certificate = fits or named[0]
        found.value_intact = None if subject.core.algorithm is None else fits is not None
    elif other is not None:
        found.status, found.certificate, found.value_intact = SignerStatus.MISMATCH, other, True


def _by_key(subject: Subject, found: Identified, pool: list[Certificate], own: list[bytes]) -> None:
    """Without a signed reference, take the certificate whose key fits, else the first of KeyInfo that issued none."""
    fits = next((one for one in pool if _verifies(subject, one)), None)
    offered = [one for one in pool if one.der in own]
    leaves = [one for one in offered if not any(_issued(one, other) for other in offered)]
    chosen = fits or next(iter(leaves or offered), None)
    if chosen is None:
        return
    found.status, found.certificate = SignerStatus.UNREFERENCED, chosen
    found.value_intact = None if subject.core.algorithm is None else fits is not None


def _issued(issuer: Certificate, certificate: Certificate) -> bool:
    return issuer is not certificate and certificates.same_name(certificate.issuer, issuer.subject)


def _by_signed_key_info(subject: Subject, found: Identified, outcomes: Sequence[Outcome]) -> None:
    """Accept a signed KeyInfo for the missing attribute, as the first versions of XAdES do (TS 101 903, 4.4.1)."""
    signed = any(one.target.place is Place.KEY_INFO and one.holds for one in outcomes)
    single = len(subject.key_info_certificates) == 1
    if signed and single and subject.version and found.status is SignerStatus.UNREFERENCED:
        found.status = SignerStatus.IDENTIFIED
        subject.warnings.append(Finding("xml.signer_by_key_info"))


def _by_bare_key(subject: Subject, found: Identified) -> None:
    """Check the value with a bare key: it says that nothing was changed since, never who signed."""
    keys = keyvalue.keys(subject.core.key_info)
    fits = next((key for key in keys if subject.core.verify(key)), None)
    found.key = fits or next(iter(keys), None)
    if found.key is not None and subject.core.algorithm is not None:
        found.value_intact = fits is not None


def _compare_issuer(subject: Subject, found: Identified, certificate: Certificate) -> None:
    naming = [one for one in found.references if one.names(certificate)]
    if naming and not all(one.agrees(certificate) for one in naming):
        subject.warnings.append(Finding("xml.issuer_differs"))
