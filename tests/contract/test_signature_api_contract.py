"""The contract of the signature API and its routes say the same, and answers follow it."""

import base64
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_spec_validator import validate
from pyramid.interfaces import IRoutesMapper
from webtest import TestApp, TestResponse

from procurement.core.runtime import Runtime
from signing.produce.params import Level, Profile
from tests.factories.accounts import create_company, sign_in
from tests.peers.contract import Answered, Asked
from tests.signing import pki, signed

CONTRACT = Path(__file__).parents[2] / "procurement" / "signatures" / "openapi.yaml"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(CONTRACT.read_text("utf-8"))
    return read


def test_contract_is_an_openapi_document(contract: dict[str, Any]) -> None:
    validate(contract)
    assert contract["openapi"].startswith("3.1.")


def test_every_route_is_in_the_contract_and_back(contract: dict[str, Any], runtime: Runtime) -> None:
    mapper = runtime.registry.getUtility(IRoutesMapper)
    patterns = {route.name: route.pattern for route in mapper.get_routes()}
    served = {
        (patterns[view.route], method.lower())
        for view in runtime.registry["pli.views"]
        for method in view.methods
        if view.route.startswith("signatures.api.")
    }
    told = {
        (path, method) for path, item in contract["paths"].items() for method in item if method in METHODS
    }
    assert served == told


def follows(answer: TestResponse) -> None:
    """Hold an answer against the contract."""
    readers = dict.fromkeys(("application/problem+json", "application/yaml"), json.loads)
    spec = OpenAPI.from_file_path(str(CONTRACT), config=Config(extra_media_type_deserializers=readers))
    request = answer.request
    asked = Asked(request.method, request.path, request.GET, request.headers, b"")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.validate_response(asked, Answered(answer))


def test_answers_follow_the_contract(app: TestApp) -> None:
    address = "/api/v1/signatures/verifications"
    pdf = signed.sign(Profile.PADES, Level.B_LTA)
    for query in ("", "?detail=1"):
        follows(app.post(f"{address}{query}", upload_files=[("file", "acte.pdf", pdf)]))
    follows(app.post(address, upload_files=[("file", "rien", b"")], status=422))
    follows(app.post(address, upload_files=[("other", "rien", b"")], status=422))
    body = {"files": [{"name": "a", "digests": {"sha256": "a" * 64}}]}
    follows(app.post_json("/api/v1/signatures/preflight", body))
    follows(app.post_json("/api/v1/signatures/preflight", {}, status=422))
    documents = "/api/v1/signatures/preflight/documents"
    follows(app.post(documents, {"question": json.dumps(body)}, upload_files=[("other", "a", b"a")]))
    follows(app.post(documents, {"question": "{"}, upload_files=[("other", "a", b"a")], status=422))
    follows(app.post(documents, {}, upload_files=[("document", "a", b"a")], status=422))


def test_answers_about_a_job_follow_the_contract(app: TestApp, runtime: Runtime) -> None:
    jobs = "/api/v1/signing-jobs"
    given = {"name": "acte.pdf", "content": base64.b64encode(signed.pdf()).decode()}
    asked = {"format": "pades", "level": "B-T", "documents": [given]}
    follows(app.post_json(jobs, asked, status=401))
    with runtime.database.write() as session:
        company = create_company(session, runtime.clock.now())
    sign_in(app, company.people["depositor"])
    headers = {"X-CSRF-Token": app.get("/api/v1/session").json["csrf_token"]}
    follows(app.post_json(jobs, {}, headers=headers, status=422))
    follows(code := app.post_json(jobs, asked, headers=headers))
    follows(app.post_json(f"{jobs}/claim", {"code": "x"}, status=404))
    follows(claimed := app.post_json(f"{jobs}/claim", {"code": code.json["code"]}))
    follows(app.post_json(f"{jobs}/claim", {"code": code.json["code"]}, status=410))
    bearer = {"Authorization": f"Bearer {claimed.json['token']}"}
    address, owner = f"{jobs}/{claimed.json['job']}", pki.signer("good")
    follows(app.get(f"{address}/documents/1", status=401))
    follows(app.get(f"{address}/documents/1", headers=bearer))
    chain = [base64.b64encode(one).decode() for one in owner.chain]
    follows(app.post_json(f"{address}/prepare", {"chain": ["AAAA"]}, headers=bearer, status=422))
    follows(prepared := app.post_json(f"{address}/prepare", {"chain": chain}, headers=bearer))
    value = owner.sign(base64.b64decode(prepared.json["to_sign"][0]["dtbs"]))
    values = {"values": [{"n": 1, "value": base64.b64encode(value).decode(), "encoding": "der"}]}
    follows(app.post_json(f"{address}/values", {"values": []}, headers=bearer, status=422))
    follows(app.post_json(f"{address}/values", values, headers=bearer, status=201))
    follows(app.post_json(f"{address}/values", values, headers=bearer, status=409))
    follows(app.get(f"{address}/signed/1", headers=bearer))


def test_contract_is_served(app: TestApp, contract: dict[str, Any]) -> None:
    answer = app.get("/api/v1/signatures/openapi.yaml")
    assert (answer.content_type, answer.headers["Access-Control-Allow-Origin"]) == ("application/yaml", "*")
    assert yaml.safe_load(answer.body) == contract
