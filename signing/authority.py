"""A small certificate authority of the platform's own, for holders who bring no certificate."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.certificates import KeyType, PublicKey, key_type_of
from signing.errors import SealedError


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate names."""

    common_name: str
    organisation: str | None = None
    country: str = "FR"

    def name(self) -> x509.Name:
        """Return the X.501 name; RFC 5280 allows 64 characters (ub-common-name), the rest is cut."""
        attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, self.country)]
        if self.organisation:
            attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organisation[:64]))
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, self.common_name[:64]))
        return x509.Name(attributes)


def create_authority(
    subject: Subject, *, not_before: datetime, not_after: datetime
) -> tuple[EllipticCurvePrivateKey, bytes]:
    """Make a new authority: its P-384 key and its self-signed certificate in DER."""
    key = generate_private_key(SECP384R1())
    builder = (
        _builder(subject.name(), subject.name(), key.public_key(), not_before, not_after)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    return key, builder.sign(key, SHA384()).public_bytes(Encoding.DER)


def issue_recipient(
    authority_key: EllipticCurvePrivateKey,
    authority: bytes,
    public_key: bytes,
    subject: Subject,
    *,
    not_before: datetime,
    not_after: datetime,
) -> bytes:
    """Certify a holder's SubjectPublicKeyInfo (DER) for receiving bid keys; return the certificate.

    Raises ``bid.certificate_refused`` for a key that pli/1 cannot address. Possession of the private key
    is proved afterwards by a rehearsal: an encryption key cannot sign a request.
    """
    key = _public_key(public_key)
    is_rsa = key_type_of(key) is KeyType.RSA
    usage = _usage(key_encipherment=is_rsa, key_agreement=not is_rsa)
    builder = _leaf(authority_key, authority, key, subject, not_before, not_after)
    builder = builder.add_extension(usage, critical=True)
    return builder.sign(authority_key, SHA384()).public_bytes(Encoding.DER)


def issue_timestamping(
    authority_key: EllipticCurvePrivateKey,
    authority: bytes,
    subject: Subject,
    *,
    not_before: datetime,
    not_after: datetime,
) -> tuple[EllipticCurvePrivateKey, bytes]:
    """Make the key and certificate of a development time-stamping unit (RFC 3161, 2.3)."""
    key = generate_private_key(SECP384R1())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = (
        _leaf(authority_key, authority, key.public_key(), subject, not_before, not_after)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(purpose, critical=True)
    )
    return key, builder.sign(authority_key, SHA384()).public_bytes(Encoding.DER)


def issue_seal(
    authority_key: EllipticCurvePrivateKey,
    authority: bytes,
    subject: Subject,
    *,
    not_before: datetime,
    not_after: datetime,
) -> tuple[EllipticCurvePrivateKey, bytes]:
    """Make the key and certificate of a development seal: it signs documents and nothing else."""
    key = generate_private_key(SECP256R1())
    usage = _usage(digital_signature=True, content_commitment=True)
    builder = _leaf(authority_key, authority, key.public_key(), subject, not_before, not_after)
    builder = builder.add_extension(usage, critical=True)
    return key, builder.sign(authority_key, SHA384()).public_bytes(Encoding.DER)


def _public_key(data: bytes) -> PublicKey:
    try:
        key = load_der_public_key(data)
    except Exception as error:  # an unknown algorithm and a bad point have no common ancestor
        raise SealedError("bid.certificate_refused", str(error), reason="unreadable") from error
    if not isinstance(key, PublicKey):
        raise SealedError("bid.certificate_refused", type(key).__name__, reason="key_type")
    return key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _leaf(
    authority_key: EllipticCurvePrivateKey,
    authority: bytes,
    key: PublicKey,
    subject: Subject,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    issuer = x509.load_der_x509_certificate(authority).subject
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(subject.name(), issuer, key, not_before, not_after)
        .add_extension(identifier, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )


def _usage(**granted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: granted.get(name, False) for name in names})
