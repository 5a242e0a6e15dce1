"""A vendor's whole way through the API: request, response, prefilling, validation, publication, opening, documents."""

import base64
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from webtest import TestApp

from dume.espd.importing import read
from dume.espd.validate import validate
from dume.espd.write_v41 import write
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker
from tests.factories.clients import Vendor, bearer, create_vendor
from tests.factories.dume_api import API, BUYER, COMPANY, Client, answered, published, request_body
from tests.vectors.dume.documents import documents


@pytest.fixture
def vendor(runtime: Runtime) -> Vendor:
    return create_vendor(runtime)


@pytest.fixture
def client(app: TestApp, vendor: Vendor) -> Client:
    return Client(app, bearer(app, vendor))


def test_vendor_goes_from_a_request_to_opened_documents(
    client: Client, clock: SandboxClock, worker: Worker
) -> None:
    asked = published(client, clock)
    body = {"id_dume_acheteur": asked, "siret": COMPANY, "prefill": 1}
    made = client.post("/dume-oe", body, status=201)
    id_dume = made.json["id_dume"]
    assert made.headers["Location"].endswith(f"/api/v1/dume-oe/{id_dume}")
    worker.run_all()
    statuses = {one["status"] for one in client.get(f"/dume-oe/{id_dume}/prefills").json["sources"]}
    assert "obtained" in statuses
    assert "pending" not in statuses
    answered(client, id_dume)
    assert client.post(f"/dume-oe/{id_dume}/validate", {}).json["ready"] is True
    xml = client.get(f"/dume-oe/{id_dume}/document", accept="application/xml")
    assert validate(xml.body).valid
    assert read(xml.body).document.economic_operator is not None
    assert client.get(f"/dume-oe/{id_dume}/document", accept="application/pdf").body.startswith(b"%PDF-")
    assert client.post(f"/dume-oe/{id_dume}/publish", {}).json["status"] == "publie"
    client.post("/documents-oe", {"ids": [id_dume]}, status=403)
    statement = {
        "opened_at": (clock.now() + timedelta(days=11)).isoformat(),
        "by": "Commission d’appel d’offres",
    }
    client.post(f"/dume-acheteur/{asked}/opening", statement, status=409)
    clock.advance(days=11, seconds=5)


def test_documents_come_after_the_deadline_and_the_statement(
    app: TestApp, vendor: Vendor, client: Client, clock: SandboxClock, worker: Worker
) -> None:
    asked = published(client, clock)
    id_dume = client.post("/dume-oe", {"id_dume_acheteur": asked, "siret": COMPANY}, status=201).json[
        "id_dume"
    ]
    answered(client, id_dume)
    client.post(f"/dume-oe/{id_dume}/validate", {})
    client.post(f"/dume-oe/{id_dume}/publish", {})
    clock.advance(days=11)
    later = Client(app, bearer(app, vendor))
    later.headers["Accept"] = "application/zip, application/problem+json"
    later.post("/documents-oe", {"ids": [id_dume]}, status=403)
    statement = {"opened_at": clock.now().isoformat(), "by": "Commission"}
    Client(app, bearer(app, vendor)).post(f"/dume-acheteur/{asked}/opening", statement)
    got = later.post("/documents-oe", {"ids": [id_dume]}, status=202)
    with zipfile.ZipFile(io.BytesIO(got.body)) as archive:
        assert archive.namelist() == [f"{id_dume}/LOT-0000.xml"]


def test_request_is_changed_by_merge_patch_under_its_tag(client: Client, clock: SandboxClock) -> None:
    made = client.post("/dume-acheteur", request_body(clock), status=201)
    path, tag = f"/dume-acheteur/{made.json['id_dume']}", made.headers["ETag"]
    patch = {"procedure": {"title": "Piscine"}, "buyer": {"party": {"name": "Ville de Test"}}}
    changed = client.send("patch", path, patch, tag)
    assert changed.json["edition"] == made.json["edition"] + 1
    client.send("patch", path, patch, tag, status=412)
    what = client.get(f"{path}/document").json
    assert what["procedure"]["title"] == "Piscine"
    assert what["procedure"]["description"] == "Isolation du gymnase"
    assert what["buyer"]["party"]["name"] == "Ville de Test"
    refused = client.send(
        "patch", path, {"buyer": {"party": {"nom": "x"}}}, changed.headers["ETag"], status=422
    )
    assert refused.json["errors"][0]["pointer"].startswith("/buyer")


def test_files_are_judged_converted_and_shown_without_a_key(app: TestApp) -> None:
    made = documents()
    for name in ("request-everything", "response-full"):
        body = {"xml": base64.b64encode(write(made[name])).decode()}
        verdict = app.post_json(f"{API}/validations", body).json
        assert verdict["valid"] is True
        converted = app.post_json(f"{API}/conversions", {**body, "to": "4.1.0"}).json
        assert converted["files"][0]["valid"] is True
        assert app.post_json(f"{API}/renderings", {**body, "format": "html"}).content_type == "text/html"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<a", "dume.not_well_formed"),
        (b"<a/>", "dume.not_an_espd"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", None),
        (b"", None),
    ],
)
def test_file_that_is_no_dume_is_refused_by_name(app: TestApp, content: bytes, code: str | None) -> None:
    body = {"xml": base64.b64encode(content).decode()}
    answer = app.post_json(f"{API}/validations", body, status=400)
    assert answer.content_type == "application/problem+json"
    assert answer.json["detail"]
    assert code is None or answer.json["code"] == code


def test_another_client_finds_nothing(
    app: TestApp, runtime: Runtime, client: Client, clock: SandboxClock
) -> None:
    asked = published(client, clock)
    mine = client.post("/dume-oe", {"id_dume_acheteur": asked, "siret": COMPANY}, status=201).json["id_dume"]
    other = Client(app, bearer(app, create_vendor(runtime)))
    for path in (
        f"/dume-acheteur/{asked}",
        f"/dume-oe/{mine}",
        f"/dume-oe/{mine}/changes",
        f"/dume-oe/{mine}/document",
    ):
        other.get(path, status=404)
    assert other.get("/dume-oe").json == {"items": [], "next_cursor": None}


RETURN = "https://places.example.org/retour"


def hand_over_body(clock: SandboxClock, **more: Any) -> dict[str, Any]:
    closes = (clock.now() + timedelta(days=5)).isoformat()
    consultation = {"ref": "VENDEUR-7", "title": "Travaux de voirie", "closes_at": closes}
    buyer = {"siret": BUYER, "name": "Ville d’essai"}
    return {
        "kind": "oe", "consultation": {**consultation, "buyer": buyer}, "siret": COMPANY, "return_url": RETURN,
        "prefill": 1, **more,
    }  # fmt: skip


def test_hand_over_makes_a_link_for_a_registered_return_address(
    app: TestApp, runtime: Runtime, clock: SandboxClock
) -> None:
    client = Client(app, bearer(app, create_vendor(runtime, return_urls=(RETURN,))))
    made = client.post("/parcours", hand_over_body(clock), status=201).json
    assert made["url"].startswith("http://localhost/parcours/")
    assert made["expires_at"] > clock.now().isoformat()
    shown = client.get(f"/dume-oe/{made['id_dume']}").json
    assert (shown["status"], shown["id_dume_acheteur"]) == ("brouillon", made["id_dume_acheteur"])
    again = client.post("/parcours", hand_over_body(clock), status=201).json
    assert again["id_dume_acheteur"] == made["id_dume_acheteur"]
    buyers = hand_over_body(clock, kind="acheteur", siret=BUYER, prefill="none")
    assert client.post("/parcours", buyers, status=201).json["id_dume_acheteur"] is None


def test_hand_over_to_an_address_that_is_not_registered_is_refused(
    app: TestApp, runtime: Runtime, clock: SandboxClock
) -> None:
    client = Client(app, bearer(app, create_vendor(runtime, return_urls=(RETURN,))))
    body = hand_over_body(clock, return_url="https://ailleurs.example.org/retour")
    refused = client.post("/parcours", body, status=422)
    assert refused.json["code"] == "dume.return_url_not_registered"
    assert client.get("/dume-oe").json["items"] == client.get("/dume-acheteur").json["items"] == []


def test_referentials_are_public_and_cacheable(app: TestApp) -> None:
    criteria = app.get(f"{API}/taxonomies/4.1.0").json["criteria"]
    assert len(criteria) == 62
    assert "max-age" in app.get(f"{API}/labels").headers["Cache-Control"]
    assert {"code": "FRA", "label": "France"} in app.get(f"{API}/code-lists/country").json["values"]
    assert app.get(f"{API}/code-lists/nothing", status=404).json["code"] == "dume.code_list_unknown"
