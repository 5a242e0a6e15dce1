"""Read certificates: what is asked of them, taken out once.

The strict parser is fast and reads nearly all of them; what it refuses for a fault of form is read by a tolerant one. Both
give the same fields, and no later question can fail on malformed bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from signing.path.names import Name, of_asn1crypto, of_cryptography

#: Signatures and keys that leave no choice of digest or size.
EDWARDS = ("ed25519", "ed448")
#: Name constraints, policy mappings, policy constraints, inhibitAnyPolicy.
_CONDITIONS = frozenset({"2.5.29.30", "2.5.29.33", "2.5.29.36", "2.5.29.54"})
_USAGES = (
    "digital_signature",
    "non_repudiation",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RecursionError, Warning)


@dataclass(frozen=True, eq=False)
class Cert:
    """A parsed certificate; usages are named as by asn1crypto, extended usages and critical extensions are OIDs."""

    der: bytes = field(repr=False)
    sha256: bytes
    #: The object of the strict parser, None when it refused the certificate.
    strict: Any = field(repr=False)
    subject_name: Name
    issuer_name: Name
    serial: int
    not_before: datetime
    not_after: datetime
    #: The digest by which it was signed, None when the signature has none of its own.
    digest: str | None
    key_id: bytes | None
    authority_key_id: bytes | None
    #: None when the extension is absent.
    usage: frozenset[str] | None
    extended: frozenset[str] | None
    critical: frozenset[str]
    ca: bool
    #: An OCSP responder that is not to be asked about (RFC 6960, 4.2.2.2.1).
    no_check: bool
    #: Puts conditions on the names or policies below it.
    constrained: bool

    @cached_property
    def asn1(self) -> Any:
        """Return the object of the tolerant parser, which parses on demand."""
        from asn1crypto import x509

        return x509.Certificate.load(self.der, strict=True)

    @property
    def subject(self) -> str:
        """Return the subject in its comparable form."""
        return self.subject_name.key

    @property
    def issuer(self) -> str:
        """Return the issuer in its comparable form."""
        return self.issuer_name.key

    @property
    def name(self) -> str:
        """Return the subject for a person."""
        return self.subject_name.shown

    @cached_property
    def key(self) -> tuple[str, int | None]:
        """Return the family and the size in bits of the key; no size where the family has one only."""
        info = self.asn1.public_key
        family: str = info.algorithm
        return family, None if family in EDWARDS else info.bit_size

    @cached_property
    def key_sha1(self) -> bytes:
        """Return the SHA-1 by which OCSP responses name the key; empty when there is no readable key."""
        try:
            found: bytes = self.asn1.public_key.sha1
        except _MALFORMED:
            return b""
        return found


def read(der: bytes) -> Cert | None:
    """Return a certificate from its DER; None when no parser can read it."""
    readers: tuple[Callable[[bytes], dict[str, Any]], ...] = (_strictly, _tolerantly)
    for reader in readers:
        try:
            return Cert(der=der, sha256=sha256(der).digest(), **reader(der))
        except _MALFORMED:
            continue
    return None


def digest_of(algorithm: Any) -> str | None:
    """Return the hashlib name of a signature algorithm's digest; None when the signature has none of its own (EdDSA)."""
    if algorithm["algorithm"].native in EDWARDS:
        return None
    name: str = algorithm.hash_algo
    return name


def _strictly(der: bytes) -> dict[str, Any]:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        parsed = x509.load_der_x509_certificate(der)
        extensions = {extension.oid.dotted_string: extension for extension in parsed.extensions}
        hashed = parsed.signature_hash_algorithm
    except (UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion) as error:
        raise ValueError(str(error)) from error
    # The parser takes off the count of unused bits that stands before the signature, whatever it says.
    _whole(der[-len(parsed.signature) - 1])

    def value(oid: str) -> Any:
        return extensions[oid].value if oid in extensions else None

    usage, extended, constraints = value("2.5.29.15"), value("2.5.29.37"), value("2.5.29.19")
    own, above = value("2.5.29.14"), value("2.5.29.35")
    return {
        "strict": parsed,
        "digest": hashed.name.replace("-", "_") if hashed is not None else None,
        "subject_name": of_cryptography(parsed.subject),
        "issuer_name": of_cryptography(parsed.issuer),
        "serial": parsed.serial_number,
        "not_before": parsed.not_valid_before_utc,
        "not_after": parsed.not_valid_after_utc,
        "key_id": own.digest if own is not None else None,
        "authority_key_id": above.key_identifier if above is not None else None,
        "usage": _bits(usage) if usage is not None else None,
        "extended": frozenset(one.dotted_string for one in extended) if extended is not None else None,
        "critical": frozenset(oid for oid, extension in extensions.items() if extension.critical),
        "ca": constraints is not None and constraints.ca,
        "no_check": "1.3.6.1.5.5.7.48.1.5" in extensions,
        "constrained": bool(_CONDITIONS & extensions.keys()),
    }


def _whole(unused_bits: int) -> None:
    """Refuse a signature that is not whole octets: none of its algorithms makes one (RFC 3279, 2.2; RFC 8410, 3)."""
    if unused_bits:
        raise ValueError("the signature is not whole octets")


def _bits(usage: Any) -> frozenset[str]:
    spelt = {"non_repudiation": "content_commitment"}
    return frozenset(name for name in _USAGES if getattr(usage, spelt.get(name, name)))


def _tolerantly(der: bytes) -> dict[str, Any]:
    from asn1crypto import x509

    parsed = x509.Certificate.load(der, strict=True)
    _whole(parsed["signature_value"].unused_bits)
    body = parsed["tbs_certificate"]
    extensions = list(body["extensions"] or ())
    present = {one["extn_id"].dotted: one["critical"].native for one in extensions}
    if len(present) < len(extensions):
        raise ValueError("an extension stands twice")
    usage, extended = parsed.key_usage_value, parsed.extended_key_usage_value
    return {
        "strict": None,
        "digest": digest_of(parsed["signature_algorithm"]),
        "subject_name": of_asn1crypto(parsed.subject),
        "issuer_name": of_asn1crypto(parsed.issuer),
        "serial": parsed.serial_number,
        "not_before": _aware(body["validity"]["not_before"].native),
        "not_after": _aware(body["validity"]["not_after"].native),
        "key_id": parsed.key_identifier,
        "authority_key_id": parsed.authority_key_identifier,
        "usage": frozenset(usage.native) & frozenset(_USAGES) if usage is not None else None,
        "extended": frozenset(one.dotted for one in extended) if extended is not None else None,
        "critical": frozenset(oid for oid, critical in present.items() if critical),
        "ca": bool(parsed.ca),
        "no_check": "1.3.6.1.5.5.7.48.1.5" in present,
        "constrained": bool(_CONDITIONS & present.keys()),
    }


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
