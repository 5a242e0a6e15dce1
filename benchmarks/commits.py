"""P10: commit a deposit's two rows through the application's database, against sqlite3 with the same durability."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.harness import Measure
from benchmarks.scene import Scene, wall
from procurement.bids.models import BidChunk
from procurement.bids.service import attempts, uploads

LEAVES = bytes(256)


class Commits:
    """Write the rows that each accepted part writes: the part, and the line of the register."""

    def __init__(self, folder: Path, count: int) -> None:
        self.scene = Scene(folder)
        self._count = count
        with self.scene.logging():
            sealing = self.scene.bidder.sealing
            deposit = sealing.start(self.scene.world.consultation.id)
            address = sealing.create_upload(deposit, uuid.uuid4(), 1, 1 << 20)
        self._upload = uuid.UUID(address.rsplit("/", 1)[1])
        with self.scene.runtime.database.read() as session:
            from procurement.bids.models import BidAttempt

            self._attempt = session.scalars(select(BidAttempt.id)).one()
        self._next = 0
        self._floor_file = folder / "floor.sqlite"
        self._connection = self._floor_database()

    def _floor_database(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._floor_file, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        with closing(sqlite3.connect(self.scene.folder / "pli.sqlite")) as real:
            for name in ("bid_upload", "bid_attempt"):
                connection.execute(f"CREATE TABLE {name} (id CHAR(32) NOT NULL PRIMARY KEY)")
            query = "SELECT sql FROM sqlite_master WHERE tbl_name IN ('bid_chunk', 'bid_attempt_event') AND sql IS NOT NULL"
            for (statement,) in real.execute(query):
                connection.execute(statement)
        connection.execute("INSERT INTO bid_upload VALUES (?)", (self._upload.hex,))
        connection.execute("INSERT INTO bid_attempt VALUES (?)", (self._attempt.hex,))
        return connection

    def floor(self) -> float:
        """Commit with nothing but the driver."""
        return wall(lambda: self._each(self._floor))

    def _floor(self, number: int) -> None:
        run, now = self._connection.execute, "2027-01-11 09:00:00.000000"
        run("BEGIN IMMEDIATE")
        run(
            "INSERT INTO bid_chunk (upload_id, start, length, storage_key, leaves) VALUES (?, ?, ?, ?, ?)",
            (self._upload.hex, number, 1, f"bids/sealed/{number}", LEAVES),
        )
        run(
            "INSERT INTO bid_attempt_event (id, attempt_id, at, source, status, bytes, code) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (uuid.uuid4().hex, self._attempt.hex, now, "server", 204, 1, "part"),
        )
        run("COMMIT")

    def subject(self) -> float:
        """Commit through sessions, the fair lock and the models."""
        seconds = self.scene.timed(lambda: self._each(self._subject))()
        self._check()
        return seconds

    def _subject(self, number: int) -> None:
        now = self.scene.runtime.clock.now()
        with self.scene.runtime.database.write() as session:
            uploads.add_part(session, self._upload, number, 1, f"bids/sealed/{number}", LEAVES)
            attempts.add_event(
                session, self._attempt, now=now, source="server", status=204, size=1, code="part"
            )

    def _each(self, commit: Callable[[int], None]) -> None:
        first, self._next = self._next, self._next + self._count
        for number in range(first, self._next):
            commit(number)

    def _check(self) -> None:
        with self.scene.runtime.database.read() as session:
            ours = session.scalar(select(func.count()).select_from(BidChunk))
        assert ours == self._connection.execute("SELECT count(*) FROM bid_chunk").fetchone()[0]


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give the ratio."""
    work = Commits(folder, 50 if quick else 200)
    yield Measure(
        id="P10",
        what="commit of two rows, durable",
        clock="wall",
        floor=work.floor,
        subject=work.subject,
        demand=0.5,
    )
