"""Openings: who opened what, the secrets on their way to the worker, the files that came out."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procurement.bids.rules import Kind
from procurement.core.db import Base, Json, StrEnumType, UtcDateTime


class BidOpening(Base):
    """One opening by an agent; ``minutes`` are written once, when nothing is left to decrypt."""

    __tablename__ = "bid_opening"
    __table_args__ = (Index("ix_bid_opening_consultation_id", "consultation_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation.id"))
    kind: Mapped[Kind] = mapped_column(StrEnumType(Kind, name="kind"))
    lots: Mapped[Any] = mapped_column(Json)
    mode: Mapped[str] = mapped_column(String(20))
    by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_person.id"))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minutes: Mapped[Any | None] = mapped_column(Json)
    #: When the minutes got the platform's seal: ``seal_cms`` over their JSON, ``seal_pdf`` the sealed PDF.
    sealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seal_cms: Mapped[bytes | None] = mapped_column(deferred=True)
    seal_pdf: Mapped[bytes | None] = mapped_column(deferred=True)


class BidShare(Base):
    """A secret that a holder gave, sealed by the vault until the envelope is open, then erased."""

    __tablename__ = "bid_share"

    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_opening.id"), primary_key=True)
    envelope_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_envelope.id"), primary_key=True)
    x: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_person.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sealed_value: Mapped[bytes | None]


class BidOpeningReport(Base):
    """A key packet that the agent's browser could not open, as it said."""

    __tablename__ = "bid_opening_report"
    __table_args__ = (UniqueConstraint("opening_id", "envelope_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_opening.id"))
    envelope_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_envelope.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    code: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(String(500))


class BidOpenedFile(Base):
    """One decrypted file, under a new key of the store."""

    __tablename__ = "bid_opened_file"
    __table_args__ = (UniqueConstraint("storage_key"),)

    envelope_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_envelope.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(1000))
    media_type: Mapped[str] = mapped_column(String(200))
    piece: Mapped[str | None] = mapped_column(String(100))
    size: Mapped[int]
    digest_algorithm: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
