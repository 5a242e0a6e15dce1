"""Tables of API clients: who calls, with which keys and tokens, for which buyers."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procurement.accounts.rules.clients import ClientState, KeyKind
from procurement.core.db import Base, Json, StrEnumType, UtcDateTime
from procurement.core.ids import uuid7

_CLIENT = "account_api_client.id"


class ApiClient(Base):
    """A program of a vendor; its owner is an organisation or, in the sandbox, an address alone."""

    __tablename__ = "account_api_client"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index("ix_account_api_client_organisation_id", "organisation_id"),
        CheckConstraint("state = 'sandbox' OR organisation_id IS NOT NULL", name="owned_past_sandbox"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    #: The ``client_id`` of OAuth.
    public_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_organisation.id"))
    email: Mapped[str] = mapped_column(String(254))
    state: Mapped[ClientState] = mapped_column(StrEnumType(ClientState, name="state"))
    scopes: Mapped[Any] = mapped_column(Json)
    return_urls: Mapped[Any] = mapped_column(Json)
    #: The pair by which the façade knows it: ``{"kind": 1, "id": "...", "technical_id": "..."}``.
    platform: Mapped[Any | None] = mapped_column(Json)
    #: The version of the API that its answers follow, as a date; set at first use.
    pinned_version: Mapped[str | None] = mapped_column(String(10))
    #: Key of the secrets' hashes, sealed by the vault: a copy of the database alone proves no guess.
    pepper_sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiKey(Base):
    """A secret (its keyed hash) or a public key; two of a kind may overlap."""

    __tablename__ = "account_api_key"
    __table_args__ = (Index("ix_account_api_key_client_id", "client_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_CLIENT))
    kind: Mapped[KeyKind] = mapped_column(StrEnumType(KeyKind, name="kind"))
    label: Mapped[str] = mapped_column(String(120))
    secret_hash: Mapped[str | None] = mapped_column(String(64))
    jwk: Mapped[Any | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiMandate(Base):
    """The written agreement of a buyer that a client acts for it."""

    __tablename__ = "account_api_mandate"
    __table_args__ = (
        Index("ix_account_api_mandate_client_id", "client_id", "siret"),
        CheckConstraint("length(siret) = 14", name="siret_length"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_CLIENT))
    siret: Mapped[str] = mapped_column(String(14))
    signatory: Mapped[str] = mapped_column(String(200))
    signed_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    scopes: Mapped[Any] = mapped_column(Json)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """A bearer token; only its hash is kept here."""

    __tablename__ = "account_api_token"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_account_api_token_client_id", "client_id"),
        Index("ix_account_api_token_expires_at", "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    token_hash: Mapped[str] = mapped_column(String(64))
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_CLIENT))
    key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_api_key.id"))
    scopes: Mapped[Any] = mapped_column(Json)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiAssertion(Base):
    """A signed assertion that was used: it is good once (RFC 7523, section 3, ``jti``)."""

    __tablename__ = "account_api_assertion"
    __table_args__ = (Index("ix_account_api_assertion_expires_at", "expires_at"),)

    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_CLIENT), primary_key=True)
    jti_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
