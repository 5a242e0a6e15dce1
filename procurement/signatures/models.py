"""Verdicts that are kept, with the evidence to find them again years later; and documents that parties sign together."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, Json, StrEnumType, UtcDateTime
from procurement.core.ids import uuid7
from signing.produce.params import Level, Profile
from signing.sealed.inventory import SignatureStatus


class SignatureVerdict(Base):
    """One verification of one file; a later one stands beside it and replaces nothing.

    ``subject`` names the file in the words of the room it is of (``bid:<envelope>/<n>``); ``stated`` is what the receipt
    says of it, None where the service had not looked; ``mismatch`` that the two differ.
    """

    __tablename__ = "signature_verdict"
    __table_args__ = (Index("ix_signature_verdict_subject", "subject", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    subject: Mapped[str] = mapped_column(String(80))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_organisation.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
    file_name: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[SignatureStatus] = mapped_column(StrEnumType(SignatureStatus, name="status"))
    stated: Mapped[SignatureStatus | None] = mapped_column(StrEnumType(SignatureStatus, name="stated"))
    mismatch: Mapped[bool]
    #: Names of those who signed it, in the file or beside it.
    signers: Mapped[Any] = mapped_column(Json)
    #: The reports on the file and on the signatures beside it: as JSON, and as pages show them, by language.
    reports: Mapped[Any] = mapped_column(Json, deferred=True)
    shown: Mapped[Any] = mapped_column(Json, deferred=True)
    snapshot: Mapped[str] = mapped_column(String(64))
    policy: Mapped[str] = mapped_column(String(64))
    #: ``evidence.zip``, where the file holds a signature of its own.
    evidence: Mapped[bytes | None] = mapped_column(deferred=True)
    evidence_sha256: Mapped[str | None] = mapped_column(String(64))
    #: The time-stamp over it (TimeStampResp), which comes after the verdict: when, by whom, and whether it is qualified.
    evidence_tsr: Mapped[bytes | None] = mapped_column(deferred=True)
    evidence_stamped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    evidence_stamp_authority: Mapped[str | None] = mapped_column(String(200))
    evidence_stamp_qualified: Mapped[bool | None]


class JointSigning(Base):
    """Documents that one or several parties sign; ``subject`` names them in the words of the room that asked."""

    __tablename__ = "signature_joint"
    __table_args__ = (Index("ix_signature_joint_subject", "subject", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    subject: Mapped[str] = mapped_column(String(80))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_organisation.id"))
    profile: Mapped[Profile] = mapped_column(StrEnumType(Profile, name="profile"))
    level: Mapped[Level] = mapped_column(StrEnumType(Level, name="level"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))


class SignatureJob(Base):
    """What one party has to sign, and how far it is.

    ``mark`` finds the row of a code, ``code_hash`` and ``token_hash`` prove it; neither code nor token is kept. ``base`` lists the
    files (ids) as they were when the code was claimed, ``prepared`` what the party's certificate was asked to sign.
    """

    __tablename__ = "signature_job"
    __table_args__ = (
        UniqueConstraint("joint_id", "place"),
        UniqueConstraint("mark"),
        Index("ix_signature_job_organisation", "organisation_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    joint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signature_joint.id"))
    place: Mapped[int]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_organisation.id"))
    party: Mapped[str] = mapped_column(Text)
    mark: Mapped[str | None] = mapped_column(String(16))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_hash: Mapped[str | None] = mapped_column(String(64))
    token_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    base: Mapped[Any] = mapped_column(Json, nullable=True)
    prepared: Mapped[Any] = mapped_column(Json, nullable=True)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signer: Mapped[str | None] = mapped_column(Text)
    certificate_sha256: Mapped[str | None] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
    confirmed_name: Mapped[str | None] = mapped_column(Text)


class SignatureFile(Base):
    """A document as it was given (``round`` 0, no job), or what a job made of it; never changed, never replaced."""

    __tablename__ = "signature_file"
    __table_args__ = (UniqueConstraint("joint_id", "round", "n"), UniqueConstraint("storage_key"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    joint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signature_joint.id"))
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("signature_job.id"))
    round: Mapped[int]
    n: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(200))
