"""Publication and what follows it: the older one is replaced; deletion frees the place without replacing anything."""

from datetime import datetime

from sqlalchemy.orm import Session

from dume import errors, rules
from dume.models import Dume
from dume.queries.readers import opening_facts
from dume.queries.rows import in_slot
from dume.rules import Kind, OwnerKind, Verb
from dume.service.news import tell
from dume.service.requests import bind
from dume.service.terms import Published, Tie
from dume.service.writing import check, lock, note
from procurement.core.security import Identity

__all__ = ["delete", "publish"]


def publish(
    session: Session,
    row: Dume,
    *,
    by: Identity | None,
    now: datetime,
    tie: Tie | None = None,
    replacing: bool = True,
) -> Published:
    """Publish a validated DUME: a request with its consultation, a response to be joined to a bid.

    Those published before for the same place (buyer, consultation and lot; or company, role, group and lot) are
    replaced, unless ``replacing`` is false: a bid that comes late displaces nothing. A second time gives the same DUME and
    does nothing. Raise ``dume.not_validated``, ``dume.no_consultation``, ``dume.lots_overlap``.
    """
    lock(session, row)
    if row.published_at is not None and row.replaced_at is None and row.deleted_at is None:
        return Published(dume=row)
    check(row, Verb.PUBLISH)
    if row.owner_kind is OwnerKind.LINK:
        raise errors.needs_account()
    if row.kind is Kind.REQUEST:
        _tie(row, tie)
    row.published_at = now
    row.edition += 1
    session.flush()
    # From its first line until the commit the journal is held: two publications for one place follow one another,
    # and the second sees the first.
    note(session, row, "published", by=by, now=now, data=_said(row))
    replaced = _replace(session, row, by=by, now=now) if replacing else ()
    tell(session, row, "dume.published", now=now, more={"replaced": [one.id_dume for one in replaced]})
    return Published(dume=row, replaced=replaced)


def delete(session: Session, row: Dume, *, by: Identity | None, now: datetime) -> Dume:
    """Take a DUME away: its place is free again, what it says is kept.

    Raise ``dume.deposited`` once a bid refers to it: one deposited here, or one of elsewhere whose opening was stated.
    """
    lock(session, row)
    if row.deleted_at is not None:
        return row
    if row.deposit_id is not None or _opened(row, now):
        raise errors.deposited()
    check(row, Verb.DELETE)
    row.deleted_at = now
    row.edition += 1
    session.flush()
    note(session, row, "deleted", by=by, now=now)
    tell(session, row, "dume.deleted", now=now)
    return row


def _opened(row: Dume, now: datetime) -> bool:
    return row.kind is Kind.RESPONSE and rules.buyer_may_read(opening_facts(row), now)


def _tie(row: Dume, tie: Tie | None) -> None:
    if tie is not None:
        bind(row, tie)
    if not row.consultation_ref:
        raise errors.no_consultation()


def _said(row: Dume) -> dict[str, object]:
    closes_at = row.closes_at.isoformat() if row.closes_at else None
    return {
        "consultation": row.consultation_ref,
        "lots": row.lots,
        "closes_at": closes_at,
        "revision": row.revision,
    }


def _replace(session: Session, row: Dume, *, by: Identity | None, now: datetime) -> tuple[Dume, ...]:
    older = [one for one in session.scalars(in_slot(row)) if rules.lots_overlap(row.lots, one.lots)]
    for one in older:
        if not rules.covers(row.lots, one.lots):
            raise errors.lots_overlap(one.id_dume)
    for one in older:
        check(one, Verb.REPLACE)
        one.replaced_at, one.replaced_by = now, row.id
        one.edition += 1
        session.flush()
        note(session, one, "replaced", by=by, now=now, data={"by": row.id_dume})
        tell(session, one, "dume.replaced", now=now, more={"replaced_by": row.id_dume})
    return tuple(older)
