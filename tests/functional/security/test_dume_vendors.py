"""What vendors' programs must not get: data of another recipient, of another company, or for a buyer that took its mandate back."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from webtest import TestApp

from dume import queries, service
from dume.espd.model import Answer, AnswerStatus, Provenance
from dume.models import DumeSource
from dume.service.writing import put
from procurement.accounts.rules.clients import ClientState
from procurement.accounts.service import api_clients
from procurement.accounts.service.api_clients import Signed
from procurement.core import ids
from procurement.core.clock import SandboxClock
from procurement.core.errors import Forbidden
from procurement.core.permissions import scopes
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from tests.factories.accounts import create_company
from tests.factories.clients import Vendor, bearer, client_identity, create_vendor
from tests.factories.dume_api import BUYER, COMPANY, PNG, Client, begun, finished, published, request_body

OTHER_BUYER, OTHER_COMPANY = "12345678200010", "00000007500010"
RETURN = "https://places.example/retour"


@pytest.fixture
def production(runtime: Runtime, clock: SandboxClock) -> Vendor:
    """Return a vendor in production, with no mandate yet."""
    with runtime.database.write() as session:
        holder = create_company(session, clock.now(), people=False).organisation.id
    return create_vendor(runtime, organisation_id=holder, state=ClientState.PRODUCTION, return_urls=(RETURN,))


@pytest.fixture
def mandate(runtime: Runtime, clock: SandboxClock) -> Callable[..., uuid.UUID]:
    """Return what records a buyer's mandate, for all scopes unless some are named."""

    def record(vendor: Vendor, *allowed: str) -> uuid.UUID:
        day = clock.now().date()
        signed = Signed(siret=BUYER, signatory="Maire", signed_on=day, scopes=allowed or tuple(scopes()))
        with runtime.database.write() as session:
            return api_clients.record_mandate(session, vendor.id, signed, by=None, now=clock.now())

    return record


def program(app: TestApp, vendor: Vendor) -> Client:
    return Client(app, bearer(app, vendor))


def test_protected_data_take_the_mandate_of_the_buyer_at_every_door(
    app: TestApp, runtime: Runtime, clock: SandboxClock, production: Vendor, mandate: Any
) -> None:
    asked = published(program(app, create_vendor(runtime)), clock)
    client = program(app, production)
    id_dume = begun(client, asked)
    protected = {"level": 2, "recipient": BUYER}
    created = {"id_dume_acheteur": asked, "siret": COMPANY, "prefill": 2, "recipient": BUYER}
    for path, body in ((f"/dume-oe/{id_dume}/prefills", protected), ("/dume-oe", created)):
        assert client.post(path, body, status=403).json["code"] == "client.mandate_missing", path
    assert client.get(f"/dume-oe/{id_dume}/prefills").json == {"sources": [], "completed": True}
    mandate(production, "prefill:public")
    assert (
        client.post(f"/dume-oe/{id_dume}/prefills", protected, status=403).json["code"]
        == "client.mandate_missing"
    )
    mandate(production, "prefill:protected")
    client.post(f"/dume-oe/{id_dume}/prefills", protected, status=202)


def test_hand_over_asks_for_protected_data_with_the_mandate_alone(
    app: TestApp, clock: SandboxClock, production: Vendor, mandate: Any
) -> None:
    mandate(production, "acheteur:write", "acheteur:publish")
    client = program(app, production)
    asked = published(client, clock)
    body = {
        "kind": "oe", "consultation": {"ref": "2027-000042"}, "siret": COMPANY, "return_url": RETURN, "prefill": 2,
        "id_dume_acheteur": asked,
    }  # fmt: skip
    assert client.post("/parcours", body, status=403).json["code"] == "client.mandate_missing"
    assert client.get("/dume-oe").json["items"] == []


def test_nobody_behind_a_link_has_protected_data_asked_for(
    runtime: Runtime, clock: SandboxClock, app: TestApp
) -> None:
    id_dume = begun(*_both(app, runtime, clock))
    with runtime.database.write() as session:
        row = queries.by_id_dume(session, id_dume)
        with pytest.raises(Forbidden, match="recipient_mismatch"):
            service.start_prefill(session, row, level=2, recipient=BUYER, by=None, now=clock.now())


def _both(app: TestApp, runtime: Runtime, clock: SandboxClock) -> tuple[Client, str]:
    client = program(app, create_vendor(runtime))
    return client, published(client, clock)


def test_answers_of_one_company_are_not_taken_over_for_another(
    app: TestApp, runtime: Runtime, clock: SandboxClock
) -> None:
    client, asked = _both(app, runtime, clock)
    first = finished(client, asked)
    wanted = {"id_dume_acheteur": asked, "siret": OTHER_COMPANY, "reuse": first}
    assert client.post("/dume-oe", wanted, status=409).json["code"] == "dume.wrong_company"
    client.post("/dume-oe", {**wanted, "siret": COMPANY}, status=201)


def test_protected_data_do_not_cross_to_another_buyer(
    app: TestApp, runtime: Runtime, clock: SandboxClock
) -> None:
    vendor = create_vendor(runtime)
    client = program(app, vendor)
    asked = published(client, clock)
    elsewhere = request_body(clock, siret=OTHER_BUYER, consultation={"ref": "2027-000099"})
    other = client.post("/dume-acheteur", elsewhere, status=201).json["id_dume"]
    client.post(f"/dume-acheteur/{other}/validate", {})
    client.post(f"/dume-acheteur/{other}/publish", {})
    id_dume = begun(client, asked)
    _protected_proof(runtime, vendor, id_dume, clock)
    assert [one["source"] for one in client.get(f"/dume-oe/{id_dume}/evidences").json["items"]] == [
        "tax_certificate"
    ]
    proof = (
        f"/dume-oe/{id_dume}/evidences/{client.get(f'/dume-oe/{id_dume}/evidences').json['items'][0]['id']}"
    )
    reader = Client(app, bearer(app, vendor, "oe:read"))
    assert reader.get(proof, status=403, accept="*/*").json["code"] == "dume.recipient_mismatch"
    assert client.get(proof, accept="*/*").body == PNG
    same = begun(client, asked, reuse=id_dume)
    assert len(client.get(f"/dume-oe/{same}/evidences").json["items"]) == 1
    crossed = begun(client, other, reuse=id_dume)
    assert client.get(f"/dume-oe/{crossed}/evidences").json["items"] == []
    said = client.get(f"/dume-oe/{crossed}/document").text
    assert (
        "CANARI-PROTEGE" in client.get(f"/dume-oe/{id_dume}/document").text,
        "CANARI-PROTEGE" in said,
    ) == (
        True,
        False,
    )
    assert client.get(f"/dume-oe/{crossed}/document").json.get("evidences", []) == []


def _protected_proof(runtime: Runtime, vendor: Vendor, id_dume: str, clock: SandboxClock) -> None:
    """Give a response a proof and a proposal that a source gave for its buyer alone."""
    vault, now = runtime.find(KeyVault), clock.now()
    with runtime.database.read() as session:
        owner = queries.by_id_dume(session, id_dume).vault_owner
    stored = service.store_proof(
        runtime.database, vault, runtime.find(Storage), owner, PNG, name="Attestation fiscale", now=now
    )
    with runtime.database.write() as session:
        row = queries.by_id_dume(session, id_dume)
        view = service.attach_evidence(session, vault, row, stored, by=client_identity(vendor), now=now)
        session.execute(
            update(DumeSource)
            .where(DumeSource.id == view.id)
            .values(source="tax_certificate", level=2, prefill=ids.uuid7())
        )
        what = queries.document(session, vault, row)
        group = next(one for one in what.criteria if one.code == "gen-year-to").groups[0]
        asked = next(one for one in _properties(group) if one.value_type == "DESCRIPTION")
        source = Provenance(source="tax_certificate", obtained_at=now.isoformat())
        made = Answer(
            asked.id, "CANARI-PROTEGE", (), (), AnswerStatus.PROPOSED, source, evidences=(view.evidence,)
        )
        put(session, vault, row, replace(what, answers=(*what.answers, made)), by=None, now=now)


def _properties(group: Any) -> list[Any]:
    found = list(group.properties)
    for below in group.groups:
        found += _properties(below)
    return found


def test_mandate_taken_back_ends_every_act_for_the_buyer(
    app: TestApp, runtime: Runtime, clock: SandboxClock, production: Vendor, mandate: Any
) -> None:
    given = mandate(production)
    client = program(app, production)
    asked, draft = published(client, clock), client.post("/dume-acheteur", request_body(clock), status=201)
    id_dume, number = finished(program(app, create_vendor(runtime)), asked), draft.json["id_dume"]
    clock.advance(days=10, seconds=1)
    client = program(app, production)
    statement = {"opened_at": clock.now().isoformat(), "by": "Commission"}
    client.post(f"/dume-acheteur/{asked}/opening", statement)
    client.headers["Accept"] = "application/zip, application/problem+json, application/json"
    client.post("/documents-oe", {"ids": [id_dume]}, status=202)
    with runtime.database.write() as session:
        api_clients.withdraw_mandate(session, production.id, given, by=None, now=clock.now())
    tag = client.get(f"/dume-acheteur/{number}").headers["ETag"]
    codes = [
        client.post(path, body, status=403).json["code"]
        for path, body in (
            ("/documents-oe", {"ids": [id_dume]}),
            (f"/dume-oe/{id_dume}/freshness", {}),
            (f"/dume-acheteur/{asked}/opening", statement),
            (f"/dume-acheteur/{number}/validate", {}),
        )
    ]
    codes.append(client.send("patch", f"/dume-acheteur/{number}", {"lots": []}, tag, status=403).json["code"])
    codes.append(client.send("put", f"/dume-acheteur/{number}/criteria", {}, tag, status=403).json["code"])
    deleted = app.delete(
        f"/api/v1/dume-acheteur/{number}", headers={**client.headers, "If-Match": tag}, status=403
    )
    assert [*codes, deleted.json["code"]] == ["client.mandate_missing"] * 7


def test_vendor_is_not_told_what_a_source_tells_the_company_alone(app: TestApp, runtime: Runtime) -> None:
    client = program(app, create_vendor(runtime))
    got = client.get(f"/companies/00000006700017?level=2&buyer={BUYER}&object=2027-1")
    refused = next(one for one in got.json["sources"] if one["source"] == "social_certificate")
    unknown = client.get(f"/companies/00000002600013?level=2&buyer={BUYER}&object=2027-1")
    never = next(one for one in unknown.json["sources"] if one["source"] == "social_certificate")
    assert (refused["status"], refused["detail"]) == (never["status"], never["detail"])
    assert ("notice" in refused, "refus" in got.text) == (False, False)


def test_opened_response_is_not_taken_away(app: TestApp, runtime: Runtime, clock: SandboxClock) -> None:
    buyer = create_vendor(runtime)
    asked = published(program(app, buyer), clock)
    vendor = create_vendor(runtime)
    id_dume = finished(program(app, vendor), asked)
    clock.advance(days=10, seconds=1)
    statement = {"opened_at": clock.now().isoformat(), "by": "Commission"}
    program(app, buyer).post(f"/dume-acheteur/{asked}/opening", statement)
    company = program(app, vendor)
    tag = company.get(f"/dume-oe/{id_dume}").headers["ETag"]
    refused = app.delete(
        f"/api/v1/dume-oe/{id_dume}", headers={**company.headers, "If-Match": tag}, status=409
    )
    assert refused.json["code"] == "dume.deposited"
