"""Envelopes with their states: one place derives them, for receipts, registers and openings alike."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.bids import rules
from procurement.bids.models import BidDeposit, BidEnvelope, BidEnvelopeRef
from procurement.bids.rules import ChainLink, EnvelopeFacts, EnvelopeState, Kind, Relation


@dataclass(frozen=True, kw_only=True)
class EnvelopeView:
    """One envelope and where it stands; ``files_bytes`` are those of its sealed streams."""

    id: uuid.UUID
    deposit_id: uuid.UUID
    company_id: uuid.UUID
    candidate: str
    lot: int
    kind: Kind
    relation: Relation
    received_at: datetime
    late: bool
    state: EnvelopeState
    withdrawn_at: datetime | None
    opened_at: datetime | None
    failure: str | None
    bytes_total: int
    bytes_done: int


def of_consultation(
    session: Session, consultation_id: uuid.UUID, *, deadline: datetime, now: datetime
) -> list[EnvelopeView]:
    """Return every envelope of a consultation, by time of reception."""
    return _views(session, BidEnvelope.consultation_id == consultation_id, deadline=deadline, now=now)


def of_company(
    session: Session, consultation_id: uuid.UUID, company_id: uuid.UUID, *, deadline: datetime, now: datetime
) -> list[EnvelopeView]:
    """Return the envelopes that one company deposited for a consultation, by time of reception."""
    views = of_consultation(session, consultation_id, deadline=deadline, now=now)
    return [view for view in views if view.company_id == company_id]


def of_deposit(
    session: Session, deposit: BidDeposit, *, deadline: datetime, now: datetime
) -> list[EnvelopeView]:
    """Return the envelopes of one deposit, candidature first, then by lot."""
    views = of_consultation(session, deposit.consultation_id, deadline=deadline, now=now)
    kinds = list(Kind)
    chosen = [view for view in views if view.deposit_id == deposit.id]
    return sorted(chosen, key=lambda view: (view.lot, kinds.index(view.kind)))


def chain(
    session: Session, consultation_id: uuid.UUID, candidate: str, lot: int, kind: Kind
) -> tuple[list[ChainLink], frozenset[uuid.UUID]]:
    """Return the links of one chain, and those that stand: on time, not withdrawn, not replaced."""
    where = (
        BidEnvelope.consultation_id == consultation_id,
        BidEnvelope.candidate == candidate,
        BidEnvelope.lot == lot,
        BidEnvelope.kind == kind,
    )
    rows = session.execute(select(BidEnvelope, BidDeposit).join(BidDeposit).where(*where)).all()
    references = _references(session, [row[0].id for row in rows])
    links = [_link(envelope, deposit, references) for envelope, deposit in rows]
    gone = rules.displaced(links) | {row[0].id for row in rows if row[0].withdrawn_at is not None}
    return links, frozenset(link.envelope for link in links if link.on_time) - gone


def _views(session: Session, *where: object, deadline: datetime, now: datetime) -> list[EnvelopeView]:
    query = select(BidEnvelope, BidDeposit).join(BidDeposit, BidDeposit.id == BidEnvelope.deposit_id)
    rows = session.execute(
        query.where(*where).order_by(BidDeposit.received_at, BidDeposit.id, BidEnvelope.lot, BidEnvelope.kind)  # type: ignore[arg-type]  # column expressions
    ).all()
    references = _references(session, [row[0].id for row in rows])
    chains: dict[tuple[str, int, Kind], list[ChainLink]] = {}
    for envelope, deposit in rows:
        key = (envelope.candidate, envelope.lot, envelope.kind)
        chains.setdefault(key, []).append(_link(envelope, deposit, references))
    gone = frozenset(one for links in chains.values() for one in rules.displaced(links))
    return [_view(envelope, deposit, gone, deadline=deadline, now=now) for envelope, deposit in rows]


def _references(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for row in session.execute(
        select(BidEnvelopeRef.envelope_id, BidEnvelopeRef.refers_to).where(
            BidEnvelopeRef.envelope_id.in_(list(ids))
        )
    ):
        found.setdefault(row.envelope_id, set()).add(row.refers_to)
    return {envelope: frozenset(refers_to) for envelope, refers_to in found.items()}


def _link(
    envelope: BidEnvelope, deposit: BidDeposit, references: dict[uuid.UUID, frozenset[uuid.UUID]]
) -> ChainLink:
    return ChainLink(
        envelope=envelope.id,
        received_at=deposit.received_at,
        on_time=not rules.is_late(deposit.received_at, deposit.deadline_at_receipt),
        relation=envelope.relation,
        refers_to=references.get(envelope.id, frozenset()),
    )


def _view(
    envelope: BidEnvelope,
    deposit: BidDeposit,
    gone: frozenset[uuid.UUID],
    *,
    deadline: datetime,
    now: datetime,
) -> EnvelopeView:
    facts = EnvelopeFacts(
        received_at=deposit.received_at,
        deadline_at_receipt=deposit.deadline_at_receipt,
        deadline=deadline,
        displaced=envelope.id in gone,
        withdrawn_at=envelope.withdrawn_at,
        late_admitted_at=envelope.late_admitted_at,
        opened_at=envelope.opened_at,
        open_failed_at=envelope.open_failed_at,
        destroyed_at=envelope.destroyed_at,
    )
    return EnvelopeView(
        id=envelope.id,
        deposit_id=deposit.id,
        company_id=deposit.company_id,
        candidate=envelope.candidate,
        lot=envelope.lot,
        kind=envelope.kind,
        relation=envelope.relation,
        received_at=deposit.received_at,
        late=rules.is_late(deposit.received_at, deposit.deadline_at_receipt),
        state=rules.envelope_state(facts, now),
        withdrawn_at=envelope.withdrawn_at,
        opened_at=envelope.opened_at,
        failure=envelope.failure,
        bytes_total=envelope.bytes_total,
        bytes_done=envelope.bytes_done,
    )
