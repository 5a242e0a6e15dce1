"""Lists of consultations: the buyer's own, and the next deadlines of all."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procurement.consultations.models import Consultation
from procurement.consultations.queries.views import state_expression
from procurement.consultations.rules import State
from procurement.core.search import index

SORTS: dict[str, Any] = {
    "recent": Consultation.created_at.desc(),
    "deadline": Consultation.closes_at.asc().nulls_last(),
    "reference": Consultation.reference.asc(),
    "title": Consultation.title.asc(),
}


@dataclass(frozen=True)
class Listed:
    """One line of the buyer's list."""

    reference: str
    title: str
    procedure_code: str | None
    state: State
    closes_at: datetime | None
    zone: str
    created_at: datetime


def buyer_list(
    session: Session,
    organisation_id: uuid.UUID,
    now: datetime,
    *,
    states: tuple[State, ...] = (),
    sort: str = "recent",
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, list[Listed]]:
    """Return how many consultations the buyer has in ``states`` (all when empty), and one page of them."""
    state = state_expression(now)
    conditions = [Consultation.organisation_id == organisation_id]
    if states:
        conditions.append(state.in_([str(item) for item in states]))
    total = session.scalar(select(func.count()).select_from(Consultation).where(*conditions))
    query = (
        select(
            Consultation.reference,
            Consultation.title,
            Consultation.procedure,
            state,
            Consultation.closes_at,
            Consultation.zone,
            Consultation.created_at,
        )
        .where(*conditions)
        .order_by(SORTS.get(sort, SORTS["recent"]), Consultation.reference.desc())
        .offset(offset)
        .limit(limit)
    )
    rows = [
        Listed(reference, title, procedure, State(name), closes_at, zone, created_at)
        for reference, title, procedure, name, closes_at, zone, created_at in session.execute(query)
    ]
    return int(total or 0), rows


def state_counts(session: Session, organisation_id: uuid.UUID, now: datetime) -> dict[State, int]:
    """Return how many consultations of the buyer are in each state."""
    state = state_expression(now).label("state")
    query = select(state).where(Consultation.organisation_id == organisation_id).subquery()
    counted = select(query.c.state, func.count()).group_by(query.c.state)
    return {State(name): int(count) for name, count in session.execute(counted)}


def next_deadlines(session: Session, now: datetime, limit: int = 5) -> tuple[index.Hit, ...]:
    """Return the open consultations that close first; ``data`` holds what a row of results shows."""
    question = index.Question(kinds=("consultation",), due_from=now, sort="due", limit=limit)
    return index.search(session, question).rows
