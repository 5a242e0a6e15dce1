"""The declarative base: one naming convention, so that every constraint has a name migrations can use."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData, Uuid
from sqlalchemy.orm import DeclarativeBase

from procurement.core.db.types import UtcDateTime

CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table; ``int`` is 64 bits, ``datetime`` is an instant in UTC."""

    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        uuid.UUID: Uuid(),
        datetime: UtcDateTime(),
        int: BigInteger().with_variant(Integer(), "sqlite"),
        bytes: LargeBinary(),
    }
