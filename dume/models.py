"""Tables of the DUME room; other rooms read them through queries, never by importing these classes."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dume.rules import Kind, Mode, OwnerKind, Role, SourceStatus
from procurement.core.db import Base, Json, StrEnumType, UtcDateTime
from procurement.core.ids import uuid7

_DUME = "dume.id"
_ORGANISATION = "account_organisation.id"
_CLIENT = "account_api_client.id"
_OWNED = (
    "(owner_kind = 'organisation' AND organisation_id IS NOT NULL)"
    " OR (owner_kind = 'client' AND client_id IS NOT NULL)"
    " OR (owner_kind = 'link' AND secret_hash IS NOT NULL)"
)


class Dume(Base):
    """A request or a response: whose it is, what it is tied to, and the facts of its life; the status is derived.

    What it says stands in its revisions. ``edition`` counts the changes of what it says, so that a client can tell that
    it has read the latest. ``vault_owner`` names the key under which what is confidential of it is sealed.
    """

    __tablename__ = "dume"
    __table_args__ = (
        UniqueConstraint("id_dume"),
        UniqueConstraint("secret_hash"),
        CheckConstraint(_OWNED, name="owned"),
        CheckConstraint("kind <> 'response' OR role IS NOT NULL", name="response_has_role"),
        CheckConstraint("replaced_at IS NULL OR replaced_by IS NOT NULL", name="replaced_by_one"),
        Index("ix_dume_slot", "buyer_siret", "consultation_ref"),
        Index("ix_dume_organisation_id", "organisation_id", "created_at"),
        Index("ix_dume_client_id", "client_id", "created_at"),
        Index("ix_dume_request_id", "request_id"),
        Index("ix_dume_consultation_id", "consultation_id"),
        Index("ix_dume_deposit_id", "deposit_id"),
        Index("ix_dume_expires_at", "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    id_dume: Mapped[str] = mapped_column(String(8))
    kind: Mapped[Kind] = mapped_column(StrEnumType(Kind, name="kind"))
    owner_kind: Mapped[OwnerKind] = mapped_column(StrEnumType(OwnerKind, name="owner_kind"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_ORGANISATION))
    client_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_CLIENT))
    secret_hash: Mapped[str | None] = mapped_column(String(64))
    siret: Mapped[str] = mapped_column(String(20), default="")
    vault_owner: Mapped[uuid.UUID]
    title: Mapped[str] = mapped_column(String(300), default="")
    mode: Mapped[Mode | None] = mapped_column(StrEnumType(Mode, name="mode"))
    role: Mapped[Role | None] = mapped_column(StrEnumType(Role, name="role"))
    lots: Mapped[Any] = mapped_column(Json, default=list)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    edition: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[uuid.UUID | None]
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    #: What it is tied to. The consultation is a plain value: this room knows none, nor needs one.
    consultation_id: Mapped[uuid.UUID | None]
    consultation_ref: Mapped[str] = mapped_column(String(255), default="")
    buyer_siret: Mapped[str] = mapped_column(String(20), default="")
    buyer_organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_ORGANISATION))
    buyer_client_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_CLIENT))
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_DUME))
    #: Without a foreign key, for a consortium itself refers to a request; its members refer to their responses.
    consortium_id: Mapped[uuid.UUID | None]

    validated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaced_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_DUME))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deposit_id: Mapped[uuid.UUID | None]
    deposited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Of a response: when the buyer opened it. Of a request: when the opening took place, as its vendor states.
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(String(200), default="")

    request: Mapped["Dume | None"] = relationship(
        foreign_keys=[request_id], remote_side="Dume.id", viewonly=True
    )
    replacement: Mapped["Dume | None"] = relationship(
        foreign_keys=[replaced_by], remote_side="Dume.id", viewonly=True
    )


class DumeRevision(Base):
    """What a DUME says: its XML (one document per lot for a response), its model as JSON, and their hashes.

    A revision in preparation is written over; once validated it never changes. The bytes are sealed by the vault for a
    response and for whatever is held by a link. ``source`` is the file it was imported from, byte for byte.
    """

    __tablename__ = "dume_revision"
    __table_args__ = (UniqueConstraint("dume_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    dume_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_DUME))
    number: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bool]
    xml: Mapped[bytes] = mapped_column(deferred=True)
    model: Mapped[bytes] = mapped_column(deferred=True)
    #: Where each lot's document stands in ``xml``: lot, start, length, SHA-256.
    parts: Mapped[Any] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[bytes | None] = mapped_column(deferred=True)
    source_sha256: Mapped[str] = mapped_column(String(64), default="")
    report: Mapped[bytes | None] = mapped_column(deferred=True)
    #: What sources say of the operator itself, until a person confirms or refuses it.
    proposals: Mapped[bytes | None] = mapped_column(deferred=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[uuid.UUID | None]
    validated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DumeSource(Base):
    """One source asked for a response, or one proof its company attached; what it gave is sealed.

    ``prefill`` groups the sources asked together; a proof of the company's own, or taken over from an older response, has
    none. ``document_key`` names the sealed proof in the store, which several responses of one company may share.
    """

    __tablename__ = "dume_source"
    __table_args__ = (
        UniqueConstraint("dume_id", "prefill", "source", "position"),
        Index("ix_dume_source_dume_id", "dume_id"),
        Index("ix_dume_source_document_key", "document_key"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    dume_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_DUME))
    prefill: Mapped[uuid.UUID | None]
    source: Mapped[str] = mapped_column(String(120))
    #: 0 for what the source said, with its first document; its further documents follow.
    position: Mapped[int] = mapped_column(Integer, default=0)
    level: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[SourceStatus] = mapped_column(StrEnumType(SourceStatus, name="status"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    obtained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    as_of: Mapped[str] = mapped_column(String(40), default="")
    valid_until: Mapped[str] = mapped_column(String(40), default="")
    payload: Mapped[bytes | None] = mapped_column(deferred=True)
    evidence: Mapped[str] = mapped_column(String(64), default="")
    document_key: Mapped[str | None] = mapped_column(String(200))
    document_sha256: Mapped[str] = mapped_column(String(64), default="")
    document_size: Mapped[int | None]
    media_type: Mapped[str] = mapped_column(String(120), default="")
    freshness: Mapped[str] = mapped_column(String(20), default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Consortium(Base):
    """Companies that answer together; led by an organisation or by a client acting for a company."""

    __tablename__ = "consortium"
    __table_args__ = (
        Index("ix_consortium_organisation_id", "organisation_id"),
        Index("ix_consortium_client_id", "client_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(200))
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_DUME))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_ORGANISATION))
    client_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_CLIENT))
    siret: Mapped[str] = mapped_column(String(20))
    lots: Mapped[Any] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    request: Mapped[Dume] = relationship(foreign_keys=[request_id], viewonly=True)
    members: Mapped[list["ConsortiumMember"]] = relationship(
        order_by="ConsortiumMember.invited_at, ConsortiumMember.id", lazy="selectin"
    )


class ConsortiumMember(Base):
    """A company invited into a consortium, by a link that is good once; its response is its own."""

    __tablename__ = "consortium_member"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("dume_id"),
        Index("ix_consortium_member_consortium_id", "consortium_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    consortium_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consortium.id"))
    role: Mapped[Role] = mapped_column(StrEnumType(Role, name="role"))
    name: Mapped[str] = mapped_column(String(200), default="")
    siret: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    token_hash: Mapped[str | None] = mapped_column(String(64))
    #: Of a company relied upon: the selection criteria it answers.
    criteria: Mapped[Any] = mapped_column(Json, default=list)
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dume_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_DUME))

    dume: Mapped[Dume | None] = relationship(foreign_keys=[dume_id], lazy="joined", viewonly=True)


class Handover(Base):
    """A DUME that an API client hands to a person on our pages: a link that is begun once, and then only in one browser."""

    __tablename__ = "handover"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_handover_dume_id", "dume_id"),
        Index("ix_handover_client_id", "client_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    dume_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_DUME))
    client_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_CLIENT))
    token_hash: Mapped[str] = mapped_column(String(64))
    session_hash: Mapped[str | None] = mapped_column(String(64))
    return_url: Mapped[str] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    dume: Mapped[Dume] = relationship(lazy="joined", viewonly=True)
