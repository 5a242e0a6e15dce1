"""A contract document is attached without holding the writer while it is laid out, and never in words that moved on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clauses import queries as drafts
from clauses import service as drafting
from clauses.queries import DraftView
from clauses.render.tree import Document
from clauses.rules.states import ArtefactFormat
from clauses.service import exporting
from procurement.consultations import attaching, queries
from procurement.consultations.contracts import ConsultationFacts
from procurement.consultations.rules import ConsultationView
from procurement.core import journal
from procurement.core.db import Database, writing
from procurement.core.errors import Conflict
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from tests.factories import clauses, consultations
from tests.factories.accounts import Made

HTML = ArtefactFormat.HTML


@pytest.fixture
def ready(database: Database, storage: Storage, buyer: Made, now: datetime) -> ConsultationView:
    return consultations.create_ready(database, storage, buyer, now)


@pytest.fixture
def draft(
    database: Database, runtime: Runtime, ready: ConsultationView, buyer: Made, now: datetime
) -> DraftView:
    by, source = (
        buyer.identity("drafter"),
        ConsultationFacts("https://pli.example", lambda: runtime.find(KeyVault)),
    )
    with database.write() as session:
        clauses.publish(session, runtime, now)
        beginning = drafting.Beginning(canvas="ccap", consultation_id=ready.id)
        made = drafting.start_draft(session, beginning, source=source, by=by, now=now)
        clauses.answer(session, made.id, by, now, sociale="non", ccag="TRAVAUX")
        drafting.submit(session, made.id, by=by, now=now)
        return drafting.validate(session, made.id, four_eyes=True, by=buyer.identity("publisher"), now=now)


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[bool]]:
    """Return how to have something happen while a document is laid out; it tells whether a write was held then."""

    def inject(meanwhile: Callable[[], None]) -> list[bool]:
        held: list[bool] = []
        real = exporting.write

        def slow(document: Document, form: ArtefactFormat, **how: Any) -> bytes:
            held.append(writing.underway())
            if not held[-1]:
                meanwhile()
            return real(document, form, **how)

        monkeypatch.setattr(exporting, "write", slow)
        return held

    return inject


def test_others_write_while_a_document_is_attached(
    database: Database,
    storage: Storage,
    ready: ConsultationView,
    draft: DraftView,
    buyer: Made,
    now: datetime,
    during: Callable[[Callable[[], None]], list[bool]],
) -> None:
    by = buyer.identity("drafter")

    def elsewhere() -> None:
        with database.write() as session:
            consultations.create_draft(session, buyer, now, title="Une autre")

    held = during(elsewhere)
    for _click in range(2):
        made = attaching.attach(database, storage, ready.id, draft.id, HTML, by=by, now=now)
    assert held == [False]
    with database.read() as session:
        (document,) = [one for one in queries.documents(session, ready.id) if one.path == "CCAP.html"]
        written = [one.action for one in journal.history(session, draft.id)]
    assert (document.sha256, written.count("clauses:draft:exported")) == (made.sha256, 1)
    assert b"".join(storage.open(document.storage_key)) == made.content
    assert list(storage.keys(f"dce/{ready.id}/")) == sorted(
        one.storage_key for one in _documents(database, ready)
    )


def test_document_given_back_during_its_layout_is_not_attached(
    database: Database,
    storage: Storage,
    ready: ConsultationView,
    draft: DraftView,
    buyer: Made,
    now: datetime,
    during: Callable[[Callable[[], None]], list[bool]],
) -> None:
    def give_back() -> None:
        with database.write() as session:
            drafting.return_(session, draft.id, "Une clause manque.", by=buyer.identity("publisher"), now=now)

    before = list(storage.keys(f"dce/{ready.id}/"))
    held = during(give_back)
    with pytest.raises(Conflict) as refused:
        attaching.attach(database, storage, ready.id, draft.id, HTML, by=buyer.identity("drafter"), now=now)
    assert (held, refused.value.code) == ([False], "consultation.contract_not_validated")
    assert "CCAP.html" not in {one.path for one in _documents(database, ready)}
    assert list(storage.keys(f"dce/{ready.id}/")) == before
    with database.read() as session:
        assert drafts.artefacts(session, draft.id) == []


def _documents(database: Database, ready: ConsultationView) -> list[queries.DocumentView]:
    with database.read() as session:
        return list(queries.documents(session, ready.id))
