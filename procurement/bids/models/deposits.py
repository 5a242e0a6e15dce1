"""Deposits and their envelopes: facts, from which states are derived."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from procurement.bids.rules import Kind, Relation
from procurement.core.db import Base, StrEnumType, UtcDateTime


class BidDeposit(Base):
    """A deposit that was made; it bears the id of its draft. ``receipt_body`` is sealed at rest: it names the documents."""

    __tablename__ = "bid_deposit"
    __table_args__ = (
        Index("ix_bid_deposit_consultation_id", "consultation_id"),
        Index("ix_bid_deposit_company_id", "company_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_draft.id"), primary_key=True)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation.id"))
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_organisation.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_person.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deadline_at_receipt: Mapped[datetime] = mapped_column(UtcDateTime)
    pli_sha256: Mapped[str] = mapped_column(String(64))
    receipt_body: Mapped[bytes] = mapped_column(deferred=True)
    receipt_sha256: Mapped[str] = mapped_column(String(64))
    clock: Mapped[str] = mapped_column(String(10))
    tsr: Mapped[bytes | None] = mapped_column(deferred=True)
    stamped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stamp_authority: Mapped[str | None] = mapped_column(String(200))
    stamp_qualified: Mapped[bool | None]
    #: When the platform's seal was last put; ``seal_cms`` is over the receipt, ``seal_pdf`` the sealed PDF, sealed at rest.
    sealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seal_cms: Mapped[bytes | None] = mapped_column(deferred=True)
    seal_pdf: Mapped[bytes | None] = mapped_column(deferred=True)
    notified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scrubbed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BidEnvelope(Base):
    """One sealed envelope. ``candidate`` is the hash of the exact group that bids; envelopes are chained under it."""

    __tablename__ = "bid_envelope"
    __table_args__ = (
        Index("ix_bid_envelope_deposit_id", "deposit_id"),
        Index("ix_bid_envelope_chain", "consultation_id", "candidate", "lot", "kind"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    deposit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_deposit.id"))
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation.id"))
    candidate: Mapped[str] = mapped_column(String(64))
    lot: Mapped[int]
    kind: Mapped[Kind] = mapped_column(StrEnumType(Kind, name="kind"))
    relation: Mapped[Relation] = mapped_column(StrEnumType(Relation, name="relation"))
    key_commitment: Mapped[bytes]
    bytes_total: Mapped[int]
    bytes_done: Mapped[int] = mapped_column(default=0)
    late_admitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    open_failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(String(80))
    destroyed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the signatures of its files were first verified, after the opening.
    signatures_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BidEnvelopeRef(Base):
    """An earlier envelope that an envelope says it replaces or completes."""

    __tablename__ = "bid_envelope_ref"

    envelope_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_envelope.id"), primary_key=True)
    refers_to: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_envelope.id"), primary_key=True)
