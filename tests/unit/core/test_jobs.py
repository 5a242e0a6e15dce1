import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from procurement.core import jobs
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.jobs import BACKOFF, LEASE, Job, JobContext, JobState
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker
from tests.conftest import START


@pytest.fixture
def done(runtime: Runtime) -> Iterator[list[dict[str, Any]]]:
    """Handle jobs of kind test.work by noting them; a payload may ask for a failure."""
    seen: list[dict[str, Any]] = []

    def handle(context: JobContext, payload: dict[str, Any]) -> None:
        assert context.clock is runtime.clock
        if payload.get("fail"):
            raise RuntimeError("no luck")
        seen.append(payload)

    jobs.handlers(runtime.registry)["test.work"] = handle
    yield seen
    del jobs.handlers(runtime.registry)["test.work"]


def _add(database: Database, payload: dict[str, Any], **more: Any) -> int:
    with database.write() as session:
        return jobs.enqueue(session, "test.work", payload, now=START, **more).id


def _state(database: Database, number: int) -> Job:
    with database.read() as session:
        return session.scalars(select(Job).where(Job.id == number)).one()


def test_worker_does_due_jobs_by_priority(
    database: Database, worker: Worker, done: list[dict[str, Any]]
) -> None:
    _add(database, {"n": 1})
    _add(database, {"n": 2}, priority=10)
    _add(database, {"n": 3}, run_at=START + timedelta(hours=1))
    assert (worker.run_all(), done) == (2, [{"n": 2}, {"n": 1}])


def test_enqueue_same_key_twice_is_one_job(
    database: Database, worker: Worker, done: list[dict[str, Any]]
) -> None:
    assert _add(database, {"n": 1}, key="k") == _add(database, {"n": 2}, key="k")
    worker.run_all()
    _add(database, {"n": 3}, key="k")
    worker.run_all()
    assert done == [{"n": 1}, {"n": 3}]


def test_failing_job_waits_longer_each_time_then_is_dead(
    database: Database, worker: Worker, clock: SandboxClock, done: list[dict[str, Any]]
) -> None:
    number = _add(database, {"fail": 1})
    for pause in BACKOFF:
        assert worker.run_one() is True
        assert _state(database, number).run_at == clock.now() + pause
        assert worker.run_one() is False
        clock.advance(seconds=pause.total_seconds())
    worker.run_one()
    job = _state(database, number)
    assert (job.state, job.error, done) == (JobState.DEAD, "RuntimeError: no luck", [])
    with database.write() as session:
        jobs.retry(session, number, now=clock.now())
    assert _state(database, number).state is JobState.READY


def test_kind_with_pauses_of_its_own_is_dead_after_them(
    database: Database, worker: Worker, runtime: Runtime, clock: SandboxClock
) -> None:
    """Somebody waits for its work: whoever handles it knows which try is the last."""
    last: list[bool] = []

    def handle(context: JobContext, payload: dict[str, Any]) -> None:
        last.append(context.last)
        raise RuntimeError(payload)

    handlers, pauses = jobs.handlers(runtime.registry), jobs.own_pauses(runtime.registry)
    handlers["test.work"], pauses["test.work"] = handle, (timedelta(seconds=5), timedelta(seconds=20))
    try:
        number = _add(database, {})
        for seconds in (5, 20):
            assert worker.run_all() == 1
            assert _state(database, number).run_at == clock.now() + timedelta(seconds=seconds)
            clock.advance(seconds=seconds)
        assert worker.run_all() == 1
    finally:
        del handlers["test.work"], pauses["test.work"]
    assert (_state(database, number).state, last) == (JobState.DEAD, [False, False, True])


def test_unknown_kind_fails_with_its_name(database: Database, worker: Worker) -> None:
    with database.write() as session:
        number = jobs.enqueue(session, "test.unknown", {}, now=START).id
    worker.run_one()
    assert _state(database, number).error == "LookupError: no handler for jobs of kind test.unknown"


def test_claim_lease_that_ran_out_is_taken_over(database: Database, clock: SandboxClock) -> None:
    number = _add(database, {"n": 1})
    with database.write() as session:
        first = jobs.claim(session, now=clock.now())
    with database.write() as session:
        assert jobs.claim(session, now=clock.now()) is None
    later = clock.now() + LEASE + timedelta(seconds=1)
    with database.write() as session:
        second = jobs.claim(session, now=later)
    assert first is not None and second is not None
    assert (first.id, second.id, first.attempt, second.attempt) == (number, number, 1, 2)
    with database.write() as session:
        jobs.finish(session, first, now=later)
    assert _state(database, number).state is JobState.RUNNING


def test_many_workers_do_each_job_once(
    database: Database, runtime: Runtime, done: list[dict[str, Any]]
) -> None:
    for number in range(40):
        _add(database, {"n": number})
    threads = [threading.Thread(target=Worker(runtime.jobs).run_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(payload["n"] for payload in done) == list(range(40))


def test_pending_and_oldest_due_are_reported(database: Database, clock: SandboxClock) -> None:
    _add(database, {})
    _add(database, {}, run_at=START + timedelta(days=1))
    with database.read() as session:
        assert (jobs.pending(session), jobs.oldest_due(session, now=clock.now())) == ({"test.work": 2}, START)


def test_sweep_forgets_jobs_done_long_ago(
    database: Database, worker: Worker, clock: SandboxClock, done: list[dict[str, Any]]
) -> None:
    _add(database, {})
    worker.run_all()
    with database.write() as session:
        assert (
            jobs.sweep(session, now=clock.now()),
            jobs.sweep(session, now=clock.now() + timedelta(days=8)),
        ) == (0, 1)
