import threading
import uuid

import pytest
from sqlalchemy import delete, update

from procurement.core import journal
from procurement.core.db import Database
from procurement.core.journal import JournalEntry, JournalHead, JournalReport
from procurement.core.security import Identity
from tests.conftest import START

ACTOR = Identity(
    person_id=uuid.uuid4(), name="Anne Duval", email="anne@example.org", organisation_id=uuid.uuid4()
)


def _three(database: Database) -> list[str]:
    hashes = []
    for number in range(3):
        with database.write() as session:
            entry = journal.append(
                session, at=START, actor=ACTOR, action="core:test:done", subject="s", data={"n": number}
            )
            hashes.append(entry.hash)
    return hashes


def _verify(database: Database, start: int = 1) -> JournalReport:
    with database.read() as session:
        return journal.verify(session, start=start)


def test_verify_empty_journal_holds(database: Database) -> None:
    assert _verify(database) == JournalReport(0, journal.GENESIS, ok=True)


def test_append_chains_entries(database: Database) -> None:
    hashes = _three(database)
    assert _verify(database) == JournalReport(3, hashes[-1], ok=True)
    assert _verify(database, start=3) == JournalReport(1, hashes[-1], ok=True)
    with database.read() as session:
        first = journal.history(session, "s")[0]
        assert (first.number, first.previous, first.actor_id, first.organisation_id, first.data) == (
            1, journal.GENESIS, ACTOR.person_id, ACTOR.organisation_id, {"n": 0},
        )  # fmt: skip


def test_append_rolled_back_leaves_no_trace(database: Database) -> None:
    with database.write_sessions() as session:
        journal.append(session, at=START, actor=None, action="core:test:done", subject="s")
        session.rollback()
    assert _verify(database).entries == 0


@pytest.mark.parametrize(
    "change",
    [
        update(JournalEntry).where(JournalEntry.number == 2).values(data={"n": 9}),
        update(JournalEntry).where(JournalEntry.number == 2).values(actor_id=uuid.uuid4()),
        update(JournalEntry).where(JournalEntry.number == 2).values(at=START.replace(microsecond=1)),
    ],
)
def test_verify_altered_entry_is_named(database: Database, change: object) -> None:
    _three(database)
    with database.write() as session:
        session.execute(change)
    report = _verify(database)
    assert (report.ok, report.first_bad) == (False, 2)


def test_verify_deleted_entry_is_named(database: Database) -> None:
    _three(database)
    with database.write() as session:
        session.execute(delete(JournalEntry).where(JournalEntry.number == 2))
    assert _verify(database).first_bad == 2


def test_verify_cut_tail_shows(database: Database) -> None:
    hashes = _three(database)
    with database.write() as session:
        session.execute(update(JournalHead).values(number=1, hash=hashes[0]))
        session.execute(delete(JournalEntry).where(JournalEntry.number == 3))
    assert _verify(database) == JournalReport(2, hashes[1], ok=False, first_bad=3)


def test_verify_removed_head_shows(database: Database) -> None:
    _three(database)
    with database.write() as session:
        session.execute(delete(JournalHead))
    assert _verify(database).ok is False


def test_append_from_many_threads_keeps_one_chain(database: Database) -> None:
    def work() -> None:
        for _ in range(10):
            journal.record(database, at=START, actor=None, action="core:test:done", subject="s")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = _verify(database)
    assert (report.entries, report.ok) == (80, True)
