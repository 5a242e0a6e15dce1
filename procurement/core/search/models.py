"""Tables of the search index.

``core_search`` holds what a row of results shows; ``core_search_facet`` what it can be filtered by, one exact value
per line (a code stands there with each of its prefixes, so that a subtree is one equality). The terms are matched by
a GIN index on PostgreSQL and, on SQLite, by the FTS5 table ``core_search_fts``; the migration creates both, since neither
can be said in a model that both engines compare.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, Json, UtcDateTime

FTS_TABLE = "core_search_fts"


class SearchRow(Base):
    """Something that can be found; the kind says which room it comes from."""

    __tablename__ = "core_search"
    __table_args__ = (UniqueConstraint("kind", "subject"), Index("ix_core_search_due_at", "kind", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    data: Mapped[Any] = mapped_column(Json)
    terms: Mapped[str] = mapped_column(Text)


class SearchFacet(Base):
    """One value by which a row can be filtered."""

    __tablename__ = "core_search_facet"
    __table_args__ = (Index("ix_core_search_facet_value", "name", "value", "row_id"),)

    row_id: Mapped[int] = mapped_column(ForeignKey("core_search.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(120), primary_key=True)
