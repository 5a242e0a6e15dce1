"""Every page of the room answers, to whom it should, with what it should show."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from webtest import TestApp, Upload

from procurement.bids.rules import HolderRole
from procurement.core.clock import SandboxClock
from procurement.core.worker import Worker
from tests.factories.bids import World, add_key, candidature, make_world, offer


def page(app: TestApp, path: str, status: int = 200) -> str:
    response = app.get(path, status=status)
    assert response.content_type == "text/html"
    return " ".join(response.text.split())


def test_bidder_sees_deposit_list_receipt_and_withdrawal(
    world: World, worker: Worker, tmp_path: Path
) -> None:
    bidder = world.company()
    app = bidder.send.app
    assert "Rénovation énergétique" in page(app, f"/consultations/{world.consultation.reference}/depot")
    bidder.sealing.start(world.consultation.id)
    ready, _answer = bidder.sealing.deposit(
        world.consultation.id,
        bidder.candidate(),
        [candidature(tmp_path), offer(tmp_path, name="Mémoire.pdf")],
        at=world.now(),
    )
    worker.run_all()
    assert world.consultation.reference in page(app, "/depots")
    assert "Mémoire.pdf" in page(app, f"/depots/{ready.deposit}")
    app.get(f"/depots/{ready.deposit}/retrait")
    form = app.get(f"/depots/{ready.deposit}/retrait").forms
    answer = next(one for one in form.values() if one.action.endswith("/retrait") or one.action == "").submit(
        status=303
    )
    assert answer.location.endswith(f"/depots/{ready.deposit}")
    page(app, f"/depots/{ready.deposit}")
    page(app, f"/consultations/{world.consultation.reference}/depot")


def test_pages_of_a_deposit_are_not_found_for_others_and_ask_strangers_to_sign_in(
    world: World, tmp_path: Path
) -> None:
    bidder = world.company()
    ready, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now()
    )
    other = world.company().send.app
    buyer = world.signed_in(world.buyer.people["publisher"]).app
    for path in (
        f"/depots/{ready.deposit}",
        f"/depots/{ready.deposit}/retrait",
        f"/depots/{uuid.uuid4()}",
        "/depots/x",
    ):
        for app in (other, buyer):
            app.get(path, status=404)
        assert "/connexion" in world.client().get(path, status=303).location


def test_buyer_arranges_keys_on_pages(world: World) -> None:
    app = world.signed_in(world.buyer.people["publisher"]).app
    assert "Clé recovery" in page(app, "/organisation/cles")
    page(app, "/organisation/cles/nouvelle")
    page(app, f"/cles/{world.key.id}/epreuve")
    reference = world.consultation.reference
    page(app, f"/consultations/{reference}/cles")
    token = app.get("/api/v1/session").json["csrf_token"]
    refused = app.post(
        f"/consultations/{reference}/cles", {"csrf_token": token, "holders": world.key.id}, status=422
    )
    assert "clé de secours" in refused.text
    chosen = {"csrf_token": token, "holders": [world.key.id, world.recovery.id]}
    app.post(f"/consultations/{reference}/cles", chosen, status=303)
    refused = app.post(f"/cles/{world.key.id}/revocation", {"csrf_token": token}, status=409)
    assert reference in refused.html.select_one(".pl-errors, [role=alert]").get_text()
    with world.runtime.database.write() as session:
        successor = add_key(session, world.buyer, HolderRole.HOLDER, world.now())
    chosen["holders"] = [successor.id, world.recovery.id]
    app.post(f"/consultations/{reference}/cles", chosen, status=303)
    app.post(f"/cles/{world.key.id}/revocation", {"csrf_token": token}, status=303)
    assert "Révoquée" in page(app, "/organisation/cles")


def test_existing_certificate_is_added_or_refused_on_the_page(world: World) -> None:
    app = world.signed_in(world.buyer.people["publisher"]).app
    token = app.get("/api/v1/session").json["csrf_token"]
    fields = {"csrf_token": token, "name": "Clé", "role": "holder", "kinds": "offre"}
    bad = app.post("/organisation/cles", {**fields, "certificate": Upload("x.crt", b"nothing")}, status=422)
    assert "certificat lisible" in bad.text
    known = app.post(
        "/organisation/cles", {**fields, "certificate": Upload("x.crt", world.key.certificate)}, status=422
    )
    assert "déjà enregistré" in known.text
    app.post("/organisation/cles", {"csrf_token": token}, status=422)
    with world.runtime.database.write() as session:
        from tests.factories import accounts

        other = accounts.create_buyer(session, world.now())
    stranger = world.signed_in(other.people["publisher"]).app
    token = stranger.get("/api/v1/session").json["csrf_token"]
    stranger.get(f"/cles/{world.key.id}/epreuve", status=404)
    fresh = {**fields, "csrf_token": token, "certificate": Upload("x.crt", world.key.certificate)}
    assert "/epreuve" in stranger.post("/organisation/cles", fresh, status=303).location


def test_buyer_sees_no_number_before_the_deadline(world: World, clock: SandboxClock, tmp_path: Path) -> None:
    app = world.signed_in(world.buyer.people["publisher"]).app
    opener = world.opening()
    paths = [f"/consultations/{world.consultation.reference}/{name}" for name in ("registre", "cles")]
    openings = f"/consultations/{world.consultation.reference}/ouvertures"
    before = [page(app, path) for path in paths] + [page(opener._send.app, openings)]  # type: ignore[attr-defined]  # the test's sender
    bidder = world.company()
    bidder.sealing.deposit(world.consultation.id, bidder.candidate(), [offer(tmp_path)], at=world.now())
    after = [page(app, path) for path in paths] + [page(opener._send.app, openings)]  # type: ignore[attr-defined]  # the test's sender
    assert before == after
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(milliseconds=1), frozen=True)
    later = world.signed_in(world.buyer.people["publisher"]).app
    assert bidder.made.organisation.legal_name in page(later, paths[0])


@pytest.mark.parametrize("lots", [0, 2])
def test_opener_opens_on_pages(
    runtime: object, clock: SandboxClock, worker: Worker, tmp_path: Path, lots: int
) -> None:
    world = make_world(runtime, lots=lots)  # type: ignore[arg-type]  # the fixture
    bidder = world.company()
    plans = [offer(tmp_path, lot=1 if lots else 0, name="Prix.pdf")]
    bidder.sealing.deposit(world.consultation.id, bidder.candidate(), plans, at=world.now())
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(milliseconds=1), frozen=True)
    client = world.opening()
    app: TestApp = client._send.app  # type: ignore[attr-defined]  # the test's sender
    reference = world.consultation.reference
    page(app, f"/consultations/{reference}/ouvertures")
    token = app.get("/api/v1/session").json["csrf_token"]
    app.post(f"/consultations/{reference}/ouvertures", {"csrf_token": token, "kind": "x"}, status=422)
    begun = app.post(
        f"/consultations/{reference}/ouvertures", {"csrf_token": token, "kind": "offre"}, status=303
    )
    number = begun.location.rsplit("/", 1)[1]
    page(app, f"/ouvertures/{number}")
    app.get(f"/ouvertures/{number}/proces-verbal.pdf", status=404)
    client.open(number, world.key)
    worker.run_all()
    page(app, f"/ouvertures/{number}")
    page(app, f"/consultations/{reference}/ouvertures")
    url = client.progress(number)["envelopes"][0]["url"]
    assert "Prix.pdf" in page(app, url)
    assert app.get(f"/ouvertures/{number}/proces-verbal.pdf").content_type == "application/pdf"
    stranger = world.signed_in(bidder.made.people["depositor"]).app
    stranger.get(f"/ouvertures/{number}", status=404)


def test_workstation_page_needs_no_account(world: World) -> None:
    page(world.client(), "/poste")
