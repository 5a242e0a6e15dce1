"""Background work of sealed bids; every handler may run twice."""

import hashlib
import logging
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procurement.accounts import queries as accounts
from procurement.bids import rules
from procurement.bids.models import BidChunk, BidDeposit, BidOpenedFile, BidUpload
from procurement.bids.queries.tender import tender
from procurement.bids.service import opening as verbs
from procurement.bids.service.commit import AFTER
from procurement.bids.service.decrypting import OPENED, Decryptor
from procurement.bids.service.receipts import Stamper
from procurement.bids.service.seals import SEAL_MINUTES, SEAL_RECEIPT, Sealing
from procurement.bids.service.signatures import VERIFY, Examiner
from procurement.bids.service.uploads import SEALED
from procurement.core import jobs, journal, mail
from procurement.core.jobs import JobContext
from procurement.core.settings import Settings
from procurement.core.storage import KeyMissing, Storage, StorageError
from procurement.core.timestamp import Timestamper

STAMP, NOTIFY, SCRUB, SWEEP = "bids.timestamp", "bids.notify", "bids.scrub", "bids.sweep"
#: How often the store is searched for objects that no row names.
SWEEP_EVERY = timedelta(hours=6)
_BATCH = 500
_LEAF = 32
_log = logging.getLogger(__name__)


def after_deposit(context: JobContext, payload: dict[str, Any]) -> None:
    """Spread what follows a deposit over jobs of their own, so that one failing does not repeat the others."""
    deposit = payload["deposit"]
    now = context.clock.now()
    with context.database.write() as session:
        row = session.get_one(BidDeposit, uuid.UUID(deposit))
        if row.stamped_at is None:
            jobs.enqueue(session, STAMP, payload, now=now, priority=10, key=f"{STAMP}:{deposit}")
        jobs.enqueue(session, SEAL_RECEIPT, payload, now=now, priority=20, key=f"{SEAL_RECEIPT}:{deposit}")
        if row.notified_at is None:
            jobs.enqueue(session, NOTIFY, payload, now=now, key=f"{NOTIFY}:{deposit}")
        if row.scrubbed_at is None:
            jobs.enqueue(session, SCRUB, payload, now=now, priority=200, key=f"{SCRUB}:{deposit}")
        jobs.enqueue(session, SWEEP, {}, now=now, run_at=now + SWEEP_EVERY, priority=300, key=SWEEP)


def timestamp(context: JobContext, payload: dict[str, Any]) -> None:
    """Ask again for the token that could not be had at once; raise to be tried later."""
    deposit_id = uuid.UUID(payload["deposit"])
    with context.database.read() as session:
        row = session.get_one(BidDeposit, deposit_id)
    if row.stamped_at is None:
        stamper = Stamper(context.database, context.clock, context.find(Timestamper))
        if not stamper.stamp(deposit_id, row.receipt_sha256):
            raise TimeoutError("the time-stamp authority does not answer")
    with context.database.write() as session:
        # Without a key: one that runs now may have read the receipt before its time-stamp came.
        jobs.enqueue(session, SEAL_RECEIPT, payload, now=context.clock.now(), priority=20)


def seal_receipt(context: JobContext, payload: dict[str, Any]) -> None:
    """Put the platform's seal on a receipt and its PDF; raise to be tried later."""
    Sealing(context).receipt(uuid.UUID(payload["deposit"]))


def seal_minutes(context: JobContext, payload: dict[str, Any]) -> None:
    """Put the platform's seal on the minutes of an opening and their PDF; raise to be tried later."""
    Sealing(context).minutes(uuid.UUID(payload["opening"]))


def notify(context: JobContext, payload: dict[str, Any]) -> None:
    """Tell the depositor by mail: a link, and no file name."""
    deposit_id = uuid.UUID(payload["deposit"])
    settings: Settings = context.find(Settings)
    now = context.clock.now()
    with context.database.write() as session:
        row = session.get_one(BidDeposit, deposit_id, with_for_update=True)
        person = accounts.person(session, row.account_id)
        if row.notified_at is not None or person is None:
            return
        terms = tender(session, row.consultation_id, now=now)
        values = {
            "name": person.name,
            "reference": terms.reference,
            "title": terms.title,
            "received_at": row.received_at,
            "late": rules.is_late(row.received_at, row.deadline_at_receipt),
            "link": f"{settings.base_url}/depots/{deposit_id}",
        }
        mail.queue(
            session, to=person.email, template="emails/bids_receipt", context=values, language=person.language,
            now=now, about=f"deposit:{deposit_id}",
        )  # fmt: skip
        row.notified_at = now


def scrub(context: JobContext, payload: dict[str, Any]) -> None:
    """Read a new deposit again, segment by segment, and raise the alarm in the journal when a byte differs."""
    deposit_id = uuid.UUID(payload["deposit"])
    storage: Storage = context.find(Storage)
    with context.database.read() as session:
        query = (
            select(BidChunk)
            .join(BidUpload, BidUpload.id == BidChunk.upload_id)
            .where(BidUpload.draft_id == deposit_id)
        )
        parts = session.scalars(query.order_by(BidChunk.upload_id, BidChunk.start)).all()
    damaged = [part.storage_key for part in parts if not _holds(storage, part)]
    now = context.clock.now()
    with context.database.write() as session:
        done = update(BidDeposit).where(BidDeposit.id == deposit_id).values(scrubbed_at=now)
        session.execute(done.execution_options(synchronize_session=False))
        action = "bids:deposit:damaged" if damaged else "bids:deposit:scrubbed"
        data = {"parts": len(parts), "damaged": damaged[:20]}
        journal.append(session, at=now, actor=None, action=action, subject=deposit_id, data=data)
    if damaged:
        _log.error("stored bid differs from what was received: %s, %d part(s)", deposit_id, len(damaged))


def _holds(storage: Storage, part: BidChunk) -> bool:
    held, leaves = bytearray(), bytearray()
    try:
        for piece in storage.open(part.storage_key):
            held += piece
            while len(held) >= rules.SEGMENT:
                leaves += hashlib.sha256(held[: rules.SEGMENT]).digest()
                del held[: rules.SEGMENT]
    except KeyMissing:
        return False
    if held:
        leaves += hashlib.sha256(held).digest()
    return bytes(leaves) == part.leaves


def open_envelope(context: JobContext, payload: dict[str, Any]) -> None:
    """Decrypt one envelope of an opening."""
    Decryptor(context).run(uuid.UUID(payload["opening"]), uuid.UUID(payload["envelope"]))


def verify_signatures(context: JobContext, payload: dict[str, Any]) -> None:
    """Verify the signatures of an opened envelope; once more when an agent asks."""
    Examiner(context).run(uuid.UUID(payload["envelope"]), again=payload.get("again", ""))


def sweep(context: JobContext, payload: dict[str, Any]) -> None:
    """Remove the objects of this room that no row has named for 48 hours; a crash leaves such orphans."""
    del payload
    storage: Storage = context.find(Storage)
    gone = storage.sweep(rules.ORPHAN_AFTER)
    for prefix, column in ((SEALED, BidChunk.storage_key), (OPENED, BidOpenedFile.storage_key)):
        batch: list[str] = []
        for key in storage.keys(f"{prefix}/"):
            batch.append(key)
            if len(batch) == _BATCH:
                gone += _sweep(context, storage, batch, column)
                batch = []
        gone += _sweep(context, storage, batch, column)
    now = context.clock.now()
    with context.database.write() as session:
        if gone:
            data = {"removed": gone}
            journal.append(session, at=now, actor=None, action="bids:store:swept", subject="bids", data=data)


def _sweep(context: JobContext, storage: Storage, keys: list[str], column: Any) -> int:
    with context.database.read() as session:
        named = _named(session, keys, column)
    gone = 0
    for key in keys:
        try:
            if key not in named and storage.age(key) > rules.ORPHAN_AFTER:
                storage.delete(key)
                gone += 1
        except (KeyMissing, StorageError) as error:
            _log.warning("an orphan could not be removed: %s", error)
    return gone


def _named(session: Session, keys: list[str], column: Any) -> set[str]:
    return set(session.scalars(select(column).where(column.in_(keys))))


HANDLERS = {
    AFTER: after_deposit,
    STAMP: timestamp,
    SEAL_RECEIPT: seal_receipt,
    SEAL_MINUTES: seal_minutes,
    NOTIFY: notify,
    SCRUB: scrub,
    SWEEP: sweep,
    verbs.OPEN_JOB: open_envelope,
    VERIFY: verify_signatures,
}
