"""Certificates, CRLs and OCSP responses parsed once, by content; and verdicts kept under everything they depend on.

What is cached here is a function of bytes alone: that a certificate was parsed for one file tells another file nothing.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from threading import Lock
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")

#: Certificates and verdicts that are remembered, and the bytes that CRLs and OCSP responses in memory may take.
PARSED = 1_024
VERDICTS = 1_024
WEIGHT = 64 << 20


@dataclass(frozen=True, eq=False)
class Cert:
    """A parsed certificate; ``asn1`` is the asn1crypto object, names are in their comparable form."""

    der: bytes = field(repr=False)
    sha256: bytes
    asn1: Any = field(repr=False)
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    key_id: bytes | None
    authority_key_id: bytes | None

    @property
    def name(self) -> str:
        """Return the subject for a person: its common name, or the whole name."""
        common: object = self.asn1.subject.native.get("common_name")
        return common if isinstance(common, str) else str(self.asn1.subject.human_friendly)

    @property
    def issuer_name(self) -> str:
        """Return the issuer for a person."""
        common: object = self.asn1.issuer.native.get("common_name")
        return common if isinstance(common, str) else str(self.asn1.issuer.human_friendly)


@lru_cache(maxsize=PARSED)
def certificate(der: bytes) -> Cert | None:
    """Parse a certificate; None when it is none (RFC 5280, 4.1)."""
    from asn1crypto import x509

    try:
        parsed = x509.Certificate.load(der, strict=True)
        _force(parsed)
        validity = parsed["tbs_certificate"]["validity"]
        return Cert(
            der=der,
            sha256=sha256(der).digest(),
            asn1=parsed,
            subject=comparable(parsed.subject.dump()),
            issuer=comparable(parsed.issuer.dump()),
            not_before=_aware(validity["not_before"].native),
            not_after=_aware(validity["not_after"].native),
            key_id=parsed.key_identifier,
            authority_key_id=parsed.authority_key_identifier,
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


@lru_cache(maxsize=PARSED)
def comparable(name: bytes) -> str:
    """Return the form in which two names (DER) are compared: letters' case and repeated spaces apart (RFC 5280, 7.1).

    This only says which certificates may belong together; path validation compares names again by the book.
    """
    from asn1crypto import x509

    parts = [
        sorted(
            (pair["type"].dotted, " ".join(str(pair["value"].native).casefold().split())) for pair in level
        )
        for level in x509.Name.load(name, strict=True).chosen
    ]
    return repr(parts)


#: What is asked of a certificate later.
_ASKED = (
    "key_usage_value",
    "extended_key_usage_value",
    "basic_constraints_value",
    "authority_information_access_value",
    "crl_distribution_points_value",
    "certificate_policies_value",
    "name_constraints_value",
    "subject_alt_name_value",
)


def _force(parsed: Any) -> None:
    """Parse now all that is asked later: asn1crypto parses on demand, and what is malformed must show here."""
    asked = [value.native for name in _ASKED if (value := getattr(parsed, name)) is not None]
    asked += [parsed["signature_algorithm"].native, parsed.public_key.sha1]


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Memory(Generic[Value]):
    """The last values under their keys: at most ``size`` of them, and ``weight`` bytes altogether. Safe for threads."""

    def __init__(self, size: int, weight: int = WEIGHT) -> None:
        self._size = size
        self._most = weight
        self._total = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        """Return what was kept, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def keep(self, key: Hashable, value: Value, weight: int = 0) -> None:
        """Keep a value that holds ``weight`` bytes, and forget those unused for longest when there is too much."""
        with self._lock:
            self._forget(key)
            self._values[key] = value, weight
            self._total += weight
            while self._values and (len(self._values) > self._size or self._total > self._most):
                self._forget(next(iter(self._values)))

    def _forget(self, key: Hashable) -> None:
        _, weight = self._values.pop(key, (None, 0))
        self._total -= weight
