"""A final act that was refused is over: its instant gives nobody a choice after the deadline."""

import json
from datetime import timedelta
from pathlib import Path

from procurement.core.clock import SandboxClock
from tests.factories.bids import Bidder, World, offer


def put_objects(bidder: Bidder, ready: object) -> None:
    for name, content in ready.objects().items():  # type: ignore[attr-defined]  # a Prepared
        bidder.sealing.put(ready.deposit, name, content)  # type: ignore[attr-defined]  # a Prepared


def act(bidder: Bidder, deposit: str, **hashes: str) -> tuple[int, dict[str, object]]:
    body = json.dumps(hashes).encode()
    reply = bidder.send("POST", f"/api/v1/plis/{deposit}/depot", body, {"Content-Type": "application/json"})
    return reply.status, reply.json()


def after_deadline(world: World, bidder: Bidder, clock: SandboxClock) -> Bidder:
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(hours=1), frozen=True)
    return Bidder(bidder.made, world.signed_in(bidder.made.people["depositor"]))


def test_act_with_another_inventory_before_the_deadline_books_no_instant(
    world: World, clock: SandboxClock, tmp_path: Path
) -> None:
    bidder = world.company()
    ready = bidder.sealing.prepare(
        world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
    )
    put_objects(bidder, ready)
    wrong = {**ready.final_act, "inventory_sha256": "0" * 64}
    status, problem = act(bidder, ready.deposit, **wrong)
    assert (status, problem["code"]) == (409, "bid.incomplete")
    later = after_deadline(world, bidder, clock)
    status, answer = act(later, ready.deposit, **ready.final_act)
    assert (status, answer["late"]) == (201, True)


def test_act_that_refers_to_a_bid_to_come_books_no_instant(
    world: World, clock: SandboxClock, tmp_path: Path
) -> None:
    bidder = world.company()
    key = bidder.sealing.prepare(world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now())
    option = bidder.sealing.prepare(
        world.consultation.id,
        bidder.candidate(),
        [offer(tmp_path, refers_to=[key.sealed.descriptor.envelopes[0].envelope])],
        at=world.now(),
    )
    put_objects(bidder, option)
    status, problem = act(bidder, option.deposit, **option.final_act)
    assert (status, problem["code"]) == (409, "bid.relation_refused")
    later = after_deadline(world, bidder, clock)
    assert later.sealing.commit(key)["late"] is True
    status, answer = act(later, option.deposit, **option.final_act)
    assert (status, answer["late"]) == (201, True)
