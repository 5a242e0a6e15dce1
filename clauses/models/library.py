"""Tables of the library: layers, releases, versions, legal bases, parameters, overrides."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from clauses.rules.model import Layer
from procurement.core.db import Base, Json, StrEnumType, UtcDateTime
from procurement.core.ids import uuid7

_ORGANISATION = "account_organisation.id"
_LIBRARY = "clause_library.id"
_RELEASE = "clause_release.id"
_VERSION = "clause_version.id"


class Library(Base):
    """A layer of the library: the interministerial one is everybody's, the others stand on their parent.

    ``organisation_id`` is whose it is; nobody's for the interministerial layer. An agent's layer is named by the person, who
    has one in each organisation that he acts for.
    """

    __tablename__ = "clause_library"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("(layer = 'interministerielle') = (parent_id IS NULL)", name="lower_has_parent"),
        CheckConstraint("(layer = 'interministerielle') = (organisation_id IS NULL)", name="lower_has_owner"),
        CheckConstraint("(layer = 'agent') = (person_id IS NOT NULL)", name="agent_is_named"),
        Index("ix_clause_library_organisation_id", "organisation_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    layer: Mapped[Layer] = mapped_column(StrEnumType(Layer, name="layer"))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_LIBRARY))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_ORGANISATION))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Release(Base):
    """A signed manifest of hashes. It is never edited; its withdrawal is a later fact with a reason.

    ``parent_id`` is the release of the layer above that it was made on.
    """

    __tablename__ = "clause_release"
    __table_args__ = (
        UniqueConstraint("library_id", "version"),
        UniqueConstraint("library_id", "manifest_sha256"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_reason <> ''", name="withdrawal_has_reason"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    library_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_LIBRARY))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_RELEASE))
    version: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[date] = mapped_column(Date)
    manifest: Mapped[bytes] = mapped_column(deferred=True)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    #: Detached XAdES over the manifest's bytes.
    signature: Mapped[bytes] = mapped_column(deferred=True)
    signer: Mapped[str] = mapped_column(Text)
    changelog: Mapped[str] = mapped_column(Text, default="")
    #: What the check said when it was made: warnings, drift.
    warnings: Mapped[Any] = mapped_column(Json, default=list)
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")


class ReleaseItem(Base):
    """One file of a release, by its path: which version it is, or its own bytes where no version table has them."""

    __tablename__ = "clause_release_item"
    __table_args__ = (
        UniqueConstraint("release_id", "path"),
        Index("ix_clause_release_item_clause_version_id", "clause_version_id"),
        CheckConstraint(
            "(kind = 'clause' AND clause_version_id IS NOT NULL)"
            " OR (kind = 'canvas' AND canvas_version_id IS NOT NULL)"
            " OR (kind = 'cover' AND cover_version_id IS NOT NULL)"
            " OR (kind = 'walkthrough' AND walkthrough_id IS NOT NULL)"
            " OR (kind IN ('facts', 'parameters', 'synonyms', 'override', 'image') AND content IS NOT NULL)",
            name="has_content",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_RELEASE))
    path: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    clause_version_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(_VERSION))
    canvas_version_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("clause_canvas_version.id"))
    cover_version_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("clause_cover_version.id"))
    walkthrough_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("clause_walkthrough.id"))
    content: Mapped[bytes | None] = mapped_column(deferred=True)


class Clause(Base):
    """A clause of a library, by its identifier, which is stable for ever; its words stand in its versions."""

    __tablename__ = "clause"
    __table_args__ = (UniqueConstraint("library_id", "key"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    library_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_LIBRARY))
    key: Mapped[str] = mapped_column(String(80))


class ClauseVersion(Base):
    """The canonical bytes of a clause, addressed by their SHA-256. The database refuses to change or delete one.

    What stands beside the bytes is read out of them, for lists and for the search.
    """

    __tablename__ = "clause_version"
    __table_args__ = (UniqueConstraint("clause_id", "sha256"), Index("ix_clause_version_sha256", "sha256"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    clause_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clause.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(deferred=True)
    title: Mapped[str] = mapped_column(Text)
    legal_status: Mapped[str] = mapped_column(String(40))
    documents: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    clause: Mapped[Clause] = relationship(lazy="joined", viewonly=True)


class ClauseTerms(Base):
    """What the search knows of a version: stems of the title, then of everything, and what they were made with."""

    __tablename__ = "clause_terms"

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_VERSION), primary_key=True)
    title_terms: Mapped[str] = mapped_column(Text)
    search_terms: Mapped[str] = mapped_column(Text)
    stemmer: Mapped[str] = mapped_column(String(60))


class _FileVersion:
    """The canonical bytes of a file beside the clauses, addressed by their hash."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[UniqueConstraint]:
        """Keep the same bytes of a file once."""
        return (UniqueConstraint("library_id", "key", "sha256"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    library_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_LIBRARY))
    key: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(deferred=True)
    title: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CanvasVersion(_FileVersion, Base):
    """A canvas: the chapters of a document and what stands in them."""

    __tablename__ = "clause_canvas_version"

    document: Mapped[str] = mapped_column(String(40))


class CoverVersion(_FileVersion, Base):
    """A cover page."""

    __tablename__ = "clause_cover_version"

    document: Mapped[str] = mapped_column(String(40))


class Walkthrough(_FileVersion, Base):
    """A walk-through: steps on a sandbox consultation."""

    __tablename__ = "clause_walkthrough"


class LegalArticle(Base):
    """An article that clauses rest on, by its normal name (``CCP:R2191-7``); its text is not kept here."""

    __tablename__ = "clause_legal_article"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)


class ClauseLegalBasis(Base):
    """A version of a clause rests on an article."""

    __tablename__ = "clause_legal_basis"
    __table_args__ = (Index("ix_clause_legal_basis_article_id", "article_id"),)

    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_VERSION), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("clause_legal_article.id"), primary_key=True)


class ParameterValue(Base):
    """One period of a dated legal figure of a release; ``*`` among the categories or natures stands for all."""

    __tablename__ = "clause_parameter_value"
    __table_args__ = (
        Index("ix_clause_parameter_value_key", "release_id", "key"),
        CheckConstraint("end_on IS NULL OR end_on >= start_on", name="period"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_RELEASE))
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(40), default="")
    start_on: Mapped[date] = mapped_column(Date)
    end_on: Mapped[date | None] = mapped_column(Date)
    buyer_category: Mapped[Any] = mapped_column(Json)
    nature: Mapped[Any] = mapped_column(Json)
    source: Mapped[str] = mapped_column(Text, default="")
    verified_by: Mapped[str] = mapped_column(Text, default="")


class Override(Base):
    """What a lower layer says of a clause of the layers above. Changed by a newer one; taken back, never deleted.

    ``base_hash`` is the version it was written for, the form of the question for a person's usual answer;
    ``acknowledged_hash`` a later version that somebody looked at.
    """

    __tablename__ = "clause_override"
    __table_args__ = (
        CheckConstraint("mode IN ('replace', 'append', 'hide', 'default_value')", name="mode"),
        Index("ix_clause_override_library_id", "library_id", "clause_key"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    library_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_LIBRARY))
    clause_key: Mapped[str] = mapped_column(String(80))
    mode: Mapped[str] = mapped_column(String(20))
    base_hash: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text, default="")
    #: The fact whose usual answer it gives, for ``default_value``.
    fact: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_person.id"))
    acknowledged_hash: Mapped[str] = mapped_column(String(64), default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))


class LayerCover(Base):
    """The cover page that a lower layer gives a document, ``*`` for all of them. Changed by a newer one, never deleted.

    ``content`` is its file as a release holds it, ``logo`` the picture that stands beside that file.
    """

    __tablename__ = "clause_layer_cover"
    __table_args__ = (Index("ix_clause_layer_cover_library_id", "library_id", "document"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    library_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_LIBRARY))
    document: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes]
    logo: Mapped[bytes | None] = mapped_column(deferred=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account_person.id"))
