"""What one bidder seals must not keep the others' bids from being opened, nor the minutes from being written."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from procurement.bids.models import BidOpening
from procurement.core.clock import SandboxClock
from procurement.core.worker import Worker
from signing.sealed import sealing
from tests.factories.bids import Bidder, World, offer


def close(world: World, clock: SandboxClock) -> None:
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(milliseconds=1), frozen=True)


def deposit(world: World, folder: Path, **kw: Any) -> tuple[Bidder, str]:
    bidder = world.company()
    world.runtime.clock.advance(milliseconds=1)  # type: ignore[attr-defined]  # a SandboxClock
    plans = [offer(folder, **kw)]
    ready, _answer = bidder.sealing.deposit(world.consultation.id, bidder.candidate(), plans, at=world.now())
    return bidder, ready.deposit


def opened(world: World, worker: Worker) -> dict[str, Any]:
    client = world.opening()
    number = client.start(world.consultation.id, "offre")
    client.open(number, world.key)
    worker.run_all()
    found: dict[str, Any] = client.progress(number)
    return found


def test_manifest_nested_too_deep_fails_alone(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit(world, tmp_path)
    deep = b'{"a":' * 600 + b"1" + b"}" * 600
    # The bidder's own program may write what it likes into the sealed part.
    monkeypatch.setattr(sealing._SealingEnvelope, "_manifest_bytes", lambda _self: deep)
    deposit(world, tmp_path)
    monkeypatch.undo()
    close(world, clock)
    progress = opened(world, worker)
    assert (progress["state"], progress["opened"], progress["failed"]) == ("done", 1, 1)
    assert [one["state"] for one in progress["envelopes"]] == ["opened", "unopenable"]


def test_file_name_with_nul_opens(world: World, clock: SandboxClock, worker: Worker, tmp_path: Path) -> None:
    bidder, number = deposit(world, tmp_path, name="of\0fre.pdf")
    assert bidder.sealing.receipt(number, "pdf")[:4] == b"%PDF"
    close(world, clock)
    progress = opened(world, worker)
    assert (progress["state"], progress["opened"]) == ("done", 1)
    file = progress["envelopes"][0]["files"][0]
    assert file["name"] == "of\ufffdfre.pdf"
    opener = world.opening()
    assert opener.call("GET", file["url"]).body == b"%PDF-1.7 prix: 42 EUR"
    assert opener.call("GET", progress["minutes_url"]).body[:4] == b"%PDF"


def test_file_name_beyond_the_fonts_has_its_receipt_and_minutes(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    bidder, number = deposit(world, tmp_path, name="😀 \u5408\u540c \x01\ue000.pdf")
    assert bidder.sealing.receipt(number, "pdf")[:4] == b"%PDF"
    assert bidder.sealing.receipt(number)[:2] == b"PK"
    close(world, clock)
    progress = opened(world, worker)
    opener = world.opening()
    assert opener.call("GET", progress["minutes_url"]).body[:4] == b"%PDF"


def test_two_openings_of_the_same_bids_both_end(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    deposit(world, tmp_path)
    close(world, clock)
    client = world.opening()
    first, second = (client.start(world.consultation.id, "offre") for _n in range(2))
    client.open(first, world.key)
    client.open(second, world.key)
    worker.run_all()
    assert [client.progress(number)["state"] for number in (first, second)] == ["done", "done"]
    with world.runtime.database.read() as session:
        assert [row.minutes is not None for row in session.scalars(select(BidOpening))] == [True, True]
