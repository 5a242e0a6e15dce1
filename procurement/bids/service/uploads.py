"""Uploads: each accepted part is one new object of the store, then one short transaction moves the offset."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.orm import Session

from procurement.bids import errors, rules
from procurement.bids.models import BidChunk, BidDraft, BidUpload
from procurement.bids.service import attempts, drafts
from procurement.bids.service.parts import Intake, Part, first_segment
from procurement.core import journal
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.errors import Conflict
from procurement.core.security import Identity
from procurement.core.storage import Storage
from procurement.core.text import _
from signing.merkle import root
from signing.sealed.keys import MANIFEST
from signing.sealed.manifest import MAX_MANIFEST_BYTES
from signing.sealed.stream import PLI

#: Folder of the sealed parts in the object store.
SEALED = "bids/sealed"
_LEAF = 32
#: One statement, built once, on the table itself: an ORM insert costs three times as much, for each part received.
_ADD_PART = insert(BidChunk.metadata.tables[BidChunk.__tablename__])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks to send."""

    envelope: uuid.UUID
    n: int
    length: int


def create(
    session: Session,
    draft: BidDraft,
    wanted: Wanted,
    *,
    limits: rules.Limits,
    by: Identity,
    now: datetime,
    life: timedelta,
) -> BidUpload:
    """Open an upload, or give the same one again when its answer was lost; limits are checked before the first byte."""
    drafts.lock(session, draft.id)
    drafts.check_open(session, draft.id, now=now)
    known = session.scalars(
        select(BidUpload).where(
            BidUpload.draft_id == draft.id, BidUpload.envelope_id == wanted.envelope, BidUpload.n == wanted.n
        )
    ).one_or_none()
    if known is not None:
        if known.length != wanted.length:
            raise Conflict(
                "bid.upload_exists",
                _(
                    "Un envoi d’une autre taille existe déjà sous ce numéro. Retirez-le, ou prenez un nouveau numéro."
                ),
            )
        return known
    check_limits(session, draft.id, wanted, limits)
    upload = BidUpload(
        draft_id=draft.id, envelope_id=wanted.envelope, n=wanted.n, length=wanted.length,
        created_at=now, expires_at=min(now + life, draft.expires_at),
    )  # fmt: skip
    session.add(upload)
    _begin(session, draft, by=by, now=now)
    drafts.touch(session, draft.id)
    session.flush()
    return upload


def check_limits(session: Session, draft_id: uuid.UUID, wanted: Wanted, limits: rules.Limits) -> None:
    """Refuse (413) what exceeds the announced sizes and number of files."""
    largest = MAX_MANIFEST_BYTES if wanted.n == MANIFEST else limits.file_bytes
    if wanted.length > PLI.cipher_size(largest):
        raise errors.too_large("file_bytes", largest)
    if wanted.n == MANIFEST:
        return
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(BidUpload.length), 0)).where(
            BidUpload.draft_id == draft_id, BidUpload.n != MANIFEST
        )
    ).one()
    if row[0] + 1 > limits.files:
        raise errors.too_large("files", limits.files)
    if int(row[1]) + wanted.length > PLI.cipher_size(limits.total_bytes) + rules.SEGMENT * limits.files // 16:
        raise errors.too_large("total_bytes", limits.total_bytes)


def _begin(session: Session, draft: BidDraft, *, by: Identity, now: datetime) -> None:
    """Stamp the beginning of the transmission at the first accepted upload (annexe 6, article 2, II-2)."""
    started = session.execute(
        update(BidDraft)
        .where(BidDraft.id == draft.id, BidDraft.transmission_started_at.is_(None))
        .values(transmission_started_at=now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(started, CursorResult)
    if started.rowcount:
        attempts.begin(session, draft.id, now=now)
        journal.append(session, at=now, actor=by, action="bids:deposit:started", subject=draft.id)


def add_part(
    session: Session, upload_id: uuid.UUID, start: int, length: int, storage_key: str, leaves: bytes
) -> None:
    """Note an accepted part."""
    row = {
        "upload_id": upload_id,
        "start": start,
        "length": length,
        "storage_key": storage_key,
        "leaves": leaves,
    }
    session.execute(_ADD_PART, row)


@dataclass(frozen=True, slots=True)
class Receiver:
    """What it takes to receive a part: the database, the store and the time."""

    database: Database
    storage: Storage
    clock: Clock

    def receive(self, upload: BidUpload, part: Part, alive: Callable[[], None]) -> int:
        """Store one part and move the offset; return the new offset. No transaction is open while bytes come.

        Order of a durable deposit: object stored and synced under a fresh key, then the row commits.
        """
        intake = Intake(part, alive)
        segments = first_segment(intake)
        key = f"{SEALED}/{upload.draft_id}/{upload.id}/{part.offset}-{uuid.uuid4().hex}"
        self.storage.put(key, segments, hashed=False)  # Each segment is hashed on its way.
        now = self.clock.now()
        end = part.offset + intake.size
        ct_root = self._root(upload.id, part.offset, bytes(intake.leaves)) if end == upload.length else None
        with self.database.write() as session:
            moved = _move(session, upload, part.offset, end, now=now, ct_root=ct_root)
            if moved:
                add_part(session, upload.id, part.offset, intake.size, key, bytes(intake.leaves))
            attempts.note(
                session, upload.draft_id, now=now, code="part" if moved else "bid.offset_mismatch",
                status=204 if moved else 409, size=intake.size if moved else 0,
            )  # fmt: skip
        if not moved:
            self.storage.delete(key)  # Its key is fresh and no row names it: another writer was first.
            raise offset_mismatch()
        return end

    def _root(self, upload_id: uuid.UUID, before: int, last: bytes) -> bytes:
        with self.database.read() as session:
            stored = session.scalars(
                select(BidChunk.leaves)
                .where(BidChunk.upload_id == upload_id, BidChunk.start < before)
                .order_by(BidChunk.start)
            ).all()
        leaves = b"".join(stored) + last
        return root(leaves[at : at + _LEAF] for at in range(0, len(leaves), _LEAF))


def _move(
    session: Session, upload: BidUpload, start: int, end: int, *, now: datetime, ct_root: bytes | None
) -> bool:
    values: dict[str, object] = {"offset": end}
    if ct_root is not None:
        values |= {"completed_at": now, "ct_root": ct_root}
    result = session.execute(
        update(BidUpload)
        .where(BidUpload.id == upload.id, BidUpload.offset == start)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return bool(result.rowcount)


def terminate(session: Session, upload: BidUpload, *, now: datetime) -> None:
    """Withdraw a file from its draft; its parts are swept from the store later."""
    drafts.lock(session, upload.draft_id)
    drafts.check_open(session, upload.draft_id, now=now)
    session.execute(delete(BidChunk).where(BidChunk.upload_id == upload.id))
    session.execute(delete(BidUpload).where(BidUpload.id == upload.id))
    drafts.touch(session, upload.draft_id)
    attempts.note(session, upload.draft_id, now=now, code="terminated", status=204)


def offset_mismatch() -> Conflict:
    """Return the refusal for a part that does not begin where the last one ended."""
    return Conflict(
        "bid.offset_mismatch",
        _(
            "Cette partie ne suit pas ce qui est déjà reçu. Rien n’est perdu : l’envoi reprend à la position indiquée."
        ),
    )
