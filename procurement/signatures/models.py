"""Verdicts that are kept: what was found of a file, with the evidence to find it again years later."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, Json, StrEnumType, UtcDateTime
from procurement.core.ids import uuid7
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
