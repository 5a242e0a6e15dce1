"""The final act: from a verified draft to a deposit, in one short transaction."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.orm import Session

from dume.service import record_withdrawn
from procurement.bids import errors, rules
from procurement.bids.models import BidCommitRequest, BidDeposit, BidDraft, BidEnvelope, BidEnvelopeRef
from procurement.bids.queries.tender import Tender, tender
from procurement.bids.rules import Kind, Relation
from procurement.bids.service import attempts, drafts, dumes
from procurement.bids.service.checking import Checker, FinalAct, Verified, check_relations
from procurement.bids.service.receipts import RECEIPT_PURPOSE, compose, settled
from procurement.core import jobs, journal
from procurement.core.clock import GUARD_TOLERANCE, Clock
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.security import Identity
from procurement.core.vault import KeyVault
from procurement.signatures.tickets import Tickets

#: Job that follows a deposit: time-stamp if it failed, e-mail, scrub.
AFTER = "bids.after_deposit"
#: How often a draft that changes under the commit is verified again before the client is asked to.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Committed:
    """A deposit and whether this request made it."""

    deposit: BidDeposit
    created: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What it takes to receive deposits."""

    database: Database
    clock: Clock
    vault: KeyVault
    tickets: Tickets

    def commit(self, draft_id: uuid.UUID, act: FinalAct, *, by: Identity) -> Committed:
        """Make the deposit, or give the one already made from the same descriptor. Lateness is never a refusal."""
        known = self._known(draft_id, act)
        if known is not None:
            return Committed(known, created=False)
        first = self._note(draft_id, act)
        for _attempt in range(_TRIES):
            with self.database.read() as session:
                draft = session.get_one(BidDraft, draft_id)
                terms = tender(session, draft.consultation_id, now=act.received_at)
                verified = Checker(session, self.vault, draft, terms, siret=by.siret).verify(act)
            received_at = rules.received_instant(first, act.received_at, verified.durable_at)
            done = self._write(draft, terms, verified, act, received_at, by=by)
            if done is not None:
                return Committed(done, created=True)
            known = self._known(draft_id, act)
            if known is not None:
                return Committed(known, created=False)
        raise errors.incomplete([])

    def refused(self, draft_id: uuid.UUID, act: FinalAct, error: DomainError) -> None:
        """Keep a refused final act in the register of the transmission, and forget its instant.

        An act that was answered with a refusal is over. Were its instant kept, a bidder could have several acts refused
        on purpose before the deadline and choose after it which one is to stand, on time.
        """
        with self.database.write() as session:
            if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                _forget(session, draft_id, act)
            attempts.note(session, draft_id, now=self.clock.now(), code=error.code, status=error.status)

    def _known(self, draft_id: uuid.UUID, act: FinalAct) -> BidDeposit | None:
        with self.database.read() as session:
            found = session.get(BidDeposit, draft_id)
            if found is not None:
                if found.pli_sha256 != act.pli_sha256:
                    raise errors.already_committed()
                return found
            draft = session.get_one(BidDraft, draft_id)
            if draft.expires_at <= act.received_at:
                raise errors.expired()
        return None

    def _note(self, draft_id: uuid.UUID, act: FinalAct) -> datetime:
        """Keep the instant durably before anything else; return the first one of this descriptor."""
        with self.database.write() as session:
            drafts.lock(session, draft_id)
            known = session.get(BidCommitRequest, (draft_id, act.pli_sha256))
            if known is not None:
                return known.received_at
            values = {"draft_id": draft_id, "pli_sha256": act.pli_sha256, "received_at": act.received_at}
            session.execute(insert(BidCommitRequest).values(values))
        return act.received_at

    def _write(
        self,
        draft: BidDraft,
        terms: Tender,
        verified: Verified,
        act: FinalAct,
        received_at: datetime,
        *,
        by: Identity,
    ) -> BidDeposit | None:
        """Commit everything at once; None when the draft changed since it was verified."""
        with self.database.write() as session:
            if not _claim(session, draft.id, verified.revision, received_at):
                return None
            # Read again and held: an extension of the deadline that was committed since the check counts.
            terms = tender(session, terms.id, now=act.received_at, held=True)
            _check_new(session, verified)
            check_relations(session, verified.descriptor, terms)
            started_at = session.scalar(
                select(BidDraft.transmission_started_at).where(BidDraft.id == draft.id)
            )
            guarded = abs(self.clock.drift()) > GUARD_TOLERANCE
            known = settled(verified, self.tickets, received_at=received_at)
            body = compose(
                terms, known, depositor=by, received_at=received_at, started_at=started_at,
                guarded=guarded, pli_sha256=act.pli_sha256,
            )  # fmt: skip
            deposit = BidDeposit(
                id=draft.id, consultation_id=terms.id, company_id=draft.company_id, account_id=by.person_id,
                received_at=received_at, deadline_at_receipt=terms.deadline, pli_sha256=act.pli_sha256,
                receipt_body=self.vault.seal(session, draft.company_id, RECEIPT_PURPOSE, body),
                receipt_sha256=hashlib.sha256(body).hexdigest(), clock="guarded" if guarded else "normal",
            )  # fmt: skip
            session.add(deposit)
            session.flush()
            _envelopes(session, verified)
            dumes.join(session, deposit, verified, terms, by=by)
            self._record(session, deposit, received_at, by=by)
        return deposit

    def _record(self, session: Session, deposit: BidDeposit, received_at: datetime, *, by: Identity) -> None:
        now = self.clock.now()
        data = {
            "pli_sha256": deposit.pli_sha256,
            "receipt_sha256": deposit.receipt_sha256,
            "late": rules.is_late(received_at, deposit.deadline_at_receipt),
            "clock": deposit.clock,
        }
        journal.append(
            session, at=received_at, actor=by, action="bids:deposit:committed", subject=deposit.id, data=data
        )
        attempts.note(session, deposit.id, now=now, code="committed", status=201)
        jobs.enqueue(session, AFTER, {"deposit": str(deposit.id)}, now=now, priority=50)


def _forget(session: Session, draft_id: uuid.UUID, act: FinalAct) -> None:
    noted = (BidCommitRequest.draft_id == draft_id, BidCommitRequest.pli_sha256 == act.pli_sha256)
    session.execute(delete(BidCommitRequest).where(*noted))


def _claim(session: Session, draft_id: uuid.UUID, revision: int, received_at: datetime) -> bool:
    """Mark the draft committed if nothing changed since it was read: one statement is lock and check."""
    claimed = session.execute(
        update(BidDraft)
        .where(BidDraft.id == draft_id, BidDraft.revision == revision, BidDraft.committed_at.is_(None))
        .values(committed_at=received_at)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(claimed, CursorResult)
    return bool(claimed.rowcount)


def _check_new(session: Session, verified: Verified) -> None:
    """Refuse envelope identifiers that another deposit bears already; a uuid4 is never met by chance."""
    ids = [envelope.envelope for envelope in verified.descriptor.envelopes]
    if session.scalars(select(BidEnvelope.id).where(BidEnvelope.id.in_(ids)).limit(1)).first() is not None:
        raise errors.invalid_bid("bid.envelope_exists", "pli.json: envelope")


def _envelopes(session: Session, verified: Verified) -> None:
    parsed = verified.descriptor
    candidate = parsed.candidate.sha256().hex()
    rows = [
        {
            "id": one.envelope, "deposit_id": parsed.deposit, "consultation_id": parsed.consultation,
            "candidate": candidate, "lot": one.lot, "kind": Kind(one.kind.value),
            "relation": Relation(one.relation.value), "key_commitment": one.key_commitment,
            "bytes_total": verified.sizes[one.envelope], "bytes_done": 0,
        }
        for one in parsed.envelopes
    ]  # fmt: skip
    session.execute(insert(BidEnvelope), rows)
    references = [
        {"envelope_id": one.envelope, "refers_to": other}
        for one in parsed.envelopes
        for other in one.refers_to
    ]
    if references:
        session.execute(insert(BidEnvelopeRef), references)


def truncated(instant: datetime) -> datetime:
    """Return the instant to the millisecond, which is what receipts show and what lateness is judged by."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def withdraw(
    session: Session, deposit: BidDeposit, *, deadline: datetime, by: Identity, now: datetime
) -> Iterable[uuid.UUID]:
    """Withdraw a deposit before the deadline: its envelopes stay sealed for ever, and no replaced one revives."""
    if rules.is_closed(deadline, now):
        raise errors.deadline_passed()
    withdrawn = session.scalars(
        update(BidEnvelope)
        .where(BidEnvelope.deposit_id == deposit.id, BidEnvelope.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(BidEnvelope.id)
        .execution_options(synchronize_session=False)
    ).all()
    if withdrawn:
        record_withdrawn(session, deposit.id, by=by, now=now)
        data = {"envelopes": sorted(str(one) for one in withdrawn)}
        journal.append(
            session, at=now, actor=by, action="bids:deposit:withdrawn", subject=deposit.id, data=data
        )
    return withdrawn
