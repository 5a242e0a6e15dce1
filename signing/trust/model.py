"""A snapshot of trust: anchors given by the operator, and services of trusted lists (ETSI TS 119 612)."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256

SERVICE_CA_QC = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
SERVICE_TSA_QTST = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"


@dataclass(frozen=True, slots=True)
class Qualifier:
    """Qualifier URIs that apply to the certificates that meet the criteria (TS 119 612, 5.5.9.2).

    ``policies`` are alternatives of policy OIDs that must all be in the certificate; ``key_usages`` alternatives of
    (bit name, value) pairs. ``readable`` is false when the list states criteria that this reader does not know: the
    qualifier then applies to nothing.
    """

    uris: tuple[str, ...]
    policies: tuple[tuple[str, ...], ...] = ()
    key_usages: tuple[tuple[tuple[str, bool], ...], ...] = ()
    readable: bool = True


@dataclass(frozen=True, slots=True)
class StatusPeriod:
    """A status of a service from an instant on; the next period, or now, ends it.

    ``type``, ``qualifiers`` and ``additional`` are what the list said in that period; None means as the service says now.
    """

    status: str
    starts: datetime
    type: str | None = None
    qualifiers: tuple[Qualifier, ...] | None = None
    additional: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a trusted list: what it is, whose, since when it has which status."""

    territory: str
    provider: str
    name: str
    type: str
    certificates: tuple[bytes, ...] = field(repr=False)
    #: Newest first.
    history: tuple[StatusPeriod, ...]
    qualifiers: tuple[Qualifier, ...] = ()
    #: AdditionalServiceInformation URIs (ForeSignatures, ForeSeals...).
    additional: tuple[str, ...] = ()

    def status_at(self, moment: datetime) -> str | None:
        """Return the status in force at an instant, None before the first one."""
        period = self.period_at(moment)
        return period.status if period else None

    def period_at(self, moment: datetime) -> StatusPeriod | None:
        """Return the period of an instant, None before the first one."""
        return next((period for period in self.history if period.starts <= moment), None)

    def as_of(self, moment: datetime) -> "Service | None":
        """Return the service as the list described it at an instant, None before its first period."""
        period = self.period_at(moment)
        if period is None:
            return None
        return replace(
            self,
            type=self.type if period.type is None else period.type,
            qualifiers=self.qualifiers if period.qualifiers is None else period.qualifiers,
            additional=self.additional if period.additional is None else period.additional,
        )


@dataclass(frozen=True, slots=True)
class ListInfo:
    """One trusted list as stored: which, how old, where it came from."""

    territory: str
    version: int
    sequence: int
    issued_at: datetime
    next_update: datetime | None
    sha256: str
    origin: str
    operator: str
    services: int
    kind: str = "TL"


@dataclass(frozen=True)
class TrustSnapshot:
    """What is trusted. Explicit anchors (DER) are trusted for every purpose, whatever their dates."""

    anchors: tuple[bytes, ...] = field(default=(), repr=False)
    services: tuple[Service, ...] = field(default=(), repr=False)
    lists: tuple[ListInfo, ...] = ()
    #: The instant at which the lists were looked at, for a snapshot kept as evidence: it does not grow old.
    frozen_at: datetime | None = None

    @cached_property
    def id(self) -> str:
        """Return the SHA-256 of the content, in hex: two snapshots with the same id give the same verdicts."""
        digest = sha256(b"pli trust snapshot 1")
        for anchor in sorted(self.anchors):
            digest.update(sha256(anchor).digest())
        for service in sorted(self.services, key=repr_of):
            digest.update(repr_of(service).encode())
        return digest.hexdigest()


def repr_of(service: Service) -> str:
    """Write a service in one canonical line."""
    certificates = ",".join(sha256(certificate).hexdigest() for certificate in service.certificates)
    history = ",".join(map(_period_line, service.history))
    return "|".join(
        (
            service.territory,
            service.type,
            certificates,
            history,
            repr(service.qualifiers),
            repr(service.additional),
        )
    )


def _period_line(period: StatusPeriod) -> str:
    line = f"{period.status}@{period.starts.isoformat()}"
    if period.type is None and period.qualifiers is None and period.additional is None:
        return line
    return f"{line}={period.type}{period.qualifiers!r}{period.additional!r}"
