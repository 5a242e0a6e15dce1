"""The whole life of bids over HTTP: seal, deposit, receipt, open, compare bytes."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

from procurement.core import services
from procurement.core.clock import SandboxClock
from procurement.core.timestamp import Timestamper
from procurement.core.worker import Worker
from signing.receipt import parse, verify
from tests.factories.bids import World, candidature, offer

CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 9000


def test_bid_deposited_then_opened_gives_same_bytes(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    bidder = world.company()
    plans = [candidature(tmp_path), offer(tmp_path, CONTENT, name="Mémoire technique.pdf")]
    prepared, answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), plans, at=world.now()
    )
    assert (answer["late"], answer["timestamp"]) == (False, "issued")
    worker.run_all()
    clock.move_to(world.consultation.closes_at, frozen=True)
    clock.advance(milliseconds=1)
    opening = world.opening()
    opened = {}
    for kind in ("candidature", "offre"):
        number = opening.start(world.consultation.id, kind)
        assert opening.open(number, world.key) == {"accepted": 1, "refused": []}
        worker.run_all()
        progress = opening.progress(number)
        assert (progress["state"], progress["opened"], progress["failed"], progress["remaining"]) == (
            "done",
            1,
            0,
            0,
        )
        for envelope in progress["envelopes"]:
            for file in envelope["files"]:
                opened[file["name"]] = opening.call("GET", file["url"]).body
    assert opened == {"candidature.pdf": b"%PDF-1.7 DC1", "Mémoire technique.pdf": CONTENT}
    assert prepared.deposit == answer["deposit"]


def test_receipt_verifies_offline_in_every_format(world: World, worker: Worker, tmp_path: Path) -> None:
    bidder = world.company()
    prepared, answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path, name="prix.pdf")], at=world.now()
    )
    worker.run_all()
    archive = bidder.sealing.receipt(prepared.deposit, "zip")
    with zipfile.ZipFile(BytesIO(archive)) as parts:
        assert sorted(parts.namelist()) == [
            "receipt.json",
            "receipt.p7s",
            "receipt.pdf",
            "receipt.tsr",
        ]
        body = parts.read("receipt.json")
        assert parts.read("receipt.pdf").startswith(b"%PDF")
    assert body == bidder.sealing.receipt(prepared.deposit, "json")
    timestamper: Timestamper = services.find(world.runtime.registry, Timestamper)
    checks = {check.name: check.ok for check in verify(archive, tsa_ca=timestamper.certificates())}
    assert False not in checks.values()
    receipt = parse(body)
    assert set(json.loads(body)["mandatory"]) == {
        "depositor",
        "buyer",
        "consultation",
        "received_at",
        "documents",
    }
    assert [(one.name, one.size) for one in receipt.documents] == [("prix.pdf", 21)]
    assert receipt.depositor.siret == bidder.made.siret
    assert answer["received_at"] == json.loads(body)["mandatory"]["received_at"]
