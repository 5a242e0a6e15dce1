"""Do the jobs: one loop, one job at a time, until told to stop."""

import logging
import threading
import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import DBAPIError

from procurement.core import jobs
from procurement.core.jobs import Claimed, Handler, JobContext, WorkerBeat

_log = logging.getLogger(__name__)
#: How long to wait when there is nothing to do, in seconds.
IDLE = 0.25


class Worker:
    """Claim jobs and run their handlers; a handler that raises is retried with growing pauses."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._stop = threading.Event()
        self._id = uuid.uuid4()
        self._beat_at = 0.0

    def stop(self) -> None:
        """Ask the loop to end after the job in hand."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop`` is called; a database that is away is waited for."""
        while not self._stop.is_set():
            try:
                self._beat()
                busy = self.run_one()
            except DBAPIError as error:
                _log.warning("worker waits for the database: %s", error.__class__.__name__)
                busy = False
            if not busy:
                self._stop.wait(IDLE)

    def run_one(self) -> bool:
        """Do one job if any is due; tell whether there was one."""
        with self._context.database.write() as session:
            claimed = jobs.claim(session, now=self._context.clock.now())
        if claimed is None:
            return False
        self._do(claimed)
        return True

    def run_all(self, *, most: int = 1000) -> int:
        """Do every job that is due now; return how many."""
        for count in range(most):
            if not self.run_one():
                return count
        return most

    def _do(self, claimed: Claimed) -> None:
        registry = self._context.registry
        handler = jobs.handlers(registry).get(claimed.kind, _unknown(claimed.kind))
        pauses = jobs.own_pauses(registry).get(claimed.kind, jobs.BACKOFF)
        try:
            handler(replace(self._context, attempt=claimed.attempt, pauses=pauses), claimed.payload)
        except Exception as error:  # noqa: BLE001  # whatever a handler raises, the job is kept and tried again
            _log.exception("job %s %s failed at attempt %s", claimed.kind, claimed.id, claimed.attempt)
            with self._context.database.write() as session:
                told = f"{type(error).__name__}: {error}"
                jobs.fail(session, claimed, told, now=self._context.clock.now(), pauses=pauses)
            return
        with self._context.database.write() as session:
            jobs.finish(session, claimed, now=self._context.clock.now())

    def _beat(self) -> None:
        boot = self._context.clock.boottime()
        if boot - self._beat_at < 10:  # noqa: PLR2004  # seconds between two signs of life
            return
        self._beat_at = boot
        now = self._context.clock.now()
        with self._context.database.write() as session:
            beat = session.get(WorkerBeat, self._id)
            if beat is None:
                session.add(WorkerBeat(id=self._id, started_at=now, seen_at=now))
            else:
                beat.seen_at = now
            jobs.sweep(session, now=now)


def _unknown(kind: str) -> Handler:
    """Return what handles a kind that no room registered: a failure that names it."""

    def refuse(context: JobContext, payload: dict[str, Any]) -> None:
        del context, payload
        raise LookupError(f"no handler for jobs of kind {kind}")

    return refuse
