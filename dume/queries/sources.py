"""What the sources of prefilling gave, and the proofs: statuses in clear, values and files opened with the vault's key."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from dume import errors
from dume.models import Dume, DumeSource
from dume.rules import SourceStatus
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault


@dataclass(frozen=True, kw_only=True)
class SourceView:
    """Where one source stands; ``freshness`` is what the check at the opening found, empty before."""

    id: uuid.UUID
    source: str
    level: int
    status: SourceStatus
    requested_at: datetime
    obtained_at: datetime | None
    as_of: str
    valid_until: str
    evidence: str
    has_document: bool
    document_sha256: str
    document_size: int | None
    media_type: str
    freshness: str
    checked_at: datetime | None


def view(row: DumeSource) -> SourceView:
    """Detach a row."""
    names = (name for name in SourceView.__dataclass_fields__ if name != "has_document")
    return SourceView(
        has_document=row.document_key is not None, **{name: getattr(row, name) for name in names}
    )


def prefill(session: Session, row: Dume, prefill_id: uuid.UUID | None = None) -> tuple[SourceView, ...]:
    """Return the sources of one prefilling, of the latest unless one is named, by the order they were asked in.

    Raise ``dume.prefill_not_found`` for one that is named and is not this DUME's.
    """
    query = select(DumeSource).where(DumeSource.dume_id == row.id, DumeSource.prefill.is_not(None))
    latest = prefill_id or session.scalar(
        select(DumeSource.prefill)
        .where(DumeSource.dume_id == row.id, DumeSource.prefill.is_not(None))
        .order_by(DumeSource.requested_at.desc(), DumeSource.id.desc())
        .limit(1)
    )
    said = query.where(DumeSource.prefill == latest, DumeSource.position == 0)
    found = session.scalars(said.order_by(DumeSource.id)).all()
    if prefill_id is not None and not found:
        raise errors.no_prefill()
    return tuple(map(view, found))


def evidences(session: Session, row: Dume) -> tuple[SourceView, ...]:
    """Return the proofs of a DUME, of its sources and of its company, oldest first."""
    query = select(DumeSource).where(DumeSource.dume_id == row.id, DumeSource.document_key.is_not(None))
    return tuple(map(view, session.scalars(query.order_by(DumeSource.id))))


def freshness(session: Session, row: Dume) -> tuple[SourceView, ...]:
    """Return the sources that gave something, with what the check at the opening found of each."""
    query = select(DumeSource).where(
        DumeSource.dume_id == row.id,
        DumeSource.prefill.is_not(None),
        DumeSource.position == 0,
        DumeSource.status == SourceStatus.OBTAINED,
    )
    return tuple(map(view, session.scalars(query.order_by(DumeSource.id))))


def find(session: Session, row: Dume, source_id: uuid.UUID, *columns: str) -> DumeSource:
    """Return one source or proof of this DUME; raise ``dume.evidence_not_found``."""
    query = select(DumeSource).where(DumeSource.dume_id == row.id, DumeSource.id == source_id)
    loading = [undefer(getattr(DumeSource, column)) for column in columns]
    found = session.scalars(query.options(*loading)).one_or_none()
    if found is None:
        raise errors.no_evidence()
    return found


def payload_purpose(row_id: uuid.UUID) -> str:
    """Return what the sealed answer of a source is bound to."""
    return f"dume.source:{row_id}"


def proof_purpose(document_key: str) -> str:
    """Return what a sealed proof is bound to: its place in the store."""
    return f"dume.proof:{document_key}"


def source_payload(session: Session, vault: KeyVault, row: Dume, source_id: uuid.UUID) -> dict[str, Any]:
    """Return what a source gave: its values, and the name or the notice that came with them."""
    found = find(session, row, source_id, "payload")
    if found.payload is None:
        return {}
    opened = vault.open(session, row.vault_owner, payload_purpose(found.id), found.payload)
    read: dict[str, Any] = json.loads(opened)
    return read


def proof(
    session: Session, vault: KeyVault, storage: Storage, row: Dume, source_id: uuid.UUID
) -> tuple[SourceView, bytes]:
    """Return a proof and its bytes in clear; raise ``dume.evidence_not_found``."""
    found = find(session, row, source_id)
    if found.document_key is None:
        raise errors.no_evidence()
    sealed = b"".join(storage.open(found.document_key))
    return view(found), vault.open(session, row.vault_owner, proof_purpose(found.document_key), sealed)
