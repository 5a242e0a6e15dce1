"""Names of X.509, in a form that can be compared and in one that can be shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: Attributes shown for a name, the first that is there.
_SHOWN = ("2.5.4.3", "2.5.4.10", "2.5.4.11")
_COUNTRY = "2.5.4.6"


@dataclass(frozen=True, slots=True)
class Name:
    """A name: ``key`` to compare, ``shown`` for a person, ``country`` as stated, ``parts`` as (OID, value) in order."""

    key: str
    shown: str
    country: str | None
    parts: tuple[tuple[str, str], ...] = ()


def named(levels: Iterable[Iterable[tuple[str, str]]]) -> Name:
    """Return the name made of levels of (OID, value).

    Names are compared with the case of letters and repeated spaces apart (RFC 5280, 7.1). This only says which
    certificates may belong together; path validation compares names again by the book.
    """
    known = [list(level) for level in levels]
    key = repr([sorted((oid, " ".join(value.casefold().split())) for oid, value in level) for level in known])
    flat = [pair for level in known for pair in level]
    values = dict(reversed(flat))
    shown = next((values[oid] for oid in _SHOWN if oid in values), ", ".join(value for _, value in flat))
    return Name(key, shown, values.get(_COUNTRY), tuple(flat))


def of_cryptography(name: Any) -> Name:
    """Return a name read by cryptography."""
    return named(
        [[(attribute.oid.dotted_string, str(attribute.value)) for attribute in level] for level in name.rdns]
    )


def of_asn1crypto(name: Any) -> Name:
    """Return a name read by asn1crypto."""
    return named(
        [[(pair["type"].dotted, str(pair["value"].native)) for pair in level] for level in name.chosen]
    )


def comparable(name: bytes) -> str:
    """Return the form in which a name (DER) is compared."""
    from asn1crypto import x509

    return of_asn1crypto(x509.Name.load(name, strict=True)).key
