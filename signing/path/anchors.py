"""The anchors of a snapshot: those an operator gave, and the services of trusted lists."""

from collections.abc import Iterable
from dataclasses import dataclass

from signing.path.building import Pool, by_subject
from signing.path.cache import Cert, Memory, certificate
from signing.path.model import Purpose
from signing.trust.model import SERVICE_CA_QC, SERVICE_TSA_QTST, Service, TrustSnapshot

#: Statuses of a service whose certificates are trusted (TS 119 612, 5.5.4 and annex D).
GRANTED = frozenset({"granted", "undersupervision", "accredited", "supervisionincessation"})


@dataclass(frozen=True, eq=False)
class Trusted:
    """The anchors of a snapshot, parsed once."""

    explicit: Pool
    services: dict[str, list[tuple[Cert, Service]]]


def vouches(service: Service, wanted: str, leaf: Cert) -> bool:
    """Tell whether a service of a list makes its certificates anchors for a leaf.

    A CA/QC must have been granted when the leaf was issued; a QTST once, since a list may name a unit after its issuance.
    """
    if wanted == SERVICE_TSA_QTST:
        return service.type == wanted and any(granted(period.status) for period in service.history)
    then = service.as_of(leaf.not_before)
    return then is not None and then.type == wanted and granted(then.status_at(leaf.not_before))


def granted(status: str | None) -> bool:
    """Tell whether a status makes a service trusted."""
    return status is not None and status.rpartition("/")[2].lower() in GRANTED


def trusted(snapshot: TrustSnapshot) -> Trusted:
    """Return the anchors of a snapshot, parsed at the first call."""
    known = _SNAPSHOTS.get(snapshot.id)
    if known is None:
        explicit = by_subject(found for der in snapshot.anchors if (found := certificate(der)))
        known = Trusted(explicit, _listed(snapshot.services))
        _SNAPSHOTS.keep(snapshot.id, known)
    return known


_SNAPSHOTS: Memory[Trusted] = Memory(8)


def _listed(services: Iterable[Service]) -> dict[str, list[tuple[Cert, Service]]]:
    found: dict[str, list[tuple[Cert, Service]]] = {}
    for service in services:
        if service.type not in (SERVICE_CA_QC, SERVICE_TSA_QTST):
            continue
        for der in service.certificates:
            parsed = certificate(der)
            if parsed is not None:
                found.setdefault(parsed.subject, []).append((parsed, service))
    return found


def anchors_for(snapshot: TrustSnapshot, leaf: Cert, purpose: Purpose) -> Pool:
    """Return the certificates that may end the chain of a leaf used for a purpose."""
    known = trusted(snapshot)
    wanted = SERVICE_CA_QC if purpose is Purpose.SIGNATURE else SERVICE_TSA_QTST
    found = {subject: list(anchors) for subject, anchors in known.explicit.items()}
    for subject, listed in known.services.items():
        for anchor, service in listed:
            if vouches(service, wanted, leaf):
                found.setdefault(subject, []).append(anchor)
    return found
