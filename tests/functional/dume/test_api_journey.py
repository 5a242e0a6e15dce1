"""A vendor's whole way through the API: request, response, prefilling, validation, publication, opening, documents."""

import base64
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from webtest import TestApp

from dume.espd.importing import read
from dume.espd.validate import validate
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker
from tests.factories.clients import Vendor, bearer, create_vendor
from tests.factories.dume import answers_for

BUYER, COMPANY = "21990410900010", "00000001800010"
API = "/api/v1"
GROUNDS = (
    "crime-org", "corruption", "fraud", "terr-offence", "finan-laund", "human-traffic", "tax-pay", "socsec-pay",
)  # fmt: skip


@pytest.fixture
def vendor(runtime: Runtime) -> Vendor:
    return create_vendor(runtime)


class Client:
    """A vendor's program."""

    def __init__(self, app: TestApp, headers: dict[str, str]) -> None:
        self.app, self.headers = app, headers

    def get(self, path: str, *, status: int = 200, accept: str = "application/json") -> Any:
        return self.app.get(API + path, headers={**self.headers, "Accept": accept}, status=status)

    def post(self, path: str, body: Any, *, status: int = 200) -> Any:
        return self.app.post_json(API + path, body, headers=self.headers, status=status)

    def send(self, method: str, path: str, body: Any, tag: str, *, status: int = 200) -> Any:
        send = getattr(self.app, f"{method}_json")
        return send(API + path, body, headers={**self.headers, "If-Match": tag}, status=status)


@pytest.fixture
def client(app: TestApp, vendor: Vendor) -> Client:
    return Client(app, bearer(app, vendor))


def request_body(clock: SandboxClock, **more: Any) -> dict[str, Any]:
    closes = (clock.now() + timedelta(days=10)).isoformat()
    return {
        "siret": BUYER,
        "name": "Ville d’essai",
        "procedure": {"code": "open", "title": "Gymnase", "description": "Isolation du gymnase"},
        "criteria": [{"code": code} for code in (*GROUNDS, "gen-year-to")],
        "consultation": {"ref": "2027-000042", "closes_at": closes},
        **more,
    }


def published(client: Client, clock: SandboxClock, **more: Any) -> str:
    id_dume: str = client.post("/dume-acheteur", request_body(clock, **more), status=201).json["id_dume"]
    assert client.post(f"/dume-acheteur/{id_dume}/validate", {}).json["valid"] is True
    client.post(f"/dume-acheteur/{id_dume}/publish", {})
    return id_dume


def answered(client: Client, id_dume: str) -> None:
    """Confirm what is proposed, answer the rest."""
    for _round in range(8):
        shown = client.get(f"/dume-oe/{id_dume}/changes").json
        places = [
            {name: item[name] for name in ("property", "occurrence", "lots")}
            for item in shown["items"]
            if item["why"] != "unanswered"
        ]
        if places:
            client.post(f"/dume-oe/{id_dume}/confirmations", {"paths": places, "edition": shown["edition"]})
        got = client.get(f"/dume-oe/{id_dume}/document")
        from dume.espd import codec

        given = [
            {"property": one.place.property, "occurrence": list(one.place.occurrence), "value": one.value}
            for one in answers_for(codec.load(got.json))
        ]
        if not given:
            return
        tag = client.get(f"/dume-oe/{id_dume}").headers["ETag"]
        client.send("patch", f"/dume-oe/{id_dume}/answers", {"answers": given}, tag)
    raise AssertionError("questions never end")


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
    own = sorted((Path(__file__).parents[2] / "vectors" / "dume").glob("*.xml"))
    assert own
    for path in own:
        body = {"xml": base64.b64encode(path.read_bytes()).decode()}
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


def test_hand_over_makes_a_link_for_a_registered_return_address(
    app: TestApp, runtime: Runtime, client: Client, clock: SandboxClock
) -> None:
    body = {
        "kind": "oe",
        "consultation": {
            "ref": "VENDEUR-7", "title": "Travaux de voirie", "closes_at": (clock.now() + timedelta(days=5)).isoformat(),
            "buyer": {"siret": BUYER, "name": "Ville d’essai"},
        },
        "siret": COMPANY,
        "return_url": "https://ailleurs.example.org/retour",
        "prefill": 1,
    }  # fmt: skip
    refused = client.post("/parcours", body, status=422)
    assert refused.json["code"] == "return_url_not_registered"


def test_referentials_are_public_and_cacheable(app: TestApp) -> None:
    criteria = app.get(f"{API}/taxonomies/4.1.0").json["criteria"]
    assert len(criteria) == 62
    assert "max-age" in app.get(f"{API}/labels").headers["Cache-Control"]
    assert {"code": "FRA", "label": "France"} in app.get(f"{API}/code-lists/country").json["values"]
    assert app.get(f"{API}/code-lists/nothing", status=404).json["code"] == "dume.code_list_unknown"
