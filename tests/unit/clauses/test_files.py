"""The files of a draft: made once for each revision, read back clause by clause; remarks; work in the background."""

import io
import uuid
import zipfile
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from clauses import jobs, queries, service
from clauses.queries import DraftView
from clauses.render.readback import Outcome
from clauses.rules.states import ArtefactFormat, EventKind
from procurement.core.db import Database
from procurement.core.errors import Invalid, NotFound
from procurement.core.jobs import enqueue
from procurement.core.security import Identity
from procurement.core.worker import Worker
from tests.factories import clauses


@pytest.fixture
def draft(session: Session, drafter: Identity, now: datetime) -> DraftView:
    found = clauses.start(session, drafter, now)
    return clauses.answer(session, found.id, drafter, now, sociale="non", ccag="TRAVAUX")


def edit(data: bytes, before: str, after: str) -> bytes:
    """Change words inside a DOCX, as a word processor would."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as target:
        for entry in archive.infolist():
            content = archive.read(entry)
            if entry.filename == "word/document.xml":
                assert before.encode() in content
                content = content.replace(before.encode(), after.encode())
            target.writestr(entry, content)
    return out.getvalue()


def export(
    session: Session, draft_id: uuid.UUID, form: ArtefactFormat, *, by: Identity, now: datetime
) -> Any:
    """Make a file inside one transaction, as `service.export` does in three steps of its own."""
    laid = service.lay_out(service.prepare(session, draft_id, form))
    made = service.keep(session, laid, by=by, now=now)
    assert made is not None
    return made


@pytest.mark.parametrize("form", [ArtefactFormat.DOCX, ArtefactFormat.ODT, ArtefactFormat.HTML])
def test_file_is_made_once_for_each_revision(
    session: Session, draft: DraftView, drafter: Identity, now: datetime, form: ArtefactFormat
) -> None:
    made = export(session, draft.id, form, by=drafter, now=now)
    assert export(session, draft.id, form, by=drafter, now=now) == made
    assert made.size == len(made.content)
    clauses.answer(session, draft.id, drafter, now, remarque="Autre")
    again = export(session, draft.id, form, by=drafter, now=now)
    assert (again.revision, again.id != made.id) == (made.revision + 1, True)
    assert [one.revision for one in queries.artefacts(session, draft.id)] == [made.revision, again.revision]
    assert queries.artefact_hashes(session, draft.id, revision=again.revision) == {again.sha256}


def test_pdf_is_made_where_typst_is_installed(
    session: Session, draft: DraftView, drafter: Identity, now: datetime
) -> None:
    pytest.importorskip("typst")
    made = export(session, draft.id, ArtefactFormat.PDF, by=drafter, now=now)
    assert made.content.startswith(b"%PDF-")


def test_one_edited_paragraph_is_one_clause(
    session: Session, draft: DraftView, drafter: Identity, now: datetime
) -> None:
    made = export(session, draft.id, ArtefactFormat.DOCX, by=drafter, now=now)
    data = edit(made.content, "Les prix sont fermes", "Les prix sont révisables")
    back = service.look(session, draft.id, data)
    assert [(one.id, one.outcome) for one in back.changed] == [("ccap.prix", Outcome.MODIFIED)]
    assert queries.view(session, draft.id).texts == {}
    taken = service.apply_readback(
        session, draft.id, back, ["ccap.prix"], revision=draft.revision, by=drafter, now=now
    )
    assert (taken.taken, taken.refused) == (("ccap.prix",), ())
    assert taken.draft.texts["ccap.prix"].startswith("Les prix sont révisables.")
    assert "{{montant_estime}}" not in taken.draft.texts["ccap.prix"]
    assert queries.history(session, draft.id)[-1].kind is EventKind.READBACK


def test_locked_clause_of_a_word_file_is_refused_alone(
    session: Session, draft: DraftView, drafter: Identity, now: datetime
) -> None:
    made = export(session, draft.id, ArtefactFormat.DOCX, by=drafter, now=now)
    data = edit(made.content, "Les prix sont fermes", "Les prix sont révisables")
    data = edit(data, "sont plafonnées", "ne sont pas plafonnées")
    back = service.look(session, draft.id, data)
    accepted = [one.id for one in back.changed]
    taken = service.apply_readback(
        session, draft.id, back, accepted, revision=draft.revision, by=drafter, now=now
    )
    assert (taken.taken, taken.refused) == (("ccap.prix",), (("ccap.penalites", "clauses.locked"),))


def test_remarks_are_written_and_closed(
    session: Session, draft: DraftView, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    with pytest.raises(Invalid):
        service.comment(session, draft.id, " ", by=drafter, now=now)
    said = service.comment(session, draft.id, "À revoir", clause="ccap.prix", by=publisher, now=now)
    assert (said.author, said.clause, said.resolved_at) == (publisher.name, "ccap.prix", None)
    closed = service.resolve_comment(session, draft.id, said.id, by=drafter, now=now)
    assert service.resolve_comment(session, draft.id, said.id, by=drafter, now=now) == closed
    assert service.comments(session, draft.id) == [closed]
    with pytest.raises(NotFound):
        service.resolve_comment(session, draft.id, draft.id, by=drafter, now=now)


def test_file_is_made_in_the_background(
    database: Database, release: queries.ReleaseView, drafter: Identity, worker: Worker, now: datetime
) -> None:
    with database.write() as session:
        draft = clauses.start(session, drafter, now)
        payload = {"draft": str(draft.id), "format": "odt"}
        enqueue(session, jobs.EXPORT, payload, now=now)
        enqueue(session, jobs.REINDEX, {}, now=now)
    assert worker.run_all() == 2
    with database.read() as session:
        (made,) = queries.artefacts(session, draft.id)
    assert (made.format, made.revision) == (ArtefactFormat.ODT, 1)


def test_moved_reference_date_tells_which_figures_change(
    session: Session, draft: DraftView, drafter: Identity, now: datetime
) -> None:
    later = datetime(2028, 2, 1).date()  # noqa: DTZ001  # a day
    assert queries.regime_changed(session, draft, later) == ("seuil_europeen",)
    assert queries.regime_changed(session, draft, draft.reference_date) == ()
    moved = service.move_date(session, draft.id, later, by=drafter, now=now)
    assert moved.reference_date == later
    assert service.move_date(session, draft.id, later, by=drafter, now=now) == moved


def test_unvalidated_clause_is_acknowledged(
    session: Session, draft: DraftView, drafter: Identity, now: datetime
) -> None:
    said = service.acknowledge(session, draft.id, "ccap.prix", by=drafter, now=now)
    assert said.clauses["ccap.prix"].acknowledged_at == now
    assert said.texts == {}
    with pytest.raises(NotFound):
        service.acknowledge(session, draft.id, "ccap.rien", by=drafter, now=now)
