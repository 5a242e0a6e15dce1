"""The final act over HTTP: completeness, key sets, relations, lateness, replays."""

import json
import uuid
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from procurement.bids.models import BidChunk, BidDeposit
from procurement.bids.queries import envelopes
from procurement.bids.rules import HolderRole
from procurement.bids.service import keys
from procurement.bids.service.checking import Checker, FinalAct, Verified
from procurement.cli.deposit_client import Prepared, RefusedByServer
from procurement.consultations import queries as consultations
from procurement.consultations.hooks import Hooks
from procurement.consultations.service import extend_deadline
from procurement.core import journal, services
from procurement.core.clock import SandboxClock
from procurement.core.mail import MailMessage
from procurement.core.storage import Storage
from procurement.core.timestamp import Timestamper, TimestampUnavailable, Token
from procurement.core.worker import Worker
from signing import jcs
from signing.strict import instant_text
from tests.factories.bids import Bidder, World, add_key, candidature, make_world, offer


@pytest.fixture
def bidder(world: World) -> Bidder:
    return world.company()


def prepared(world: World, bidder: Bidder, folder: Path, *plans: object) -> Prepared:
    wanted = plans or (offer(folder),)
    return bidder.sealing.prepare(world.consultation.id, bidder.candidate(), wanted, at=world.now())  # type: ignore[arg-type]  # plans


def refusal(bidder: Bidder, ready: Prepared) -> RefusedByServer:
    with pytest.raises(RefusedByServer) as caught:
        bidder.sealing.commit(ready)
    return caught.value


def commit_raw(bidder: Bidder, deposit: str, body: bytes) -> tuple[int, str]:
    reply = bidder.send("POST", f"/api/v1/plis/{deposit}/depot", body, {"Content-Type": "application/json"})
    return reply.status, reply.json().get("code", "")


def states(world: World) -> dict[str, str]:
    with world.runtime.database.read() as session:
        view = consultations.view(session, world.consultation.id)
        assert view.closes_at is not None
        found = envelopes.of_consultation(session, view.id, deadline=view.closes_at, now=world.now())
    return {str(one.id): one.state.value for one in found}


def envelope_of(ready: Prepared) -> uuid.UUID:
    return ready.sealed.descriptor.envelopes[0].envelope


def test_replay_answers_the_same_and_commits_once(
    world: World, bidder: Bidder, clock: SandboxClock, tmp_path: Path
) -> None:
    ready = prepared(world, bidder, tmp_path)
    body = json.dumps(ready.final_act).encode()
    path = f"/api/v1/plis/{ready.deposit}/depot"
    first = bidder.send("POST", path, body, {"Content-Type": "application/json"})
    clock.advance(minutes=5)
    again = bidder.send("POST", path, body, {"Content-Type": "application/json"})
    assert (first.status, again.status) == (201, 200)
    assert first.json() == again.json()
    other = json.dumps({**ready.final_act, "pli_sha256": "0" * 64}).encode()
    assert commit_raw(bidder, ready.deposit, other) == (409, "bid.already_committed")


def test_missing_parts_are_listed_and_a_retry_keeps_nothing_of_the_early_instant(
    world: World, bidder: Bidder, clock: SandboxClock, tmp_path: Path
) -> None:
    ready = prepared(world, bidder, tmp_path)
    envelope = envelope_of(ready)
    status = bidder.send("GET", f"/api/v1/plis/{ready.deposit}", None, {}).json()
    assert status["state"] == "ready"
    upload = next(one for one in status["uploads"] if one["n"] == 1)
    assert bidder.send("DELETE", upload["url"], None, {"Tus-Resumable": "1.0.0"}).status == 204
    early = clock.now()
    refused = refusal(bidder, ready)
    assert (refused.reply.status, refused.code) == (409, "bid.incomplete")
    assert refused.reply.json()["missing"] == [{"envelope": str(envelope), "n": 1}]
    clock.advance(seconds=30)
    again = prepared(world, bidder, tmp_path)
    answer = bidder.sealing.commit(again)
    assert answer["received_at"] > jcs_instant(early)


def jcs_instant(value: object) -> str:
    from signing.strict import instant_text

    return instant_text(value)  # type: ignore[arg-type]  # a datetime


def test_retry_after_a_cut_keeps_the_first_instant(
    world: World, bidder: Bidder, clock: SandboxClock, tmp_path: Path
) -> None:
    from procurement.bids.models import BidCommitRequest

    ready = prepared(world, bidder, tmp_path)
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at, frozen=True)
    with (
        world.runtime.database.write() as session
    ):  # What a kill between the request row and the transaction leaves.
        session.add(
            BidCommitRequest(
                draft_id=uuid.UUID(ready.deposit),
                pli_sha256=ready.final_act["pli_sha256"],
                received_at=clock.now(),
            )
        )
    clock.advance(minutes=3)
    again = Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"]))
    answer = again.sealing.commit(ready)
    assert (answer["late"], answer["received_at"]) == (False, jcs_instant(world.consultation.closes_at))


def test_late_deposit_is_accepted_flagged_and_displaces_nothing(
    world: World, bidder: Bidder, clock: SandboxClock, tmp_path: Path
) -> None:
    first, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
    )
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(milliseconds=1), frozen=True)
    again = Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"]))
    second, answer = again.sealing.deposit(
        world.consultation.id,
        bidder.candidate(),
        [offer(tmp_path, refers_to=[envelope_of(first)])],
        at=world.now(),
    )
    assert answer["late"] is True
    assert states(world) == {str(envelope_of(first)): "openable", str(envelope_of(second)): "late"}


def test_deposit_at_the_very_instant_is_on_time(
    world: World, bidder: Bidder, clock: SandboxClock, tmp_path: Path
) -> None:
    ready = prepared(world, bidder, tmp_path)
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(microseconds=999), frozen=True)
    again = Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"]))
    assert again.sealing.commit(ready)["late"] is False


def test_replacement_withdrawal_and_second_first(world: World, bidder: Bidder, tmp_path: Path) -> None:
    client, who, number = bidder.sealing, bidder.candidate(), world.consultation.id
    first, _answer = client.deposit(number, who, [offer(tmp_path)], at=world.now())
    refused = refusal(bidder, prepared(world, bidder, tmp_path))
    assert (refused.code, refused.reply.json()["reason"]) == ("bid.relation_refused", "exists")
    second, _answer = client.deposit(
        number, who, [offer(tmp_path, refers_to=[envelope_of(first)])], at=world.now() + timedelta(0)
    )
    assert sorted(states(world).values()) == ["replaced", "sealed"]
    assert client.json("POST", f"/api/v1/plis/{second.deposit}/retrait", {})["deposit"] == second.deposit
    assert states(world) == {str(envelope_of(first)): "replaced", str(envelope_of(second)): "withdrawn"}
    client.deposit(number, who, [offer(tmp_path)], at=world.now())
    assert sorted(states(world).values()) == ["replaced", "sealed", "withdrawn"]


def test_same_firm_in_a_group_bids_beside_itself(world: World, bidder: Bidder, tmp_path: Path) -> None:
    other = world.company().made.siret
    bidder.sealing.deposit(world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now())
    bidder.sealing.deposit(world.consultation.id, bidder.candidate(other), [offer(tmp_path)], at=world.now())
    assert list(states(world).values()) == ["sealed", "sealed"]


def test_withdrawal_after_the_deadline_is_refused(
    world: World, bidder: Bidder, clock: SandboxClock, tmp_path: Path
) -> None:
    ready, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
    )
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(milliseconds=1), frozen=True)
    again = Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"]))
    with pytest.raises(RefusedByServer) as caught:
        again.sealing.json("POST", f"/api/v1/plis/{ready.deposit}/retrait", {})
    assert (caught.value.reply.status, caught.value.code) == (409, "bid.deadline_passed")


def test_revoked_key_asks_for_new_packets_without_sending_files_again(
    world: World, bidder: Bidder, tmp_path: Path
) -> None:
    ready = prepared(world, bidder, tmp_path)
    who = world.buyer.identity("publisher")
    with world.runtime.database.write() as session:
        from procurement.bids.queries import keysets

        successor = add_key(session, world.buyer, HolderRole.HOLDER, world.now())
        view = consultations.view(session, world.consultation.id)
        chosen = [uuid.UUID(successor.id), uuid.UUID(world.recovery.id)]
        keys.choose(session, view, chosen, by=who, now=world.now())
        holder = keysets.holder(session, uuid.UUID(world.key.id), world.buyer.id)
        keys.revoke(session, holder, by=who, now=world.now())
    refused = refusal(bidder, ready)
    assert (refused.reply.status, refused.code) == (409, "bid.keyset_stale")


def test_recipient_added_after_sealing_leaves_old_packets_valid(
    world: World, bidder: Bidder, tmp_path: Path
) -> None:
    ready = prepared(world, bidder, tmp_path)
    with world.runtime.database.write() as session:
        third = add_key(session, world.buyer, HolderRole.HOLDER, world.now())
        view = consultations.view(session, world.consultation.id)
        chosen = [uuid.UUID(one) for one in (world.key.id, world.recovery.id, third.id)]
        keys.choose(session, view, chosen, by=world.buyer.identity("publisher"), now=world.now())
    assert bidder.sealing.commit(ready)["late"] is False


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (422, "api.body_invalid")),
        (b"[]", (422, "api.body_invalid")),
        (b'{"pli_sha256":"x","inventory_sha256":"y"}', (422, "api.body_invalid")),
        (b"{" + b" " * 70_000 + b"}", (413, "bid.too_large")),
    ],
)
def test_final_act_that_cannot_be_read(
    world: World, bidder: Bidder, tmp_path: Path, body: bytes, expected: tuple[int, str]
) -> None:
    ready = prepared(world, bidder, tmp_path)
    assert commit_raw(bidder, ready.deposit, body) == expected


def rewritten(world: World, bidder: Bidder, ready: Prepared, change: dict[str, object]) -> tuple[int, str]:
    """Put a changed descriptor and do the final act on it."""
    content = {**json.loads(ready.sealed.pli), **change}
    pli = jcs.dumps(content)
    bidder.sealing.put(ready.deposit, "pli.json", pli)
    act = {**ready.final_act, "pli_sha256": sha256(pli).hexdigest()}
    return commit_raw(bidder, ready.deposit, json.dumps(act).encode())


def test_descriptor_for_another_place_is_refused(world: World, bidder: Bidder, tmp_path: Path) -> None:
    ready = prepared(world, bidder, tmp_path)
    good = json.loads(ready.sealed.pli)
    envelope = good["envelopes"][0]
    changes: list[tuple[dict[str, object], tuple[int, str]]] = [
        ({"deposit": str(uuid.uuid4())}, (422, "bid.descriptor_mismatch")),
        ({"consultation": str(uuid.uuid4())}, (422, "bid.descriptor_mismatch")),
        ({"candidate": {"lead": world.buyer.siret, "members": []}}, (422, "bid.descriptor_mismatch")),
        ({"extra": 1}, (422, "bid.descriptor_invalid")),
        ({"v": "pli/2"}, (422, "bid.descriptor_invalid")),
        ({"envelopes": [{**envelope, "lot": 3}]}, (422, "bid.lot_unknown")),
        ({"envelopes": [{**envelope, "kind": "anonymat"}]}, (422, "bid.lot_unknown")),
        ({"key_set": {**good["key_set"], "version": 9}}, (409, "bid.keyset_stale")),
        ({"key_set": {**good["key_set"], "sha256": "0" * 64}}, (409, "bid.keyset_stale")),
        (
            {"envelopes": [{**envelope, "recipients": envelope["recipients"][::-1]}]},
            (409, "bid.keyset_stale"),
        ),
        (
            {"envelopes": [{**envelope, "files": [{**envelope["files"][0], "ct_root": "0" * 64}]}]},
            (409, "bid.incomplete"),
        ),
        (
            {"envelopes": [{**envelope, "packets": [{"sha256": "0" * 64, "size": 9}]}]},
            (409, "bid.incomplete"),
        ),
        ({"inventory_sha256": "0" * 64}, (409, "bid.incomplete")),
    ]
    assert [rewritten(world, bidder, ready, change) for change, _expected in changes] == [
        expected for _change, expected in changes
    ]
    assert rewritten(world, bidder, ready, {}) == (201, "")


def test_packet_for_other_recipients_is_refused(world: World, bidder: Bidder, tmp_path: Path) -> None:
    from signing.certificates import read_recipient
    from signing.sealed import cms

    ready = prepared(world, bidder, tmp_path)
    foreign = cms.seal(b"x", [read_recipient(world.key.certificate)])
    name = f"{envelope_of(ready)}-1.cms"
    bidder.sealing.put(ready.deposit, name, foreign)
    envelope = json.loads(ready.sealed.pli)["envelopes"][0]
    change: dict[str, object] = {
        "envelopes": [
            {**envelope, "packets": [{"sha256": sha256(foreign).hexdigest(), "size": len(foreign)}]}
        ]
    }
    assert rewritten(world, bidder, ready, change) == (422, "bid.packet_recipients")


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("pli.json", "sha-256=:AAAA:", (400, "bid.digest_mismatch")),
        ("pli.json", "", (400, "bid.digest_mismatch")),
        ("secret.txt", "", (400, "bid.object_name")),
        ("x-1.cms", "", (400, "bid.object_name")),
    ],
)
def test_small_object_refused(
    world: World, bidder: Bidder, name: str, header: str, expected: tuple[int, str]
) -> None:
    deposit = bidder.sealing.start(world.consultation.id)
    reply = bidder.send("PUT", f"/api/v1/plis/{deposit}/objets/{name}", b"{}", {"Content-Digest": header})
    assert (reply.status, reply.json()["code"]) == expected


def test_small_object_twice_is_200_too_large_413_and_committed_409(
    world: World, bidder: Bidder, tmp_path: Path
) -> None:
    ready, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
    )
    assert bidder.sealing.put(ready.deposit, "pli.json", ready.sealed.pli).status == 200
    for content, expected in (
        (b"{}", (409, "bid.already_committed")),
        (b"x" * (1 << 21), (413, "bid.object_too_large")),
    ):
        with pytest.raises(RefusedByServer) as caught:
            bidder.sealing.put(ready.deposit, "pli.json", content)
        assert (caught.value.reply.status, caught.value.code) == expected


class Silent:
    """A time-stamp authority that answers only when told to."""

    def __init__(self, real: Timestamper) -> None:
        self.real = real
        self.speaks = False

    def stamp(self, sha256_digest: bytes) -> Token:
        if not self.speaks:
            raise TimestampUnavailable("nobody there")
        return self.real.stamp(sha256_digest)

    def certificates(self) -> list[bytes]:
        return self.real.certificates()


def test_authority_that_is_down_leaves_the_deposit_and_stamps_later(
    world: World, bidder: Bidder, worker: Worker, clock: SandboxClock, tmp_path: Path
) -> None:
    registry = world.runtime.registry
    real: Timestamper = services.find(registry, Timestamper)
    silent = Silent(real)
    services.register(registry, Timestamper, silent)
    try:
        ready, answer = bidder.sealing.deposit(
            world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
        )
        assert answer["timestamp"] == "pending"
        with pytest.raises(RefusedByServer) as caught:
            bidder.sealing.receipt(ready.deposit, "tsr")
        assert (caught.value.reply.status, caught.value.code) == (404, "bid.timestamp_pending")
        worker.run_all()
        silent.speaks = True
        clock.advance(minutes=2)
        worker.run_all()
        assert bidder.sealing.receipt(ready.deposit, "tsr")[:1] == b"\x30"
    finally:
        services.register(registry, Timestamper, real)


def test_mail_carries_a_link_and_no_file_name(
    world: World, bidder: Bidder, worker: Worker, tmp_path: Path
) -> None:
    ready, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path, name="prix-secret.pdf")], at=world.now()
    )
    worker.run_all()
    worker.run_all()
    with world.runtime.database.read() as session:
        messages = session.scalars(
            select(MailMessage).where(MailMessage.about == f"deposit:{ready.deposit}")
        ).all()
    assert [message.recipient for message in messages] == [bidder.made.people["depositor"].email]
    assert f"http://localhost/depots/{ready.deposit}" in messages[0].text
    assert "prix-secret" not in messages[0].text + messages[0].html


def test_database_holds_no_file_name_in_clear_before_opening(
    world: World, bidder: Bidder, worker: Worker, tmp_path: Path
) -> None:
    bidder.sealing.deposit(
        world.consultation.id,
        bidder.candidate(),
        [offer(tmp_path, b"%PDF canari-contenu", name="canari-nom.pdf")],
        at=world.now(),
    )
    worker.run_all()
    with world.runtime.database.read() as session:
        tables = [
            table for table in BidDeposit.metadata.sorted_tables if table.name.startswith(("bid_", "core_"))
        ]
        dump = " ".join(repr(row) for table in tables for row in session.execute(select(table)))
    assert "canari" not in dump


def test_scrub_notices_a_damaged_part(world: World, bidder: Bidder, worker: Worker, tmp_path: Path) -> None:
    ready, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
    )
    with world.runtime.database.read() as session:
        key = session.scalars(select(BidChunk.storage_key)).first()
    assert key is not None
    path = world.runtime.settings.objects_directory / key
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    worker.run_all()
    with world.runtime.database.read() as session:
        actions = [entry.action for entry in journal.history(session, ready.deposit)]
        assert journal.verify(session).ok
    assert actions == [
        "bids:draft:created", "bids:deposit:started", "bids:deposit:committed", "bids:receipt:stamped",
        "bids:receipt:sealed", "bids:deposit:damaged",
    ]  # fmt: skip


def test_sweeper_removes_only_old_orphans(
    world: World, bidder: Bidder, worker: Worker, clock: SandboxClock, tmp_path: Path
) -> None:
    import os
    import time

    bidder.sealing.deposit(world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now())
    storage: Storage = services.find(world.runtime.registry, Storage)
    named = set(storage.keys("bids/"))
    storage.put("bids/sealed/orphan/old", [b"x"])
    storage.put("bids/sealed/orphan/young", [b"x"])
    old = time.time() - 49 * 3600
    for key in (*named, "bids/sealed/orphan/old"):
        os.utime(world.runtime.settings.objects_directory / key, (old, old))
    worker.run_all()
    clock.advance(hours=7)
    worker.run_all()
    assert set(storage.keys("bids/")) == named | {"bids/sealed/orphan/young"}


def test_two_envelopes_of_one_deposit_and_lots(runtime: object, tmp_path: Path) -> None:
    world = make_world(runtime, lots=2)  # type: ignore[arg-type]  # the fixture
    bidder = world.company()
    plans = [candidature(tmp_path), offer(tmp_path, lot=1), offer(tmp_path, lot=2)]
    bidder.sealing.deposit(world.consultation.id, bidder.candidate(), plans, at=world.now())
    assert list(states(world).values()) == ["sealed", "sealed", "sealed"]


def test_extension_committed_while_a_bid_is_checked_is_honoured(
    world: World, bidder: Bidder, clock: SandboxClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = prepared(world, bidder, tmp_path)
    before = world.consultation.closes_at
    assert before is not None
    clock.move_to(before + timedelta(milliseconds=1), frozen=True)
    verify = Checker.verify

    def verify_then_extend(checker: Checker, act: FinalAct) -> Verified:
        verified = verify(checker, act)
        with world.runtime.database.write() as session:
            # The clock of the extension is that of its own request, which began in time.
            extend_deadline(
                session, world.consultation.id, before + timedelta(days=1), by=world.buyer.identity("publisher"),
                now=before, hooks=Hooks(),
            )  # fmt: skip
        monkeypatch.undo()
        return verified

    monkeypatch.setattr(Checker, "verify", verify_then_extend)
    again = Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"]))
    answer = again.sealing.commit(ready)
    assert (answer["late"], answer["deadline"]) == (False, instant_text(before + timedelta(days=1)))
