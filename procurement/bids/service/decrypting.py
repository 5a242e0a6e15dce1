"""Decrypt one envelope: manifest, then each file into a new object; safe to run twice, at once or after a kill."""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from procurement.bids.models import BidEnvelope, BidOpenedFile, BidOpening, BidShare
from procurement.bids.queries import drafts as stored
from procurement.bids.queries import openings
from procurement.bids.queries.tender import Tender, tender
from procurement.bids.service import dumes, minutes, signatures
from procurement.bids.service import opening as verbs
from procurement.bids.service.ahead import ahead
from procurement.core import jobs, journal
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.jobs import JobContext
from procurement.core.storage import KeyMissing, Storage
from procurement.core.vault import KeyVault
from signing.errors import SealedError
from signing.sealed import opening as sealed
from signing.sealed.descriptor import Descriptor, Envelope
from signing.sealed.keys import MANIFEST
from signing.sealed.manifest import ManifestFile
from signing.sealed.stream import PLI

OPENED = "bids/opened"
#: A job that works longer hands over to a new one: its lease is ten minutes, and others wait for the worker.
LONGEST = 240.0
#: How often progress is written while a large file is decrypted, in bytes.
STEP = 128 << 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """One envelope to decrypt, with its recovered key."""

    opening_id: uuid.UUID
    tender: Tender
    deposit_id: uuid.UUID
    descriptor: Descriptor
    envelope: Envelope
    key: bytes

    def __repr__(self) -> str:
        return f"Task({self.envelope.envelope})"


def _storable(text: str) -> str:
    """Return a bidder's text without NUL, which PostgreSQL refuses: a hostile name must not stop an opening."""
    return text.replace("\0", "\ufffd")


class Decryptor:
    """Work on one envelope until it is open, has failed, or has taken its turn."""

    def __init__(self, context: JobContext) -> None:
        self._database: Database = context.database
        self._clock: Clock = context.clock
        self._storage: Storage = context.find(Storage)
        self._vault: KeyVault = context.find(KeyVault)
        self._until = context.clock.boottime() + LONGEST
        self._last = context.last
        self._examiner = signatures.Examiner(context)

    def run(self, opening_id: uuid.UUID, envelope_id: uuid.UUID) -> None:
        """Open one envelope; trouble of the store is raised for another try, and at the last one kept as the cause."""
        try:
            handed_over = not self._attempt(opening_id, envelope_id)
        except Exception:
            if not self._last:
                raise
            # Whatever it is, it lasts: the other bids must not wait for this one, nor the minutes.
            _log.exception("envelope %s cannot be opened", envelope_id)
            self._failed(envelope_id, "bid.storage_unreadable")
            handed_over = False
        if not handed_over:
            self._conclude(opening_id)

    def _attempt(self, opening_id: uuid.UUID, envelope_id: uuid.UUID) -> bool:
        """Work on the envelope, keeping damage as its cause; False when another job goes on with it."""
        task = self._task(opening_id, envelope_id)
        if task is None:
            return True
        try:
            done = self._decrypt(task)
        except SealedError as error:
            self._failed(envelope_id, self._cause(task, error))
        except KeyMissing:
            self._failed(envelope_id, "bid.storage_damaged")
        else:
            if not done:
                self._hand_over(task)
                return False
            self._opened(task)
            self._signatures(task)
        return True

    def _conclude(self, opening_id: uuid.UUID) -> None:
        with self._database.write() as session:
            # Two agents may have begun an opening of the same bids: what ends one may end the other.
            for one in openings.unfinished(session, opening_id):
                minutes.conclude(session, one, now=self._clock.now())

    def _task(self, opening_id: uuid.UUID, envelope_id: uuid.UUID) -> Task | None:
        with self._database.read() as session:
            row = session.get_one(BidEnvelope, envelope_id)
            share = session.get(BidShare, (opening_id, envelope_id, 1))
            if row.opened_at is not None or share is None or share.sealed_value is None:
                return None
            opening = session.get_one(BidOpening, opening_id)
            terms = tender(session, opening.consultation_id, now=self._clock.now())
            value = self._vault.open(session, terms.buyer_id, verbs.SECRET_PURPOSE, share.sealed_value)
            descriptor = openings.descriptor_of(session, row.deposit_id)
        public = descriptor.envelope(envelope_id)
        key = sealed.recover_key(public, {1: value})
        return Task(opening_id, terms, row.deposit_id, descriptor, public, key)

    def _decrypt(self, task: Task) -> bool:
        """Decrypt what is left; False when the turn is over before the end."""
        content = sealed.open_manifest(task.descriptor, task.envelope, task.key, self._stream(task, MANIFEST))
        with self._database.read() as session:
            done = {row.n for row in openings.files(session, task.envelope.envelope)}
        for file in content.files:
            if file.n in done:
                continue
            if self._clock.boottime() > self._until:
                return False
            self._file(task, file)
        return True

    def _stream(self, task: Task, n: int) -> Iterator[bytes]:
        with self._database.read() as session:
            parts = stored.chunks(session, task.deposit_id, task.envelope.envelope, n)
        for part in parts:
            yield from self._storage.open(part.storage_key)

    def _file(self, task: Task, file: ManifestFile) -> None:
        """Put the plaintext under a fresh key; the row is written once its hash was compared with both commitments."""
        key = f"{OPENED}/{task.envelope.envelope}/{file.n}-{uuid.uuid4().hex}"
        plain = sealed.decrypt_file(
            task.descriptor, task.envelope, task.key, file, self._stream(task, file.n)
        )
        self._storage.put(key, self._watched(task, ahead(plain)), hashed=False)
        row = BidOpenedFile(
            envelope_id=task.envelope.envelope, n=file.n, name=_storable(file.name), media_type=file.media_type,
            piece=_storable(file.piece) if file.piece else None,
            size=file.size, digest_algorithm=file.pt.algorithm, digest=file.pt.value.hex(), storage_key=key,
            opened_at=self._clock.now(),
        )  # fmt: skip
        try:
            with self._database.write() as session:
                session.add(row)
                session.flush()
                self._advance(session, task)
        except IntegrityError:  # Another worker was first with this file: its object stays, ours goes.
            self._storage.delete(key)

    def _watched(self, task: Task, plain: Iterator[bytes]) -> Iterator[bytes]:
        """Write progress now and then while a large file goes through."""
        unseen, due = 0, STEP
        for piece in plain:
            unseen += len(piece)
            if unseen >= due:
                due += STEP
                with self._database.write() as session:
                    self._advance(session, task, beyond=unseen)
            yield piece

    def _advance(self, session: Session, task: Task, *, beyond: int = 0) -> None:
        identifier = task.envelope.envelope
        files = session.scalars(select(BidOpenedFile.size).where(BidOpenedFile.envelope_id == identifier))
        value = sum(PLI.cipher_size(size) for size in files) + task.envelope.manifest.ct_size + beyond
        session.execute(
            update(BidEnvelope)
            .where(BidEnvelope.id == identifier)
            .values(bytes_done=value)
            .execution_options(synchronize_session=False)
        )

    def _cause(self, task: Task, error: SealedError) -> str:
        """Tell damage in our storage from bad sealing: only now is the ciphertext hashed again."""
        if error.code != "bid.damaged":
            return error.code
        streams = [
            (MANIFEST, task.envelope.manifest.ct_root),
            *((file.n, file.ct_root) for file in task.envelope.files),
        ]
        try:
            intact = all(sealed.storage_is_intact(ct_root, self._stream(task, n)) for n, ct_root in streams)
        except KeyMissing:  # One part is damaged, another is gone.
            intact = False
        return "bid.damaged" if intact else "bid.storage_damaged"

    def _failed(self, envelope_id: uuid.UUID, code: str) -> None:
        with self._database.write() as session:
            verbs.fail(session, envelope_id, code, now=self._clock.now())
            verbs.erase_secrets(session, envelope_id)

    def _opened(self, task: Task) -> None:
        identifier, now = task.envelope.envelope, self._clock.now()
        with self._database.write() as session:
            changed = session.execute(
                update(BidEnvelope)
                .where(BidEnvelope.id == identifier, BidEnvelope.opened_at.is_(None))
                .values(opened_at=now, bytes_done=BidEnvelope.bytes_total)
                .execution_options(synchronize_session=False)
            )
            assert isinstance(changed, CursorResult)
            verbs.erase_secrets(session, identifier)
            if changed.rowcount:
                count = session.scalar(select(func.count()).where(BidOpenedFile.envelope_id == identifier))
                data = {"opening": str(task.opening_id), "files": count}
                journal.append(
                    session, at=now, actor=None, action="bids:envelope:opened", subject=identifier, data=data
                )
                dumes.opened(session, self._vault, identifier, at=now)
                signatures.ask(session, identifier, now=now)

    def _signatures(self, task: Task) -> None:
        """Verify signatures at once, so that the minutes hold what is found; a job of its own does what fails here."""
        if self._clock.boottime() > self._until:
            return
        try:
            self._examiner.run(task.envelope.envelope)
        except Exception:  # noqa: BLE001  # whatever it is, a signature never keeps a bid from being opened
            _log.exception("signatures of envelope %s wait for their job", task.envelope.envelope)

    def _hand_over(self, task: Task) -> None:
        """Go on in a new job: the present one is about to be finished, so its key cannot serve."""
        payload = {"opening": str(task.opening_id), "envelope": str(task.envelope.envelope)}
        with self._database.write() as session:
            jobs.enqueue(session, verbs.OPEN_JOB, payload, now=self._clock.now(), priority=20)
