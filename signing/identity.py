"""Who a certificate names, for a person to compare with the account's data (check ``identity`` of article 5).

Test and old certificates break every rule of X.509; asn1crypto reads more of them than stricter parsers do.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from asn1crypto import x509

from signing.path.cache import Cert
from signing.path.cache import certificate as cached
from signing.types import Signer

#: organizationIdentifier (ETSI EN 319 412-1): the SIREN stands there as NTRFR-123456789.
ORGANIZATION_ID = "2.5.4.97"
#: What asn1crypto raises on bytes that are not what their place calls for.
_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def signer_of(certificate: bytes) -> Signer:
    """Return whom a DER certificate names; parts that cannot be read are None or empty, never an error."""
    known = cached(certificate)
    return _of_parts(certificate) if known is None else _of_cert(known)


def _of_cert(known: Cert) -> Signer:
    subject = known.subject_name.parts
    return Signer(
        common_name=_part(subject, "2.5.4.3"),
        organization=_part(subject, "2.5.4.10"),
        organization_id=_part(subject, ORGANIZATION_ID),
        subject=_text(subject),
        issuer=_text(known.issuer_name.parts),
        serial=hex(known.serial),
        not_before=known.not_before,
        not_after=known.not_after,
        sha256=known.sha256.hex(),
    )


def _of_parts(certificate: bytes) -> Signer:
    """Return what can be read of a certificate that no parser reads whole."""
    parsed = x509.Certificate.load(certificate)
    subject = _pairs(parsed, "subject")
    return Signer(
        common_name=_part(subject, "2.5.4.3"),
        organization=_part(subject, "2.5.4.10"),
        organization_id=_part(subject, ORGANIZATION_ID),
        subject=_text(subject),
        issuer=_text(_pairs(parsed, "issuer")),
        serial=_serial(parsed),
        not_before=_instant(parsed, "not_before"),
        not_after=_instant(parsed, "not_after"),
        sha256=sha256(certificate).hexdigest(),
    )


def name_of(certificate: bytes) -> str:
    """Return the name to show for a certificate: its common name, else its organisation, else all of its subject."""
    signer = signer_of(certificate)
    return signer.common_name or signer.organization or signer.subject


def _pairs(parsed: Any, field: str) -> list[tuple[str, str]]:
    """Return type and value of the parts of a name, as far as they can be read: asn1crypto reads them when asked."""
    found: list[tuple[str, str]] = []
    with suppress(*_UNREADABLE):
        for rdn in parsed["tbs_certificate"][field].chosen:
            found.extend((pair["type"].dotted, _value(pair)) for pair in rdn)
    return found


def _part(pairs: Sequence[tuple[str, str]], oid: str) -> str | None:
    return next((value for kind, value in pairs if kind == oid), None)


def _value(pair: Any) -> str:
    try:
        return str(pair["value"].native)
    except _UNREADABLE:
        return ""


def _text(pairs: Sequence[tuple[str, str]]) -> str:
    """Write a name as RFC 4514 does: last part first."""
    return ", ".join(f"{_LABELS.get(kind, kind)}={value}" for kind, value in reversed(pairs))


_LABELS = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.42": "GN",
    ORGANIZATION_ID: "organizationIdentifier",
}


def _serial(parsed: Any) -> str:
    try:
        return hex(parsed["tbs_certificate"]["serial_number"].native)
    except _UNREADABLE:
        return ""


def _instant(parsed: Any, field: str) -> datetime:
    try:
        moment: datetime = parsed["tbs_certificate"]["validity"][field].native
        return moment.astimezone(UTC)
    except _UNREADABLE:
        return _EPOCH
