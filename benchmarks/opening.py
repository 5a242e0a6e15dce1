"""P7: open a sealed file on the server, against AES-GCM, SHA-256, write and fsync in one loop over the same segments."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, select, update

from benchmarks.harness import Measure
from benchmarks.scene import Scene, pattern, wall
from procurement.bids.jobs import open_envelope
from procurement.bids.models import BidEnvelope, BidOpenedFile, BidShare
from procurement.bids.queries import drafts as stored
from procurement.bids.service.decrypting import Decryptor
from procurement.core.storage import Storage
from signing.sealed.descriptor import Kind
from signing.sealed.keys import KeySchedule
from signing.sealed.sealing import EnvelopePlan, SourceFile

HEADER = 40
NUMBER = 1


class Opening:
    """One deposited bid of one file, opened again in each round."""

    def __init__(self, folder: Path, size: int) -> None:
        self.scene = Scene(folder)
        self._source = pattern(folder / "source.bin", size)
        with self.scene.logging():
            self._deposit()
            self._task = Decryptor(self.scene.runtime.jobs)._task(self._opening, self._envelope)  # noqa: SLF001  # the floor needs the stream's key
        assert self._task is not None
        self._gcm, self._prefix, self._paths = self._floor_inputs()

    def _deposit(self) -> None:
        scene = self.scene
        plan = EnvelopePlan(
            0, Kind.OFFRE, [SourceFile(self._source, "offre.bin", "application/octet-stream")]
        )
        now = scene.world.now()
        prepared, _answer = scene.bidder.sealing.deposit(
            scene.world.consultation.id, scene.bidder.candidate(), [plan], at=now
        )
        assert scene.world.consultation.closes_at is not None
        scene.clock().move_to(scene.world.consultation.closes_at)
        scene.clock().advance(seconds=5)
        client = scene.world.opening()
        number = client.start(scene.world.consultation.id, "offre")
        client.open(number, scene.world.key)
        self._opening = uuid.UUID(number)
        self._envelope = prepared.sealed.descriptor.envelopes[0].envelope
        with scene.runtime.database.read() as session:
            self._secret = session.get_one(BidShare, (self._opening, self._envelope, 1)).sealed_value

    def _floor_inputs(self) -> tuple[AESGCM, bytes, list[Path]]:
        task = self._task
        assert task is not None
        with self.scene.runtime.database.read() as session:
            parts = stored.chunks(session, task.deposit_id, self._envelope, NUMBER)
        folder = self.scene.runtime.settings.objects_directory
        paths = [folder / part.storage_key for part in parts]
        with paths[0].open("rb") as file:
            header = file.read(HEADER)
        key = KeySchedule(task.key, self._envelope).stream_key(NUMBER)
        aad = task.envelope.place(task.descriptor.consultation).aad(NUMBER)
        return AESGCM(HKDF(SHA256(), 32, header[1:33], aad).derive(key)), header[33:], paths

    def floor(self) -> float:
        """Decrypt, hash, write and sync, with nothing around it."""
        target = self.scene.folder / "floor"
        seconds = wall(lambda: self._floor(target))
        assert _digest(target) == _digest(self._source)
        target.unlink()
        return seconds

    def _floor(self, target: Path) -> None:
        last = sum(-(-path.stat().st_size // (1 << 20)) for path in self._paths) - 1
        digest, j = hashlib.sha256(), 0
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for path in self._paths:
            with path.open("rb", buffering=0) as file:
                while sealed := file.read(1 << 20):
                    nonce = self._prefix + j.to_bytes(4, "big") + bytes([j == last])
                    plain = self._gcm.decrypt(nonce, sealed[HEADER:] if j == 0 else sealed, None)
                    digest.update(plain)
                    os.write(handle, plain)
                    j += 1
        os.fsync(handle)
        os.close(handle)

    def subject(self) -> float:
        """Run the job that opens the envelope; then make it unopened again."""
        payload = {"opening": str(self._opening), "envelope": str(self._envelope)}
        with self.scene.logging():
            seconds = wall(lambda: open_envelope(self.scene.runtime.jobs, payload))
        self._check_and_close()
        return seconds

    def _check_and_close(self) -> None:
        storage: Storage = self.scene.runtime.find(Storage)
        with self.scene.runtime.database.write() as session:
            opened = session.scalars(select(BidOpenedFile)).one()
            path = self.scene.runtime.settings.objects_directory / opened.storage_key
            assert _digest(path) == _digest(self._source)
            key = opened.storage_key
            session.execute(delete(BidOpenedFile))
            session.execute(update(BidEnvelope).values(opened_at=None, bytes_done=0))
            session.execute(update(BidShare).values(sealed_value=self._secret))
        storage.delete(key)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give the ratio."""
    work = Opening(folder, (64 << 20) if quick else (256 << 20))
    yield Measure(
        id="P7", what="opening: unwrap, decrypt, verify, write", clock="wall",
        floor=work.floor, subject=work.subject, demand=0.8,
    )  # fmt: skip
