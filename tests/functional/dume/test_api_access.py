"""Who gets what by the API, and when: other clients, other members, buyers before and after the opening."""

import pytest
from webtest import TestApp

from dume import service
from dume.rules import Owner, OwnerKind
from procurement.accounts.rules.clients import ClientState
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault
from tests.factories.accounts import create_company
from tests.factories.clients import Vendor, bearer, client_identity, create_vendor
from tests.factories.dume_api import (
    API,
    BUYER,
    COMPANY,
    Client,
    attach,
    begun,
    finished,
    published,
    request_body,
)

SECOND = "12345678200010"
#: What is answered, in every form it can be read in.
READINGS = ("", "/changes", "/document", "/document?version=1.0.2", "/evidences", "/prefills")


@pytest.fixture
def buyers(runtime: Runtime) -> Vendor:
    return create_vendor(runtime, name="Place de l’acheteur")


@pytest.fixture
def bidders(runtime: Runtime) -> Vendor:
    return create_vendor(runtime, name="Place des entreprises")


def program(app: TestApp, vendor: Vendor, *wanted: str) -> Client:
    return Client(app, bearer(app, vendor, *wanted))


def test_member_of_a_consortium_reads_no_answer_of_another(
    app: TestApp, runtime: Runtime, clock: SandboxClock, buyers: Vendor, bidders: Vendor
) -> None:
    lead = program(app, bidders)
    asked = published(program(app, buyers), clock)
    first = begun(lead, asked, role="group-lead")
    group = lead.post("/consortia", {"id_dume": first, "name": "Groupement"}, status=201).json["id"]
    guest = {"role": "group-mem", "email": "membre@exemple.test"}
    invited = lead.post(f"/consortia/{group}/members", guest, status=201).json
    other = create_vendor(runtime, name="Place de la seconde")
    owner = Owner(kind=OwnerKind.CLIENT, siret=SECOND, client_id=other.id)
    token, by = invited["url"].rpartition("/")[2], client_identity(other)
    with runtime.database.write() as session:
        vault = runtime.find(KeyVault)
        row = service.join_consortium(session, vault, token, owner=owner, by=by, now=clock.now())
        second = row.id_dume
    member = program(app, other)
    for path in READINGS:
        lead.get(f"/dume-oe/{second}{path}", status=404)
        member.get(f"/dume-oe/{first}{path}", status=404)
    member.get(f"/consortia/{group}", status=404)
    shown = lead.get(f"/consortia/{group}").json
    assert [(one["role"], one["state"]) for one in shown["members"]] == [
        ("group-lead", "joined"),
        ("group-mem", "joined"),
    ]
    assert sorted(shown["members"][1]) == ["expires_at", "id", "name", "role", "siret", "state"]


def test_member_is_removed_under_the_tag_of_the_consortium(
    app: TestApp, clock: SandboxClock, buyers: Vendor, bidders: Vendor
) -> None:
    lead = program(app, bidders)
    first = begun(lead, published(program(app, buyers), clock), role="group-lead")
    group = lead.post("/consortia", {"id_dume": first, "name": "Groupement"}, status=201).json["id"]
    again = lead.post("/consortia", {"id_dume": first, "name": "Second"}, status=409)
    assert again.json["code"] == "dume.in_consortium"
    path = f"/consortia/{group}"
    stale = lead.get(path).headers["ETag"]
    guest = {"role": "group-mem", "email": "membre@exemple.test"}
    member = lead.post(f"{path}/members", guest, status=201).json["id"]
    address = f"{API}{path}/members/{member}"
    app.delete(address, headers=lead.headers, status=428)
    app.delete(address, headers={**lead.headers, "If-Match": stale}, status=412)
    app.delete(address, headers={**lead.headers, "If-Match": lead.get(path).headers["ETag"]}, status=204)
    assert lead.get(path).json["members"][1]["state"] == "left"


def test_vendor_gets_no_protected_data_without_the_scope_and_the_buyer(
    app: TestApp, clock: SandboxClock, buyers: Vendor, bidders: Vendor
) -> None:
    id_dume = begun(program(app, bidders), published(program(app, buyers), clock))
    plain = program(app, bidders, "prefill:public", "oe:write")
    level = {"level": 2, "recipient": BUYER}
    refusals = [
        plain.post(f"/dume-oe/{id_dume}/prefills", level, status=403),
        plain.get(f"/companies/{COMPANY}?level=2&buyer={BUYER}", status=403),
        program(app, bidders).get(f"/companies/{COMPANY}?level=2", status=403),
        program(app, bidders).post(
            f"/dume-oe/{id_dume}/prefills", {"level": 2, "recipient": COMPANY}, status=403
        ),
        plain.post("/dume-oe", {"id_dume_acheteur": "aaaaaaaa", "siret": COMPANY}, status=404),
    ]
    assert [answer.json["code"] for answer in refusals] == [
        *["dume.recipient_mismatch"] * 4,
        "dume.not_found",
    ]
    assert plain.get(f"/dume-oe/{id_dume}/prefills").json == {"completed": True, "sources": []}


def test_vendor_in_production_acts_for_no_buyer_without_a_mandate(
    app: TestApp, runtime: Runtime, clock: SandboxClock
) -> None:
    with runtime.database.write() as session:
        holder = create_company(session, clock.now(), people=False).organisation.id
    vendor = create_vendor(runtime, organisation_id=holder, state=ClientState.PRODUCTION)
    client = program(app, vendor)
    assert (
        client.post("/dume-acheteur", request_body(clock), status=403).json["code"]
        == "client.mandate_missing"
    )
    refused = client.get(f"/companies/{COMPANY}?level=2&buyer={BUYER}", status=403)
    assert refused.json["code"] == "client.mandate_missing"
    assert client.get("/dume-acheteur").json["items"] == []


def test_buyer_reads_nothing_before_the_deadline_and_the_statement(
    app: TestApp, clock: SandboxClock, buyers: Vendor, bidders: Vendor
) -> None:
    asked = published(program(app, buyers), clock)
    company = program(app, bidders)
    id_dume = finished(company, asked)
    buyer = program(app, buyers)
    wanted, opening = {"ids": [id_dume]}, f"/dume-acheteur/{asked}/opening"
    before = {"opened_at": clock.now().isoformat(), "by": "Commission"}
    for path in READINGS:
        buyer.get(f"/dume-oe/{id_dume}{path}", status=404)
    assert _zip(buyer, wanted, 403) == "dume.not_opened"
    assert buyer.post(opening, before, status=409).json["code"] == "dume.too_early"
    clock.advance(days=10, seconds=1)
    buyer = program(app, buyers)
    assert _zip(buyer, wanted, 403) == "dume.not_opened"
    buyer.post(f"/dume-oe/{id_dume}/freshness", {}, status=404)
    buyer.post(opening, {"opened_at": clock.now().isoformat(), "by": "Commission"})
    assert _zip(buyer, wanted, 202).startswith("PK")
    assert buyer.post(f"/dume-oe/{id_dume}/freshness", {}, status=202).json["sources"] == []
    company = program(app, bidders)
    assert _zip(company, wanted, 404) == "dume.not_found"
    assert company.post(opening, before, status=404).json["code"] == "dume.not_found"


def test_who_is_both_buyer_and_bidder_waits_like_any_buyer(
    app: TestApp, clock: SandboxClock, buyers: Vendor
) -> None:
    client = program(app, buyers)
    id_dume = finished(client, published(client, clock))
    assert _zip(client, {"ids": [id_dume]}, 403) == "dume.not_opened"
    refused = client.post(f"/dume-oe/{id_dume}/freshness", {}, status=409)
    assert refused.json["code"] == "dume.not_opened"


def _zip(client: Client, body: dict[str, list[str]], status: int) -> str:
    """Ask for opened documents; return the code of the refusal, or how the file begins."""
    headers = {**client.headers, "Accept": "application/zip, application/problem+json"}
    answer = client.app.post_json(f"{API}/documents-oe", body, headers=headers, status=status)
    return str(answer.body[:2], "latin-1") if status == 202 else str(answer.json["code"])


def test_proof_is_read_by_its_owner_alone(
    app: TestApp, clock: SandboxClock, buyers: Vendor, bidders: Vendor
) -> None:
    client = program(app, bidders)
    asked = published(program(app, buyers), clock)
    mine, other = begun(client, asked), begun(client, asked, lots=[])
    number = attach(client, mine)
    shown = client.get(f"/dume-oe/{mine}/evidences/{number}", accept="*/*")
    assert shown.content_type == "image/png"
    client.get(f"/dume-oe/{other}/evidences/{number}", accept="*/*", status=404)
    program(app, buyers).get(f"/dume-oe/{mine}/evidences/{number}", accept="*/*", status=404)
