"""What is received before the final act: drafts, small objects, uploads and their parts, attempts."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, UtcDateTime


class BidDraft(Base):
    """A deposit in preparation; ``revision`` counts the changes of what it holds, so that a commit sees none slip in."""

    __tablename__ = "bid_draft"
    __table_args__ = (
        UniqueConstraint("company_id", "idempotency_key"),
        Index("ix_bid_draft_consultation_id", "consultation_id", "company_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_person.id"))
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_organisation.id"))
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    transmission_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    committed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=0)


class BidObject(Base):
    """A small object: descriptor, inventory (sealed at rest, since it names the documents) or key packet."""

    __tablename__ = "bid_object"

    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_draft.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column("bytes", deferred=True)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BidUpload(Base):
    """One encrypted stream on its way; ``ct_root`` is known once the last part has come, so a commit re-reads nothing."""

    __tablename__ = "bid_upload"
    __table_args__ = (
        UniqueConstraint("draft_id", "envelope_id", "n"),
        CheckConstraint('"offset" BETWEEN 0 AND length', name="offset"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_draft.id"))
    envelope_id: Mapped[uuid.UUID]
    n: Mapped[int]
    length: Mapped[int]
    offset: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ct_root: Mapped[bytes | None]


class BidChunk(Base):
    """One accepted part: an object of the store, and the SHA-256 of each of its segments, 32 bytes each."""

    __tablename__ = "bid_chunk"
    __table_args__ = (UniqueConstraint("storage_key"),)

    upload_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("bid_upload.id", ondelete="CASCADE"), primary_key=True
    )
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    length: Mapped[int]
    storage_key: Mapped[str] = mapped_column(String(200))
    leaves: Mapped[bytes]


class BidCommitRequest(Base):
    """The instant at which a final act came, kept before anything else is done."""

    __tablename__ = "bid_commit_request"

    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_draft.id"), primary_key=True)
    pli_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BidAttempt(Base):
    """The register of one transmission: annexe 6, article 2, II-2 depends on when it began."""

    __tablename__ = "bid_attempt"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_draft.id"), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    bytes: Mapped[int] = mapped_column(default=0)
    requests: Mapped[int] = mapped_column(default=0)


class BidAttemptEvent(Base):
    """One request of a transmission, or one error its client told of."""

    __tablename__ = "bid_attempt_event"
    __table_args__ = (Index("ix_bid_attempt_event_attempt_id", "attempt_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bid_attempt.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(20))
    status: Mapped[int | None]
    bytes: Mapped[int | None]
    code: Mapped[str] = mapped_column(String(80))
