"""Count failed tries, for addresses typed and network addresses alike, whether or not an account exists."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from procurement.accounts.models import Failure
from procurement.accounts.rules import FREE_FAILURES, digest, failures_after, locked_until


def key_of(kind: str, what: str) -> str:
    """Return the key of an account's address (``account``) or of a network address (``address``)."""
    return digest(f"{kind}\0{what}")


def wait(session: Session, kind: str, what: str, *, now: datetime) -> timedelta:
    """Return how long the next try has to wait."""
    row = session.get(Failure, key_of(kind, what))
    if row is None:
        return timedelta(0)
    return max(timedelta(0), locked_until(row.failures, row.last_at, FREE_FAILURES[kind]) - now)


def note(session: Session, kind: str, what: str, *, now: datetime) -> int:
    """Count one more failure and return the count."""
    key = key_of(kind, what)
    row = session.get(Failure, key, with_for_update=True)
    count = failures_after(row.failures if row else 0, row.last_at if row else None, now)
    if row is None:
        session.merge(Failure(key=key, failures=count, last_at=now))
    else:
        row.failures, row.last_at = count, now
    return count


def clear(session: Session, kind: str, what: str) -> None:
    """Forget the failures, after a success."""
    row = session.get(Failure, key_of(kind, what))
    if row is not None:
        session.delete(row)
