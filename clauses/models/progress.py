"""How far a person is in a walk-through."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from procurement.core.db import Base, UtcDateTime


class Progress(Base):
    """The steps that somebody has done of a walk-through, whatever its version."""

    __tablename__ = "clause_progress"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_person.id"), primary_key=True)
    walkthrough: Mapped[str] = mapped_column(String(80), primary_key=True)
    step: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
