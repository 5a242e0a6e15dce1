"""Decide whether a certificate may receive bid keys, and hold the private keys that open them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing import der
from signing.errors import SealedError

MIN_RSA_BITS = 3072
MAX_RSA_BITS = 8192
"""Beyond, one decryption costs seconds: no certificate authority issues such keys."""

PublicKey = RSAPublicKey | EllipticCurvePublicKey
PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


class KeyType(StrEnum):
    """The three kinds of key pli/1 can address."""

    RSA = "rsa"
    P256 = "p256"
    P384 = "p384"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A certificate that may receive a key packet, taken apart once."""

    certificate: bytes = field(repr=False)
    sha256: bytes
    subject: str
    issuer: bytes = field(repr=False)
    serial: int
    key_type: KeyType
    public_key: PublicKey = field(repr=False)
    not_before: datetime
    not_after: datetime


def fingerprint(certificate: bytes) -> bytes:
    """Return the SHA-256 of a certificate's DER, by which key sets and bids name it."""
    return sha256(certificate).digest()


def check_recipient(certificate: bytes, at: datetime) -> Recipient:
    """Return the recipient behind a DER certificate, or say why bids cannot be sealed to it at that time.

    Raises ``bid.certificate_refused`` with ``reason`` one of ``unreadable``, ``key_type``, ``key_size``,
    ``curve``, ``key_usage``, ``not_yet_valid``, ``expired``.
    """
    recipient = read_recipient(certificate)
    _check_usage(load_certificate(certificate), recipient.key_type)
    if at < recipient.not_before:
        _refuse("not_yet_valid", f"valid from {recipient.not_before.isoformat()}")
    if at > recipient.not_after:
        _refuse("expired", f"expired at {recipient.not_after.isoformat()}")
    return recipient


def read_recipient(certificate: bytes) -> Recipient:
    """Return the recipient behind a certificate without asking whether it is valid today.

    Opening needs this: a bid stays readable after the certificate it was sealed to has expired.
    """
    parsed = load_certificate(certificate)
    public_key, key_type = _public_key(parsed)
    issuer, serial = issuer_and_serial(certificate)
    return Recipient(
        certificate=certificate,
        sha256=fingerprint(certificate),
        subject=subject_name(parsed),
        issuer=issuer,
        serial=serial,
        key_type=key_type,
        public_key=public_key,
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
    )


def check_recipients(certificates: list[bytes], at: datetime) -> list[Recipient]:
    """Check a whole key set; the same key under two certificates is refused (``duplicate_key``).

    Two holders sharing one key would count twice in a quorum.
    """
    recipients = [check_recipient(certificate, at) for certificate in certificates]
    numbers = {recipient.public_key.public_numbers() for recipient in recipients}
    if len(numbers) != len(recipients):
        _refuse("duplicate_key", "two certificates of the set hold the same key")
    return recipients


def load_certificate(certificate: bytes) -> x509.Certificate:
    """Parse a DER certificate; whatever ails it comes out as ``bid.certificate_refused``, ``unreadable``."""
    try:
        serial = issuer_and_serial(certificate)[1]
        # RFC 5280, 4.1.2.2; the library only warns of it.
        if serial <= 0:
            _refuse("unreadable", "the serial number is not positive")
        return x509.load_der_x509_certificate(certificate)
    except (ValueError, x509.InvalidVersion) as error:
        raise SealedError("bid.certificate_refused", str(error), reason="unreadable") from error


def read_certificates(data: bytes) -> list[bytes]:
    """Return the DER certificates of a file, which is one DER certificate or any number of PEM ones."""
    if not data.lstrip().startswith(b"-----BEGIN"):
        load_certificate(data)
        return [data]
    try:
        return [found.public_bytes(Encoding.DER) for found in x509.load_pem_x509_certificates(data)]
    except ValueError as error:
        raise SealedError("bid.certificate_refused", str(error), reason="unreadable") from error


def key_type_of(key: PublicKey | PrivateKey) -> KeyType:
    """Name the kind of a key, or refuse one that pli/1 cannot address."""
    if isinstance(key, RSAPublicKey | RSAPrivateKey):
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            _refuse("key_size", f"RSA of {key.key_size} bits")
        return KeyType.RSA
    if not isinstance(key.curve, SECP256R1 | SECP384R1):
        _refuse("curve", f"curve {key.curve.name}")
    return KeyType.P256 if isinstance(key.curve, SECP256R1) else KeyType.P384


def subject_name(certificate: x509.Certificate) -> str:
    """Return the name to show for a certificate: its common name, else its whole subject."""
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        return str(attribute.value)
    return certificate.subject.rfc4514_string()


def _refuse(reason: str, detail: str) -> NoReturn:
    raise SealedError("bid.certificate_refused", detail, reason=reason)


def _public_key(parsed: x509.Certificate) -> tuple[PublicKey, KeyType]:
    try:
        key = parsed.public_key()
    except Exception as error:  # an unknown algorithm and a bad point have no common ancestor
        raise SealedError("bid.certificate_refused", str(error), reason="key_type") from error
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        _refuse("key_type", f"{type(key).__name__} cannot receive keys")
    return key, key_type_of(key)


def _check_usage(parsed: x509.Certificate, key_type: KeyType) -> None:
    try:
        usage = parsed.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError) as error:
        raise SealedError("bid.certificate_refused", str(error), reason="key_usage") from error
    if not (usage.key_encipherment if key_type is KeyType.RSA else usage.key_agreement):
        _refuse("key_usage", "the certificate is not made for encryption")


def issuer_and_serial(certificate: bytes) -> tuple[bytes, int]:
    """Return the issuer's name exactly as the certificate encodes it, and the serial (RFC 5280, 4.1)."""
    reader = der.Reader(certificate, code="bid.certificate_refused").inside(der.SEQUENCE).inside(der.SEQUENCE)
    if reader.peek() == der.VERSION_TAG:
        reader.any()
    serial = reader.integer()
    reader.next(der.SEQUENCE)
    return reader.next(der.SEQUENCE).encoded, serial
