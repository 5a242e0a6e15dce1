import threading
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from procurement.core.db import Database
from procurement.core.db.fair import FairLock, WriterBusy
from procurement.core.jobs import Job, WorkerBeat, enqueue
from tests.conftest import START


def _beat(at: datetime = START) -> WorkerBeat:
    return WorkerBeat(id=uuid.uuid4(), started_at=at, seen_at=at)


def test_read_session_refuses_to_write(database: Database) -> None:
    with database.read() as session:
        session.add(_beat())
        with pytest.raises(DBAPIError):
            session.flush()


def test_write_session_error_rolls_back(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            session.add(_beat())
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(WorkerBeat)) == 0


def test_instant_comes_back_equal_and_aware(database: Database) -> None:
    precise = START.replace(microsecond=123_456)
    with database.write() as session:
        session.add(_beat(precise))
    with database.read() as session:
        assert session.scalars(select(WorkerBeat.seen_at)).one() == precise


def test_naive_instant_is_refused(session: Session) -> None:
    session.add(_beat(START.replace(tzinfo=None)))
    with pytest.raises(StatementError, match="an instant needs a zone"):
        session.flush()


def test_sixteen_writers_that_read_first_all_succeed(database: Database) -> None:
    errors: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(10):
                with database.write() as session:
                    session.scalar(select(func.count()).select_from(Job))
                    enqueue(session, "test.nothing", {}, now=START)
        except DBAPIError as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert (errors, session.scalar(select(func.count()).select_from(Job))) == ([], 160)


@pytest.fixture
def lock() -> Iterator[FairLock]:
    return FairLock()


def test_fair_lock_serves_in_order_of_arrival(lock: FairLock) -> None:
    lock.acquire(1)
    served: list[int] = []
    waiting = []

    def take(number: int) -> None:
        lock.acquire(10)
        served.append(number)
        lock.release()

    for number in range(5):
        thread = threading.Thread(target=take, args=(number,))
        thread.start()
        while len(lock._waiting) <= number:
            thread.join(0.001)
        waiting.append(thread)
    lock.release()
    for thread in waiting:
        thread.join()
    assert served == [0, 1, 2, 3, 4]


def test_fair_lock_gives_up_after_its_time(lock: FairLock) -> None:
    lock.acquire(1)
    with pytest.raises(WriterBusy):
        lock.acquire(0.01)
    lock.release()
    assert lock.acquire(0.01) == 0.0


def test_sqlite_without_file_is_refused() -> None:
    with pytest.raises(ValueError, match="SQLite needs a file"):
        Database("sqlite://")


def test_sqlite_is_durable(tmp_path: Path) -> None:
    opened = Database(f"sqlite:///{tmp_path}/pli.sqlite")
    with opened.write_engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    opened.dispose()
    assert found == ["wal", 2, 1]
