"""Imported notices, byte for byte, with the report of their import."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, Json, UtcDateTime
from procurement.core.ids import uuid7


class Notice(Base):
    """A notice a draft was made of. Its identifiers are kept as given: they may be irregular."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("consultation_id"),
        CheckConstraint("size > 0", name="not_empty"),
        Index("ix_notice_organisation_id", "organisation_id", "sha256"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_organisation.id"))
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation.id"))
    reference: Mapped[str] = mapped_column(String(20))
    identifier: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    procedure_id: Mapped[str] = mapped_column(Text)
    subtype: Mapped[str] = mapped_column(String(10))
    sdk: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    # Read only when the file itself is asked for.
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    report: Mapped[Any] = mapped_column(Json)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
