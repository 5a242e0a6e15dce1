"""Signatures of opened bids: verified whole, once the files are there, and compared with what the receipts say."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procurement.bids.models import BidDeposit, BidEnvelope, BidOpenedFile
from procurement.bids.queries import openings
from procurement.bids.queries.tender import tender
from procurement.bids.service import receipts
from procurement.core import jobs, journal
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.jobs import JobContext
from procurement.core.security import Identity
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from procurement.signatures import queries, verdicts
from procurement.signatures.tickets import Tickets
from procurement.signatures.trusted import Basis, Trusted
from procurement.signatures.verdicts import HEAD_BYTES, Member, Stated, Verified
from signing.limits import FILE_BYTES
from signing.sealed.inventory import SignatureNote, SignatureStatus

VERIFY = "bids.verify_signatures"
_ALGORITHMS = ("sha256", "sha384", "sha512")
#: Seconds that may be spent on fetching for one envelope.
PATIENCE = 60.0
#: How often an envelope is verified anew because another of its deposit was opened meanwhile.
_ATTEMPTS = 5


def subject(envelope_id: uuid.UUID, n: int) -> str:
    """Return the name of a file of a bid among kept verdicts."""
    return f"bid:{envelope_id}/{n}"


def ask(session: Session, envelope_id: uuid.UUID, *, now: datetime) -> None:
    """Have the signatures of an envelope verified, in the transaction that opens it."""
    payload = {"envelope": str(envelope_id)}
    jobs.enqueue(session, VERIFY, payload, now=now, priority=30, key=f"{VERIFY}:{envelope_id}")


def ask_again(session: Session, envelope_id: uuid.UUID, *, by: Identity, now: datetime) -> None:
    """Have them verified once more: with the lists of today, the earlier verdicts kept."""
    payload = {"envelope": str(envelope_id), "again": now.isoformat()}
    jobs.enqueue(session, VERIFY, payload, now=now, priority=30, key=f"{VERIFY}:again:{envelope_id}")
    journal.append(
        session, at=now, actor=by, action="bids:signatures:asked_again", subject=envelope_id, data={}
    )


@dataclass(frozen=True, slots=True)
class _Opened:
    """An opened envelope with what is known of it, and the other opened envelopes of its deposit."""

    id: uuid.UUID
    name: str
    buyer_id: uuid.UUID
    files: tuple[BidOpenedFile, ...]
    notes: dict[int, SignatureNote]
    beside: tuple[uuid.UUID, ...] = ()


class Examiner:
    """Verify what came out of envelopes; safe to run twice."""

    def __init__(self, context: JobContext) -> None:
        self._database: Database = context.database
        self._clock: Clock = context.clock
        self._storage: Storage = context.find(Storage)
        self._vault: KeyVault = context.find(KeyVault)
        self._trusted: Trusted = context.find(Trusted)
        self._tickets: Tickets = context.find(Tickets)

    def run(self, envelope_id: uuid.UUID, *, again: str = "") -> None:
        """Verify the files of one envelope; ``again`` is the instant of the request for another verdict."""
        for _attempt in range(_ATTEMPTS):
            opened = self._opened(envelope_id, again)
            if opened is None or self._examined(opened, again):
                return
        raise TimeoutError("the envelopes of this deposit are being opened one after the other")

    def _examined(self, opened: _Opened, again: str) -> bool:
        """Verify and keep; False when another envelope of the deposit was opened meanwhile: it may hold what was missing."""
        basis, now = self._trusted.basis(patience=PATIENCE), self._clock.now()
        members = self._members(opened)
        found = verdicts.verify_together(members, basis=basis, now=now)
        if opened.beside and self._incomplete(opened, found):
            found = self._with_the_others(opened, members, basis=basis, now=now)
        kept = [one for one in found if one.reports or one.member.stated is not None]
        with self._database.write() as session:
            if _beside(session, session.get_one(BidEnvelope, opened.id)) != opened.beside:
                return False
            known = queries.latest(session, [one.member.subject for one in kept])
            if self._claim(session, opened.id, again, now=now):
                # What another envelope's verification found of a file here was found with more at hand.
                new = [one for one in kept if again or one.crossed or one.member.subject not in known]
                verdicts.keep(session, new, by=None, now=now, basis=basis, organisation_id=opened.buyer_id)
        return True

    def _incomplete(self, opened: _Opened, found: Sequence[Verified]) -> bool:
        """Tell whether a signature has no document, here or in an envelope beside."""
        if any(one.status is SignatureStatus.ORPHAN_TOKEN for one in found):
            return True
        with self._database.read() as session:
            files = openings.files_of(session, opened.beside)
            named = [subject(envelope, one.n) for envelope, ones in files.items() for one in ones]
            return any(
                verdict.status is SignatureStatus.ORPHAN_TOKEN
                for verdict in queries.latest(session, named).values()
            )

    def _with_the_others(
        self, opened: _Opened, members: list[Member], *, basis: Basis, now: datetime
    ) -> list[Verified]:
        """Verify with the other envelopes; of theirs, only what was paired with a file of this one is new."""
        others = [self._read(envelope) for envelope in opened.beside]
        every = [*members, *(member for other in others for member in self._members(other))]
        found = verdicts.verify_together(every, basis=basis, now=now)
        return [one for place, one in enumerate(found) if place < len(members) or one.crossed]

    def _opened(self, envelope_id: uuid.UUID, again: str) -> _Opened | None:
        with self._database.read() as session:
            row = session.get_one(BidEnvelope, envelope_id)
            if row.opened_at is None or (row.signatures_at is not None and not again):
                return None
        opened = self._read(envelope_id)
        return opened if opened.files else None

    def _read(self, envelope_id: uuid.UUID) -> _Opened:
        with self._database.read() as session:
            row = session.get_one(BidEnvelope, envelope_id)
            files = tuple(openings.files(session, envelope_id))
            terms = tender(session, row.consultation_id, now=self._clock.now())
            deposit = session.get_one(BidDeposit, row.deposit_id)
            receipt = receipts.read(receipts.body_of(session, self._vault, deposit))
            beside = _beside(session, row)
        listed = receipt.evidence.files
        notes = {one.sealed.n: one.signature for one in listed if one.envelope == envelope_id}
        name = f"{row.kind.value}, lot {row.lot}" if row.lot else row.kind.value
        return _Opened(envelope_id, name, terms.buyer_id, files, notes, beside)

    def _members(self, opened: _Opened) -> list[Member]:
        return [self._member(opened, file, opened.notes.get(file.n)) for file in opened.files]

    def _claim(self, session: Session, envelope_id: uuid.UUID, again: str, *, now: datetime) -> bool:
        """Note the first verification; False when another worker was first with the same."""
        if again:
            since = datetime.fromisoformat(again)
            latest = queries.latest(
                session, [subject(envelope_id, one.n) for one in openings.files(session, envelope_id)]
            )
            return all(verdict.at <= since for verdict in latest.values())
        claimed = session.execute(
            update(BidEnvelope)
            .where(BidEnvelope.id == envelope_id, BidEnvelope.signatures_at.is_(None))
            .values(signatures_at=now)
            .returning(BidEnvelope.id)
            .execution_options(synchronize_session=False)
        )
        return claimed.one_or_none() is not None

    def _member(self, opened: _Opened, file: BidOpenedFile, note: SignatureNote | None) -> Member:
        digests, head = _digests(self._storage.open(file.storage_key))
        return Member(
            subject=subject(opened.id, file.n),
            name=file.name,
            size=file.size,
            digests=digests,
            # What is too large to be held is not looked into.
            head=head if file.size <= FILE_BYTES else b"",
            load=lambda: b"".join(self._storage.open(file.storage_key)),
            stated=self._stated(note, digests["sha256"]),
            envelope=opened.name,
        )

    def _stated(self, note: SignatureNote | None, sha256: str) -> Stated | None:
        """Return what the receipt says by the service's word; what the browser alone saw binds nobody."""
        if note is None or note.basis is None or note.ticket is None:
            return None
        ticket = self._tickets.known(note.ticket)
        return Stated(note.status, ticket is not None and ticket.file == self._tickets.mark(sha256))


def _beside(session: Session, row: BidEnvelope) -> tuple[uuid.UUID, ...]:
    """Return the other opened envelopes of the same deposit."""
    query = select(BidEnvelope.id).where(
        BidEnvelope.deposit_id == row.deposit_id, BidEnvelope.id != row.id, BidEnvelope.opened_at.is_not(None)
    )
    return tuple(session.scalars(query.order_by(BidEnvelope.id)))


def _digests(pieces: Iterable[bytes]) -> tuple[dict[str, str], bytes]:
    """Return the digests of a file and its first bytes, read once."""
    states = {name: hashlib.new(name) for name in _ALGORITHMS}
    head = b""
    for piece in pieces:
        head = head or piece[:HEAD_BYTES]
        for state in states.values():
            state.update(piece)
    return {name: state.hexdigest() for name, state in states.items()}, head
