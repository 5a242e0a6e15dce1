"""The same request many times at once: one draft for one Idempotency-Key, one deposit for one final act."""

import json
import threading
import tomllib
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import func, select
from webob import Request

from procurement.bids.models import BidDeposit, BidDraft, BidEnvelope
from procurement.bids.service import keys
from procurement.consultations import queries as consultations
from procurement.core import journal
from tests.factories.bids import Bidder, World, offer, publish

AT_ONCE = 50
#: What a slow machine answers to some of fifty writers; as a client is asked to, each sends again.
BUSY, PATIENCE = 503, 20


@pytest.fixture
def rounds(scale: str) -> int:
    return int(tomllib.loads((Path(__file__).parents[2] / "scale.toml").read_text())["duplicates"][scale])


def at_once(
    world: World, bidder: Bidder, path: str, body: bytes, headers: Mapping[str, str]
) -> list[tuple[int, bytes]]:
    """Send one request fifty times, each from a thread of its own, all let go at the same moment."""
    token = bidder.send.csrf()
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in bidder.send.app.cookiejar)
    sent = {"X-CSRF-Token": token, "Content-Type": "application/json", "Cookie": cookies, **headers}
    answers: list[tuple[int, bytes]] = []
    barrier = threading.Barrier(AT_ONCE)

    def send() -> None:
        request = Request.blank(path, headers=sent, method="POST", body=body)
        request.host = "localhost"
        barrier.wait()
        for _try in range(PATIENCE):
            response = request.copy().get_response(world.runtime.app)
            if response.status_int != BUSY:
                break
        answers.append((response.status_int, response.body))

    threads = [threading.Thread(target=send) for _each in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == AT_ONCE
    return answers


def test_one_key_fifty_times_makes_one_draft(world: World, rounds: int) -> None:
    bidder = world.company()
    for number in range(1, rounds + 1):
        path = f"/api/v1/consultations/{world.consultation.id}/plis"
        answers = at_once(world, bidder, path, b"{}", {"Idempotency-Key": str(uuid.uuid4())})
        assert {status for status, _body in answers} == {201}
        assert len({body for _status, body in answers}) == 1
        with world.runtime.database.read() as session:
            assert session.scalar(select(func.count()).select_from(BidDraft)) == number


def test_one_final_act_fifty_times_makes_one_deposit_and_one_receipt(
    world: World, rounds: int, tmp_path: Path
) -> None:
    for number in range(1, rounds + 1):
        bidder = world.company()
        ready = bidder.sealing.prepare(
            world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
        )
        path = f"/api/v1/plis/{ready.deposit}/depot"
        answers = at_once(world, bidder, path, json.dumps(ready.final_act).encode(), {})
        assert sorted(status for status, _body in answers) == [200] * (AT_ONCE - 1) + [201]
        received = {
            (answer["deposit"], answer["received_at"]) for answer in (json.loads(b) for _s, b in answers)
        }
        assert len(received) == 1
        with world.runtime.database.read() as session:
            assert session.scalar(select(func.count()).select_from(BidDeposit)) == number
            assert session.scalar(select(func.count()).select_from(BidEnvelope)) == number
            lines = [entry.action for entry in journal.history(session, uuid.UUID(ready.deposit))]
        assert lines.count("bids:deposit:committed") == 1


def test_idempotency_key_of_another_consultation_is_refused(world: World) -> None:
    bidder = world.company()
    with world.runtime.database.write() as session:
        other = publish(session, world.buyer, world.now())
        keys.choose(
            session,
            consultations.view(session, other.id),
            [uuid.UUID(world.key.id), uuid.UUID(world.recovery.id)],
            by=world.buyer.identity("publisher"),
            now=world.now(),
        )
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    answers = [
        bidder.send("POST", f"/api/v1/consultations/{number}/plis", b"{}", headers)
        for number in (world.consultation.id, world.consultation.id, other.id)
    ]
    assert [one.status for one in answers] == [201, 201, 422]
    assert answers[0].json() == answers[1].json()
    assert answers[2].json()["code"] == "api.idempotency_mismatch"
