"""Background work in the application's own database: enqueued with the deed, done at least once.

A job is claimed for a lease; a worker that dies loses nothing, the lease runs out and another takes over. Handlers are
idempotent. After so many failures as its kind has pauses, and one more, a job is ``dead`` and waits for a person.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import CursorResult, Index, String, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.db import Base, Database, Json, StrEnumType, UtcDateTime

Pauses: TypeAlias = tuple[timedelta, ...]
#: How long a worker may hold a job before another takes over.
LEASE = timedelta(minutes=10)
#: Waiting times after the first, second ... failure; after the last one the job is dead. A kind may have others.
BACKOFF: Pauses = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
#: Finished jobs are kept this long, for the operations page.
KEEP_DONE = timedelta(days=7)


class JobState(StrEnum):
    """Where a job stands."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class Job(Base):
    """One piece of work; ``key`` makes enqueuing it twice the same as once."""

    __tablename__ = "core_job"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_core_job_claim", "state", "run_at", "priority", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[Any] = mapped_column(Json)
    key: Mapped[str | None] = mapped_column(String(120))
    priority: Mapped[int] = mapped_column(default=100)
    state: Mapped[JobState] = mapped_column(StrEnumType(JobState, name="state"), default=JobState.READY)
    attempt: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None]


class WorkerBeat(Base):
    """The last sign of life of a worker."""

    __tablename__ = "core_worker"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class JobContext:
    """What a handler works with; it opens its own transactions."""

    registry: Any
    database: Database
    clock: Clock
    attempt: int = 1
    pauses: Pauses = BACKOFF

    @property
    def last(self) -> bool:
        """Tell whether a failure now leaves the job among the dead, so that the handler may conclude instead."""
        return self.attempt > len(self.pauses)

    def find(self, protocol: type[Any]) -> Any:
        """Return the implementation of ``protocol``."""
        return services.find(self.registry, protocol)


Handler = Callable[[JobContext, dict[str, Any]], None]


@dataclass(frozen=True)
class Claimed:
    """A job in a worker's hands."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempt: int


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    run_at: datetime | None = None,
    priority: int = 100,
    key: str | None = None,
) -> Job:
    """Add a job in the caller's transaction; with a ``key`` that waits already, return that job."""
    if key is not None:
        waiting = session.scalars(select(Job).where(Job.key == key)).one_or_none()
        if waiting is not None:
            return waiting
    job = Job(kind=kind, payload=payload, key=key, priority=priority, created_at=now, run_at=run_at or now)
    session.add(job)
    session.flush()
    return job


def claim(session: Session, *, now: datetime) -> Claimed | None:
    """Take the next job whose time has come, or one whose lease ran out."""
    due = (Job.state == JobState.READY) & (Job.run_at <= now)
    abandoned = (Job.state == JobState.RUNNING) & (Job.leased_until < now)
    chosen = (
        select(Job.id)
        .where(due | abandoned)
        .order_by(Job.priority, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Job)
        # Equality, not IN: PostgreSQL may run the subquery of an IN again for each row, and claim several.
        .where(Job.id == chosen.scalar_subquery())
        .values(state=JobState.RUNNING, leased_until=now + LEASE, attempt=Job.attempt + 1)
        .returning(Job.id, Job.kind, Job.payload, Job.attempt)
        .execution_options(synchronize_session=False)
    )
    row = session.execute(statement).one_or_none()
    return Claimed(*row) if row else None


def finish(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """Mark a job done and free its key."""
    values = {"state": JobState.DONE, "finished_at": now, "leased_until": None, "key": None, "error": None}
    session.execute(update(Job).where(Job.id == claimed.id, Job.attempt == claimed.attempt).values(values))


def fail(session: Session, claimed: Claimed, error: str, *, now: datetime, pauses: Pauses = BACKOFF) -> None:
    """Put a job back for later, or among the dead after the last attempt."""
    later = claimed.attempt <= len(pauses)
    values: dict[str, Any] = {"error": error[:2000], "leased_until": None}
    if later:
        values |= {"state": JobState.READY, "run_at": now + pauses[claimed.attempt - 1]}
    else:
        values |= {"state": JobState.DEAD, "finished_at": now}
    session.execute(update(Job).where(Job.id == claimed.id, Job.attempt == claimed.attempt).values(values))


def retry(session: Session, job_id: int, *, now: datetime) -> None:
    """Run a dead job again."""
    values = {"state": JobState.READY, "run_at": now, "attempt": 0, "finished_at": None}
    session.execute(update(Job).where(Job.id == job_id, Job.state == JobState.DEAD).values(values))


def sweep(session: Session, *, now: datetime) -> int:
    """Forget jobs that ended long ago; return how many."""
    gone = delete(Job).where(Job.state == JobState.DONE, Job.finished_at < now - KEEP_DONE)
    result = session.execute(gone)
    assert isinstance(result, CursorResult)
    return result.rowcount


def pending(session: Session) -> dict[str, int]:
    """Return how many jobs of each kind wait or run."""
    query = (
        select(Job.kind, func.count())
        .where(Job.state.in_([JobState.READY, JobState.RUNNING]))
        .group_by(Job.kind)
    )
    return {str(row[0]): int(row[1]) for row in session.execute(query)}


def underway(session: Session, key: str) -> bool:
    """Tell whether the work of a key waits or is being done."""
    query = select(Job.id).where(Job.key == key, Job.state.in_([JobState.READY, JobState.RUNNING]))
    return session.scalar(query.limit(1)) is not None


@dataclass(frozen=True)
class Standing:
    """Where the work of a key stands: ``run_at`` is when it is tried, ``attempt`` how often it was."""

    state: JobState
    run_at: datetime
    attempt: int


def standing(session: Session, key: str) -> Standing | None:
    """Tell where the work of a key stands; None when nobody asked for it, or once it is done."""
    row = session.execute(select(Job.state, Job.run_at, Job.attempt).where(Job.key == key)).one_or_none()
    return Standing(*row) if row else None


def let_go(session: Session, key: str) -> bool:
    """Free the key of a dead job: its work may be asked for anew, the job itself stays for who looks into it."""
    dead = update(Job).where(Job.key == key, Job.state == JobState.DEAD).values(key=None)
    result = session.execute(dead)
    assert isinstance(result, CursorResult)
    return result.rowcount > 0


def oldest_due(session: Session, *, now: datetime) -> datetime | None:
    """Return since when the longest-waiting due job waits."""
    query = select(func.min(Job.run_at)).where(Job.state == JobState.READY, Job.run_at <= now)
    found: datetime | None = session.scalar(query)
    return found


def handlers(registry: Any) -> dict[str, Handler]:
    """Return the handlers that the rooms registered, by kind."""
    found: dict[str, Handler] = registry.setdefault("pli.jobs", {})
    return found


def own_pauses(registry: Any) -> dict[str, Pauses]:
    """Return the waiting times of the kinds that have their own."""
    found: dict[str, Pauses] = registry.setdefault("pli.job_pauses", {})
    return found


def _add_job(config: Any, kind: str, handler: Handler, *, pauses: Pauses | None = None) -> None:
    """Register ``handler`` for jobs of ``kind`` (directive ``config.add_job``), with waiting times of their own if need be."""
    known = handlers(config.registry)
    if kind in known:
        raise ValueError(f"two handlers for the job {kind}")
    known[kind] = handler
    if pauses is not None:
        own_pauses(config.registry)[kind] = pauses


def includeme(config: Any) -> None:
    """Add the directive ``config.add_job``."""
    config.add_directive("add_job", _add_job, action_wrap=False)
