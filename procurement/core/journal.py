"""The journal: what happened, by whom, when; append-only and hash-chained, so that it is evidence.

Each entry's hash covers its content and the hash of the entry before it (SHA-256 over canonical JSON). An entry is
written in the transaction of the deed it records: neither exists without the other. Arrêté of 22 March 2019, annexe 8:
access rights must be provable at each stage, and attempts detectable.
"""

import contextlib
import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from procurement.core.db import Base, Database, Json, UtcDateTime
from procurement.core.security import Identity

GENESIS = "0" * 64
#: Key of the PostgreSQL advisory lock under which entries are appended one after the other.
_APPEND_LOCK = 0x706C6A


class JournalEntry(Base):
    """One link of the chain; ``number`` runs from 1 without a gap."""

    __tablename__ = "core_journal"
    __table_args__ = (
        Index("ix_core_journal_subject", "subject"),
        Index("ix_core_journal_organisation", "organisation_id"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[uuid.UUID | None]
    organisation_id: Mapped[uuid.UUID | None]
    data: Mapped[Any] = mapped_column(Json)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class JournalHead(Base):
    """The end of the chain, beside it: a tail that is cut off shows."""

    __tablename__ = "core_journal_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(ForeignKey("core_journal.number"))
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class JournalReport:
    """What a walk along the chain found; ``first_bad`` is the number of the first entry that does not hold."""

    entries: int
    head: str
    ok: bool
    first_bad: int | None = None


def append(
    session: Session,
    *,
    at: datetime,
    actor: Identity | None,
    action: str,
    subject: uuid.UUID | str,
    data: dict[str, Any] | None = None,
    organisation_id: uuid.UUID | None = None,
) -> JournalEntry:
    """Add an entry in the caller's transaction. ``action`` is ``room:subject:verb``."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _APPEND_LOCK})
    head = session.execute(select(JournalHead).execution_options(populate_existing=True)).scalar_one_or_none()
    entry = JournalEntry(
        number=head.number + 1 if head else 1,
        at=at,
        action=action,
        subject=str(subject),
        actor_id=actor.person_id if actor else None,
        organisation_id=organisation_id or (actor.organisation_id if actor else None),
        data=data or {},
        previous=head.hash if head else GENESIS,
    )
    entry.hash = link(entry)
    session.add(entry)
    session.flush()
    if head is None:
        session.add(JournalHead(id=1, number=entry.number, hash=entry.hash))
    else:
        head.number, head.hash = entry.number, entry.hash
    session.flush()
    return entry


def record(database: Database, **entry: Any) -> None:
    """Add an entry in a short write transaction of its own: for what a refusal or a download must leave behind."""
    with database.write() as session:
        append(session, **entry)


def link(entry: JournalEntry) -> str:
    """Return the hash of an entry, in lower hex."""
    content = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "subject": entry.subject,
        "actor": str(entry.actor_id) if entry.actor_id else None,
        "organisation": str(entry.organisation_id) if entry.organisation_id else None,
        "data": entry.data,
        "previous": entry.previous,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(session: Session, *, start: int = 1) -> JournalReport:
    """Walk the chain from entry ``start`` and compare its end with the head kept beside it."""
    before = session.get(JournalEntry, start - 1) if start > 1 else None
    previous = before.hash if before else GENESIS
    rows = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.number >= start)
        .order_by(JournalEntry.number)
        .execution_options(yield_per=1000)
    )
    with contextlib.closing(rows):
        count, previous, bad = _walk(rows, start, previous)
    if bad is not None:
        return JournalReport(count, previous, ok=False, first_bad=bad)
    head = session.scalars(select(JournalHead)).one_or_none()
    last = start + count - 1
    if (head.number, head.hash) != (last, previous) if head else last > 0:
        return JournalReport(count, previous, ok=False, first_bad=last + 1)
    return JournalReport(count, previous, ok=True)


def _walk(rows: Iterable[JournalEntry], start: int, previous: str) -> tuple[int, str, int | None]:
    count = 0
    for expected, entry in enumerate(rows, start):
        if entry.number != expected or entry.previous != previous or entry.hash != link(entry):
            return count, previous, expected
        count, previous = count + 1, entry.hash
    return count, previous, None


def history(session: Session, subject: uuid.UUID | str) -> list[JournalEntry]:
    """Return the entries about one subject, oldest first."""
    query = select(JournalEntry).where(JournalEntry.subject == str(subject)).order_by(JournalEntry.number)
    return list(session.scalars(query))
