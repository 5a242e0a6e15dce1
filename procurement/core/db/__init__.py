"""The database: typed declarative base, column types, and the two engines on one database."""

from procurement.core.db.base import Base
from procurement.core.db.engines import Database
from procurement.core.db.types import Json, StrEnumType, UtcDateTime

__all__ = ["Base", "Database", "Json", "StrEnumType", "UtcDateTime"]
