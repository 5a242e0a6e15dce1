"""Dashboards: what waits for the buyer, what the company has begun, and no word of how many bids there are."""

from datetime import timedelta
from pathlib import Path

from procurement.bids.models import BidKeyHolder
from procurement.bids.rules import REHEARSAL_LASTS
from procurement.core.clock import SandboxClock
from tests.factories import accounts
from tests.factories.accounts import Account
from tests.factories.bids import World, offer


def due(world: World, who: Account) -> list[tuple[str, str]]:
    """Return title and address of what is due on somebody's dashboard."""
    app = world.client()
    accounts.sign_in(app, who, now=world.now())
    page = app.get("/tableau-de-bord").html
    return [(one.h3.get_text(), one.a["href"]) for one in page.select(".pl-due li")]


def test_opener_sees_the_consultation_to_open_only_after_its_deadline(
    world: World, clock: SandboxClock
) -> None:
    address = f"/consultations/{world.consultation.reference}/ouvertures"
    assert address not in dict(map(reversed, due(world, world.opener)))
    clock.move_to(world.consultation.closes_at + timedelta(milliseconds=1), frozen=True)
    assert (world.consultation.title, address) in due(world, world.opener)
    assert address not in dict(map(reversed, due(world, world.buyer.people["drafter"])))


def test_drafter_sees_keys_to_rehearse_and_key_sets_that_do_not_suffice(
    world: World, clock: SandboxClock
) -> None:
    drafter = world.buyer.people["drafter"]
    keyset = f"/consultations/{world.consultation.reference}/cles"
    before = [href for _title, href in due(world, drafter)]
    assert keyset not in before
    assert f"/cles/{world.key.id}/epreuve" not in before
    with world.runtime.database.write() as session:
        for holder in session.query(BidKeyHolder):
            holder.rehearsed_at = world.now() - REHEARSAL_LASTS - timedelta(seconds=1)
    found = [href for _title, href in due(world, drafter)]
    assert found.count(keyset) == 1
    assert {f"/cles/{key.id}/epreuve" for key in (world.key, world.recovery)} <= set(found)


def test_company_sees_what_it_has_begun_and_what_it_has_deposited(world: World, tmp_path: Path) -> None:
    bidder = world.company()
    ready, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
    )
    draft = bidder.sealing.start(world.consultation.id)
    page = bidder.send.app.get("/tableau-de-bord").html
    begun = [one.a["href"] for one in page.select(".pl-due li")]
    assert begun == [f"/consultations/{world.consultation.reference}/depot?pli={draft}"]
    assert page.select_one(f'a[href="/depots/{ready.deposit}"]') is not None


def test_buyer_sees_the_same_dashboard_whether_or_not_a_bid_came(world: World, tmp_path: Path) -> None:
    before = due(world, world.opener)
    bidder = world.company()
    world.runtime.clock.advance(seconds=60)  # type: ignore[attr-defined]  # the sandbox's clock
    bidder.sealing.deposit(world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now())
    assert due(world, world.opener) == before
