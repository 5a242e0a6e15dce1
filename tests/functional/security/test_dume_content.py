"""Hostile characters in what a DUME says: none breaks an answer, a header, an archive."""

import io
import json
import zipfile
from typing import Any

import pytest
from webtest import TestApp

from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from tests.factories.clients import bearer, create_vendor
from tests.factories.dume_api import API, Client, begun, published, request_body
from tests.factories.dume_pages import fill, sent

REQUEST = {
    "siret": "213 801 236 00018",
    "name": "Ville de Tilleuls",
    "city": "Tilleuls",
    "contact": "Service des marchés",
    "email": "achats@ville.example",
    "telephone": "01 02 03 04 05",
    "website": "https://ville.example/marches",
    "reference": "VT-2027-01",
    "title": "Rénovation du gymnase",
    "description": "Isolation et ventilation.",
    "cpv": "45000000",
}
#: What XML has no place for.
UNWRITABLE = ("a\x01b", "a\x00b", "\x0b", "a\x08b", "\\\x0c", "a\ufffe", "\uffff")
LOTS = ("a\r\nX-Evil: 1", 'a"b', "../../etc/x", "..\\x", "Lot é\u202e", "/abs", ".hidden")


@pytest.fixture
def client(app: TestApp, runtime: Runtime) -> Client:
    return Client(app, bearer(app, create_vendor(runtime)))


def _posted(client: Client, body: Any) -> tuple[int, str]:
    got = client.app.post(
        f"{API}/dume-acheteur", json.dumps(body).encode(), status="*", expect_errors=True,
        headers={**client.headers, "Content-Type": "application/json"},
    )  # fmt: skip
    return got.status_int, got.json.get("code", "")


@pytest.mark.parametrize("text", UNWRITABLE)
def test_text_that_no_file_can_hold_is_refused(client: Client, clock: SandboxClock, text: str) -> None:
    bodies = [
        request_body(clock, name=text),
        request_body(clock, lots=[{"id": "LOT-0001", "title": text}, {"id": "LOT-0002"}]),
        request_body(clock, procedure={"code": "open", "title": text}),
        request_body(clock, consultation={"ref": text}),
        request_body(clock, buyer={"party": {"address": {"city": text}}}),
    ]
    assert [_posted(client, body) for body in bodies] == [(422, "text.character")] * 5
    made = client.post("/dume-acheteur", request_body(clock), status=201)
    path = f"/dume-acheteur/{made.json['id_dume']}"
    refused = client.send("patch", path, {"procedure": {"title": text}}, made.headers["ETag"], status=422)
    assert refused.json["code"] == "text.character"


@pytest.mark.parametrize("text", ["\\u0001", "\\\\b", "deux\nlignes\t\r", "C:\\ufffe", "emoji 😀"])
def test_text_that_only_looks_like_it_is_kept(client: Client, clock: SandboxClock, text: str) -> None:
    made = client.post("/dume-acheteur", request_body(clock, procedure={"title": text}), status=201)
    shown = client.get(f"/dume-acheteur/{made.json['id_dume']}/document").json
    assert shown["procedure"]["title"] == text


def test_identifiers_of_lots_reach_neither_headers_nor_paths(client: Client, clock: SandboxClock) -> None:
    asked = published(client, clock, lots=[{"id": lot, "title": "Lot"} for lot in LOTS])
    id_dume = begun(client, asked)
    names = set()
    for lot in LOTS:
        got = client.app.get(
            f"{API}/dume-oe/{id_dume}/document",
            {"lot": lot},
            headers={**client.headers, "Accept": "application/xml"},
        )
        names.add(got.headers["Content-Disposition"])
    safe = {character for name in names for character in name.split('"')[1]}
    assert (len({name.count('"') for name in names}), safe & set('/\\"\r\n')) == (1, set())
    archive = zipfile.ZipFile(
        io.BytesIO(client.get(f"/dume-oe/{id_dume}/document", accept="application/zip").body)
    )
    held = archive.namelist()
    assert len(set(held)) == len(LOTS) + 1
    assert not any(
        set(name) - set(".-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for name in held
    )


@pytest.mark.parametrize("field", ["name", "title", "description", "reference", "contact", "lots"])
@pytest.mark.parametrize("text", ["a\x01b", "a\ufffeb"])
def test_pages_refuse_it_as_well(app: TestApp, field: str, text: str) -> None:
    form = fill(sent(app.get("/dume/demande")), **{**REQUEST, field: text})
    assert form.submit(status="*").status_int == 422
