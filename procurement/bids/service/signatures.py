"""Signatures of opened bids: verified whole, once the files are there, and compared with what the receipts say."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
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
from procurement.signatures.trusted import Trusted
from procurement.signatures.verdicts import HEAD_BYTES, Member, Stated
from signing.limits import FILE_BYTES
from signing.sealed.inventory import SignatureNote

VERIFY = "bids.verify_signatures"
_ALGORITHMS = ("sha256", "sha384", "sha512")
#: Seconds that may be spent on fetching for one envelope.
PATIENCE = 60.0


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
    """An opened envelope with what is known of it."""

    buyer_id: uuid.UUID
    files: tuple[BidOpenedFile, ...]
    notes: dict[int, SignatureNote]


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
        opened = self._opened(envelope_id, again)
        if opened is None:
            return
        basis, now = self._trusted.basis(patience=PATIENCE), self._clock.now()
        members = [self._member(envelope_id, file, opened.notes.get(file.n)) for file in opened.files]
        found = verdicts.verify_together(members, basis=basis, now=now)
        kept = [one for one in found if one.reports or one.member.stated is not None]
        with self._database.write() as session:
            if not self._claim(session, envelope_id, again, now=now):
                return
            verdicts.keep(session, kept, by=None, now=now, basis=basis, organisation_id=opened.buyer_id)

    def _opened(self, envelope_id: uuid.UUID, again: str) -> _Opened | None:
        with self._database.read() as session:
            row = session.get_one(BidEnvelope, envelope_id)
            files = tuple(openings.files(session, envelope_id))
            if row.opened_at is None or (row.signatures_at is not None and not again) or not files:
                return None
            terms = tender(session, row.consultation_id, now=self._clock.now())
            deposit = session.get_one(BidDeposit, row.deposit_id)
            receipt = receipts.read(receipts.body_of(session, self._vault, deposit))
        listed = receipt.evidence.files
        notes = {one.sealed.n: one.signature for one in listed if one.envelope == envelope_id}
        return _Opened(terms.buyer_id, files, notes)

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

    def _member(self, envelope_id: uuid.UUID, file: BidOpenedFile, note: SignatureNote | None) -> Member:
        digests, head = _digests(self._storage.open(file.storage_key))
        return Member(
            subject=subject(envelope_id, file.n),
            name=file.name,
            size=file.size,
            digests=digests,
            # What is too large to be held is not looked into.
            head=head if file.size <= FILE_BYTES else b"",
            load=lambda: b"".join(self._storage.open(file.storage_key)),
            stated=self._stated(note, digests["sha256"]),
        )

    def _stated(self, note: SignatureNote | None, sha256: str) -> Stated | None:
        """Return what the receipt says by the service's word; what the browser alone saw binds nobody."""
        if note is None or note.basis is None or note.ticket is None:
            return None
        ticket = self._tickets.known(note.ticket)
        return Stated(note.status, ticket is not None and ticket.file == self._tickets.mark(sha256))


def _digests(pieces: Iterable[bytes]) -> tuple[dict[str, str], bytes]:
    """Return the digests of a file and its first bytes, read once."""
    states = {name: hashlib.new(name) for name in _ALGORITHMS}
    head = b""
    for piece in pieces:
        head = head or piece[:HEAD_BYTES]
        for state in states.values():
            state.update(piece)
    return {name: state.hexdigest() for name, state in states.items()}, head
