"""Tables of consultations; other rooms read them through queries, never by importing these classes."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.consultations.rules import BuyerCategory, Nature
from procurement.core.db import Base, Json, StrEnumType, UtcDateTime
from procurement.core.ids import uuid7

_CONSULTATION = "consultation.id"
_ORGANISATION = "account_organisation.id"
_PERSON = "account_person.id"
_LIVE = text("removed_at IS NULL")


class Counter(Base):
    """The last number given to a consultation, per year."""

    __tablename__ = "consultation_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Consultation(Base):
    """A consultation: what its buyer wrote, and the facts of its life. The state is derived, never stored."""

    __tablename__ = "consultation"
    __table_args__ = (
        UniqueConstraint("reference"),
        CheckConstraint("estimated_cents >= 0", name="estimate_positive"),
        CheckConstraint("file_bytes > 0 AND files > 0 AND total_bytes >= file_bytes", name="limits_positive"),
        CheckConstraint(
            "published_at IS NULL OR (closes_at IS NOT NULL AND closes_at > published_at)",
            name="published_has_deadline",
        ),
        Index("ix_consultation_organisation_id", "organisation_id", "created_at"),
        Index("ix_consultation_closes_at", "closes_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    reference: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_ORGANISATION))
    service_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_service.id"))
    buyer_name: Mapped[str] = mapped_column(String(200))
    buyer_siret: Mapped[str] = mapped_column(String(14))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_PERSON))
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)

    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text)
    procedure: Mapped[str | None] = mapped_column(String(40))
    nature: Mapped[Nature | None] = mapped_column(StrEnumType(Nature, name="nature"))
    buyer_category: Mapped[BuyerCategory | None] = mapped_column(
        StrEnumType(BuyerCategory, name="buyer_category")
    )
    techniques: Mapped[Any] = mapped_column(Json, default=list)
    single_envelope: Mapped[bool] = mapped_column(default=False)
    allotted: Mapped[bool | None]
    no_lots_reason: Mapped[str] = mapped_column(Text, default="")
    cpv: Mapped[str | None] = mapped_column(String(8))
    cpv_more: Mapped[Any] = mapped_column(Json, default=list)
    nuts: Mapped[Any] = mapped_column(Json, default=list)
    #: Edition of the code lists at the last edit: codes change from one to the next.
    codes_edition: Mapped[str] = mapped_column(String(60), default="")
    estimated_cents: Mapped[int | None]

    zone: Mapped[str] = mapped_column(String(40), default="Europe/Paris")
    questions_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deadline_ground: Mapped[str | None] = mapped_column(String(40))
    deadline_reason: Mapped[str] = mapped_column(Text, default="")

    file_bytes: Mapped[int]
    files: Mapped[int]
    total_bytes: Mapped[int]
    types: Mapped[Any] = mapped_column(Json, default=list)
    pieces: Mapped[Any] = mapped_column(Json, default=list)
    relations: Mapped[Any] = mapped_column(Json, default=list)
    deposit_confirmed: Mapped[bool] = mapped_column(default=False)

    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_PERSON))
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_reason: Mapped[str] = mapped_column(Text, default="")
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    lots: Mapped[list["Lot"]] = relationship(
        order_by="Lot.number", lazy="selectin", cascade="all, delete-orphan"
    )
    versions: Mapped[list["DocumentVersion"]] = relationship(
        order_by="DocumentVersion.number", lazy="selectin"
    )


class Lot(Base):
    """One lot of a consultation."""

    __tablename__ = "consultation_lot"
    __table_args__ = (
        UniqueConstraint("consultation_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("estimated_cents >= 0", name="estimate_positive"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_CONSULTATION))
    number: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    cpv: Mapped[str | None] = mapped_column(String(8))
    estimated_cents: Mapped[int | None]
    pieces: Mapped[Any] = mapped_column(Json, default=list)


class Document(Base):
    """A tender document; its bytes lie in the store under ``storage_key``, which no other row names."""

    __tablename__ = "consultation_document"
    __table_args__ = (
        Index(
            "uq_consultation_document_path_key",
            "consultation_id",
            "path_key",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        UniqueConstraint("storage_key"),
        CheckConstraint("size > 0", name="not_empty"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_CONSULTATION))
    path: Mapped[str] = mapped_column(Text)
    path_key: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(String(200), default="")
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    crc32: Mapped[int]
    storage_key: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[uuid.UUID] = mapped_column(ForeignKey(_PERSON))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DocumentVersion(Base):
    """A published set of tender documents: an immutable manifest and its hash."""

    __tablename__ = "consultation_document_version"
    __table_args__ = (UniqueConstraint("consultation_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_CONSULTATION))
    number: Mapped[int] = mapped_column(Integer)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    manifest: Mapped[Any] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    archive_size: Mapped[int]


class Withdrawal(Base):
    """One download of tender documents; without a person nor an address it is anonymous, and only counts."""

    __tablename__ = "consultation_withdrawal"
    __table_args__ = (Index("ix_consultation_withdrawal_consultation_id", "consultation_id", "at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_CONSULTATION))
    version: Mapped[int] = mapped_column(Integer)
    #: The document taken, or nothing for the whole set.
    document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consultation_document.id"))
    what: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_PERSON))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_ORGANISATION))
    name: Mapped[str] = mapped_column(String(200), default="")
    organisation_name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
