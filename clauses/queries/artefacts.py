"""The files made of drafts."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from clauses.models import Artefact
from clauses.rules.states import ArtefactFormat


@dataclass(frozen=True, kw_only=True)
class ArtefactView:
    """A file made of a draft at one of its revisions; ``content`` only where it was asked for."""

    id: uuid.UUID
    draft_id: uuid.UUID
    format: ArtefactFormat
    revision: int
    sha256: str
    size: int
    made_at: datetime
    content: bytes = field(default=b"", repr=False)


def artefact(
    session: Session, draft_id: uuid.UUID, form: ArtefactFormat, revision: int
) -> ArtefactView | None:
    """Return the file of a draft's revision with its bytes, if it was made."""
    query = select(Artefact).where(
        Artefact.draft_id == draft_id, Artefact.format == form, Artefact.revision == revision
    )
    row = session.scalars(query.options(undefer(Artefact.content))).one_or_none()
    return to_view(row, content=row.content) if row else None


def artefacts(session: Session, draft_id: uuid.UUID, *, revision: int | None = None) -> list[ArtefactView]:
    """Return the files of a draft without their bytes, of one of its revisions where it is given, oldest first."""
    query = select(Artefact).where(Artefact.draft_id == draft_id)
    if revision is not None:
        query = query.where(Artefact.revision == revision)
    return [to_view(row) for row in session.scalars(query.order_by(Artefact.revision, Artefact.format))]


def artefact_hashes(session: Session, draft_id: uuid.UUID, *, revision: int | None = None) -> set[str]:
    """Return the SHA-256 of the files of a draft."""
    return {one.sha256 for one in artefacts(session, draft_id, revision=revision)}


def to_view(row: Artefact, *, content: bytes = b"") -> ArtefactView:
    """Detach a row."""
    names = [name for name in ArtefactView.__dataclass_fields__ if name != "content"]
    return ArtefactView(content=content, **{name: getattr(row, name) for name in names})
