"""Who a certificate names, for a person to compare with the account's data (check ``identity`` of article 5).

Test and old certificates break every rule of X.509; asn1crypto reads more of them than stricter parsers do.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from asn1crypto import x509

from signing.path.cache import certificate as cached
from signing.types import Signer

#: organizationIdentifier (ETSI EN 319 412-1): the SIREN stands there as NTRFR-123456789.
ORGANIZATION_ID = "2.5.4.97"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def signer_of(certificate: bytes) -> Signer:
    """Return whom a DER certificate names; parts that cannot be read are None or empty, never an error."""
    known = cached(certificate)
    parsed = known.asn1 if known is not None else x509.Certificate.load(certificate)
    subject: Any = parsed["tbs_certificate"]["subject"]
    first, last = _validity(parsed)
    return Signer(
        common_name=_part(subject, "2.5.4.3"),
        organization=_part(subject, "2.5.4.10"),
        organization_id=_part(subject, ORGANIZATION_ID),
        subject=_text(subject),
        issuer=_text(parsed["tbs_certificate"]["issuer"]),
        serial=hex(parsed["tbs_certificate"]["serial_number"].native),
        not_before=first,
        not_after=last,
        sha256=sha256(certificate).hexdigest(),
    )


def name_of(certificate: bytes) -> str:
    """Return the name to show for a certificate: its common name, else its organisation, else all of its subject."""
    signer = signer_of(certificate)
    return signer.common_name or signer.organization or signer.subject


def _part(name: Any, oid: str) -> str | None:
    return next((_value(pair) for rdn in name.chosen for pair in rdn if pair["type"].dotted == oid), None)


def _value(pair: Any) -> str:
    try:
        return str(pair["value"].native)
    except (ValueError, TypeError):
        return ""


def _text(name: Any) -> str:
    """Write a name as RFC 4514 does: last part first."""
    parts = [f"{_label(pair)}={_value(pair)}" for rdn in name.chosen for pair in rdn]
    return ", ".join(reversed(parts))


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


def _label(pair: Any) -> str:
    dotted: str = pair["type"].dotted
    return _LABELS.get(dotted, dotted)


def _validity(parsed: Any) -> tuple[datetime, datetime]:
    validity = parsed["tbs_certificate"]["validity"]
    return _instant(validity["not_before"]), _instant(validity["not_after"])


def _instant(value: Any) -> datetime:
    try:
        moment: datetime = value.native
    except (ValueError, TypeError):
        return _EPOCH
    return moment.astimezone(UTC)
