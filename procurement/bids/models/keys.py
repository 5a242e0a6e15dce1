"""Who may open: key holders of an organisation, their rehearsals, and the key sets of consultations."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procurement.bids.rules import HolderRole
from procurement.core.db import Base, Json, StrEnumType, UtcDateTime


class BidKeyHolder(Base):
    """A certificate to which bids are sealed; it belongs to the organisation, not to a consultation."""

    __tablename__ = "bid_key_holder"
    __table_args__ = (
        UniqueConstraint("organisation_id", "cert_sha256"),
        CheckConstraint("(person_id IS NULL) <> (trustee_id IS NULL)", name="one_holder"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_organisation.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
    trustee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[HolderRole] = mapped_column(StrEnumType(HolderRole, name="role"))
    kinds: Mapped[Any] = mapped_column(Json)
    cert_der: Mapped[bytes]
    cert_sha256: Mapped[str] = mapped_column(String(64))
    algorithm: Mapped[str] = mapped_column(String(20))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rehearsed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BidRehearsal(Base):
    """One challenge to a certificate; only the hash of what must come back is kept."""

    __tablename__ = "bid_rehearsal"
    __table_args__ = (Index("ix_bid_rehearsal_key_holder_id", "key_holder_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    key_holder_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_key_holder.id"))
    nonce_sha256: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ok: Mapped[bool | None]


class BidKeySet(Base):
    """One version of the certificates and policy of a consultation; never changed, only followed by another."""

    __tablename__ = "bid_key_set"
    __table_args__ = (UniqueConstraint("consultation_id", "version"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation.id"))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    m: Mapped[int]
    n: Mapped[int]
    custodian: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BidRecipient(Base):
    """One holder in a key set: ``x`` is his place, by ascending hash of the certificates."""

    __tablename__ = "bid_recipient"
    __table_args__ = (UniqueConstraint("key_set_id", "key_holder_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    key_set_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_key_set.id"))
    key_holder_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_key_holder.id"))
    x: Mapped[int]
    role: Mapped[HolderRole] = mapped_column(StrEnumType(HolderRole, name="role"))
    kinds: Mapped[Any] = mapped_column(Json)
