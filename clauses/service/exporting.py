"""Make the files of a draft: one for each format and revision, whose bytes are kept with their hash."""

import hashlib
import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from clauses.models import Artefact, Draft
from clauses.queries import drafts as reading
from clauses.queries.artefacts import ArtefactView, artefact, to_view
from clauses.queries.desk import desk
from clauses.render import docx, html, odt, pdf
from clauses.render.tree import Document
from clauses.rules.states import ArtefactFormat, EventKind
from clauses.service.life import engines
from clauses.service.writing import event, held, note
from procurement.core.security import Identity


def export(
    session: Session,
    draft_id: uuid.UUID,
    form: ArtefactFormat,
    *,
    by: Identity | None,
    now: datetime,
) -> ArtefactView:
    """Return the file of a draft as it is now; the same revision gives the same bytes, made once.

    Raise ``clauses.pdf_unavailable``.
    """
    row = held(session, draft_id)
    made = artefact(session, draft_id, form, row.revision)
    if made is not None:
        return made
    content = render(session, row, form)
    kept = Artefact(
        draft_id=row.id, format=form, revision=row.revision, sha256=hashlib.sha256(content).hexdigest(),
        size=len(content), content=content, made_at=now, engine=engines(),
    )  # fmt: skip
    session.add(kept)
    session.flush()
    event(session, row, EventKind.EXPORTED, by=by, now=now, data={"format": form, "sha256": kept.sha256})
    note(session, row, "exported", by=by, now=now, data={"format": form, "sha256": kept.sha256})
    return to_view(kept, content=content)


def render(session: Session, row: Draft, form: ArtefactFormat) -> bytes:
    """Return the bytes of a draft in one format, dated by its last change: making them again gives the same."""
    document = desk(session, reading.to_view(session, row)).document
    return write(document, form, date=row.edited_at)


def write(document: Document, form: ArtefactFormat, *, date: datetime) -> bytes:
    """Return the bytes of a tree in one format; page numbers of contents come from the PDF's layout where it is to be had."""
    if form is ArtefactFormat.HTML:
        return html.page(document)
    if form is ArtefactFormat.PDF:
        return pdf.write(document, date=date)
    write_office = docx.write if form is ArtefactFormat.DOCX else odt.write
    return write_office(document, date=date, pages=pdf.pages(document, date=date))


def available() -> tuple[ArtefactFormat, ...]:
    """Return the formats that this installation makes."""
    return tuple(form for form in ArtefactFormat if form is not ArtefactFormat.PDF or pdf.available())
