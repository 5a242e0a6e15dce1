"""P6: receive a sealed file in parts of 8 MiB, against writing, hashing and syncing the same bytes."""

import base64
import hashlib
import os
import resource
import uuid
from collections.abc import Iterator
from pathlib import Path

from webob import Request

from benchmarks.harness import Measure
from benchmarks.scene import Scene, pattern, wall
from procurement.core.storage import Storage
from signing.merkle import root

PART = 8 << 20
SEGMENT = 1 << 20
#: Most growth of the process while 2 GiB pass through it.
GROWTH = 64 << 20


class Upload:
    """The same bytes for floor and subject; each round is a new upload."""

    def __init__(self, folder: Path, size: int) -> None:
        self.scene = Scene(folder)
        self._source = pattern(folder / "source", size)
        self._size = size
        with self.scene.logging():
            self._deposit = self.scene.bidder.sealing.start(self.scene.world.consultation.id)
        self._parts = [self._part(at) for at in range(0, size, PART)]

    def floor(self) -> float:
        """Write, hash and sync."""
        target = self.scene.folder / "floor"
        seconds = wall(lambda: self._floor(target))
        target.unlink()
        return seconds

    def _floor(self, target: Path) -> None:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        digest = hashlib.sha256()
        for data, _headers in self._parts:
            os.write(handle, data)
            digest.update(data)
            os.fdatasync(handle)
        os.close(handle)

    def subject(self) -> float:
        """Send every part to the application; then forget what was stored."""
        with self.scene.logging():
            sealing = self.scene.bidder.sealing
            address = sealing.create_upload(self._deposit, uuid.uuid4(), 1, self._size)
            requests = [
                self.scene.request("PATCH", address, data, {**headers, "Upload-Offset": str(number * PART)})
                for number, (data, headers) in enumerate(self._parts)
            ]
            seconds = wall(lambda: self._send(requests))
            self._check_and_forget(address)
        return seconds

    def _send(self, requests: list[Request]) -> None:
        for request in requests:
            response = self.scene.answer(request)
            assert response.status_int == 204, response.text

    def _check_and_forget(self, address: str) -> None:
        storage: Storage = self.scene.runtime.find(Storage)
        stored = hashlib.sha256()
        upload = address.rsplit("/", 1)[1]
        keys = [key for key in storage.keys("bids/sealed/") if upload in key]
        for key in sorted(keys, key=lambda key: int(key.rsplit("/", 1)[1].split("-")[0])):
            for piece in storage.open(key):
                stored.update(piece)
            storage.delete(key)
        assert stored.digest() == hashlib.sha256(self._source.read_bytes()).digest()
        self.scene.bidder.sealing.call("DELETE", address, expect=(204,), Tus_Resumable="1.0.0")

    def _part(self, at: int) -> tuple[bytes, dict[str, str]]:
        with self._source.open("rb") as file:
            file.seek(at)
            data = file.read(PART)
        leaves = [hashlib.sha256(data[i : i + SEGMENT]).digest() for i in range(0, len(data), SEGMENT)]
        return data, {
            "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream",
            "Upload-Checksum": f"pli-tree {base64.b64encode(root(leaves)).decode()}",
        }  # fmt: skip


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give the ratio, then, in a full run, print how much the process grew over 2 GiB."""
    work = Upload(folder, (64 << 20) if quick else (256 << 20))
    yield Measure(
        id="P6", what="upload: parts of 8 MiB, hashed, synced, recorded", clock="wall",
        floor=work.floor, subject=work.subject, demand=0.6,
    )  # fmt: skip
    if not quick:
        print(f"P6    {_growth(work)}")


def _growth(work: Upload) -> str:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _each in range(8):
        work.subject()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    verdict = "pass" if grown < GROWTH else "FAIL"
    return f"peak memory grew by {grown >> 20} MiB over 2 GiB (< {GROWTH >> 20})  {verdict}"
