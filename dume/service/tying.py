"""Keep a published request in step with its consultation."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dume.espd import complete
from dume.models import Dume
from dume.queries.content import document
from dume.rules import Kind, Verb
from dume.service.requests import bind, edit_request
from dume.service.terms import RequestEdits, Tie
from dume.service.writing import check, lock, note, put, require
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

__all__ = ["follow_consultation", "move_deadline"]


def move_deadline(
    session: Session, consultation_id: uuid.UUID, closes_at: datetime, *, by: Identity | None, now: datetime
) -> None:
    """Say the new deadline of a consultation in every request that goes with it: no response is read before it."""
    query = select(Dume).where(
        Dume.consultation_id == consultation_id, Dume.kind == Kind.REQUEST, Dume.deleted_at.is_(None)
    )
    for row in session.scalars(query.order_by(Dume.id)).all():
        lock(session, row)
        if row.closes_at == closes_at:
            continue
        before, row.closes_at = row.closes_at, closes_at
        session.flush()
        data = {"before": before.isoformat() if before else None, "after": closes_at.isoformat()}
        note(session, row, "deadline_moved", by=by, now=now, data=data)


def follow_consultation(
    session: Session,
    vault: KeyVault,
    row: Dume,
    edits: RequestEdits,
    *,
    tie: Tie,
    by: Identity | None,
    now: datetime,
) -> None:
    """Have a request that is not published say what its consultation says now, and tie it to it.

    When the lots are others, its criteria are laid out again for them; thresholds of lots that stay are kept.
    """
    what = document(session, vault, row)
    lots = edits.lots or what.lots
    if {lot.id for lot in lots} == {lot.id for lot in what.lots}:
        edit_request(session, vault, row, edits, by=by, now=now)
    else:
        require(row, Kind.REQUEST)
        lock(session, row)
        check(row, Verb.EDIT)
        made = complete.request(
            complete.choices_of(what, lots), edits.buyer or what.buyer, edits.procedure or what.procedure, lots,
            header=what.header,
        )  # fmt: skip
        row.lots = [lot.id for lot in lots]
        put(session, vault, row, made, by=by, now=now)
    bind(row, tie)
    session.flush()
