"""The DUMEs that travel in a bid: named by its inventory, tied to the deposit, readable once their envelope is open.

The server learns identifiers only; what a response says stays sealed in the bid, and under its company's own key.
"""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dume import queries as dumes
from dume.rules import Role
from dume.service import record_deposited, record_opened
from procurement.bids import rules
from procurement.bids.models import BidDeposit, BidEnvelope
from procurement.bids.queries import drafts as stored
from procurement.bids.queries.dumes import JOINABLE, own_response
from procurement.bids.queries.tender import Tender
from procurement.bids.service.checking import Verified
from procurement.bids.service.drafts import INVENTORY, INVENTORY_PURPOSE
from procurement.core.security import Identity
from procurement.core.vault import KeyVault
from signing.sealed import inventory
from signing.sealed.descriptor import Descriptor, Relation


def join(session: Session, deposit: BidDeposit, verified: Verified, terms: Tender, *, by: Identity) -> None:
    """Tie the responses that a bid names to its deposit, in the transaction that makes it.

    With the response of a group's lead go those that its members have validated. A late bid takes none away from a bid
    that came in time. Raise ``bid.dume_unknown``, ``dume.not_validated``.
    """
    named = [
        own_response(session, terms.id, deposit.company_id, id_dume)
        for id_dume in dict.fromkeys(file.dume for file in verified.inventory.files if file.dume)
    ]
    late = rules.is_late(deposit.received_at, deposit.deadline_at_receipt)
    displaced = frozenset() if late else _displaced(session, verified.descriptor)
    free = [
        row
        for row in (*named, *_of_members(session, named))
        if row.deposit_id is None or row.deposit_id in displaced
    ]
    record_deposited(
        session, free, deposit_id=deposit.id, buyer_organisation_id=terms.buyer_id, by=by, now=deposit.received_at, late=late
    )  # fmt: skip


def opened(session: Session, vault: KeyVault, envelope_id: uuid.UUID, *, at: datetime) -> None:
    """Let the buyer read the responses that an envelope holds, in the transaction that opens it."""
    envelope = session.get_one(BidEnvelope, envelope_id)
    deposit = session.get_one(BidDeposit, envelope.deposit_id)
    tied = dumes.of_deposit(session, deposit.id)
    if not tied:
        return
    held = set(named_in(session, vault, deposit, envelope_id))
    groups = {row.consortium_id for row in tied if row.id_dume in held} - {None}
    concerned = {row.id for row in tied if row.id_dume in held or row.consortium_id in groups}
    record_opened(session, deposit.id, by=None, at=at, only=concerned)


def named_in(
    session: Session, vault: KeyVault, deposit: BidDeposit, envelope_id: uuid.UUID
) -> dict[str, int]:
    """Return the DUMEs that one envelope of a deposit holds, with the number of their file."""
    sealed = stored.object_bytes(session, deposit.id)[INVENTORY].content
    listed = inventory.parse(vault.open(session, deposit.company_id, INVENTORY_PURPOSE, sealed))
    return {file.dume: file.n for file in listed.files if file.dume and file.envelope == envelope_id}


def _displaced(session: Session, descriptor: Descriptor) -> frozenset[uuid.UUID]:
    """Return the deposits of which this bid replaces an envelope: their responses may move on to it."""
    replaced = [
        other
        for envelope in descriptor.envelopes
        if envelope.relation is Relation.REMPLACE
        for other in envelope.refers_to
    ]
    return frozenset(session.scalars(select(BidEnvelope.deposit_id).where(BidEnvelope.id.in_(replaced))))


def _of_members(session: Session, named: Iterable[dumes.Dume]) -> Iterator[dumes.Dume]:
    """Give the responses that the other members of a group have validated; their lead never sees what they say."""
    for lead in named:
        if lead.role is not Role.LEAD or lead.consortium_id is None:
            continue
        for member in dumes.consortium(session, lead.consortium_id).members:
            row = member.dume
            standing = row is not None and member.left_at is None and row.id != lead.id
            if row is not None and standing and dumes.status_of(row) in JOINABLE:
                yield row
