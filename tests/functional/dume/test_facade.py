"""The façade's behaviour, call by call: each file of ``golden/`` is one exchange, in order; values that vary have names.

``PLI_TEST_GOLDEN=write`` writes the answers down anew; look at what changed before it is committed.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from webtest import TestApp

from dume.espd.validate import validate
from procurement.accounts.service import api_clients
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from tests.factories.clients import Vendor, bearer, create_vendor

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
PLATFORM = {"typeIdPlateforme": 1, "idPlateforme": "21990410900010", "idTechniquePlateforme": "AAA001"}
CALL = {"operation": "healthCheck", "plateforme": PLATFORM, "idDemandeur": "21990410900010"}
GROUNDS = (
    "crime-org", "corruption", "fraud", "terr-offence", "finan-laund", "human-traffic", "tax-pay", "socsec-pay",
)  # fmt: skip
#: Beginnings of what is carried in base64.
FORMS = {b"<?xml": "XML", b"%PDF-": "PDF", b"PK\x03\x04": "ZIP", b"<!DOC": "HTML", b"<!doc": "HTML"}


@pytest.fixture
def vendor(runtime: Runtime) -> Vendor:
    made = create_vendor(runtime)
    with runtime.database.write() as session:
        api_clients.name_platform(
            session, made.id, 1, "219 904 109 00010", "AAA001", by=None, now=runtime.clock.now()
        )
    return made


def ask(
    app: TestApp, headers: dict[str, str], domain: str, call: dict[str, Any], prefix: str = "/service"
) -> Any:
    return app.post_json(f"{prefix}/dume/{domain}", call, headers=headers, expect_errors=True)


def begin(app: TestApp, headers: dict[str, str]) -> dict[str, str]:
    """Publish a request by REST, for the façade has no operation that does, and return what golden files name."""
    body = {
        "siret": "21990410900010", "name": "Ville d’essai",
        "procedure": {"code": "open", "title": "Gymnase", "description": "Isolation du gymnase"},
        "criteria": [{"code": code} for code in (*GROUNDS, "gen-year-to")],
        "consultation": {"ref": "2027-000042", "closes_at": "2027-02-01T11:00:00Z"},
    }  # fmt: skip
    asked = app.post_json("/api/v1/dume-acheteur", body, headers=headers).json["id_dume"]
    app.post_json(f"/api/v1/dume-acheteur/{asked}/validate", {}, headers=headers)
    app.post_json(f"/api/v1/dume-acheteur/{asked}/publish", {}, headers=headers)
    made = ask(
        app,
        headers,
        "dumeOE",
        {**CALL, "operation": "recupererModelDume", "idDumeA": asked},
    )
    xml = ask(app, headers, "dumeA", {**CALL, "operation": "recupererDumeFormate", "idDume": asked})
    return {
        "published": asked,
        "request_xml": xml.json["response"]["dume"],
        "response_xml": made.json["response"]["dume"],
    }


def filled(value: Any, names: dict[str, str]) -> Any:
    """Put what is known at run time into a call."""
    text = json.dumps(value)
    for name, known in names.items():
        text = text.replace(f'"{{{name}}}"', json.dumps(known))
    return json.loads(text)


def plain(value: Any, names: dict[str, str]) -> Any:
    """Name what varies from one run to the next, and say of a file what it is."""
    if isinstance(value, dict):
        return {key: _member(key, each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each, names) for each in value]
    if not isinstance(value, str):
        return value
    known = {found: name for name, found in names.items()}
    if value in known and len(value) == 8:  # letters of an identifier
        return f"<{known[value]}>"
    return _file(value) if len(value) > 200 else value  # files are longer than words


def _member(key: str, value: Any, names: dict[str, str]) -> Any:
    """Name a member that varies; count the words of the whole form, which other tests read."""
    if key in {"questions", "criteres"}:
        return len(value)
    varying = {"request_id", "idPreremplissage", "obtained_at", "dateCreation"}
    return f"<{key}>" if key in varying and value else plain(value, names)


def _file(value: str) -> str:
    try:
        begins = base64.b64decode(value, validate=True)[:5]
    except ValueError:
        return value
    found = next((name for mark, name in FORMS.items() if begins.startswith(mark)), None)
    assert found is not None, begins
    return f"<{found}>"


def test_answers_are_those_written_down(app: TestApp, vendor: Vendor) -> None:
    headers = bearer(app, vendor)
    names = begin(app, headers)
    for path in GOLDEN:
        told = json.loads(path.read_text(encoding="utf-8"))
        got = ask(app, headers, told["domain"], filled(told["call"], names))
        assert got.headers["Pli-Facade"] == "unofficial"
        if "keep" in told:
            names[told["keep"]] = got.json["response"]["idDume"]
        seen = {**told, "status": got.status_int, "answer": plain(got.json, names)}
        if os.environ.get("PLI_TEST_GOLDEN") == "write":
            path.write_text(json.dumps(seen, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        assert seen == json.loads(path.read_text(encoding="utf-8")), path.name


def test_template_is_a_valid_request(app: TestApp, vendor: Vendor) -> None:
    call = {**CALL, "operation": "recupererModelDume", "objet": "Gymnase"}
    got = ask(app, bearer(app, vendor), "dumeA", call)
    assert validate(base64.b64decode(got.json["response"]["dume"])).valid


def test_both_addresses_answer_the_same(app: TestApp, vendor: Vendor) -> None:
    headers = bearer(app, vendor)
    assert ask(app, headers, "dumeA", CALL, "").json == ask(app, headers, "dumeA", CALL).json


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"idTechniquePlateforme": "AAA002"}, 403, "facade.platform_mismatch"),
        ({"idPlateforme": "00000001800010"}, 403, "facade.platform_mismatch"),
        ({"typeIdPlateforme": 2, "idPlateforme": "FR07130025265"}, 403, "facade.platform_mismatch"),
        ({"typeIdPlateforme": 9}, 422, "api.body_invalid"),
        ({"idTechniquePlateforme": "AAA"}, 422, "api.body_invalid"),
    ],
)
def test_platform_must_be_the_clients(
    app: TestApp, vendor: Vendor, change: dict[str, Any], status: int, code: str
) -> None:
    got = ask(app, bearer(app, vendor), "dumeA", {**CALL, "plateforme": {**PLATFORM, **change}})
    assert (got.status_int, got.json["code"]) == (status, code)
    assert got.content_type == "application/problem+json"
    assert got.json["response"]["messageList"][0]["type"] == "ERREUR"


def test_client_without_a_platform_is_refused(app: TestApp, runtime: Runtime) -> None:
    got = ask(app, bearer(app, create_vendor(runtime)), "dumeA", CALL)
    assert (got.status_int, got.json["code"]) == (403, "facade.platform_mismatch")


def test_no_token_and_no_scope_are_refused(app: TestApp, vendor: Vendor) -> None:
    got = ask(app, {}, "dumeA", CALL)
    assert (got.status_int, got.headers["Pli-Facade"]) == (401, "unofficial")
    narrow = bearer(app, vendor, "facade:use", "acheteur:read")
    refused = ask(app, narrow, "dumeA", {**CALL, "operation": "creerDumeSimple", "objet": "Voirie"})
    assert (refused.status_int, refused.json["code"], refused.json["scope"]) == (
        403, "api.scope_missing", "acheteur:write",
    )  # fmt: skip


def test_another_clients_dume_does_not_exist(app: TestApp, vendor: Vendor, runtime: Runtime) -> None:
    made = ask(app, bearer(app, vendor), "dumeA", {**CALL, "operation": "creerDumeSimple", "objet": "Voirie"})
    id_dume = made.json["response"]["idDume"]
    other = create_vendor(runtime)
    with runtime.database.write() as session:
        api_clients.name_platform(
            session, other.id, 1, "21990410900010", "AAA001", by=None, now=runtime.clock.now()
        )
    for operation in ("supprimerDume", "recupererDumeFormate"):
        got = ask(app, bearer(app, other), "dumeA", {**CALL, "operation": operation, "idDume": id_dume})
        assert (got.status_int, got.json["code"]) == (404, "dume.not_found")


def test_refused_operation_leaves_nothing(app: TestApp, vendor: Vendor, clock: SandboxClock) -> None:
    headers = bearer(app, vendor)
    refused = ask(app, headers, "dumeA", {**CALL, "operation": "enregistrerDume", "dume": "PGE+"})
    assert refused.status_int == 400
    listed = ask(app, headers, "dumeA", {**CALL, "operation": "rechercherDumes"})
    assert listed.json["response"]["dumes"] == []


def test_pages_below_the_same_prefix_still_answer(app: TestApp) -> None:
    assert app.get("/dume").status_int == 200
    app.get("/dume/dumeA", status=404)
