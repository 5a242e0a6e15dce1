"""Certificate revocation lists (RFC 5280, 5 and 6.3): parsed once, verified, asked about a certificate.

Partial CRLs (by reason) are not understood: they are no answers. Indirect and delta CRLs alone are none either; see
``signing.path.partial``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from signing.path.addresses import crl_addresses
from signing.path.answer import Answer, Standing, use_of
from signing.path.cache import PARSED, Cert, Memory
from signing.path.names import of_cryptography


@dataclass(frozen=True, eq=False)
class Crl:
    """A parsed CRL and what is asked of it."""

    parsed: Any
    sha256: bytes
    issuer: str
    authority_key_id: bytes | None
    this_update: datetime
    next_update: datetime | None
    algorithm: str | None
    only: str | None
    keeps_expired_since: datetime | None
    indirect: bool = False
    number: int | None = None
    #: For a delta, the number of the complete CRL that it starts from.
    base: int | None = None

    @property
    def complete(self) -> bool:
        """Tell whether this is by itself an answer of the authority that it names."""
        return not self.indirect and self.base is None


_LISTS: Memory[Crl] = Memory(PARSED)
_ISSUERS: Memory[bool] = Memory(4 * PARSED)


def read(der: bytes) -> Crl | None:
    """Parse a CRL, once while it is remembered."""
    known = _LISTS.get(der)
    if known is None:
        known = _parse(der)
        if known is not None:
            _LISTS.keep(der, known, 2 * len(der))
    return known


def _parse(der: bytes) -> Crl | None:
    """Parse a CRL; None for what is none, or of a kind that is not understood."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        parsed = x509.load_der_x509_crl(der)
        scope = _scope_of(parsed)
        if scope is None:
            return None
        name = of_cryptography(parsed.issuer).key
        hashed = parsed.signature_hash_algorithm
        return Crl(
            parsed=parsed,
            sha256=sha256(der).digest(),
            issuer=name,
            authority_key_id=_authority_key_id(parsed),
            this_update=parsed.last_update_utc,
            next_update=parsed.next_update_utc,
            algorithm=hashed.name if hashed else None,
            only=scope,
            keeps_expired_since=_keeps_expired(parsed),
            indirect=_is_indirect(parsed),
            number=_numbered(parsed, x509.CRLNumber),
            base=_numbered(parsed, x509.DeltaCRLIndicator),
        )
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RecursionError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
    ):
        # What cannot be read is no answer.
        return None


def _scope_of(parsed: Any) -> str | None:
    """Return which certificates a CRL is about (``all``, ``user``, ``ca``), None when it is not understood."""
    from cryptography import x509

    scope: str | None = "all"
    for extension in parsed.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.only_some_reasons or value.only_contains_attribute_certs:
                return None
            scope = (
                "user" if value.only_contains_user_certs else "ca" if value.only_contains_ca_certs else "all"
            )
        elif extension.critical and not _understood(value):
            return None
    return scope


def _is_indirect(parsed: Any) -> bool:
    from cryptography import x509

    return any(
        isinstance(one.value, x509.IssuingDistributionPoint) and one.value.indirect_crl
        for one in parsed.extensions
    )


def _numbered(parsed: Any, kind: type[Any]) -> int | None:
    """Return the number in an extension, None without it."""
    found = (one.value.crl_number for one in parsed.extensions if isinstance(one.value, kind))
    return next(found, None)


def _understood(value: object) -> bool:
    from cryptography import x509

    return isinstance(value, x509.CRLNumber | x509.DeltaCRLIndicator | x509.AuthorityKeyIdentifier)


def _authority_key_id(parsed: Any) -> bytes | None:
    from cryptography import x509

    for extension in parsed.extensions:
        if isinstance(extension.value, x509.AuthorityKeyIdentifier):
            return extension.value.key_identifier
    return None


def _keeps_expired(parsed: Any) -> datetime | None:
    """Return the value of expiredCertsOnCRL (ISO/IEC 9594-8, 2.5.29.60)."""
    from asn1crypto import core

    for extension in parsed.extensions:
        if extension.oid.dotted_string == "2.5.29.60":
            moment: datetime = core.GeneralizedTime.load(extension.value.value).native
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _is_of(crl: Crl, issuer: Cert) -> bool:
    """Tell whether a CRL was signed by this authority, which may sign CRLs."""
    if crl.authority_key_id and issuer.key_id and crl.authority_key_id != issuer.key_id:
        return False
    if issuer.usage is not None and "crl_sign" not in issuer.usage:
        return False
    key = crl.sha256, issuer.sha256
    known = _ISSUERS.get(key)
    if known is None:
        known = _signed_by(crl, issuer)
        _ISSUERS.keep(key, known)
    return known


def _signed_by(crl: Crl, issuer: Cert) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return bool(crl.parsed.is_signature_valid(load_der_public_key(issuer.asn1.public_key.dump())))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # An unknown kind of key or of signature: no answer.
        return False


def answer_of(der: bytes, subject: Cert, issuer: Cert) -> Answer | None:
    """Return what a complete CRL says of a certificate; None when it is not its issuer's, or not about it."""
    crl = read(der)
    return None if crl is None else said(der, crl, subject, issuer)


def said(der: bytes, crl: Crl, subject: Cert, issuer: Cert) -> Answer | None:
    """Return what a list that was read says of a certificate; None as above."""
    if not crl.complete or not speaks_for(crl, subject, issuer):
        return None
    return answered(der, crl, issuer, crl.parsed.get_revoked_certificate_by_serial_number(subject.serial))


def speaks_for(crl: Crl, subject: Cert, signer: Cert) -> bool:
    """Tell whether a CRL was signed by an authority, and is about certificates of this kind and place."""
    if crl.issuer != signer.subject or not _is_of(crl, signer):
        return False
    return crl.only in ("all", "ca" if subject.ca else "user") and _same_place(crl, subject)


def answered(der: bytes, crl: Crl, signer: Cert, entry: Any) -> Answer:
    """Return the answer that the entry of a certificate makes, or its absence."""
    reason = _reason(entry) if entry is not None else None
    revoked = entry is not None and reason != "removeFromCRL"
    return Answer(
        source=der,
        sha256=crl.sha256,
        standing=Standing.REVOKED if revoked else Standing.GOOD,
        this_update=crl.this_update,
        next_update=crl.next_update,
        revoked_at=entry.revocation_date_utc if revoked else None,
        on_hold=reason == "certificateHold",
        algorithms=(use_of(signer, crl.algorithm),),
        keeps_expired_since=crl.keeps_expired_since,
    )


def _same_place(crl: Crl, subject: Cert) -> bool:
    """Tell whether a CRL that names its distribution point is one that the certificate points to (RFC 5280, 6.3.3 b)."""
    from cryptography import x509

    for extension in crl.parsed.extensions:
        if isinstance(extension.value, x509.IssuingDistributionPoint) and extension.value.full_name:
            places = {name.value for name in extension.value.full_name if hasattr(name, "value")}
            return bool(places & set(crl_addresses(subject)))
    return True


def _reason(entry: Any) -> str | None:
    from cryptography import x509

    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            return str(extension.value.reason.value)
    return None
