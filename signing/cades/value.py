"""Check one SignerInfo: which certificate signed, whether the value holds, whether ESS names that certificate."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from signing.cades import algorithms, oids
from signing.cades.algorithms import Algorithm, UnknownAlgorithm
from signing.cades.ber import INTEGER, SEQUENCE, SET, BadBer, Node, to_der
from signing.cades.certificate import Certificate, same_name
from signing.cades.signed_data import SignerInfo
from signing.der import tlv
from signing.facts import AlgorithmUse
from signing.types import Finding

_DIRECTORY_NAME = 0xA4
#: Certificates that one signature may be tried with; more under one name is an attack on time.
_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class EssReference:
    """One ESSCertID: the digest of the certificate that is meant (RFC 2634, RFC 5035)."""

    algorithm: str | None
    digest: bytes
    issuer: bytes | None = None
    serial: int | None = None

    def names(self, certificate: Certificate) -> bool:
        """Tell whether the digest is the certificate's."""
        try:
            return self.algorithm is not None and certificate.digest(self.algorithm) == self.digest
        except UnknownAlgorithm:
            return False

    def agrees(self, certificate: Certificate) -> bool:
        """Tell whether issuer and serial, when stated, are the certificate's."""
        return self.issuer is None or (
            self.serial == certificate.serial and same_name(self.issuer, certificate.issuer)
        )


@dataclass(slots=True)
class Checked:
    """What was found out about one signature value."""

    certificate: Certificate | None = None
    #: None when there is no key to ask.
    value_intact: bool | None = None
    sid_matches: bool = False
    ess: tuple[EssReference, ...] = ()
    ess_present: bool = False
    ess_match: bool | None = None
    uses: list[AlgorithmUse] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    constraints: list[Finding] = field(default_factory=list)


def check(
    signer: SignerInfo, pool: Sequence[Certificate], *, content: bytes | None, hashed: bytes | None, use: str
) -> Checked:
    """Find who signed and check the value.

    Without signed attributes the value is over the content: ``content`` when it is at hand, else its digest
    ``hashed``. Raises BadBer on a broken attribute; an unknown algorithm is a finding.
    """
    found = Checked(ess=ess_references(signer))
    found.ess_present = any(
        item.oid in {oids.SIGNING_CERTIFICATE, oids.SIGNING_CERTIFICATE_V2}
        for item in signer.signed_attributes
    )
    for reference in found.ess:
        _record_reference(reference, found)
    _choose(signer, pool, found, content=content, hashed=hashed, use=use)
    return found


def ess_references(signer: SignerInfo) -> tuple[EssReference, ...]:
    """Return the first entry of each signing-certificate attribute, which is the one that signed (RFC 5035, 5.4)."""
    found = []
    for oid, version in ((oids.SIGNING_CERTIFICATE, 1), (oids.SIGNING_CERTIFICATE_V2, 2)):
        value = signer.signed_value(oid)
        if value is not None:
            found.append(_ess(value.child(0, SEQUENCE).child(0, SEQUENCE), version))
    return tuple(found)


def _ess(entry: Node, version: int) -> EssReference:
    items = list(entry.children)
    name: str | None = "sha1" if version == 1 else "sha256"
    if version > 1 and items and items[0].tag == SEQUENCE:
        try:
            name = algorithms.digest_name(items.pop(0))
        except UnknownAlgorithm:
            name = None
    if not items:
        raise BadBer("an ESSCertID without digest", entry.start)
    issuer, serial = _issuer_serial(items[1]) if len(items) > 1 else (None, None)
    return EssReference(name, items[0].octets(), issuer, serial)


def _issuer_serial(node: Node) -> tuple[bytes | None, int | None]:
    names = node.child(0, SEQUENCE).tagged(_DIRECTORY_NAME)
    return (names.child(0).raw if names else None), node.child(1, INTEGER).integer()


def _choose(
    signer: SignerInfo,
    pool: Sequence[Certificate],
    found: Checked,
    *,
    content: bytes | None,
    hashed: bytes | None,
    use: str,
) -> None:
    """Take the certificate the signer names; of several, the one the signed reference names and whose key fits.

    The signer identifier is not signed: when it names nothing, a certificate named by the signed reference will do,
    provided that its key verifies.
    """
    named, others = _candidates(signer, pool, found.ess)
    algorithm = _algorithm(signer, found)
    for certificate in (*named, *others)[:_CANDIDATES]:
        intact = _verify(signer, certificate, algorithm, found, content=content, hashed=hashed)
        better = intact and not found.value_intact
        if better or (found.certificate is None and certificate in named):
            found.certificate, found.value_intact = certificate, intact
        if found.value_intact:
            break
    if found.certificate is None:
        _record(found, algorithm, None, use)
        return
    found.sid_matches = found.certificate in named
    _compare(found, found.certificate)
    _record(found, algorithm, found.certificate, use)


def _candidates(
    signer: SignerInfo, pool: Sequence[Certificate], references: Sequence[EssReference]
) -> tuple[list[Certificate], list[Certificate]]:
    """Return the certificates that the identifier names, those of the signed reference first, then the others of it."""
    named, others = [], []
    for certificate in pool:
        if signer.names(certificate):
            named.append(certificate)
        elif _named(references, certificate):
            others.append(certificate)
    return sorted(named, key=lambda certificate: not _named(references, certificate)), others


def _named(references: Sequence[EssReference], certificate: Certificate) -> bool:
    return bool(references) and all(reference.names(certificate) for reference in references)


def _compare(found: Checked, certificate: Certificate) -> None:
    if found.ess_present:
        found.ess_match = _named(found.ess, certificate)
    if found.ess_match and not all(reference.agrees(certificate) for reference in found.ess):
        found.warnings.append(Finding("cms.ess_issuer_differs"))
    if not found.sid_matches:
        found.warnings.append(Finding("cms.signer_identifier_differs"))


def _algorithm(signer: SignerInfo, found: Checked) -> Algorithm | None:
    try:
        algorithm = algorithms.signature_algorithm(signer.signature_algorithm, signer.digest)
    except UnknownAlgorithm as error:
        found.constraints.append(Finding("cms.unknown_algorithm", {"algorithm": str(error)}))
        return None
    if algorithm.digest != signer.digest and not algorithm.scheme.startswith("ed"):
        found.warnings.append(
            Finding("cms.digests_differ", {"stated": signer.digest, "used": str(algorithm.digest)})
        )
    return algorithm


def _verify(
    signer: SignerInfo,
    certificate: Certificate,
    algorithm: Algorithm | None,
    found: Checked,
    *,
    content: bytes | None,
    hashed: bytes | None,
) -> bool | None:
    """Check the value with one key; None when neither content nor digest is at hand."""
    if algorithm is None:
        return False
    try:
        if signer.signed is not None:
            return _verify_attributes(signer, certificate.spki, algorithm, found)
        if content is None and hashed is None:
            return None
        return algorithms.verify(
            certificate.spki,
            algorithm,
            signer.signature,
            data=content,
            hashed=None if content is not None else hashed,
        )
    except UnknownAlgorithm as error:
        finding = Finding("cms.unknown_algorithm", {"algorithm": str(error)})
        if finding not in found.constraints:
            found.constraints.append(finding)
        return False


def _verify_attributes(signer: SignerInfo, spki: bytes, algorithm: Algorithm, found: Checked) -> bool:
    """Check the value over the attributes in DER, as RFC 5652 (5.4) demands, else as they were transmitted."""
    assert signer.signed is not None
    transmitted = tlv(SET, signer.signed.content)
    try:
        canonical = signed_form(signer.signed)
    except BadBer:
        canonical = transmitted
    if algorithms.verify(spki, algorithm, signer.signature, data=canonical):
        return True
    if transmitted == canonical or not algorithms.verify(spki, algorithm, signer.signature, data=transmitted):
        return False
    warning = Finding("cms.attributes_not_der")
    if warning not in found.warnings:
        found.warnings.append(warning)
    return True


def signed_form(signed: Node) -> bytes:
    """Return the signed attributes as the SET OF in DER that is signed (RFC 5652, 5.4)."""
    return tlv(SET, b"".join(sorted(to_der(item) for item in signed.children)))


def _record_reference(reference: EssReference, found: Checked) -> None:
    """Record the digest of a reference to the certificate, SHA-1 as a warning only.

    ESSCertID is SHA-1 by definition (RFC 5035, 5.4) and many authorities still write it. Nobody could forge it without
    a second preimage, which SHA-1 resists; a collision, which it does not, serves only the owner of both certificates.
    """
    if reference.algorithm == "sha1":
        found.warnings.append(Finding("cms.reference_sha1"))
    elif reference.algorithm is not None:
        found.uses.append(AlgorithmUse("signing-certificate", reference.algorithm))


def _record(found: Checked, algorithm: Algorithm | None, certificate: Certificate | None, use: str) -> None:
    if algorithm is None:
        return
    kind, bits = algorithms.key_of(certificate.spki) if certificate else (None, None)
    digest = algorithm.digest
    found.uses.insert(0, AlgorithmUse(use, digest, kind or algorithm.scheme.split("-")[0], bits))
    if algorithm.mgf_digest and algorithm.mgf_digest != digest:
        found.uses.append(AlgorithmUse(f"{use}-mask", algorithm.mgf_digest))
