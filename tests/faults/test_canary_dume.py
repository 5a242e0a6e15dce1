"""What a company writes in its DUME is nowhere in clear before the opening: database, store, logs, backup, webhooks.

A draft, a validated revision and a proof each hold a canary of their own. The search is proven by itself: what is public
on purpose is found by it, and the buyer reads the canaries of the revision and of the proof once the bid is open.
"""

import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dume import queries, service
from dume.espd import codec
from dume.models import Dume
from dume.service import Given, Place
from dume.service.answers import properties
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from procurement.core.webhooks.addresses import Guard
from procurement.core.webhooks.models import Delivery
from procurement.core.webhooks.service import Wanted, create
from procurement.core.worker import Worker
from tests.factories.accounts import Made
from tests.factories.bids import Bidder, World, make_world, with_dume
from tests.factories.clients import client_identity, create_vendor
from tests.factories.dume import answer_all, answers_for, create_response, publish_for
from tests.faults.test_canary import places


@dataclass
class Canaries:
    """Strings that nobody else writes."""

    draft: str
    revision: str
    proof: str

    def all(self) -> tuple[str, ...]:
        return (self.draft, self.revision, self.proof)


def canary() -> str:
    return f"CANARI-{uuid.uuid4().hex.upper()}"


def written(session: Any, vault: KeyVault, made: Made, row: Dume, said: str, now: Any) -> None:
    """Answer every question, saying the canary wherever words are asked; a conviction is declared, with its story."""
    by = made.identity("depositor")
    what = queries.document(session, vault, row)
    fraud = next(
        one
        for one in properties(what).values()
        if one.path.startswith("C3_") and one.value_type == "INDICATOR"
    )
    what = service.answer(
        session,
        vault,
        row,
        [Given(place=Place(property=fraud.id), value=codec.dump_value(value=True))],
        by=by,
        now=now,
    )
    kinds = properties(what)
    told = [
        Given(place=one.place, value=codec.dump_value(said))
        for one in answers_for(what)
        if kinds[one.place.property].value_type == "DESCRIPTION"
    ]
    assert told
    service.answer(session, vault, row, told, by=by, now=now)
    answer_all(session, vault, row, made, now)


def backup(runtime: Runtime) -> None:
    """Copy the database as an operator would, beside the other files that are searched."""
    if runtime.database.dialect != "sqlite":
        return
    target = runtime.settings.data_directory / "backup.sqlite"
    target.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(str(runtime.database.url.database))) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)


def subscribe(world: World, made: Made) -> None:
    """Let a program hear of everything that happens to a company's DUMEs."""
    vendor = create_vendor(world.runtime, organisation_id=made.id)
    with world.runtime.database.write() as session:
        vault, wanted = world.runtime.find(KeyVault), Wanted(url="https://127.0.0.1:9/dume")
        by = replace(client_identity(vendor), organisation_id=made.id)
        create(session, vault, Guard(private=True), wanted, by=by, now=world.now())


def fill(world: World, bidder: Bidder, found: Canaries) -> str:
    """Write a draft, a validated revision and a proof; return the identifier of what is validated."""
    runtime, vault, made, now = world.runtime, world.runtime.find(KeyVault), bidder.made, world.now()
    by = made.identity("depositor")
    with runtime.database.write() as session:
        asked = publish_for(session, vault, world.buyer, world.consultation, now)
        written(session, vault, made, create_response(session, vault, made, asked, now), found.draft, now)
        row = create_response(session, vault, made, asked, now)
        number, row_id, owner = row.id_dume, row.id, row.vault_owner
    proof = f"%PDF-1.7 {found.proof}".encode()
    storage: Storage = runtime.find(Storage)
    stored = service.store_proof(
        runtime.database, vault, storage, owner, proof, name=f"{found.proof}.pdf", now=now
    )
    with runtime.database.write() as session:
        row = queries.by_id(session, row_id)
        service.attach_evidence(session, vault, row, stored, by=by, now=now)
        written(session, vault, made, row, found.revision, now)
        checked = service.validate(session, vault, row, by=by, now=now)
        assert checked.ready, checked.findings
    return number


def seal(world: World, bidder: Bidder, number: str, folder: Path) -> None:
    reply = bidder.send("GET", f"/consultations/{world.consultation.reference}/depot/dume/{number}", None, {})
    plan = with_dume(folder, number, reply.body)
    bidder.sealing.deposit(world.consultation.id, bidder.candidate(), [plan], at=world.now())


def open_all(world: World, clock: SandboxClock, worker: Worker) -> None:
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(seconds=1), frozen=True)
    opening = world.opening()
    opening.open(opening.start(world.consultation.id, "candidature"), world.key)
    worker.run_all()


def test_answers_are_nowhere_before_the_opening_and_read_after(
    runtime: Runtime, clock: SandboxClock, worker: Worker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    world = make_world(runtime)
    bidder = world.company()
    subscribe(world, bidder.made)
    found = Canaries(canary(), canary(), canary())
    number = fill(world, bidder, found)
    seal(world, bidder, number, tmp_path)
    worker.run_all()
    backup(runtime)
    said = "".join(capfd.readouterr())
    assert {one: places(runtime, one.encode(), said) for one in found.all()} == {
        one: set() for one in found.all()
    }
    # The same search finds what is no secret: the identifier of the DUME, told to the webhook as well.
    assert "database" in places(runtime, number.encode(), "")
    with runtime.database.read() as session:
        told = [row.payload for row in session.scalars(select(Delivery))]
    assert {number in payload for payload in told} == {True}
    open_all(world, clock, worker)
    reader = world.opening()
    shown = reader.call("GET", f"/api/v1/consultations/{world.consultation.id}/comparaison")
    assert found.revision in shown.body.decode()
    assert found.draft not in shown.body.decode()
    (proof,) = shown.json()["lots"][0]["companies"][0]["proofs"]
    assert found.proof in reader.call("GET", proof["url"]).body.decode()
