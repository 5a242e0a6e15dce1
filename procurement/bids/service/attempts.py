"""Keep the register of transmissions: what came, when, with which answer (annexe 6, article 2)."""

import uuid
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from procurement.bids.models import BidAttempt, BidAttemptEvent

#: Events kept per transmission: a broken client must not fill the database.
MOST_EVENTS = 20_000
SERVER, CLIENT = "server", "client"
#: One statement, built once, on the table itself: an ORM insert costs three times as much, for each part received.
_ADD_EVENT = insert(BidAttemptEvent.metadata.tables[BidAttemptEvent.__tablename__])


def begin(session: Session, draft_id: uuid.UUID, *, now: datetime) -> None:
    """Open the register of a draft at its first accepted upload."""
    session.execute(
        insert(BidAttempt).values(
            id=uuid.uuid4(), draft_id=draft_id, started_at=now, last_seen_at=now, bytes=0, requests=0
        )
    )


def note(
    session: Session,
    draft_id: uuid.UUID,
    *,
    now: datetime,
    code: str,
    source: str = SERVER,
    status: int | None = None,
    size: int | None = None,
) -> None:
    """Add one event; nothing is noted before the first upload, when there is no transmission yet."""
    found = session.execute(
        select(BidAttempt.id, BidAttempt.requests).where(BidAttempt.draft_id == draft_id)
    ).one_or_none()
    if found is None or found.requests >= MOST_EVENTS:
        return
    taken = size or 0 if source == SERVER else 0
    session.execute(
        update(BidAttempt)
        .where(BidAttempt.id == found.id)
        .values(last_seen_at=now, requests=BidAttempt.requests + 1, bytes=BidAttempt.bytes + taken)
    )
    add_event(session, found.id, now=now, source=source, status=status, size=size, code=code)


def add_event(
    session: Session,
    attempt_id: uuid.UUID,
    *,
    now: datetime,
    source: str,
    status: int | None,
    size: int | None,
    code: str,
) -> None:
    """Write one line of a register."""
    row = {"id": uuid.uuid4(), "attempt_id": attempt_id, "at": now, "source": source}
    session.execute(_ADD_EVENT, row | {"status": status, "bytes": size, "code": code[:80]})
