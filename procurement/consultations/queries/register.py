"""The withdrawal register: who took the tender documents, what and when. For the buyer only."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procurement.consultations.models import Withdrawal


@dataclass(frozen=True)
class RegisterLine:
    """One withdrawal; every name is empty when it was anonymous."""

    at: datetime
    completed_at: datetime | None
    version: int
    what: str
    name: str
    organisation_name: str
    email: str

    @property
    def anonymous(self) -> bool:
        """Tell whether nobody identified himself."""
        return not (self.name or self.organisation_name or self.email)


def withdrawals(
    session: Session, consultation_id: uuid.UUID, *, offset: int = 0, limit: int | None = None
) -> tuple[int, list[RegisterLine]]:
    """Return how many withdrawals there are and one page of them, the latest first."""
    mine = Withdrawal.consultation_id == consultation_id
    total = session.scalar(select(func.count()).select_from(Withdrawal).where(mine))
    query = select(Withdrawal).where(mine).order_by(Withdrawal.at.desc(), Withdrawal.id.desc())
    rows = session.scalars(query.offset(offset).limit(limit))
    return int(total or 0), [
        RegisterLine(
            row.at, row.completed_at, row.version, row.what, row.name, row.organisation_name, row.email
        )
        for row in rows
    ]
