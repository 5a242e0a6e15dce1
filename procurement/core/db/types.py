"""Column types that behave the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Text, TypeDecorator

#: Microseconds since 1970 sort and compare exactly, which SQLite's text dates do only by luck.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC; a naive value is refused, since it cannot be an instant.

    Stored as ``timestamptz`` on PostgreSQL and as integer microseconds on SQLite.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the column of the engine at hand."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn an aware instant into what the engine stores."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: an instant needs a zone")
        if dialect.name != "sqlite":
            return value.astimezone(UTC)
        gap = value.astimezone(UTC) - _EPOCH
        return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the instant back in UTC."""
        if value is None:
            return None
        if dialect.name != "sqlite":
            instant: datetime = value.astimezone(UTC)
            return instant
        seconds, micros = divmod(int(value), 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


class Json(TypeDecorator[Any]):
    """A JSON document kept as text with sorted keys: the same bytes on both engines, fit for hashing."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write the document."""
        del dialect
        return (
            None
            if value is None
            else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        )

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read the document."""
        del dialect
        return None if value is None else json.loads(value)


def StrEnumType(enum: type[StrEnum], *, name: str) -> Enum:  # noqa: N802  # reads as a type in a column
    """Return a column type storing ``enum`` by value, with a CHECK constraint called ``name``."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )
