"""What every verb of a draft needs: the row held against others, the line of its history, the line of the journal."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses import errors
from clauses.models import Draft, DraftClause, DraftEvent
from clauses.queries.drafts import life
from clauses.rules.states import EventKind, Move, allowed, state
from procurement.core import journal
from procurement.core.security import Identity


def held(session: Session, draft_id: uuid.UUID, move: Move | None = None) -> Draft:
    """Return the row, held until the transaction ends; refuse a move that its state does not allow."""
    query = select(Draft).where(Draft.id == draft_id).with_for_update(of=Draft)
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise errors.draft_not_found()
    if move is not None and not allowed(life(row), move):
        raise errors.move_refused(str(state(life(row))), str(move))
    return row


def unchanged(row: Draft, revision: int) -> None:
    """Refuse a deed that was decided over another state of the draft; raise ``clauses.changed``."""
    if row.revision != revision:
        raise errors.Changed


def touched(row: Draft, now: datetime) -> None:
    """Count a change of what the draft says."""
    row.revision += 1
    row.edited_at = now


def event(
    session: Session,
    row: Draft,
    kind: EventKind,
    *,
    by: Identity | None,
    now: datetime,
    subject: str = "",
    data: dict[str, Any] | None = None,
) -> DraftEvent:
    """Add a line to the history of a draft."""
    found = DraftEvent(draft_id=row.id, at=now, by=actor(by), kind=kind, subject=subject, data=data or {})
    session.add(found)
    session.flush()
    return found


def note(
    session: Session,
    row: Draft,
    verb: str,
    *,
    by: Identity | None,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Keep a deed in the journal; never what the document says."""
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"clauses:draft:{verb}",
        subject=row.id,
        data={"document": row.document, "revision": row.revision, **(data or {})},
        organisation_id=row.organisation_id,
    )


def actor(by: Identity | None) -> uuid.UUID | None:
    """Return who acts, for a column."""
    return by.person_id if by else None


def own_clause(row: Draft, clause: str) -> DraftClause | None:
    """Return what a draft says of a clause by itself."""
    return next((one for one in row.clauses if one.clause_key == clause), None)


def new_clause(
    row: Draft, clause: str, base_sha256: str, *, by: Identity | None, now: datetime
) -> DraftClause:
    """Begin to say something of a clause."""
    found = DraftClause(
        clause_key=clause, base_sha256=base_sha256, body=None, revision=0, derogates=None, derogated_article="",
        local=False, local_title="", edited_at=now, edited_by=actor(by),
    )  # fmt: skip
    row.clauses.append(found)
    return found
