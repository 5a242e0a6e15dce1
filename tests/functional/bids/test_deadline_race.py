"""Hundreds of final acts within five seconds around the deadline: each is classed by the instant of its end, exactly."""

import json
import random
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from procurement.bids.queries import envelopes
from procurement.cli.deposit_client import Prepared, Reply
from procurement.core.clock import SandboxClock
from signing.sealed.descriptor import Candidate
from signing.strict import instant_text
from tests.factories import accounts
from tests.factories.bids import Bidder, World, make_world, offer


@pytest.fixture
def world(runtime: object, engine: str) -> World:
    return make_world(runtime)  # type: ignore[arg-type]  # the fixture


@pytest.fixture
def acts(scale: str, engine: str) -> int:
    """Return how many; PostgreSQL runs the same code and takes half of them in CI."""
    most = int(tomllib.loads((Path(__file__).parents[2] / "scale.toml").read_text())["deadline_race"][scale])
    return most if engine == "sqlite" or scale == "full" else most // 2


def commit(bidder: Bidder, one: Prepared) -> Reply:
    path, body = f"/api/v1/plis/{one.deposit}/depot", json.dumps(one.final_act).encode()
    return bidder.send("POST", path, body, {"Content-Type": "application/json"})


def test_acts_around_the_deadline_are_classed_exactly(
    world: World, clock: SandboxClock, acts: int, tmp_path: Path
) -> None:
    assert world.consultation.closes_at is not None
    deadline = world.consultation.closes_at
    clock.move_to(deadline - timedelta(minutes=5), frozen=True)
    bidder = world.company()
    # Each act is that of another group: a chain takes one first bid only.
    groups = [
        Candidate(bidder.made.siret, (accounts.make_siret(700_000 + number),)) for number in range(acts)
    ]
    plans = [offer(tmp_path)]
    ready = [bidder.sealing.prepare(world.consultation.id, group, plans, at=world.now()) for group in groups]
    draws = random.Random(acts)
    gaps = [0, -1, 1, -5000, 5000] + [draws.randint(-5000, 5000) for _each in range(acts - 5)]
    expected = {}
    for gap, one in zip(gaps, ready, strict=True):
        clock.move_to(deadline + timedelta(milliseconds=gap), frozen=True)
        reply = commit(bidder, one)
        assert reply.status == 201, reply.body
        answer = reply.json()
        assert (answer["late"], answer["received_at"]) == (gap > 0, instant_text(clock.now()))
        expected[str(one.sealed.descriptor.envelopes[0].envelope)] = "late" if gap > 0 else "openable"
    clock.move_to(deadline + timedelta(seconds=6), frozen=True)
    with world.runtime.database.read() as session:
        found = envelopes.of_consultation(session, world.consultation.id, deadline=deadline, now=world.now())
    assert {str(one.id): one.state.value for one in found} == expected
