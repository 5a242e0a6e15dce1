"""Tables of webhooks: subscriptions, what is to be delivered, every attempt."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, Json, StrEnumType, UtcDateTime


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Webhook(Base):
    """An address of a client that hears of events; without ``events`` it hears of all."""

    __tablename__ = "core_webhook"
    __table_args__ = (
        Index("ix_core_webhook_client_id", "client_id", "id"),
        Index("ix_core_webhook_organisation_id", "organisation_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_id: Mapped[uuid.UUID]
    organisation_id: Mapped[uuid.UUID | None]
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200))
    events: Mapped[Any] = mapped_column(Json)
    secret_sealed: Mapped[bytes]
    previous_sealed: Mapped[bytes | None]
    previous_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Raised at each change; its ETag.
    revision: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_reason: Mapped[str | None] = mapped_column(String(40))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Base):
    """One event for one address; ``message_id`` stays the same at every attempt."""

    __tablename__ = "core_webhook_delivery"
    __table_args__ = (
        Index("ix_core_webhook_delivery_webhook_id", "webhook_id", "id"),
        Index("ix_core_webhook_delivery_created_at", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_webhook.id"))
    message_id: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(80))
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(StrEnumType(DeliveryState, name="state"))
    #: Attempts of the current round; a resend begins a new one.
    tries: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attempt(Base):
    """One try to deliver, and what came of it."""

    __tablename__ = "core_webhook_attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_webhook_delivery.id"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    milliseconds: Mapped[int]
    #: The HTTP status, or none when there was no answer.
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(300))
