"""A DUME travels in a bid: tied at the deposit, moved by a replacement, freed by a withdrawal, readable once it is opened."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dume import queries
from dume.queries import Relation as Standing
from procurement.cli.deposit_client import Prepared, RefusedByServer
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault
from procurement.core.worker import Worker
from signing.sealed.descriptor import Kind, Relation
from signing.sealed.sealing import EnvelopePlan, SourceFile
from tests.factories import dume
from tests.factories.bids import Bidder, World, candidature, offer
from tests.factories.dume import publish_for, valid_response


@pytest.fixture
def vault(runtime: Runtime) -> KeyVault:
    return runtime.find(KeyVault)


@pytest.fixture
def asked(world: World, vault: KeyVault) -> uuid.UUID:
    with world.runtime.database.write() as session:
        return publish_for(session, vault, world.buyer, world.consultation, world.now()).id


def response(world: World, vault: KeyVault, bidder: Bidder, asked: uuid.UUID, **draft: Any) -> str:
    """Return the identifier of a validated response of a company."""
    with world.runtime.database.write() as session:
        request = queries.by_id(session, asked)
        return valid_response(session, vault, bidder.made, request, world.now(), **draft).id_dume


def fetched(bidder: Bidder, world: World, id_dume: str) -> bytes:
    reply = bidder.send("GET", address(world, id_dume), None, {})
    assert reply.status == 200
    return reply.body


def address(world: World, id_dume: str) -> str:
    return f"/consultations/{world.consultation.reference}/depot/dume/{id_dume}"


def letter(folder: Path, *named: tuple[str, bytes], refers_to: Sequence[uuid.UUID] = ()) -> EnvelopePlan:
    """Return a candidature that holds DUMEs."""
    files = []
    for id_dume, content in named:
        path = folder / f"{uuid.uuid4().hex}.xml"
        path.write_bytes(content)
        files.append(SourceFile(path, f"DUME-{id_dume}.xml", "application/xml", dume=id_dume))
    relation = Relation.REMPLACE if refers_to else Relation.PREMIER
    return EnvelopePlan(0, Kind.CANDIDATURE, files, relation, tuple(refers_to))


def sealed(world: World, bidder: Bidder, *plans: EnvelopePlan) -> tuple[Prepared, Any]:
    return bidder.sealing.deposit(world.consultation.id, bidder.candidate(), plans, at=world.now())


def facts(world: World, id_dume: str) -> tuple[str, uuid.UUID | None, bool]:
    """Return the status of a DUME, the deposit it is tied to, and whether its buyer may read it."""
    with world.runtime.database.read() as session:
        row = queries.by_id_dume(session, id_dume)
        standing = queries.relation(row, organisation_id=world.buyer.id, now=world.now())
        return str(queries.status_of(row)), row.deposit_id, standing is Standing.BUYER


def close(world: World, clock: SandboxClock, **more: int) -> None:
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(milliseconds=1, **more), frozen=True)


def opening(world: World, worker: Worker, kind: str) -> Any:
    client = world.opening()
    number = client.start(world.consultation.id, kind)
    client.open(number, world.key)
    worker.run_all()
    return client.progress(number)


def envelope(ready: Prepared, kind: Kind = Kind.CANDIDATURE) -> uuid.UUID:
    return next(one.envelope for one in ready.sealed.descriptor.envelopes if one.kind is kind)


def test_response_is_read_by_the_buyer_once_its_candidature_is_open_and_not_before(
    world: World, vault: KeyVault, asked: uuid.UUID, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    bidder = world.company()
    number = response(world, vault, bidder, asked)
    content = fetched(bidder, world, number)
    ready, _answer = sealed(world, bidder, letter(tmp_path, (number, content)), offer(tmp_path))
    deposit = uuid.UUID(ready.deposit)
    assert facts(world, number) == ("publie", deposit, False)
    close(world, clock)
    assert facts(world, number) == ("publie", deposit, False)
    opening(world, worker, "offre")
    assert facts(world, number) == ("publie", deposit, False)
    progress = opening(world, worker, "candidature")
    assert facts(world, number) == ("publie", deposit, True)
    files = {file["name"]: file for one in progress["envelopes"] for file in one["files"]}
    assert world.opening().call("GET", files[f"DUME-{number}.xml"]["url"]).body == content


def test_bid_names_no_draft_nor_what_is_anothers(
    world: World, vault: KeyVault, asked: uuid.UUID, tmp_path: Path
) -> None:
    bidder, other = world.company(), world.company()
    with world.runtime.database.write() as session:
        request = queries.by_id(session, asked)
        draft = dume.create_response(session, vault, bidder.made, request, world.now()).id_dume
    theirs = response(world, vault, other, asked)
    with world.runtime.database.read() as session:
        the_request = queries.by_id(session, asked).id_dume
    seen = []
    for named in (draft, theirs, the_request, "zzzzzzzz", "pas un DUME"):
        with pytest.raises(RefusedByServer) as caught:
            sealed(world, bidder, letter(tmp_path, (named, b"<x/>")))
        seen.append((caught.value.reply.status, caught.value.code))
    unknown = (422, "bid.dume_unknown")
    assert seen == [(409, "dume.not_validated"), unknown, unknown, unknown, unknown]
    assert facts(world, theirs)[:2] == ("valide", None)


def test_file_of_a_response_is_its_owners_alone(
    world: World, vault: KeyVault, asked: uuid.UUID, tmp_path: Path
) -> None:
    bidder, other = world.company(), world.company()
    number = response(world, vault, bidder, asked)
    assert fetched(bidder, world, number).startswith(b"<?xml")
    assert other.send("GET", address(world, number), None, {}).status == 404
    assert world.signed_in(world.opener)("GET", address(world, number), None, {}).status == 404
    with world.runtime.database.write() as session:
        request = queries.by_id(session, asked)
        draft = dume.create_response(session, vault, bidder.made, request, world.now()).id_dume
    assert bidder.send("GET", address(world, draft), None, {}).status == 409


def test_replacing_bid_takes_the_response_over(
    world: World, vault: KeyVault, asked: uuid.UUID, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    bidder = world.company()
    number = response(world, vault, bidder, asked)
    first, _answer = sealed(world, bidder, letter(tmp_path, (number, b"<x/>")))
    again = letter(tmp_path, (number, b"<x/>"), refers_to=[envelope(first)])
    second, _answer = sealed(world, bidder, again)
    assert facts(world, number)[:2] == ("publie", uuid.UUID(second.deposit))
    newer = response(world, vault, bidder, asked)
    third, _answer = sealed(world, bidder, letter(tmp_path, (newer, b"<x/>"), refers_to=[envelope(second)]))
    close(world, clock)
    opening(world, worker, "candidature")
    assert facts(world, number) == ("remplace", uuid.UUID(second.deposit), False)
    assert facts(world, newer) == ("publie", uuid.UUID(third.deposit), True)


def test_late_bid_takes_nothing_from_the_one_in_time(
    world: World, vault: KeyVault, asked: uuid.UUID, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    bidder = world.company()
    number = response(world, vault, bidder, asked)
    first, _answer = sealed(world, bidder, letter(tmp_path, (number, b"<x/>")))
    newer = response(world, vault, bidder, asked)
    close(world, clock, hours=1)
    late = Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"]))
    plan = letter(tmp_path, (number, b"<x/>"), (newer, b"<x/>"), refers_to=[envelope(first)])
    second, answer = sealed(world, late, plan)
    assert answer["late"] is True
    opening(world, worker, "candidature")
    assert facts(world, number) == ("publie", uuid.UUID(first.deposit), True)
    assert facts(world, newer) == ("publie", uuid.UUID(second.deposit), False)


def test_withdrawal_frees_the_response_for_another_bid(
    world: World, vault: KeyVault, asked: uuid.UUID, tmp_path: Path
) -> None:
    bidder = world.company()
    number = response(world, vault, bidder, asked)
    first, _answer = sealed(world, bidder, letter(tmp_path, (number, b"<x/>")))
    bidder.sealing.json("POST", f"/api/v1/plis/{first.deposit}/retrait", {})
    assert facts(world, number) == ("publie", None, False)
    second, _answer = sealed(world, bidder, letter(tmp_path, (number, b"<x/>")))
    assert facts(world, number) == ("publie", uuid.UUID(second.deposit), False)


def test_refused_final_act_ties_nothing(
    world: World, vault: KeyVault, asked: uuid.UUID, tmp_path: Path
) -> None:
    bidder = world.company()
    number = response(world, vault, bidder, asked)
    sealed(world, bidder, candidature(tmp_path))
    with pytest.raises(RefusedByServer) as caught:
        sealed(world, bidder, letter(tmp_path, (number, b"<x/>")))
    assert caught.value.code == "bid.relation_refused"
    assert facts(world, number) == ("valide", None, False)
