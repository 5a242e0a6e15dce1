"""Make the files of a draft: one for each format and revision, whose bytes are kept with their hash.

Laying a document out takes seconds, and SQLite has one writer: what a draft says is read first (``prepare``), laid out with
no transaction open (``lay_out``), and kept in a short write (``keep``) that looks whether the draft still says so.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from clauses import errors
from clauses.models import Artefact, Draft
from clauses.queries import drafts as reading
from clauses.queries.artefacts import ArtefactView, artefact, to_view
from clauses.queries.desk import Desk, desk
from clauses.queries.drafts import DraftView
from clauses.render import docx, html, odt, pdf
from clauses.render.docx import Origin
from clauses.render.tree import Document
from clauses.rules.states import ArtefactFormat, EventKind
from clauses.service.life import engines
from clauses.service.writing import event, held, note
from procurement.core.db import Database
from procurement.core.security import Identity

#: How often a document that changes meanwhile is laid out anew before one gives up.
ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class State:
    """What the words of a document hang on; ``revision`` counts every change of them, the rest is checked with it."""

    revision: int
    release_id: uuid.UUID
    reference_date: date
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, draft: Draft | DraftView) -> "State":
        """Return the state of a draft, as a row or as others see it."""
        return cls(
            revision=draft.revision, release_id=draft.release_id, reference_date=draft.reference_date,
            facts=dict(draft.facts),
        )  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """A draft as it was read, and the file that was made of it already, if one was."""

    desk: Desk
    form: ArtefactFormat
    made: ArtefactView | None

    @property
    def draft(self) -> DraftView:
        """Return the draft."""
        return self.desk.draft


@dataclass(frozen=True)
class LaidOut:
    """The bytes of a document in one format, and the state of the draft that they were made of."""

    draft_id: uuid.UUID
    form: ArtefactFormat
    state: State
    content: bytes
    made: ArtefactView | None = None


def export(
    database: Database, draft_id: uuid.UUID, form: ArtefactFormat, *, by: Identity | None, now: datetime
) -> ArtefactView:
    """Return the file of a draft as it is now; the same revision gives the same bytes, made once.

    It opens transactions of its own, none while the document is laid out. Raise ``clauses.pdf_unavailable``, and
    ``clauses.moving`` when somebody changes the draft again and again meanwhile.
    """
    for _round in range(ROUNDS):
        with database.read() as session:
            prepared = prepare(session, draft_id, form)
        laid = lay_out(prepared)
        if laid.made is not None:
            return laid.made
        with database.write() as session:
            kept = keep(session, laid, by=by, now=now)
        if kept is not None:
            return kept
    raise errors.moving()


def prepare(session: Session, draft_id: uuid.UUID, form: ArtefactFormat) -> Prepared:
    """Read what is needed to lay a draft out: nothing of it is asked of the database afterwards."""
    draft = reading.view(session, draft_id)
    return Prepared(desk(session, draft), form, artefact(session, draft_id, form, draft.revision))


def lay_out(prepared: Prepared) -> LaidOut:
    """Return the bytes, dated by the last change: making them again gives the same. Call it with no transaction open."""
    draft, made = prepared.draft, prepared.made
    if made is not None:
        return LaidOut(draft.id, prepared.form, State.of(draft), made.content, made)
    origin = Origin(draft.id, draft.revision)
    content = write(prepared.desk.document, prepared.form, date=draft.edited_at, origin=origin)
    return LaidOut(draft.id, prepared.form, State.of(draft), content)


def keep(session: Session, laid: LaidOut, *, by: Identity | None, now: datetime) -> ArtefactView | None:
    """Keep what was laid out, with its hash and its line of the journal; None when the draft says something else by now."""
    row = held(session, laid.draft_id)
    if State.of(row) != laid.state:
        return None
    made = artefact(session, row.id, laid.form, row.revision)
    if made is not None:
        return made
    kept = Artefact(
        draft_id=row.id, format=laid.form, revision=row.revision, sha256=hashlib.sha256(laid.content).hexdigest(),
        size=len(laid.content), content=laid.content, made_at=now, engine=engines(),
    )  # fmt: skip
    session.add(kept)
    session.flush()
    data = {"format": laid.form, "sha256": kept.sha256}
    event(session, row, EventKind.EXPORTED, by=by, now=now, data=data)
    note(session, row, "exported", by=by, now=now, data=data)
    return to_view(kept, content=laid.content)


def write(document: Document, form: ArtefactFormat, *, date: datetime, origin: Origin | None = None) -> bytes:
    """Return the bytes of a tree in one format.

    ``origin`` is the draft that a DOCX says it was made of: what comes back is then compared with what was sent.
    """
    if form is ArtefactFormat.HTML:
        return html.page(document)
    if form is ArtefactFormat.PDF:
        return pdf.write(document, date=date)
    if form is ArtefactFormat.ODT:
        return odt.write(document, date=date)
    return docx.write(document, date=date, origin=origin)


def available() -> tuple[ArtefactFormat, ...]:
    """Return the formats that this installation makes."""
    return tuple(form for form in ArtefactFormat if form is not ArtefactFormat.PDF or pdf.available())
