"""Tables of drafts: what is being written, its history, remarks on it and the files made of it."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clauses.rules.states import ArtefactFormat, EventKind
from procurement.core.db import Base, Json, StrEnumType, UtcDateTime
from procurement.core.ids import uuid7

_ORGANISATION = "account_organisation.id"
_CLIENT = "account_api_client.id"
_RELEASE = "clause_release.id"
_DRAFT = "clause_draft.id"


class Draft(Base):
    """A contract document being written: the release it stands on, its facts and answers, and the facts of its life.

    The consultation and the lot are plain values: this room knows none. ``answers`` maps a fact to its text and the
    revision of that answer; ``revision`` counts every change of the draft.
    """

    __tablename__ = "clause_draft"
    __table_args__ = (
        CheckConstraint("(organisation_id IS NULL) <> (client_id IS NULL)", name="owned"),
        CheckConstraint("validated_at IS NULL OR submitted_at IS NOT NULL", name="validated_was_submitted"),
        CheckConstraint("frozen_at IS NULL OR validated_at IS NOT NULL", name="frozen_was_validated"),
        Index("ix_clause_draft_organisation_id", "organisation_id", "created_at"),
        Index("ix_clause_draft_client_id", "client_id", "created_at"),
        Index("ix_clause_draft_consultation_id", "consultation_id"),
        Index("ix_clause_draft_release_id", "release_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_ORGANISATION))
    client_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_CLIENT))
    title: Mapped[str] = mapped_column(String(300))
    canvas: Mapped[str] = mapped_column(String(80))
    document: Mapped[str] = mapped_column(String(40))
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_RELEASE))
    reference_date: Mapped[date] = mapped_column(Date)
    consultation_id: Mapped[uuid.UUID | None]
    consultation_ref: Mapped[str] = mapped_column(String(255), default="")
    lot_id: Mapped[uuid.UUID | None]
    lot_number: Mapped[int | None] = mapped_column(Integer)
    lot_title: Mapped[str] = mapped_column(Text, default="")
    #: What the consultation said when it was last taken over, fact to text.
    facts: Mapped[Any] = mapped_column(Json)
    #: Marked sentences of who answers for the consultation, such as a procedure that the library has no code for.
    notes: Mapped[Any] = mapped_column(Json, default=list)
    answers: Mapped[Any] = mapped_column(Json, default=dict)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[uuid.UUID | None]
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by: Mapped[uuid.UUID | None]
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    validated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    validated_by: Mapped[uuid.UUID | None]
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Release, facts, parameters and engine versions as they were when it was frozen.
    frozen: Mapped[Any | None] = mapped_column(Json)

    clauses: Mapped[list["DraftClause"]] = relationship(
        order_by="DraftClause.clause_key", lazy="selectin", cascade="all, delete-orphan"
    )


class DraftClause(Base):
    """What a draft says of one clause: the buyer's own words, and what was answered about them.

    ``base_sha256`` is the version that the words were written over; ``local`` a clause that its library has withdrawn.
    """

    __tablename__ = "clause_draft_clause"
    __table_args__ = (UniqueConstraint("draft_id", "clause_key"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_DRAFT))
    clause_key: Mapped[str] = mapped_column(String(80))
    base_sha256: Mapped[str] = mapped_column(String(64))
    #: None while the library's own words stand.
    body: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    #: Does the edited text depart from the CCAG, and from which article? None: not answered yet.
    derogates: Mapped[bool | None]
    derogated_article: Mapped[str] = mapped_column(String(120), default="")
    local: Mapped[bool] = mapped_column(default=False)
    local_title: Mapped[str] = mapped_column(Text, default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[uuid.UUID | None]
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_by: Mapped[uuid.UUID | None]


class DraftEvent(Base):
    """One line of a draft's history; the database refuses to change or delete one. No text that lost is lost."""

    __tablename__ = "clause_draft_event"
    __table_args__ = (Index("ix_clause_draft_event_draft_id", "draft_id", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_DRAFT))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[uuid.UUID | None]
    kind: Mapped[EventKind] = mapped_column(StrEnumType(EventKind, name="kind"))
    #: The fact or the clause it is about, where it is about one.
    subject: Mapped[str] = mapped_column(String(80), default="")
    data: Mapped[Any] = mapped_column(Json)


class Comment(Base):
    """A remark on a clause of a draft, written here or read out of a Word file."""

    __tablename__ = "clause_comment"
    __table_args__ = (Index("ix_clause_comment_draft_id", "draft_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_DRAFT))
    clause_key: Mapped[str] = mapped_column(String(80), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[uuid.UUID | None]
    author: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[uuid.UUID | None]


class Artefact(Base):
    """A file made of a draft at one of its revisions: its bytes are what was attached, and the evidence of it."""

    __tablename__ = "clause_artefact"
    __table_args__ = (
        UniqueConstraint("draft_id", "format", "revision"),
        CheckConstraint("size > 0", name="not_empty"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    draft_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_DRAFT))
    format: Mapped[ArtefactFormat] = mapped_column(StrEnumType(ArtefactFormat, name="format"))
    revision: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Versions of what wrote it.
    engine: Mapped[Any] = mapped_column(Json)
