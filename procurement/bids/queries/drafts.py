"""Drafts, uploads and deposits of one company: a foreign one is not found."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from procurement.bids import errors, rules
from procurement.bids.models import BidChunk, BidDeposit, BidDraft, BidObject, BidUpload


@dataclass(frozen=True, slots=True)
class StoredStream:
    """One complete upload as the commit sees it."""

    length: int
    ct_root: bytes
    completed_at: datetime


def draft(session: Session, draft_id: uuid.UUID, company_id: uuid.UUID | None) -> BidDraft:
    """Return a draft of this company, or raise NotFound."""
    found = session.get(BidDraft, draft_id)
    if found is None or company_id is None or found.company_id != company_id:
        raise errors.no_draft()
    return found


def upload(session: Session, upload_id: uuid.UUID, company_id: uuid.UUID | None) -> BidUpload:
    """Return an upload of this company, or raise NotFound."""
    row = session.execute(
        select(BidUpload, BidDraft.company_id).join(BidDraft).where(BidUpload.id == upload_id)
    ).one_or_none()
    if row is None or company_id is None or row.company_id != company_id:
        raise errors.no_upload()
    found: BidUpload = row[0]
    return found


def uploads(session: Session, draft_id: uuid.UUID) -> Sequence[BidUpload]:
    """Return the uploads of a draft, envelope by envelope."""
    query = select(BidUpload).where(BidUpload.draft_id == draft_id)
    return session.scalars(query.order_by(BidUpload.envelope_id, BidUpload.n)).all()


def objects(session: Session, draft_id: uuid.UUID) -> Sequence[BidObject]:
    """Return the small objects of a draft, without their bytes."""
    return session.scalars(
        select(BidObject).where(BidObject.draft_id == draft_id).order_by(BidObject.name)
    ).all()


def object_bytes(session: Session, draft_id: uuid.UUID) -> dict[str, BidObject]:
    """Return the small objects of a draft by name, with their bytes."""
    query = select(BidObject).where(BidObject.draft_id == draft_id).options(undefer(BidObject.content))
    return {item.name: item for item in session.scalars(query)}


def complete_streams(session: Session, draft_id: uuid.UUID) -> dict[tuple[uuid.UUID, int], StoredStream]:
    """Return the streams of a draft whose last byte has come, by envelope and number."""
    columns = (
        BidUpload.envelope_id,
        BidUpload.n,
        BidUpload.length,
        BidUpload.ct_root,
        BidUpload.completed_at,
    )
    rows = session.execute(
        select(*columns).where(BidUpload.draft_id == draft_id, BidUpload.completed_at.is_not(None))
    )
    return {
        (row.envelope_id, row.n): StoredStream(row.length, row.ct_root or b"", row.completed_at)
        for row in rows
        if row.completed_at is not None
    }


def state(session: Session, found: BidDraft, *, now: datetime) -> rules.DraftState:
    """Return where a draft stands."""
    sent = uploads(session, found.id)
    facts = rules.DraftFacts(
        expires_at=found.expires_at,
        committed_at=found.committed_at,
        started_at=found.transmission_started_at,
        complete=bool(sent) and all(one.completed_at is not None for one in sent),
    )
    return rules.draft_state(facts, now)


def of_company(
    session: Session, company_id: uuid.UUID, *, now: datetime, consultation_id: uuid.UUID | None = None
) -> list[BidDraft]:
    """Return the company's unfinished drafts, newest first."""
    query = select(BidDraft).where(
        BidDraft.company_id == company_id, BidDraft.committed_at.is_(None), BidDraft.expires_at > now
    )
    if consultation_id is not None:
        query = query.where(BidDraft.consultation_id == consultation_id)
    return list(session.scalars(query.order_by(BidDraft.created_at.desc(), BidDraft.id)))


def deposit(session: Session, deposit_id: uuid.UUID, company_id: uuid.UUID | None) -> BidDeposit:
    """Return a deposit of this company, or raise NotFound."""
    found = session.get(BidDeposit, deposit_id)
    if found is None or company_id is None or found.company_id != company_id:
        raise errors.no_draft()
    return found


def deposits_of(session: Session, company_id: uuid.UUID) -> list[BidDeposit]:
    """Return the company's deposits, newest first."""
    query = select(BidDeposit).where(BidDeposit.company_id == company_id)
    return list(session.scalars(query.order_by(BidDeposit.received_at.desc(), BidDeposit.id)))


def started_at(session: Session, deposit_id: uuid.UUID) -> datetime | None:
    """Return when the transmission of a deposit began."""
    found: datetime | None = session.scalar(
        select(BidDraft.transmission_started_at).where(BidDraft.id == deposit_id)
    )
    return found


def receipt_row(session: Session, deposit_id: uuid.UUID) -> BidDeposit:
    """Return a deposit with its sealed receipt body, its time-stamp and the platform's seals."""
    query = select(BidDeposit).where(BidDeposit.id == deposit_id)
    columns = (BidDeposit.receipt_body, BidDeposit.tsr, BidDeposit.seal_cms, BidDeposit.seal_pdf)
    loaded = query.options(*(undefer(column) for column in columns)).execution_options(populate_existing=True)
    return session.scalars(loaded).one()


def chunks(session: Session, deposit_id: uuid.UUID, envelope_id: uuid.UUID, n: int) -> Sequence[BidChunk]:
    """Return the stored parts of one stream, in order."""
    query = select(BidChunk).join(BidUpload, BidUpload.id == BidChunk.upload_id)
    where = (BidUpload.draft_id == deposit_id, BidUpload.envelope_id == envelope_id, BidUpload.n == n)
    return session.scalars(query.where(*where).order_by(BidChunk.start)).all()
