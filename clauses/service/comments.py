"""Remarks on a draft: they are no part of what the document says."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses import errors
from clauses.models import Comment
from clauses.service.writing import held, note
from procurement.core.security import Identity
from procurement.core.text import block

#: Longest name of an author that a Word file gives.
_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A remark; ``clause`` is empty for one on the whole document."""

    id: uuid.UUID
    clause: str
    at: datetime
    by: uuid.UUID | None
    author: str
    body: str
    resolved_at: datetime | None


def comment(
    session: Session,
    draft_id: uuid.UUID,
    body: str,
    *,
    clause: str = "",
    author: str = "",
    by: Identity | None,
    now: datetime,
) -> Remark:
    """Write a remark; ``author`` names somebody else, as a Word file does."""
    row = held(session, draft_id)
    text = block(body)
    if not text:
        raise errors.reason_missing()
    kept = Comment(
        draft_id=row.id, clause_key=clause, at=now, by=by.person_id if by else None,
        author=(author or (by.name if by else ""))[:_NAME], body=text,
    )  # fmt: skip
    session.add(kept)
    session.flush()
    note(session, row, "commented", by=by, now=now, data={"clause": clause})
    return _view(kept)


def resolve_comment(
    session: Session, draft_id: uuid.UUID, comment_id: uuid.UUID, *, by: Identity | None, now: datetime
) -> Remark:
    """Close a remark; a second time changes nothing."""
    held(session, draft_id)
    row = session.get(Comment, comment_id)
    if row is None or row.draft_id != draft_id:
        raise errors.draft_not_found()
    if row.resolved_at is None:
        row.resolved_at, row.resolved_by = now, by.person_id if by else None
        session.flush()
    return _view(row)


def comments(session: Session, draft_id: uuid.UUID) -> list[Remark]:
    """Return the remarks on a draft, oldest first."""
    query = select(Comment).where(Comment.draft_id == draft_id).order_by(Comment.id)
    return [_view(row) for row in session.scalars(query)]


def _view(row: Comment) -> Remark:
    return Remark(
        id=row.id, clause=row.clause_key, at=row.at, by=row.by, author=row.author, body=row.body,
        resolved_at=row.resolved_at,
    )  # fmt: skip
