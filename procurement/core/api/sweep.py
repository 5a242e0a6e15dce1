"""Forget what is kept for a while only: answers of a day, the log of a month. Rooms add their own by ``add_sweep``."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from procurement.core import jobs
from procurement.core.api import idempotency, log
from procurement.core.api.models import IdempotentAnswer, LoggedRequest
from procurement.core.jobs import JobContext

JOB = "api.sweep"
EVERY = timedelta(hours=1)
_KEY = "pli.sweeps"
Sweep = Callable[[Session, datetime], None]


def arrange(session: Session, *, now: datetime) -> None:
    """Make sure that a sweep is due; called when a token is given, since what is to be swept begins with one."""
    jobs.enqueue(session, JOB, {}, now=now, run_at=now + EVERY, priority=300, key=JOB)


def run(context: JobContext, payload: dict[str, Any]) -> None:
    """Sweep everything; one short transaction each."""
    del payload
    now = context.clock.now()
    for sweep in context.registry.get(_KEY, []):
        with context.database.write() as session:
            sweep(session, now)


def _kernel(session: Session, now: datetime) -> None:
    session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.at < now - idempotency.KEPT))
    session.execute(delete(LoggedRequest).where(LoggedRequest.at < now - log.KEPT))


def _add_sweep(config: Any, sweep: Sweep) -> None:
    """Register a sweep (directive ``config.add_sweep``)."""
    config.registry.setdefault(_KEY, []).append(sweep)


def includeme(config: Any) -> None:
    """Add the directive, the job and the kernel's own sweep."""
    config.add_directive("add_sweep", _add_sweep, action_wrap=False)
    config.add_job(JOB, run)
    config.add_sweep(_kernel)
