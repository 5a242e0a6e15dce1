"""Messages as they were built: stored before they are sent: mail is a copy, the page is the truth."""

import uuid
from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, UtcDateTime
from procurement.core.ids import uuid7


class MailMessage(Base):
    """One message to one person; neither ``sent_at`` nor ``failed_at`` means that it waits."""

    __tablename__ = "core_mail"
    __table_args__ = (Index("ix_core_mail_about", "about"), Index("ix_core_mail_created_at", "created_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    template: Mapped[str] = mapped_column(String(80))
    about: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
