"""What changed between another state of a document and what it says now, as tracked changes of Word."""

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from clauses.queries import drafts
from clauses.queries.desk import desk, desk_of
from clauses.queries.drafts import DraftView
from clauses.render import redline as writer


def against_library(
    session: Session, draft: DraftView, release_id: uuid.UUID | None, *, author: str, now: datetime
) -> bytes:
    """Compare with the library's words: of the release that the draft stands on, unless another is given."""
    bare = {key: replace(own, body=None) for key, own in draft.clauses.items() if not own.local}
    old = replace(draft, release_id=release_id or draft.release_id, clauses=bare)
    return writer.write(desk(session, old).document, desk(session, draft).document, date=now, author=author)


def against_draft(
    session: Session, draft: DraftView, other_id: uuid.UUID, *, author: str, now: datetime
) -> bytes:
    """Compare with another draft, which is the older of the two."""
    old = desk(session, drafts.view(session, other_id)).document
    return writer.write(old, desk_of(session, draft.id).document, date=now, author=author)
