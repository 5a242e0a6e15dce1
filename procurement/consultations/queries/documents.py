"""Tender documents: those of the draft, and those of a published version."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.consultations.models import Document, DocumentVersion
from procurement.consultations.rules import DocumentView


def documents(session: Session, consultation_id: uuid.UUID) -> list[DocumentView]:
    """Return the documents that stand now, by path."""
    query = select(Document).where(Document.consultation_id == consultation_id, Document.removed_at.is_(None))
    return sorted((_document(row) for row in session.scalars(query)), key=lambda item: item.path)


def published_documents(session: Session, consultation_id: uuid.UUID) -> list[DocumentView]:
    """Return the documents of the newest published version, in the order of its manifest."""
    listed = manifest(session, consultation_id)
    order = [uuid.UUID(item["id"]) for item in listed["documents"]] if listed else []
    rows = {row.id: _document(row) for row in session.scalars(select(Document).where(Document.id.in_(order)))}
    return [rows[key] for key in order]


def manifest(session: Session, consultation_id: uuid.UUID) -> dict[str, Any] | None:
    """Return the manifest of the newest published version, nothing for a draft."""
    query = (
        select(DocumentVersion.manifest)
        .where(DocumentVersion.consultation_id == consultation_id)
        .order_by(DocumentVersion.number.desc())
        .limit(1)
    )
    found: dict[str, Any] | None = session.scalar(query)
    return found


def _document(row: Document) -> DocumentView:
    return DocumentView(
        id=row.id,
        path=row.path,
        label=row.label,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        crc32=row.crc32,
        storage_key=row.storage_key,
    )
