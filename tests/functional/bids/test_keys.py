"""Keys over HTTP: creation, existing certificates, rehearsals, revocation, key sets, the guard of publication."""

import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from procurement.bids.hooks import KeySetGuard, KeysSection
from procurement.bids.models import BidKeyHolder
from procurement.bids.rules import HolderRole
from procurement.cli.deposit_client import HeldKey, KeyClient, RefusedByServer
from procurement.consultations import queries as consultations
from procurement.consultations.rules import SectionState
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from signing.certificates import check_recipient
from signing.strict import b64encode
from tests.factories import accounts
from tests.factories.bids import KINDS, World, add_key, publish


@pytest.fixture
def client(world: World) -> KeyClient:
    return KeyClient(world.signed_in(world.buyer.people["publisher"]))


def refusal(caught: pytest.ExceptionInfo[RefusedByServer]) -> tuple[int, str]:
    return caught.value.reply.status, caught.value.code


def test_key_made_in_the_browser_becomes_eligible_by_rehearsal(
    world: World, client: KeyClient, runtime: Runtime
) -> None:
    key = client.create(world.buyer.id, "Claude Martin", "holder", KINDS)
    recipient = check_recipient(key.certificate, world.now())
    assert (recipient.subject, recipient.key_type.value) == ("Claude Martin", "p384")
    assert client.rehearse(key) == "eligible"
    assert (runtime.settings.keys_directory / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert client.call("GET", f"/api/v1/cles/{key.id}/certificat.crt").body == key.certificate


def test_wrong_answer_proves_nothing_and_cannot_be_tried_again(world: World, client: KeyClient) -> None:
    key = client.create(world.buyer.id, "Claude Martin", "holder", KINDS)
    challenge = client.json("POST", f"/api/v1/cles/{key.id}/epreuves", expect=(201,))
    path = f"/api/v1/cles/{key.id}/epreuves/{challenge['rehearsal']}"
    for _each in range(2):
        with pytest.raises(RefusedByServer) as caught:
            client.json("PUT", path, {"value": b64encode(b"x" * 32)})
        assert refusal(caught) == (422, "bid.rehearsal_failed")
    assert client.rehearse(key) == "eligible"


def test_rehearsal_is_worth_an_hour_then_ninety_days(
    world: World, client: KeyClient, clock: SandboxClock
) -> None:
    key = client.create(world.buyer.id, "Claude Martin", "holder", KINDS)
    client.rehearse(key)
    view = consultations_view(world)
    clock.advance(days=91)
    later = KeyClient(world.signed_in(world.buyer.people["publisher"]))
    with pytest.raises(RefusedByServer) as caught:
        later.choose(view.id, [key, world.recovery])
    assert refusal(caught) == (409, "bid.keyset_incomplete")
    assert {one["code"] for one in caught.value.reply.json()["errors"]} == {"bid.keyset_rehearsal"}


def consultations_view(world: World) -> consultations.ConsultationView:
    with world.runtime.database.read() as session:
        return consultations.view(session, world.consultation.id)


@pytest.mark.parametrize(
    ("body", "expected", "reason"),
    [
        ({"certificate": b64encode(b"not a certificate")}, "bid.certificate_refused", "unreadable"),
        ({"spki": b64encode(b"not a key")}, "bid.certificate_refused", "unreadable"),
        ({"spki": "curve"}, "bid.certificate_refused", "curve"),
        ({"spki": "size"}, "bid.certificate_refused", "key_size"),
        ({"spki": "type"}, "bid.certificate_refused", "key_type"),
        ({}, "bid.key_body", None),
        ({"kinds": []}, "api.body_invalid", None),
    ],
)
def test_key_that_cannot_receive_bids_is_refused(
    world: World, client: KeyClient, body: dict[str, object], expected: str, reason: str | None
) -> None:
    made = {
        "curve": lambda: ec.generate_private_key(ec.SECP521R1()),
        "size": lambda: rsa.generate_private_key(65537, 2048),
        "type": ed25519.Ed25519PrivateKey.generate,
    }
    if body.get("spki") in made:
        public = made[str(body["spki"])]().public_key()
        body = {"spki": b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}
    whole = {"name": "Clé", "role": "holder", "kinds": ["offre"], **body}
    with pytest.raises(RefusedByServer) as caught:
        client.json("POST", f"/api/v1/organisations/{world.buyer.id}/cles", whole)
    assert refusal(caught) == (422, expected)
    assert caught.value.reply.json().get("reason") == reason


def test_same_certificate_twice_is_refused(world: World, client: KeyClient) -> None:
    body = {
        "name": "Clé",
        "role": "holder",
        "kinds": ["offre"],
        "certificate": b64encode(world.key.certificate),
    }
    with pytest.raises(RefusedByServer) as caught:
        client.json("POST", f"/api/v1/organisations/{world.buyer.id}/cles", body)
    assert caught.value.reply.json()["reason"] == "known"


def test_key_set_versions_and_revocation(world: World, client: KeyClient) -> None:
    third = client.create(world.buyer.id, "Troisième", "holder", KINDS)
    client.rehearse(third)
    chosen = client.choose(world.consultation.id, [third, world.recovery])
    assert (chosen["version"], chosen["policy"]) == (2, {"m": 1, "n": 2})
    with pytest.raises(RefusedByServer) as caught:
        client.json("POST", f"/api/v1/cles/{third.id}/revocation", {})
    assert refusal(caught) == (409, "bid.key_in_use")
    assert caught.value.reply.json()["consultations"] == world.consultation.reference
    client.choose(world.consultation.id, [world.key, world.recovery])
    assert client.json("POST", f"/api/v1/cles/{third.id}/revocation", {})["state"] == "revoked"
    with pytest.raises(RefusedByServer) as caught:
        client.choose(world.consultation.id, [third, world.recovery])
    assert refusal(caught) == (409, "bid.keyset_incomplete")
    with pytest.raises(RefusedByServer) as caught:
        client.rehearse(third)
    assert caught.value.reply.json()["reason"] == "revoked"


def test_key_set_with_one_key_or_foreign_key_is_refused(world: World, client: KeyClient) -> None:
    with pytest.raises(RefusedByServer) as caught:
        client.choose(world.consultation.id, [world.key])
    assert {one["code"] for one in caught.value.reply.json()["errors"]} == {
        "bid.keyset_recipients",
        "bid.keyset_recovery",
    }
    foreign = HeldKey(str(uuid.uuid4()), world.key.private_key, world.key.certificate)
    with pytest.raises(RefusedByServer) as caught:
        client.choose(world.consultation.id, [foreign, world.recovery])
    assert caught.value.reply.status == 404


def test_keys_of_another_buyer_are_not_found(world: World) -> None:
    with world.runtime.database.write() as session:
        other = accounts.create_buyer(session, world.now())
    stranger = KeyClient(world.signed_in(other.people["publisher"]))
    for call in (
        lambda: stranger.create(world.buyer.id, "Clé", "holder", KINDS),
        lambda: stranger.rehearse(world.key),
        lambda: stranger.choose(world.consultation.id, [world.key, world.recovery]),
        lambda: stranger.call("GET", f"/api/v1/cles/{world.key.id}/certificat.crt"),
    ):
        with pytest.raises(RefusedByServer) as caught:
            call()
        assert caught.value.reply.status == 404


def test_observer_may_not_touch_keys(world: World) -> None:
    observer = KeyClient(world.signed_in(world.buyer.people["observer"]))
    with pytest.raises(RefusedByServer) as caught:
        observer.create(world.buyer.id, "Clé", "holder", KINDS)
    assert caught.value.reply.status == 403


def test_publication_is_refused_without_a_complete_key_set(world: World, clock: SandboxClock) -> None:
    guard, section = KeySetGuard(), KeysSection()
    with world.runtime.database.write() as session:
        bare = consultations.view(session, publish(session, world.buyer, world.now()).id)
        assert [one.code for one in guard.check(session, bare, world.now())] == ["bid.keyset_incomplete"]
        assert section.state(session, bare, world.now()) is SectionState.TODO
        ready = consultations.view(session, world.consultation.id)
        assert guard.check(session, ready, world.now()) == []
        assert section.state(session, ready, world.now()) is SectionState.DONE
        stale = world.now() + timedelta(days=91)
        assert {one.params["kind"] for one in guard.check(session, ready, stale)} == {"Candidature", "Offre"}
        assert section.state(session, ready, stale) is SectionState.STARTED
    del clock


def test_terms_have_an_etag_that_the_time_does_not_change(world: World, clock: SandboxClock) -> None:
    app = world.client()
    path = f"/api/v1/consultations/{world.consultation.id}/scellement"
    first = app.get(path)
    clock.advance(minutes=1)
    assert app.get(path).headers["ETag"] == first.headers["ETag"]
    assert app.get(path, headers={"If-None-Match": first.headers["ETag"]}, status=304).body == b""
    with world.runtime.database.write() as session:
        third = add_key(session, world.buyer, HolderRole.HOLDER, world.now())
    client = KeyClient(world.signed_in(world.buyer.people["publisher"]))
    client.choose(world.consultation.id, [third, world.key, world.recovery])
    assert app.get(path).headers["ETag"] != first.headers["ETag"]
    assert (
        app.get(f"/api/v1/consultations/{uuid.uuid4()}/scellement", status=404).json["code"]
        == "consultation.not_found"
    )


def test_terms_never_offer_a_revoked_key(world: World) -> None:
    with world.runtime.database.write() as session:
        session.get_one(BidKeyHolder, uuid.UUID(world.key.id)).revoked_at = world.now()
    path = f"/api/v1/consultations/{world.consultation.id}/scellement"
    assert world.client().get(path, status=409).json["code"] == "bid.keyset_stale"


def test_key_of_a_closed_consultation_may_be_revoked(world: World, clock: SandboxClock) -> None:
    assert world.consultation.closes_at is not None
    clock.move_to(world.consultation.closes_at + timedelta(milliseconds=1), frozen=True)
    later = KeyClient(world.signed_in(world.buyer.people["publisher"]))
    assert later.json("POST", f"/api/v1/cles/{world.key.id}/revocation", {})["state"] == "revoked"


def test_workstation_endpoints_need_no_account(world: World) -> None:
    app = world.client()
    assert app.get("/api/v1/horloge").json == {"now": app.get("/api/v1/poste/heure").json["server_time"]}
    assert app.post("/api/v1/poste/envoi", b"x" * 9000).json == {"bytes": 9000}
    assert (
        app.post("/api/v1/poste/envoi", b"x" * ((10 << 20) + 1), status=413).json["code"]
        == "bid.workstation_too_large"
    )
