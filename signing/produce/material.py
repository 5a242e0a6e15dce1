"""Choose the certificates and revocation data that a long-term signature embeds, and refuse when any is missing.

This is no verdict (``signing.path`` gives those): it makes sure that nothing needed for one is left out. For every
certificate of a path but a self-signed one, a CRL or an OCSP answer must speak of it, be signed by its issuer or by
that issuer's own responder, and not be over before the time it is needed for (EN 319 102-1, 5.2.5).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.produce.refusals import ProductionRefused
from signing.types import Evidence

#: Longest path from a signer to its root.
_DEPTH = 8
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Material:
    """What is to be embedded, DER, each object once."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)

    def without(self, known: Iterable[bytes]) -> "Material":
        """Return the same without objects that the signature holds already."""
        gone = set(known)
        return Material(
            tuple(item for item in self.certificates if item not in gone),
            tuple(item for item in self.crls if item not in gone),
            tuple(item for item in self.ocsps if item not in gone),
        )

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to embed."""
        return not (self.certificates or self.crls or self.ocsps)


class Collector:
    """Gather what the paths of several certificates need, out of one heap of evidence."""

    def __init__(
        self, evidence: Evidence, others: Sequence[bytes] = (), held: Material | None = None
    ) -> None:
        given = Material(evidence.certificates, evidence.crls, evidence.ocsps)
        heaps = [held or Material(), given]
        self._pool = [
            *_certificates(item for heap in heaps for item in heap.certificates),
            *_certificates(others),
        ]
        # What the signature holds is tried first: a signature that has all it needs gets nothing more.
        self._heaps = [(_parsed(heap.ocsps, _ocsp), _parsed(heap.crls, _crl)) for heap in heaps]
        self._found = Material()

    def add(self, leaf: bytes, *, at: datetime) -> None:
        """Gather for one certificate, used at an instant.

        Raises ProductionRefused: ``produce.issuer_missing``, ``produce.revocation_missing``,
        ``produce.certificate_revoked``.
        """
        certificate = _certificate(leaf)
        if certificate is None:
            raise ProductionRefused("produce.certificate_unreadable", "a certificate of the signature")
        for _depth in range(_DEPTH):
            self._keep(Material(certificates=(_der(certificate),)))
            if _issued(certificate, certificate):
                return
            issuer = next((other for other in self._pool if _issued(certificate, other)), None)
            if issuer is None:
                raise ProductionRefused(
                    "produce.issuer_missing", "no issuer at hand", name=certificate.issuer.rfc4514_string()
                )
            self._keep(self._status(certificate, issuer, at))
            certificate = issuer
        raise ProductionRefused("produce.issuer_missing", "the path is too long", name="…")

    def material(self) -> Material:
        """Return what was gathered."""
        return self._found

    def _keep(self, more: Material) -> None:
        found = self._found
        self._found = Material(
            tuple(dict.fromkeys(found.certificates + more.certificates)),
            tuple(dict.fromkeys(found.crls + more.crls)),
            tuple(dict.fromkeys(found.ocsps + more.ocsps)),
        )

    def _status(self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> Material:
        """Return the best answer on a certificate: an OCSP one, else a CRL; the newest of each kind."""
        for answers, lists in self._heaps:
            speaking = [
                (answer.this_update_utc, der, answer, speaker)
                for der, answer in answers
                if (speaker := _speaker(answer, certificate, issuer, at, self._pool)) is not None
            ]
            if speaking:
                _newest, der, answer, speaker = max(speaking, key=lambda one: one[0])
                return self._answered(der, answer, speaker, issuer, at)
            listing = _listing(lists, certificate, issuer, at)
            if listing is not None:
                return Material(crls=(listing,))
        return _missing(certificate)

    def _answered(
        self,
        der: bytes,
        answer: ocsp.OCSPResponse,
        speaker: x509.Certificate,
        issuer: x509.Certificate,
        at: datetime,
    ) -> Material:
        """Return an answer with what proves its responder: its certificate, and a CRL unless it needs none."""
        certificates = () if speaker == issuer or speaker in answer.certificates else (_der(speaker),)
        if speaker == issuer or _unchecked(speaker):
            return Material(certificates=certificates, ocsps=(der,))
        for _answers, lists in self._heaps:
            listing = _listing(lists, speaker, issuer, at)
            if listing is not None:
                return Material(certificates, (listing,), (der,))
        return _missing(speaker)


def _missing(certificate: x509.Certificate) -> NoReturn:
    name = certificate.subject.rfc4514_string()
    raise ProductionRefused("produce.revocation_missing", "no CRL, no OCSP answer", name=name)


def _unchecked(responder: x509.Certificate) -> bool:
    """Tell whether a responder's certificate says that it needs no revocation check (RFC 6960, 4.2.2.2.1)."""
    try:
        responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return True


def _parsed(items: Iterable[bytes], read: Callable[[bytes], _Read | None]) -> list[tuple[bytes, _Read]]:
    return [(der, found) for der in items if (found := read(der)) is not None]


def _certificates(items: Iterable[bytes]) -> list[x509.Certificate]:
    return [found for item in items if (found := _certificate(item)) is not None]


def _certificate(der: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
        return None


def _crl(der: bytes) -> x509.CertificateRevocationList | None:
    try:
        return x509.load_der_x509_crl(der)
    except ValueError:
        return None


def _ocsp(der: bytes) -> ocsp.OCSPResponse | None:
    """Return an answer about one certificate; others are of no use here."""
    try:
        answer = ocsp.load_der_ocsp_response(der)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        # Asked once here: an answer about several certificates has no single serial number.
        _ = answer.serial_number
    except ValueError:
        return None
    return answer


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _listing(
    lists: Sequence[tuple[bytes, x509.CertificateRevocationList]],
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: datetime,
) -> bytes | None:
    """Return the newest CRL that answers for a certificate."""
    found = [(crl.last_update_utc, der) for der, crl in lists if _lists(crl, certificate, issuer, at)]
    return max(found)[1] if found else None


def _lists(
    crl: x509.CertificateRevocationList,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: datetime,
) -> bool:
    """Tell whether a CRL answers for a certificate at an instant; raise when it says revoked before then."""
    if crl.issuer != issuer.subject or not _current(crl.next_update_utc, at) or not _crl_signed(crl, issuer):
        return False
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is not None and entry.revocation_date_utc <= at:
        _refuse_revoked(certificate, entry.revocation_date_utc)
    return True


def _crl_signed(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    try:
        return crl.is_signature_valid(key)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False


def _speaker(
    answer: ocsp.OCSPResponse,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: datetime,
    pool: Sequence[x509.Certificate],
) -> x509.Certificate | None:
    """Return who signed an answer that is good for a certificate at an instant; raise when it says revoked before then."""
    if answer.serial_number != certificate.serial_number or not _current(answer.next_update_utc, at):
        return None
    if answer.issuer_key_hash != _key_hash(issuer, answer.hash_algorithm):
        return None
    if answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        return None
    speakers = _responders(answer, issuer, pool)
    speaker = next((one for one in speakers if _answer_signed(answer, one)), None)
    moment = answer.revocation_time_utc
    if speaker is not None and moment is not None and moment <= at:
        _refuse_revoked(certificate, moment)
    return speaker


def _responders(
    answer: ocsp.OCSPResponse, issuer: x509.Certificate, pool: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """Return who may answer for an issuer: itself, and those it made for that purpose (RFC 6960, 4.2.2.2)."""
    return [issuer, *(other for other in [*answer.certificates, *pool] if _delegated(other, issuer))]


def _delegated(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in purposes and _issued(certificate, issuer)


def _answer_signed(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key = signer.public_key()
    try:
        algorithm = answer.signature_hash_algorithm
        if algorithm is None:
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _key_hash(issuer: x509.Certificate, algorithm: HashAlgorithm) -> bytes:
    """Return the digest of an issuer's key as OCSP names it (mostly SHA-1: it names, and protects nothing)."""
    key = issuer.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        bits = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        bits = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    else:
        return b""
    hashing = Hash(algorithm)
    hashing.update(bits)
    return hashing.finalize()


def _current(next_update: datetime | None, at: datetime) -> bool:
    return next_update is None or next_update >= at


def _refuse_revoked(certificate: x509.Certificate, moment: datetime) -> NoReturn:
    raise ProductionRefused(
        "produce.certificate_revoked",
        "revoked",
        name=certificate.subject.rfc4514_string(),
        day=moment.date().isoformat(),
    )
