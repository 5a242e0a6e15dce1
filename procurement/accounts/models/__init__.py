"""Tables of accounts; other rooms read them through queries, never by importing these classes."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from procurement.accounts.rules import OrganisationKind, Origin, Role
from procurement.core.db import Base, Json, StrEnumType, UtcDateTime
from procurement.core.ids import uuid7

_ORGANISATION = "account_organisation.id"
_PERSON = "account_person.id"
_SERVICE = "account_service.id"


class Organisation(Base):
    """A buyer or a company, known by the SIRET of its establishment; one legal entity may be both."""

    __tablename__ = "account_organisation"
    __table_args__ = (
        UniqueConstraint("kind", "siret"),
        CheckConstraint("length(siret) = 14", name="siret_length"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[OrganisationKind] = mapped_column(StrEnumType(OrganisationKind, name="kind"))
    siret: Mapped[str] = mapped_column(String(14))
    legal_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(200))
    postal_code: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(3))
    origin: Mapped[Origin] = mapped_column(StrEnumType(Origin, name="origin"))
    source: Mapped[str] = mapped_column(String(120))
    origin_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Service(Base):
    """A purchasing entity inside a buyer; services form a tree."""

    __tablename__ = "account_service"
    __table_args__ = (Index("ix_account_service_organisation_id", "organisation_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_ORGANISATION))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_SERVICE))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Person(Base):
    """Somebody who signs in; the same person may act for several organisations."""

    __tablename__ = "account_person"
    __table_args__ = (UniqueConstraint("email_key"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[str] = mapped_column(String(200))
    password_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Sealed by the vault; the pending one waits for its first good code.
    totp_sealed: Mapped[bytes | None]
    totp_pending: Mapped[bytes | None]
    totp_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The last time step whose code was used: a code is good once.
    totp_step: Mapped[int | None]


class RecoveryCode(Base):
    """A code that replaces the second factor once."""

    __tablename__ = "account_recovery_code"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_PERSON))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_HELD = text("withdrawn_at IS NULL AND service_id IS NULL")
_HELD_IN_SERVICE = text("withdrawn_at IS NULL AND service_id IS NOT NULL")


class RoleGrant(Base):
    """A role of a person in an organisation, from a day to another; limited to a service when one is named."""

    __tablename__ = "account_role"
    __table_args__ = (
        Index(
            "uq_account_role_held",
            "person_id",
            "organisation_id",
            "role",
            unique=True,
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
        Index(
            "uq_account_role_held_in_service",
            "person_id",
            "organisation_id",
            "role",
            "service_id",
            unique=True,
            sqlite_where=_HELD_IN_SERVICE,
            postgresql_where=_HELD_IN_SERVICE,
        ),
        Index("ix_account_role_organisation_id", "organisation_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_PERSON))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_ORGANISATION))
    service_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_SERVICE))
    role: Mapped[Role] = mapped_column(StrEnumType(Role, name="role"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_PERSON))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_PERSON))


class Invitation(Base):
    """A link sent to an address, which gives roles once to whoever reads that mailbox."""

    __tablename__ = "account_invitation"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_account_invitation_organisation_id", "organisation_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_ORGANISATION))
    service_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_SERVICE))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(String(120))
    roles: Mapped[Any] = mapped_column(Json)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_PERSON))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_PERSON))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TokenPurpose(StrEnum):
    """What a link sent by mail is for."""

    RESET = "reset"
    EMAIL = "email"
    REGISTRATION = "registration"


class MailToken(Base):
    """A link sent by mail, good once; only its hash is kept here."""

    __tablename__ = "account_mail_token"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_account_mail_token_person_id", "person_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    purpose: Mapped[TokenPurpose] = mapped_column(StrEnumType(TokenPurpose, name="purpose"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_PERSON))
    email: Mapped[str] = mapped_column(String(254))
    data: Mapped[Any] = mapped_column(Json)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignIn(Base):
    """A session; ``waiting`` until the second factor is shown, when the person has one."""

    __tablename__ = "account_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_account_session_person_id", "person_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    token_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_PERSON))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_ORGANISATION))
    waiting: Mapped[bool]
    mfa: Mapped[bool]
    device: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(45))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Failure(Base):
    """Failed tries of one key: the hash of an address typed, or of a network address. No account need exist for it."""

    __tablename__ = "account_failure"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
