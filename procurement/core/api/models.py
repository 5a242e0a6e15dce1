"""Tables of the API's kernel: answers kept for repeated requests, and the request log of each client."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, Json, UtcDateTime


class IdempotentAnswer(Base):
    """The answer to a POST, to be given again to whoever repeats it; the body is sealed by the vault."""

    __tablename__ = "core_idempotent_answer"
    __table_args__ = (Index("ix_core_idempotent_answer_at", "at"),)

    client_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[Any] = mapped_column(Json)
    body_sealed: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoggedRequest(Base):
    """One request of a client: what was asked and answered, never the values it carried."""

    __tablename__ = "core_logged_request"
    __table_args__ = (
        Index("ix_core_logged_request_client_id", "client_id", "id"),
        Index("ix_core_logged_request_at", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[uuid.UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(String(500))
    route: Mapped[str] = mapped_column(String(80))
    status: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(80))
    milliseconds: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(10))
    user_agent: Mapped[str] = mapped_column(String(200))
    #: Media type, size and, for JSON, the members with the kinds of their values.
    request: Mapped[Any] = mapped_column(Json)
    response: Mapped[Any] = mapped_column(Json)
