"""Tender documents of a draft: received, labelled, removed. Their bytes are durable before their row exists."""

import mimetypes
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from procurement.consultations import rules
from procurement.consultations.errors import ConsultationNotFound
from procurement.consultations.models import Consultation, Document
from procurement.consultations.queries.views import facts
from procurement.consultations.rules import DocumentView, Verb
from procurement.consultations.service.drafts import editable
from procurement.core import journal
from procurement.core.errors import Conflict
from procurement.core.ids import uuid4
from procurement.core.security import Identity
from procurement.core.text import _, display_name

#: Most documents of one consultation.
MOST_DOCUMENTS = 2000
_PLAIN_TYPE = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class Received:
    """A file whose bytes lie in the store."""

    path: str
    media_type: str
    size: int
    sha256: str
    crc32: int
    storage_key: str


def new_key(consultation_id: uuid.UUID) -> str:
    """Return a fresh key of the store for a tender document."""
    return f"dce/{consultation_id}/{uuid4().hex}"


def check_new_path(session: Session, consultation_id: uuid.UUID, path: str, now: datetime) -> None:
    """Refuse a name that another document has, before a byte is read; raise ``document.duplicate``."""
    row = session.get(Consultation, consultation_id)
    if row is None:
        raise ConsultationNotFound
    rules.check_move(facts(row), Verb.EDIT, now)
    others = list(session.scalars(_live(consultation_id).with_only_columns(Document.path)))
    if len(others) >= MOST_DOCUMENTS:
        message = _(
            "Le dossier compte déjà %(most)s documents, le plus que le service accepte. Regroupez-les."
        )
        raise Conflict("document.too_many", message, most=MOST_DOCUMENTS)
    other = rules.clash(path, others)
    if other is not None:
        raise _duplicate(other)


def add_document(
    session: Session, consultation_id: uuid.UUID, received: Received, *, by: Identity, now: datetime
) -> list[str]:
    """Add a document to a draft; return the names of documents with the same content."""
    editable(session, consultation_id, now)
    check_new_path(session, consultation_id, received.path, now)
    same = _live(consultation_id).where(Document.sha256 == received.sha256).with_only_columns(Document.path)
    twins = list(session.scalars(same))
    row = Document(
        consultation_id=consultation_id,
        path=received.path,
        path_key=rules.path_key(received.path),
        media_type=_media_type(received),
        size=received.size,
        sha256=received.sha256,
        crc32=received.crc32,
        storage_key=received.storage_key,
        added_at=now,
        added_by=by.person_id,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise _duplicate(received.path) from None
    data = {"document": str(row.id), "path": row.path, "size": row.size, "sha256": row.sha256}
    _note(session, row, "added", by=by, now=now, data=data)
    return twins


def label_document(
    session: Session,
    consultation_id: uuid.UUID,
    document_id: uuid.UUID,
    label: str,
    *,
    by: Identity,
    now: datetime,
) -> None:
    """Say in words what a document is."""
    row = _find(session, consultation_id, document_id, now)
    row.label = label
    _note(session, row, "labelled", by=by, now=now, data={"document": str(row.id), "label": label})


def remove_document(
    session: Session, consultation_id: uuid.UUID, document_id: uuid.UUID, *, by: Identity, now: datetime
) -> None:
    """Take a document out of a draft; a second time changes nothing."""
    row = _find(session, consultation_id, document_id, now, removed=True)
    if row.removed_at is None:
        row.removed_at = now
        _note(session, row, "removed", by=by, now=now, data={"document": str(row.id), "path": row.path})


def find(session: Session, consultation_id: uuid.UUID, document_id: uuid.UUID) -> DocumentView:
    """Return one document of a draft."""
    row = session.get(Document, document_id)
    if row is None or row.consultation_id != consultation_id or row.removed_at is not None:
        raise ConsultationNotFound
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


def _live(consultation_id: uuid.UUID):  # type: ignore[no-untyped-def]  # noqa: ANN202  # the type of a select changes with its columns
    return select(Document).where(Document.consultation_id == consultation_id, Document.removed_at.is_(None))


def _find(
    session: Session,
    consultation_id: uuid.UUID,
    document_id: uuid.UUID,
    now: datetime,
    *,
    removed: bool = False,
) -> Document:
    editable(session, consultation_id, now)
    row = session.get(Document, document_id)
    if row is None or row.consultation_id != consultation_id or (row.removed_at is not None and not removed):
        raise ConsultationNotFound
    return row


def _duplicate(path: str) -> Conflict:
    message = _(
        "Un document s’appelle déjà « %(name)s ». Celui-ci n’est pas ajouté : renommez-le, "
        "ou retirez d’abord l’autre."
    )
    return Conflict("document.duplicate", message, name=display_name(path))


def _media_type(received: Received) -> str:
    """Return the type that the name tells; what a browser claims is kept only when the name tells nothing."""
    guessed, _encoding = mimetypes.guess_type(received.path)
    claimed = received.media_type if len(received.media_type) <= 120 else _PLAIN_TYPE  # noqa: PLR2004  # the column's length
    return guessed or claimed


def _note(
    session: Session, row: Document, verb: str, *, by: Identity, now: datetime, data: dict[str, object]
) -> None:
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"consultations:document:{verb}",
        subject=row.consultation_id,
        data=data,
    )
