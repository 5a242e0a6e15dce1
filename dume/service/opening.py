"""What the opening of the bids does to responses: told by the room of bids, or stated by a vendor; never guessed."""

import uuid
from collections.abc import Container, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from dume import errors, rules
from dume.models import Dume
from dume.queries.readers import opening_facts
from dume.queries.rows import by_id_dume, of_deposit, status_of
from dume.rules import Kind, Status
from dume.service.prefill import check_freshness
from dume.service.publication import publish
from dume.service.writing import lock, note, require
from procurement.core import jobs
from procurement.core.security import Identity
from procurement.core.text import line

__all__ = [
    "check_opened",
    "opened_responses",
    "record_deposited",
    "record_opened",
    "record_withdrawn",
    "state_opening",
]

OPENED = "dume.opened"
_BY = 200


def record_deposited(
    session: Session,
    rows: Iterable[Dume],
    *,
    deposit_id: uuid.UUID,
    buyer_organisation_id: uuid.UUID | None,
    by: Identity | None,
    now: datetime,
    late: bool = False,
) -> tuple[Dume, ...]:
    """Join validated responses to a sealed bid that is being deposited (said by the room of bids); they are published by it.

    Those of a ``late`` bid replace none. Raise ``dume.not_validated`` for one that is not: a bid never carries an unsworn statement.
    """
    joined = []
    for row in rows:
        require(row, Kind.RESPONSE)
        if row.deposit_id == deposit_id:
            joined.append(row)
            continue
        publish(session, row, by=by, now=now, replacing=not late)
        row.deposit_id, row.deposited_at = deposit_id, now
        if buyer_organisation_id is not None:
            row.buyer_organisation_id = buyer_organisation_id
        session.flush()
        note(session, row, "deposited", by=by, now=now, data={"deposit": str(deposit_id)})
        joined.append(row)
    return tuple(joined)


def record_withdrawn(session: Session, deposit_id: uuid.UUID, *, by: Identity | None, now: datetime) -> None:
    """Free the responses of a bid that its company withdrew before the deadline: they may be changed no more, but deleted."""
    for row in of_deposit(session, deposit_id):
        row.deposit_id = row.deposited_at = None
        session.flush()
        note(session, row, "withdrawn", by=by, now=now, data={"deposit": str(deposit_id)})


def record_opened(
    session: Session,
    deposit_id: uuid.UUID,
    *,
    by: Identity | None,
    at: datetime,
    only: Container[uuid.UUID] | None = None,
) -> tuple[Dume, ...]:
    """Note that a deposit was opened (said by the room of bids): its buyer may read the responses from now on.

    ``only`` names those of the envelope that was opened, when the deposit has several. The deadline is that room's to judge. Sources are asked again, for the buyer as recipient.
    """
    opened = []
    for row in of_deposit(session, deposit_id):
        if only is not None and row.id not in only:
            continue
        if row.opened_at is None:
            row.opened_at, row.opened_by = at, _name(by)
            session.flush()
            note(session, row, "opened", by=by, now=at, data={"deposit": str(deposit_id)})
            check_freshness(session, row, now=at)
        opened.append(row)
    return tuple(opened)


def state_opening(
    session: Session, request: Dume, *, opened_at: datetime, said_by: str, by: Identity | None, now: datetime
) -> Dume:
    """Keep a vendor's statement that the opening took place, for a request published outside our consultations.

    Raise ``dume.too_early`` before the deadline, and for an opening said to lie before it or still to come. The first
    statement counts. Responses deposited here as sealed bids are opened by their opening alone.
    """
    require(request, Kind.REQUEST)
    lock(session, request)
    if status_of(request) not in {Status.PUBLISHED, Status.REPLACED}:
        raise errors.request_not_published()
    if (
        rules.too_early(request.closes_at, now)
        or rules.too_early(request.closes_at, opened_at)
        or opened_at > now
    ):
        raise errors.too_early()
    if request.opened_at is not None:
        return request
    request.opened_at, request.opened_by = opened_at, line(said_by)[:_BY]
    session.flush()
    data = {"opened_at": opened_at.isoformat(), "by": request.opened_by}
    note(session, request, "opening_stated", by=by, now=now, data=data)
    payload = {"request": str(request.id)}
    jobs.enqueue(session, OPENED, payload, now=now, key=f"{OPENED}:{request.id}")
    return request


def opened_responses(
    session: Session,
    id_dumes: Iterable[str],
    *,
    organisation_id: uuid.UUID | None = None,
    client_id: uuid.UUID | None = None,
    now: datetime,
) -> tuple[Dume, ...]:
    """Return responses to the buyer they are for; ``dume.not_found`` for another's, ``dume.not_opened`` before the opening.

    Who holds a response as well as its request asks here as the buyer, and waits like any buyer.
    """
    found = [by_id_dume(session, id_dume) for id_dume in dict.fromkeys(id_dumes)]
    for row in found:
        organisation = organisation_id is not None and row.buyer_organisation_id == organisation_id
        client = client_id is not None and row.buyer_client_id == client_id
        if row.kind is not Kind.RESPONSE or not (organisation or client):
            raise errors.not_found()
    check_opened(found, now)
    return tuple(found)


def check_opened(rows: Iterable[Dume], now: datetime) -> None:
    """Refuse with ``dume.not_opened`` unless the buyer may read every one of these responses."""
    for row in rows:
        require(row, Kind.RESPONSE)
        if not rules.buyer_may_read(opening_facts(row), now):
            raise errors.not_opened()


def _name(by: Identity | None) -> str:
    return by.name[:_BY] if by else ""
