"""What changed between another state of a document and what it says now, as tracked changes of Word."""

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from clauses.queries.desk import Desk, desk, desk_of
from clauses.queries.drafts import DraftView
from clauses.render import redline as writer
from clauses.render.docx import Origin


def against_library(
    session: Session, draft: DraftView, release_id: uuid.UUID | None, *, author: str, now: datetime
) -> bytes:
    """Compare with the library's words: of the release that the draft stands on, unless another is given."""
    bare = {key: replace(own, body=None) for key, own in draft.clauses.items() if not own.local}
    old = replace(draft, release_id=release_id or draft.release_id, clauses=bare)
    return _write(desk(session, old), desk(session, draft), author=author, now=now)


def against_draft(
    session: Session, draft: DraftView, other_id: uuid.UUID, *, author: str, now: datetime
) -> bytes:
    """Compare with another draft, which is the older of the two."""
    return _write(desk_of(session, other_id), desk_of(session, draft.id), author=author, now=now)


def _write(old: Desk, new: Desk, *, author: str, now: datetime) -> bytes:
    origin = Origin(new.draft.id, new.draft.revision)
    return writer.write(old.document, new.document, date=now, author=author, origin=origin)
