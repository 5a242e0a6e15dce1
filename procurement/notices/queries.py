"""Read imported notices."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.notices.errors import NoticeNotFound
from procurement.notices.models import Notice
from procurement.notices.reader import Item, ItemKind

__all__ = ["NoticeView", "content", "earlier", "notice", "of_organisation"]


@dataclass(frozen=True, kw_only=True)
class NoticeView:
    """An imported notice without its bytes; ``reference`` is that of the draft."""

    id: uuid.UUID
    organisation_id: uuid.UUID
    consultation_id: uuid.UUID
    reference: str
    identifier: str
    version: str
    procedure_id: str
    subtype: str
    sdk: str
    title: str
    file_name: str
    size: int
    sha256: str
    imported_at: datetime
    report: tuple[Item, ...]

    def items(self, *kinds: ItemKind) -> tuple[Item, ...]:
        """Return the lines of the report of these kinds."""
        return tuple(item for item in self.report if item.kind in kinds)


def notice(session: Session, notice_id: uuid.UUID) -> NoticeView:
    """Return an imported notice; raise NoticeNotFound."""
    row = session.get(Notice, notice_id)
    if row is None:
        raise NoticeNotFound
    return view(row)


def content(session: Session, notice_id: uuid.UUID) -> bytes:
    """Return the file as it came."""
    return session.scalars(select(Notice.content).where(Notice.id == notice_id)).one()


def of_organisation(session: Session, organisation_id: uuid.UUID, *, limit: int = 20) -> list[NoticeView]:
    """Return the latest imports of a buyer."""
    query = select(Notice).where(Notice.organisation_id == organisation_id)
    return [view(row) for row in session.scalars(query.order_by(Notice.id.desc()).limit(limit))]


def earlier(session: Session, organisation_id: uuid.UUID, sha256: str) -> str | None:
    """Return the reference of the last draft made of the same file by the same buyer."""
    query = select(Notice.reference).where(Notice.organisation_id == organisation_id, Notice.sha256 == sha256)
    return session.scalars(query.order_by(Notice.id.desc()).limit(1)).one_or_none()


def view(row: Notice) -> NoticeView:
    """Return a row as a value."""
    names = [name for name in NoticeView.__dataclass_fields__ if name != "report"]
    report = tuple(Item(**line | {"kind": ItemKind(line["kind"])}) for line in row.report)
    return NoticeView(report=report, **{name: getattr(row, name) for name in names})
