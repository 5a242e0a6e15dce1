"""The drafts of a client of the API, page by page; those of everybody else do not exist for it."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses.models import Draft, Release
from clauses.queries.drafts import DraftView, to_view


def page(session: Session, client_id: uuid.UUID, *, after: uuid.UUID | None, limit: int) -> list[DraftView]:
    """Return ``limit`` drafts, the latest first, that come after one of them."""
    query = select(Draft).join(Release, Release.id == Draft.release_id).where(Draft.client_id == client_id)
    if after is not None:
        query = query.where(Draft.id < after)
    return [to_view(session, row) for row in session.scalars(query.order_by(Draft.id.desc()).limit(limit))]
