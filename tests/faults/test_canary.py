"""A plaintext canary is nowhere on the machine before the opening: not on disk, in the database, its log, nor the logs.

The search is proven by itself: after the opening it finds the canary.
"""

import sqlite3
import tomllib
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker
from tests.factories.bids import Bidder, World, make_world, offer

_BLOCK = 1 << 20


@pytest.fixture
def rounds(scale: str) -> int:
    return int(tomllib.loads((Path(__file__).parents[1] / "scale.toml").read_text())["canary"][scale])


def stored_files(runtime: Runtime) -> Iterator[Path]:
    """Every file of the installation: objects, keys, outbox, temporary files, database with its write-ahead log."""
    for path in runtime.settings.data_directory.rglob("*"):
        if path.is_file():
            yield path


def forms(canary: bytes) -> list[bytes]:
    """The ways in which the canary may lie somewhere."""
    wide = canary.decode().encode("utf-16-le")
    return [canary, canary.hex().encode(), canary[::-1], wide]


def places(runtime: Runtime, canary: bytes, said: str) -> set[str]:
    """Return where the canary is found: names of files, tables and ``log``."""
    wanted = forms(canary)
    found = {path.name for path in stored_files(runtime) if _holds(path, wanted)}
    if any(one.decode("latin-1") in said for one in wanted):
        found.add("log")
    return found | _tables(runtime, canary)


def _holds(path: Path, wanted: list[bytes]) -> bool:
    data = path.read_bytes()
    return any(one in data for one in wanted)


def _tables(runtime: Runtime, canary: bytes) -> set[str]:
    """Look into every column of every table as the database gives it."""
    if runtime.database.dialect == "sqlite":
        with closing(sqlite3.connect(str(runtime.database.url.database))) as connection:
            dump = "\n".join(connection.iterdump()).encode(errors="surrogateescape")
        return {"database"} if any(one.lower() in dump.lower() for one in forms(canary)) else set()
    from sqlalchemy import MetaData, select

    tables = MetaData()
    tables.reflect(runtime.database.read_engine)
    with runtime.database.read_engine.connect() as connection:
        dump = "\n".join(
            "\n".join(repr(_plain(row)) for row in connection.execute(select(table)))
            for table in tables.sorted_tables
        ).encode(errors="surrogateescape")
    return {"database"} if any(one.lower() in dump.lower() for one in forms(canary)) else set()


def _plain(row: object) -> list[object]:
    return [value.hex() if isinstance(value, bytes) else value for value in row]  # type: ignore[attr-defined]  # a row


@pytest.mark.parametrize("size", [2000, 3 * _BLOCK])
def test_canary_is_nowhere_before_the_opening_and_found_after(
    runtime: Runtime, clock: SandboxClock, worker: Worker, tmp_path: Path, rounds: int, size: int,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for _each in range(rounds):
        world = make_world(runtime)
        canary, name = f"CANARI-{uuid.uuid4().hex.upper()}".encode(), f"secret-{uuid.uuid4().hex}.pdf"
        content = b"%PDF-1.7 " + canary * (size // len(canary))
        bidder: Bidder = world.company()
        plans = [offer(tmp_path, content, name=name)]
        bidder.sealing.deposit(world.consultation.id, bidder.candidate(), plans, at=world.now())
        worker.run_all()
        said = "".join(capfd.readouterr())
        assert places(runtime, canary, said) == set()
        assert places(runtime, name.encode(), said) == set()
        open_all(world, clock, worker)
        found = places(runtime, canary, "")
        assert len(found) == 1 and next(iter(found)).startswith("1-"), found
        assert "database" in places(runtime, name.encode(), "")
        assert places(runtime, canary, "".join(capfd.readouterr())) == found


def open_all(world: World, clock: SandboxClock, worker: Worker) -> None:
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at, frozen=True)
    clock.advance(seconds=1)
    opening = world.opening()
    number = opening.start(world.consultation.id, "offre")
    assert opening.open(number, world.key) == {"accepted": 1, "refused": []}
    worker.run_all()
    assert opening.progress(number)["state"] == "done"
