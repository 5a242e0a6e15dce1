"""Say how old trusted lists are, and when they are too old to tell whether a certificate is qualified."""

from datetime import datetime

from signing.trust.model import ListInfo, TrustSnapshot
from signing.types import Finding

#: Days after which a list says nothing any more of a certificate's category (setting ``trust_list_days``).
MOST_DAYS = 180


def days_old(info: ListInfo, snapshot: TrustSnapshot, at: datetime) -> int:
    """Return the whole days since a list was issued; a snapshot kept as evidence stays as old as it was."""
    return max(((snapshot.frozen_at or at) - info.issued_at).days, 0)


def too_old(info: ListInfo, snapshot: TrustSnapshot, at: datetime, *, most_days: int = MOST_DAYS) -> bool:
    """Tell whether a list is older than what is allowed: ``certificate_category`` is then unknown."""
    return days_old(info, snapshot, at) > most_days


def list_of(snapshot: TrustSnapshot, territory: str) -> ListInfo | None:
    """Return the national list of a territory, None when it is not loaded."""
    return next((info for info in snapshot.lists if (info.kind, info.territory) == ("TL", territory)), None)


def stated(info: ListInfo, snapshot: TrustSnapshot, at: datetime) -> Finding:
    """Return the sentence on a list's number and age, which every report prints."""
    days = days_old(info, snapshot, at)
    return Finding("trust.age", {"territory": info.territory, "sequence": info.sequence, "days": days})


def warning(
    info: ListInfo, snapshot: TrustSnapshot, at: datetime, *, most_days: int = MOST_DAYS
) -> Finding | None:
    """Return what is wrong with a list's age: too old, or overdue; None when it is fresh."""
    params: dict[str, str | int] = {"territory": info.territory, "sequence": info.sequence}
    if too_old(info, snapshot, at, most_days=most_days):
        return Finding("trust.too_old", {**params, "days": days_old(info, snapshot, at)})
    if info.next_update is not None and (snapshot.frozen_at or at) > info.next_update:
        return Finding("trust.overdue", {**params, "day": info.next_update.date().isoformat()})
    return None


def warnings(snapshot: TrustSnapshot, at: datetime, *, most_days: int = MOST_DAYS) -> tuple[Finding, ...]:
    """Return what is wrong with the age of the lists, or that there is none."""
    if not snapshot.lists:
        return (Finding("trust.no_list"),)
    found = (warning(info, snapshot, at, most_days=most_days) for info in snapshot.lists)
    return tuple(finding for finding in found if finding is not None)
