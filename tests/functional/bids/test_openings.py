"""Openings over HTTP: who, when, what stays closed, damage reported alone, downloads, minutes."""

import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from procurement.accounts.rules import Role
from procurement.bids.models import BidChunk, BidObject, BidOpening, BidShare, BidUpload
from procurement.bids.service.decrypting import Decryptor
from procurement.cli.deposit_client import OpeningClient, Prepared, RefusedByServer
from procurement.consultations import queries as consultations
from procurement.consultations.rules import State
from procurement.core import jobs, journal, services
from procurement.core.clock import SandboxClock
from procurement.core.storage import Storage, StorageError
from procurement.core.worker import Worker
from signing.strict import b64encode
from tests.factories.accounts import create_person
from tests.factories.bids import Bidder, World, offer

MS = timedelta(milliseconds=1)


def close(world: World, clock: SandboxClock) -> None:
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + MS, frozen=True)


def deposited(
    world: World, folder: Path, content: bytes = b"%PDF-1.7 prix", **kw: Any
) -> tuple[Bidder, Prepared, uuid.UUID]:
    bidder = world.company()
    assert isinstance(world.runtime.clock, SandboxClock)
    world.runtime.clock.advance(milliseconds=1)
    ready, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(folder, content, **kw)], at=world.now()
    )
    return bidder, ready, ready.sealed.descriptor.envelopes[0].envelope


def opened(world: World, worker: Worker, client: OpeningClient) -> tuple[str, dict[str, Any]]:
    number = client.start(world.consultation.id, "offre")
    client.open(number, world.key)
    worker.run_all()
    return number, client.progress(number)


def refusal(client: OpeningClient, world: World) -> tuple[int, str]:
    with pytest.raises(RefusedByServer) as caught:
        client.start(world.consultation.id, "offre")
    return caught.value.reply.status, caught.value.code


def refusals(world: World) -> list[str]:
    with world.runtime.database.read() as session:
        entries = journal.history(session, world.consultation.id)
        assert journal.verify(session).ok
    return [entry.data["code"] for entry in entries if entry.action == "bids:opening:refused"]


def test_opening_before_or_at_the_deadline_is_refused_and_journaled(
    world: World, clock: SandboxClock
) -> None:
    assert refusal(world.opening(), world) == (409, "bid.too_early")
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at, frozen=True)
    assert refusal(world.opening(), world) == (409, "bid.too_early")
    assert refusals(world) == ["bid.too_early", "bid.too_early"]


def test_opening_by_others_than_the_opener_is_refused_and_journaled(
    world: World, clock: SandboxClock
) -> None:
    close(world, clock)
    for role in ("publisher", "drafter", "administrator", "observer"):
        assert refusal(OpeningClient(world.signed_in(world.buyer.people[role])), world) == (
            403,
            "bid.opener_required",
        )
    assert refusals(world) == ["bid.opener_required"] * 4


def test_opener_without_second_factor_is_told_so(world: World, clock: SandboxClock) -> None:
    close(world, clock)
    with world.runtime.database.write() as session:
        bare = create_person(session, world.now(), world.buyer.organisation, roles=(Role.OPENER,))
    send = world.signed_in(bare)
    assert refusal(OpeningClient(send), world) == (403, "bid.mfa_required")
    page = send.app.get(f"/consultations/{world.consultation.reference}/ouvertures", status=403)
    assert "second facteur" in page.html.select_one(".pl-lead").get_text()
    assert page.html.select_one('main a[href="/compte/securite"]') is not None
    assert refusals(world) == ["bid.mfa_required"] * 2


def test_opening_of_another_buyer_is_not_found(world: World, clock: SandboxClock) -> None:
    close(world, clock)
    company = world.company()
    assert refusal(OpeningClient(company.send), world)[0] == 404


def test_nothing_about_bids_shows_before_the_deadline(world: World, tmp_path: Path) -> None:
    _bidder, _ready, envelope = deposited(world, tmp_path)
    with pytest.raises(RefusedByServer):
        world.opening().start(world.consultation.id, "offre")
    with world.runtime.database.read() as session:
        assert session.scalars(select(BidOpening)).all() == []
    publisher = world.signed_in(world.buyer.people["publisher"])
    for path in (
        f"/api/v1/plis/{envelope}",
        f"/api/v1/plis/{_ready.deposit}",
        f"/api/v1/plis/{_ready.deposit}/recu",
    ):
        assert publisher("GET", path, None, {}).status == 404


def test_open_lists_replaced_withdrawn_and_late_as_closed(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    bidder, _first, old = deposited(world, tmp_path)
    clock.advance(milliseconds=1)
    bidder.sealing.deposit(
        world.consultation.id,
        bidder.candidate(),
        [offer(tmp_path, b"%PDF new", refers_to=[old])],
        at=world.now(),
    )
    gone, withdrawn, _envelope = deposited(world, tmp_path)
    gone.sealing.json("POST", f"/api/v1/plis/{withdrawn.deposit}/retrait", {})
    close(world, clock)
    deposited(world, tmp_path)
    number, progress = opened(world, worker, world.opening())
    assert (progress["state"], progress["opened"], progress["failed"]) == ("done", 1, 0)
    assert [one["state"] for one in progress["envelopes"]] == ["replaced", "opened", "withdrawn", "late"]
    assert [len(one["files"]) for one in progress["envelopes"]] == [0, 1, 0, 0]
    opener = world.opening()
    minutes = opener.call("GET", f"/ouvertures/{number}/proces-verbal.json").json()
    assert [one["state"] for one in minutes["envelopes"]] == ["replaced", "opened", "withdrawn", "late"]
    assert opener.call("GET", progress["minutes_url"]).body[:4] == b"%PDF"
    with world.runtime.database.read() as session:
        assert consultations.view(session, world.consultation.id).state(world.now()) is State.ANALYSIS
        assert session.scalars(select(BidShare.sealed_value)).all() == [None]


def test_recovery_key_opens_alone(world: World, clock: SandboxClock, worker: Worker, tmp_path: Path) -> None:
    deposited(world, tmp_path)
    close(world, clock)
    client = world.opening()
    number = client.start(world.consultation.id, "offre")
    assert client.open(number, world.recovery)["accepted"] == 1
    worker.run_all()
    assert client.progress(number)["state"] == "done"


def test_wrong_key_is_reported_and_the_right_one_opens_later(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    from dataclasses import replace

    from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key

    deposited(world, tmp_path)
    close(world, clock)
    client = world.opening()
    number = client.start(world.consultation.id, "offre")
    client.open(number, replace(world.key, private_key=generate_private_key(SECP384R1())))
    progress = client.progress(number)
    assert (progress["state"], progress["failed"], progress["remaining"], progress["minutes_url"]) == (
        "waiting",
        0,
        1,
        None,
    )
    client.open(number, world.key)
    worker.run_all()
    again = client.progress(number)
    assert (again["state"], again["opened"], again["failed"]) == ("done", 1, 0)


def test_opening_that_no_key_ends_gets_its_minutes_with_the_next_and_takes_no_more_secrets(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    _bidder, _ready, envelope = deposited(world, tmp_path)
    close(world, clock)
    client = world.opening()
    first = client.start(world.consultation.id, "offre")
    failure = {"envelope": str(envelope), "code": "bid.wrong_key", "detail": ""}
    client.json("POST", f"/api/v1/ouvertures/{first}/rapports", {"failures": [failure]}, expect=(202,))
    second, progress = opened(world, worker, client)
    minutes = [
        client.call("GET", f"/ouvertures/{number}/proces-verbal.json").json()["envelopes"][0]
        for number in (first, second)
    ]
    assert progress["state"] == "done"
    assert [(one["state"], one["failure"]) for one in minutes] == [
        ("openable", "bid.wrong_key"),
        ("opened", None),
    ]
    secrets = [{"envelope": str(envelope), "x": 1, "value": b64encode(b"\0" * 32)}]
    for method, path, body in (("GET", "paquets", None), ("POST", "secrets", secrets)):
        with pytest.raises(RefusedByServer) as caught:
            client.json(method, f"/api/v1/ouvertures/{first}/{path}", body)
        assert (caught.value.reply.status, caught.value.code) == (409, "bid.opening_finished")


def test_object_that_stays_unreadable_ends_as_unopenable_with_minutes(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bad, bad, _envelope = deposited(world, tmp_path)
    deposited(world, tmp_path)
    broken = stream_path(world, bad, 1)
    storage: Storage = services.find(world.runtime.registry, Storage)
    read = storage.open

    def fail(key: str, *args: Any, **kw: Any) -> Iterator[bytes]:
        if broken.as_posix().endswith(key):
            raise StorageError(f"Input/output error: {broken}")
        return read(key, *args, **kw)

    monkeypatch.setattr(storage, "open", fail)  # No file can be made that the disk refuses to read.
    close(world, clock)
    number, progress = opened(world, worker, world.opening())
    assert (progress["state"], progress["opened"], progress["remaining"]) == ("running", 1, 1)
    for pause in jobs.BACKOFF:
        clock.advance(seconds=pause.total_seconds())
        worker.run_all()
    progress = world.opening().progress(number)
    assert (progress["state"], progress["opened"], progress["failed"]) == ("done", 1, 1)
    minutes = world.opening().call("GET", f"/ouvertures/{number}/proces-verbal.json").json()
    assert [one["failure"] for one in minutes["envelopes"]] == ["bid.storage_unreadable", None]
    with world.runtime.database.read() as session:
        assert jobs.pending(session).get("bids.open_envelope", 0) == 0
        assert set(session.scalars(select(BidShare.sealed_value))) == {None}


def test_secret_that_was_not_committed_to_is_refused(
    world: World, clock: SandboxClock, tmp_path: Path
) -> None:
    _bidder, _ready, envelope = deposited(world, tmp_path)
    close(world, clock)
    client = world.opening()
    number = client.start(world.consultation.id, "offre")
    for secrets, expected in (
        ([{"envelope": str(envelope), "x": 1, "value": b64encode(b"\0" * 32)}], (422, "bid.bad_share")),
        ([{"envelope": str(envelope), "x": 2, "value": b64encode(b"\0" * 32)}], (422, "bid.bad_share")),
        (
            [{"envelope": str(uuid.uuid4()), "x": 1, "value": b64encode(b"\0" * 32)}],
            (422, "bid.not_openable"),
        ),
        ([{"envelope": str(envelope), "x": 1, "value": "a"}], (400, "bid.base64_invalid")),
        ([{"envelope": str(envelope), "x": 1, "private_key": "AAAA"}], (422, "api.body_invalid")),
    ):
        with pytest.raises(RefusedByServer) as caught:
            client.json("POST", f"/api/v1/ouvertures/{number}/secrets", secrets, expect=(202,))
        assert (caught.value.reply.status, caught.value.code) == expected
    assert client.progress(number)["state"] == "waiting"


def damage_object(world: World, ready: Prepared, name: str) -> None:
    with world.runtime.database.write() as session:
        row = session.get_one(BidObject, (uuid.UUID(ready.deposit), name))
        row.content = row.content[:-1] + bytes([row.content[-1] ^ 1])


def stream_path(world: World, ready: Prepared, n: int) -> Path:
    with world.runtime.database.read() as session:
        query = select(BidChunk.storage_key).join(BidUpload, BidUpload.id == BidChunk.upload_id)
        key = session.scalars(
            query.where(BidUpload.draft_id == uuid.UUID(ready.deposit), BidUpload.n == n)
        ).one()
    return world.runtime.settings.objects_directory / key


def damage_stream(world: World, ready: Prepared, n: int) -> None:
    path = stream_path(world, ready, n)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def test_damaged_bid_is_reported_alone_and_the_others_open(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    _one, bad_file, _envelope = deposited(world, tmp_path)
    _two, bad_manifest, _envelope = deposited(world, tmp_path)
    _three, bad_packet, packet_envelope = deposited(world, tmp_path)
    _four, lost, _envelope = deposited(world, tmp_path)
    deposited(world, tmp_path)
    damage_stream(world, bad_file, 1)
    damage_stream(world, bad_manifest, 0)
    damage_object(world, bad_packet, f"{packet_envelope}-1.cms")
    with world.runtime.database.read() as session:
        query = select(BidChunk.storage_key).join(BidUpload, BidUpload.id == BidChunk.upload_id)
        for key in session.scalars(query.where(BidUpload.draft_id == uuid.UUID(lost.deposit))):
            (world.runtime.settings.objects_directory / key).unlink()
    close(world, clock)
    number, progress = opened(world, worker, world.opening())
    assert (progress["state"], progress["opened"], progress["failed"], progress["remaining"]) == (
        "done",
        1,
        4,
        0,
    )
    minutes = world.opening().call("GET", f"/ouvertures/{number}/proces-verbal.json").json()
    assert [(one["state"], one["failure"]) for one in minutes["envelopes"]] == [
        ("unopenable", "bid.storage_damaged"),
        ("unopenable", "bid.storage_damaged"),
        ("unopenable", "bid.packet_damaged"),
        ("unopenable", "bid.storage_damaged"),
        ("opened", None),
    ]
    assert all(one["failure"] for one in progress["envelopes"] if one["state"] == "unopenable")


def test_job_that_runs_twice_or_takes_turns_opens_once(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from procurement.bids.service import decrypting

    _bidder, _ready, envelope = deposited(world, tmp_path)
    close(world, clock)
    client = world.opening()
    number = client.start(world.consultation.id, "offre")
    client.open(number, world.key)
    monkeypatch.setattr(decrypting, "LONGEST", -1.0)
    assert worker.run_one()
    assert client.progress(number)["state"] == "running"
    monkeypatch.undo()
    worker.run_all()
    Decryptor(world.runtime.jobs).run(uuid.UUID(number), envelope)
    assert client.progress(number)["state"] == "done"
    with world.runtime.database.read() as session:
        actions = [entry.action for entry in journal.history(session, envelope)]
    assert actions == ["bids:envelope:opened"]


def test_files_download_whole_in_part_and_as_one_archive(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 5000
    _bidder, _ready, envelope = deposited(world, tmp_path, content, name="../Prix é.pdf")
    close(world, clock)
    number, progress = opened(world, worker, world.opening())
    client = world.opening()
    url = progress["envelopes"][0]["files"][0]["url"]
    whole = client.call("GET", url)
    assert whole.body == content
    assert whole.headers["content-disposition"] == "attachment; filename*=UTF-8''..%2FPrix%20%C3%A9.pdf"
    for header, expected, body in (
        ("bytes=0-9", 206, content[:10]),
        ("bytes=1279990-", 206, content[-10:]),
        ("bytes=-5", 206, content[-5:]),
        ("bytes=9-1", 200, content),
        ("bytes=9999999-", 416, b""),
    ):
        reply = client.call("GET", url, expect=(expected,), Range=header)
        assert reply.body == body
    archive = client.call("GET", f"/ouvertures/{number}/plis/{envelope}.zip")
    with zipfile.ZipFile(BytesIO(archive.body)) as entries:
        assert entries.testzip() is None
        assert [(one, entries.read(one)) for one in entries.namelist()] == [("001-_Prix é.pdf", content)]
    for path in (
        f"/ouvertures/{number}/plis/{envelope}/fichiers/2",
        f"/ouvertures/{number}/plis/{uuid.uuid4()}/fichiers/1",
        "/ouvertures/x",
    ):
        client.call("GET", path, expect=(404,))
    company = world.company()
    assert company.send("GET", url, None, {}).status == 404


def test_opening_of_unknown_kind_or_lot_is_refused(world: World, clock: SandboxClock) -> None:
    close(world, clock)
    client = world.opening()
    for body, expected in (
        ({"kind": "offre", "lots": [7]}, "bid.lot_unknown"),
        ({"kind": "anonymat"}, "bid.lot_unknown"),
        ({"kind": "x"}, "api.body_invalid"),
    ):
        with pytest.raises(RefusedByServer) as caught:
            client.json("POST", f"/api/v1/consultations/{world.consultation.id}/ouvertures", body)
        assert (caught.value.reply.status, caught.value.code) == (422, expected)


def test_opening_without_bids_is_done_at_once(world: World, clock: SandboxClock) -> None:
    close(world, clock)
    client = world.opening()
    number = client.start(world.consultation.id, "candidature")
    assert (client.progress(number)["state"], client.progress(number)["envelopes"]) == ("done", [])
