"""Cut a snapshot down to what can have mattered for given certificates: what is kept as evidence of one verdict."""

from collections.abc import Iterable
from dataclasses import replace

from signing.trust.model import TrustSnapshot


def relevant(snapshot: TrustSnapshot, certificates: Iterable[bytes]) -> TrustSnapshot:
    """Return the anchors and services whose name stands in, or above, the certificates (DER); all list descriptions stay.

    A chain goes up by names: an anchor whose name is not among them, nor above them, ends no chain of theirs.
    """
    given = [name for der in certificates for name in _names(der)]
    names = {name for pair in given for name in pair if name}
    pools = [
        *((anchor,) for anchor in snapshot.anchors),
        *(service.certificates for service in snapshot.services),
    ]
    known = [[_names(der) for der in pool] for pool in pools]
    kept: set[int] = set()
    grown = True
    while grown:
        fresh = {
            number
            for number, pool in enumerate(known)
            if number not in kept and any(subject in names for pairs in pool for subject, _issuer in pairs)
        }
        kept |= fresh
        names |= {issuer for number in fresh for pairs in known[number] for _subject, issuer in pairs}
        grown = bool(fresh)
    count = len(snapshot.anchors)
    return replace(
        snapshot,
        anchors=tuple(anchor for number, anchor in enumerate(snapshot.anchors) if number in kept),
        services=tuple(service for number, service in enumerate(snapshot.services, count) if number in kept),
    )


def _names(der: bytes) -> list[tuple[str, str]]:
    """Return subject and issuer of a certificate, none when it cannot be read."""
    from asn1crypto import x509

    try:
        found = x509.Certificate.load(der)
        pair = found.subject.hashable, found.issuer.hashable
    except (ValueError, TypeError, KeyError):
        return []
    return [pair]
