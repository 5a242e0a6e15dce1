"""What must hold after any fault: read the database and the store as they are, and open every bid with the agent's key."""

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from procurement.bids import jobs as handlers
from procurement.bids.models import BidChunk, BidDeposit, BidObject, BidUpload
from procurement.bids.queries import drafts as stored
from procurement.bids.service import receipts
from procurement.cli.deposit_client import HeldKey
from procurement.core import journal
from procurement.core.journal import JournalEntry
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from signing.certificates import read_recipient
from signing.sealed import descriptor, opening
from signing.sealed.descriptor import Descriptor, Envelope
from signing.sealed.keys import MANIFEST

DAYS_LATER = 49 * 3600


@dataclass(frozen=True)
class Evidence:
    """The state that a fault left behind."""

    runtime: Runtime

    @property
    def storage(self) -> Storage:
        found: Storage = self.runtime.find(Storage)
        return found

    def deposits(self) -> list[uuid.UUID]:
        with self.runtime.database.read() as session:
            return list(session.scalars(select(BidDeposit.id)))

    def receipt(self, deposit: uuid.UUID) -> bytes:
        with self.runtime.database.read() as session:
            row = session.get_one(BidDeposit, deposit)
            return receipts.body_of(session, self.runtime.find(KeyVault), row)

    def journal_lines(self, action: str) -> dict[uuid.UUID, int]:
        """Return how many lines of ``action`` each deposit has."""
        with self.runtime.database.read() as session:
            query = select(JournalEntry.subject, func.count()).where(JournalEntry.action == action)
            return {
                uuid.UUID(row[0]): int(row[1])
                for row in session.execute(query.group_by(JournalEntry.subject))
            }

    def journal_holds(self) -> bool:
        with self.runtime.database.read() as session:
            return journal.verify(session).ok

    def open(self, deposit: uuid.UUID, key: HeldKey) -> dict[str, bytes]:
        """Open one bid from what is stored and nothing else; return its files by name."""
        with self.runtime.database.read() as session:
            rows = session.scalars(select(BidObject).where(BidObject.draft_id == deposit)).all()
            objects = {row.name: row.content for row in rows}
        found: dict[str, bytes] = {}
        parsed = descriptor.parse(objects["pli.json"])
        for envelope in parsed.envelopes:
            packet = objects[f"{envelope.envelope}-1.cms"]
            secret = opening.unwrap(envelope, 1, packet, key.private_key, read_recipient(key.certificate))
            found |= self._files(parsed, envelope, opening.recover_key(envelope, {1: secret.value}))
        return found

    def _files(self, parsed: Descriptor, envelope: Envelope, key: bytes) -> dict[str, bytes]:
        content = opening.open_manifest(parsed, envelope, key, self._stream(parsed, envelope, MANIFEST))
        return {
            file.name: b"".join(
                opening.decrypt_file(parsed, envelope, key, file, self._stream(parsed, envelope, file.n))
            )
            for file in content.files
        }

    def _stream(self, parsed: Descriptor, envelope: Envelope, n: int) -> Iterator[bytes]:
        with self.runtime.database.read() as session:
            parts = stored.chunks(session, parsed.deposit, envelope.envelope, n)
        for part in parts:
            yield from self.storage.open(part.storage_key)

    def parts_hold(self) -> int:
        """Check that every acknowledged part is whole and that no offset runs ahead of its parts; return their number."""
        with self.runtime.database.read() as session:
            parts = session.scalars(select(BidChunk)).all()
            uploads = session.scalars(select(BidUpload)).all()
        for part in parts:
            data = b"".join(self.storage.open(part.storage_key))
            leaves = [
                hashlib.sha256(data[at : at + (1 << 20)]).digest() for at in range(0, len(data), 1 << 20)
            ]
            assert (len(data), b"".join(leaves)) == (part.length, part.leaves)
        for upload in uploads:
            assert upload.offset == sum(part.length for part in parts if part.upload_id == upload.id)
        return len(parts)

    def orphans(self) -> set[str]:
        with self.runtime.database.read() as session:
            named = set(session.scalars(select(BidChunk.storage_key)))
        return set(self.storage.keys("bids/sealed/")) - named

    def unfinished_writes(self) -> list[Path]:
        return list(self.runtime.settings.objects_directory.rglob(".*.part"))

    def sweep(self) -> None:
        """Run the sweeper as it runs two days later: files bear the machine's time, so theirs is set back."""
        handlers.sweep(self.runtime.jobs, {})

    def age_everything(self) -> None:
        then = time.time() - DAYS_LATER
        for path in self.runtime.settings.objects_directory.rglob("*"):
            if path.is_file():
                os.utime(path, (then, then))
