"""How far people are in walk-throughs."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses.models import Progress


def steps_done(session: Session, person_id: uuid.UUID) -> dict[str, int]:
    """Return how many steps somebody has done, by walk-through."""
    rows = session.scalars(select(Progress).where(Progress.person_id == person_id))
    return {row.walkthrough: row.step for row in rows}
