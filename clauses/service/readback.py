"""Take over what a person changed in Word, clause by clause, once somebody has looked at it and said yes."""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses.models import Draft, DraftEvent
from clauses.queries import drafts as reading
from clauses.queries.artefacts import artefact
from clauses.queries.desk import desk
from clauses.queries.drafts import DraftView
from clauses.queries.editions import edition
from clauses.render.docx import Origin
from clauses.render.docx import origin as origins
from clauses.render.docx.safety import open_docx
from clauses.render.readback import Comment, Outcome, Provenance, ReadBack, read_back
from clauses.rules.states import ArtefactFormat, EventKind, Move
from clauses.service.answers import checked_text, write_text
from clauses.service.comments import comment
from clauses.service.writing import event, held, new_clause, note, own_clause, touched, unchanged
from procurement.core.errors import DomainError
from procurement.core.security import Identity

#: Why a clause whose title was changed in Word keeps its own.
TITLE_KEPT = "clauses.title_kept"
#: What may be taken over: in a conflict the file's words then replace those that the draft got since.
_TAKEN = frozenset({Outcome.MODIFIED, Outcome.CONFLICT})


@dataclass(frozen=True)
class TakenBack:
    """The draft after a file was read back, what was taken over, and why the rest was not: clause to code."""

    draft: DraftView
    taken: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def look(session: Session, draft_id: uuid.UUID, data: bytes) -> ReadBack:
    """Say what a file that came back changes; nothing is applied. Raise what the reader refuses.

    A file says which draft and revision it was made of: it is compared with the export that is kept of that revision, so that
    what the draft changed since is not taken for a change of the file. Comments that became remarks before are no news.
    """
    found = desk(session, reading.view(session, draft_id))
    parts = open_docx(data)
    origin = origins.read(parts)
    provenance, base = _base(session, found.draft, origin)
    known = {*found.edition.library.clauses, *found.draft.clauses}
    read = read_back(parts, found.document, base=base, provenance=provenance, known=known)
    news = tuple(_news(read, _kept_remarks(session, draft_id)))
    return replace(read, comments=news, revision=origin.revision if origin else None)


def _base(session: Session, draft: DraftView, origin: Origin | None) -> tuple[Provenance, bytes | None]:
    """Return what is known of the text that a file was made of; no bytes where it is what the draft says now."""
    if origin is None:
        return Provenance.UNKNOWN, None
    if origin.draft != draft.id:
        return Provenance.OTHER, None
    if origin.revision == draft.revision:
        return Provenance.KNOWN, None
    sent = artefact(session, draft.id, ArtefactFormat.DOCX, origin.revision)
    return (Provenance.KNOWN, sent.content) if sent else (Provenance.LOST, None)


def apply_readback(
    session: Session,
    draft_id: uuid.UUID,
    found: ReadBack,
    accepted: Collection[str],
    *,
    revision: int,
    by: Identity | None,
    now: datetime,
) -> TakenBack:
    """Write the accepted clauses, as they came back, into the draft; remarks come along, text outside any clause does not.

    A locked clause, or words outside the language of clauses, are refused one by one, and so are a changed title, which is the
    library's, and a remark that cannot be kept; the rest is taken over. ``revision`` is the state of the draft that the
    file was compared with; raise ``clauses.changed`` when it is another by now.
    """
    row = held(session, draft_id, Move.EDIT)
    unchanged(row, revision)
    library = edition(session, row.release_id)
    taken: list[str] = []
    refused: list[tuple[str, str]] = []
    for one in found.clauses:
        if one.id not in accepted or one.outcome not in _TAKEN:
            continue
        try:
            body = checked_text(library.library.clauses.get(one.id), one.body)
        except DomainError as refusal:
            refused.append((one.id, refusal.code))
            continue
        own = own_clause(row, one.id) or new_clause(row, one.id, library.hashes[one.id], by=by, now=now)
        if one.title:
            refused.append((one.id, TITLE_KEPT))
        if body != own.body:
            write_text(session, row, own, body, by=by, now=now, source="word")
            taken.append(one.id)
    kept = _remarked(session, draft_id, found, refused, by=by, now=now)
    if taken:
        touched(row, now)
    _told(session, row, replace(found, comments=kept), taken, refused, by=by, now=now)
    return TakenBack(reading.to_view(session, row), tuple(taken), tuple(refused))


def _told(
    session: Session,
    row: Draft,
    found: ReadBack,
    taken: list[str],
    refused: list[tuple[str, str]],
    *,
    by: Identity | None,
    now: datetime,
) -> None:
    """Write what was read back and kept, and from which file, into the history and the journal."""
    data = {
        "taken": taken, "refused": refused, "outside": [one.text for one in found.outside],
        "authors": list(found.revision_authors), "provenance": found.provenance, "exported": found.revision,
        "remarks": [one.key for one in found.comments],
    }  # fmt: skip
    event(session, row, EventKind.READBACK, by=by, now=now, data=data)
    note(session, row, "read_back", by=by, now=now, data={"taken": taken})


def _kept_remarks(session: Session, draft_id: uuid.UUID) -> frozenset[str]:
    """Return the keys of the comments that became remarks of a draft."""
    query = select(DraftEvent.data).where(
        DraftEvent.draft_id == draft_id, DraftEvent.kind == EventKind.READBACK
    )
    return frozenset(key for data in session.scalars(query) for key in data.get("remarks", ()))


def _news(found: ReadBack, kept: Collection[str]) -> Iterator[Comment]:
    return (one for one in found.comments if not one.key or one.key not in kept)


def _remarked(
    session: Session,
    draft_id: uuid.UUID,
    found: ReadBack,
    refused: list[tuple[str, str]],
    *,
    by: Identity | None,
    now: datetime,
) -> tuple[Comment, ...]:
    """Keep the comments of a file as remarks, each once, and return them; ``refused`` gains those that cannot be kept, and why."""
    kept: list[Comment] = []
    for remark in _news(found, _kept_remarks(session, draft_id)):
        try:
            comment(
                session, draft_id, remark.text, clause=remark.clause, author=remark.author, by=by, now=now
            )
            kept.append(remark)
        except DomainError as refusal:
            if remark.text.strip():
                refused.append((remark.clause, refusal.code))
    return tuple(kept)
