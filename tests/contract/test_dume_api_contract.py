"""The contract and the routes say the same: every operation in the file, every path of the file in the routes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate
from pyramid.interfaces import IRoutesMapper
from webtest import TestApp

from procurement.core.db import schema
from procurement.core.permissions import scopes
from procurement.core.runtime import Runtime, start
from tests.conftest import settings_for
from tests.peers.contract import CONTRACT

METHODS = {"get", "post", "put", "patch", "delete"}
#: Addresses of programs outside the prefix, and rooms that have their routes under it without being of this API.
OUTSIDE = {"/oauth/token", "/.well-known/oauth-authorization-server"}
OTHER = {"accounts.api.session", "consultations.api_show"}


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(CONTRACT.read_text("utf-8"))
    return read


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("contract")
    made = start(settings_for(f"sqlite:///{folder}/pli.sqlite", folder))
    schema.upgrade(made.database)
    yield made
    made.database.dispose()


def served(built: Runtime) -> dict[tuple[str, str], Any]:
    """Return every operation of the API with its view."""
    mapper = built.registry.getUtility(IRoutesMapper)
    patterns = {route.name: route.pattern for route in mapper.get_routes()}
    return {
        (patterns[view.route], method.lower()): view
        for view in built.registry["pli.views"]
        for method in view.methods
        if view.route not in OTHER and not view.route.startswith(("bids.", "clauses.", "signatures."))
        if patterns[view.route].startswith("/api/v1/") or patterns[view.route] in OUTSIDE
    }


def operations(contract: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {
        (path, method): operation
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_contract_is_an_openapi_document(contract: dict[str, Any]) -> None:
    validate(contract)
    assert contract["openapi"].startswith("3.1.")


def test_every_route_is_in_the_contract_and_back(contract: dict[str, Any], built: Runtime) -> None:
    assert sorted(served(built)) == sorted(operations(contract))


def test_scope_of_every_operation_is_that_of_its_view(contract: dict[str, Any], built: Runtime) -> None:
    views = served(built)
    wrong = []
    for place, operation in operations(contract).items():
        named = [name for one in operation["security"] for name in one.get("oauth2", ())]
        scope = views[place].permission.scope
        if named != ([scope] if scope else []):
            wrong.append((place, named, scope))
    assert wrong == []
    flow = contract["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert sorted(flow["scopes"]) == sorted(scopes())


def test_every_operation_says_what_it_may_refuse(contract: dict[str, Any]) -> None:
    lacking = []
    for (path, method), operation in operations(contract).items():
        answers = set(operation["responses"])
        needed = {"406", "429", "503"}
        if operation["security"] and path != "/oauth/token":
            needed |= {"401", "403"}
        if "{" in path:
            needed.add("404")
        if method in {"patch", "put", "delete"}:
            needed |= {"412", "428"}
        if "requestBody" in operation:
            needed |= {"413", "415"}
        if needed - answers:
            lacking.append((path, method, sorted(needed - answers)))
    assert lacking == []


def test_every_path_parameter_is_described(contract: dict[str, Any]) -> None:
    common = contract["components"]["parameters"]
    for (path, method), operation in operations(contract).items():
        given = [
            common[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            for one in operation.get("parameters", ())
        ]
        named = sorted(one["name"] for one in given if one["in"] == "path")
        assert named == sorted(re.findall(r"\{(\w+)\}", path)), (path, method)


def test_examples_of_bodies_follow_their_schemas(contract: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    registry = Registry().with_resource("urn:contract", Resource(contract, DRAFT202012))
    seen = 0
    for operation in operations(contract).values():
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in media:
                pointer = media["schema"]["$ref"].removeprefix("#")
                checker = Draft202012Validator({"$ref": f"urn:contract#{pointer}"}, registry=registry)
                checker.validate(media["example"])
                seen += 1
    assert seen >= 9


def test_contract_is_served_to_everybody_in_both_forms(contract: dict[str, Any], built: Runtime) -> None:
    app = TestApp(built.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    text = app.get("/api/v1/openapi.yaml")
    assert (text.content_type, text.headers["Access-Control-Allow-Origin"]) == ("application/yaml", "*")
    assert yaml.safe_load(text.body) == contract == app.get("/api/v1/openapi.json").json
    again = app.get("/api/v1/openapi.yaml", headers={"If-None-Match": text.headers["ETag"]})
    assert (again.status_int, again.body) == (304, b"")
