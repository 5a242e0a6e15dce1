"""Documents are laid out with no write transaction open: others write meanwhile, and what they change is noticed."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clauses import jobs, queries, service
from clauses.queries import ArtefactView, DraftView, ReleaseView
from clauses.render.tree import Document
from clauses.rules.states import ArtefactFormat, EventKind
from clauses.service import exporting
from procurement.core.db import Database, writing
from procurement.core.errors import Conflict
from procurement.core.jobs import enqueue
from procurement.core.security import Identity
from procurement.core.worker import Worker
from tests.factories import clauses

HTML = ArtefactFormat.HTML


class Slow:
    """A renderer that takes its time: ``meanwhile`` happens during each of its runs, unless a write is held through it."""

    def __init__(self, meanwhile: Callable[[int], None]) -> None:
        self.held: list[bool] = []
        self._real = exporting.write
        self._meanwhile = meanwhile

    def __call__(self, document: Document, form: ArtefactFormat, **how: Any) -> bytes:
        """Lay a document out, slowly."""
        self.held.append(writing.underway())
        if not self.held[-1]:  # Otherwise the one writer of SQLite would be waited for in vain.
            self._meanwhile(len(self.held))
        return self._real(document, form, **how)


@pytest.fixture
def draft(database: Database, release: ReleaseView, drafter: Identity, now: datetime) -> DraftView:
    with database.write() as session:
        found = clauses.start(session, drafter, now)
        return clauses.answer(session, found.id, drafter, now, sociale="oui", ccag="TRAVAUX")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], None]], Slow]:
    def inject(meanwhile: Callable[[int], None]) -> Slow:
        made = Slow(meanwhile)
        monkeypatch.setattr(exporting, "write", made)
        return made

    return inject


@pytest.fixture
def answered(database: Database, draft: DraftView, drafter: Identity, now: datetime) -> Callable[[int], None]:
    """Return what somebody else does: answer how many hours are reserved."""

    def answer(turn: int) -> None:
        with database.write() as session:
            clauses.answer(session, draft.id, drafter, now, heures_insertion=str(turn))

    return answer


def made(database: Database, draft_id: uuid.UUID) -> list[ArtefactView]:
    with database.read() as session:
        return queries.artefacts(session, draft_id)


def test_others_write_while_a_document_is_laid_out(
    database: Database,
    draft: DraftView,
    drafter: Identity,
    now: datetime,
    slow: Callable[[Callable[[int], None]], Slow],
) -> None:
    def elsewhere(_turn: int) -> None:
        with database.write() as session:
            clauses.start(session, drafter, now, canvas="rc")

    renderer = slow(elsewhere)
    file = service.export(database, draft.id, HTML, by=drafter, now=now)
    assert (renderer.held, file.revision) == ([False], draft.revision)
    assert service.export(database, draft.id, HTML, by=drafter, now=now) == file
    assert renderer.held == [False]  # What was made is not made again.
    with database.read() as session:
        last = queries.history(session, draft.id)[-1]
    assert (last.kind, last.data) == (EventKind.EXPORTED, {"format": "html", "sha256": file.sha256})


def test_change_during_the_layout_is_noticed_and_laid_out_anew(
    database: Database,
    draft: DraftView,
    drafter: Identity,
    now: datetime,
    slow: Callable[[Callable[[int], None]], Slow],
    answered: Callable[[int], None],
) -> None:
    renderer = slow(lambda turn: answered(400) if turn == 1 else None)
    file = service.export(database, draft.id, HTML, by=drafter, now=now)
    assert renderer.held == [False, False]
    assert [one.revision for one in made(database, draft.id)] == [file.revision] == [draft.revision + 1]
    assert b"400" in file.content


def test_endless_changes_are_refused_and_leave_no_file(
    database: Database,
    draft: DraftView,
    drafter: Identity,
    now: datetime,
    slow: Callable[[Callable[[int], None]], Slow],
    answered: Callable[[int], None],
) -> None:
    renderer = slow(answered)
    with pytest.raises(Conflict) as refused:
        service.export(database, draft.id, HTML, by=drafter, now=now)
    assert refused.value.code == "clauses.moving"
    assert (len(renderer.held), made(database, draft.id)) == (service.ROUNDS, [])


def test_two_layouts_at_once_give_one_file(
    database: Database,
    draft: DraftView,
    drafter: Identity,
    now: datetime,
    slow: Callable[[Callable[[int], None]], Slow],
) -> None:
    others: list[ArtefactView] = []

    def again(turn: int) -> None:
        if turn == 1:
            others.append(service.export(database, draft.id, HTML, by=drafter, now=now))

    slow(again)
    assert service.export(database, draft.id, HTML, by=drafter, now=now) == others[0]
    assert [one.id for one in made(database, draft.id)] == [others[0].id]


def test_background_work_holds_no_write_transaction_either(
    database: Database,
    draft: DraftView,
    worker: Worker,
    now: datetime,
    slow: Callable[[Callable[[int], None]], Slow],
    answered: Callable[[int], None],
) -> None:
    renderer = slow(lambda turn: answered(7) if turn == 1 else None)
    with database.write() as session:
        enqueue(session, jobs.EXPORT, {"draft": str(draft.id), "format": "html"}, now=now)
    assert worker.run_all() == 1
    assert renderer.held == [False, False]
    assert [one.revision for one in made(database, draft.id)] == [draft.revision + 1]


def test_state_that_was_worked_out_is_taken_as_long_as_nothing_changed(
    database: Database, draft: DraftView, drafter: Identity, now: datetime
) -> None:
    with database.read() as session:
        before = queries.desk_of(session, draft.id)
    with database.write() as session:
        assert queries.desk_of(session, draft.id) is before
        service.acknowledge(session, draft.id, "ccap.prix", by=drafter, now=now)
        after = queries.desk_of(session, draft.id)
        assert after is not before
        late = service.save_answer(session, draft.id, "sociale", "non", revision=0, by=drafter, now=now)
        assert late.conflict is not None
        assert queries.desk_of(session, draft.id).conflicts == after.conflicts + 1
