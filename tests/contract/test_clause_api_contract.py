"""The contract of the clause API and its routes say the same, scope by scope and refusal by refusal."""

import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pyramid.interfaces import IRoutesMapper
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from procurement.core.runtime import Runtime
from tests.factories.clause_api import CONTRACT

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(CONTRACT.read_text("utf-8"))
    return read


def plain(pattern: str) -> str:
    """Return a route's pattern without the expressions of its placeholders."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", pattern)


def served(runtime: Runtime) -> dict[tuple[str, str], Any]:
    mapper = runtime.registry.getUtility(IRoutesMapper)
    patterns = {route.name: plain(route.pattern) for route in mapper.get_routes()}
    return {
        (patterns[view.route], method.lower()): view
        for view in runtime.registry["pli.views"]
        for method in view.methods
        if view.route.startswith("clauses.api.")
    }


def operations(contract: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {
        (path, method): one
        for path, item in contract["paths"].items()
        for method, one in item.items()
        if method in METHODS
    }


def test_contract_is_an_openapi_document(contract: dict[str, Any]) -> None:
    validate(contract)
    assert contract["openapi"].startswith("3.1.")


def test_every_route_is_in_the_contract_and_back(contract: dict[str, Any], runtime: Runtime) -> None:
    assert sorted(served(runtime)) == sorted(operations(contract))


def test_scope_of_every_operation_is_that_of_its_view(contract: dict[str, Any], runtime: Runtime) -> None:
    views = served(runtime)
    wrong = []
    for place, one in operations(contract).items():
        named = [name for each in one["security"] for name in each.get("oauth2", ())]
        scope = views[place].permission.scope
        if named != ([scope] if scope else []):
            wrong.append((place, named, scope))
    assert wrong == []


def test_every_path_parameter_is_described(contract: dict[str, Any]) -> None:
    known = contract["components"]["parameters"]
    for (path, method), one in operations(contract).items():
        given = [known[each["$ref"].rpartition("/")[2]] for each in one["parameters"]]
        named = sorted(each["name"] for each in given if each["in"] == "path")
        assert named == sorted(re.findall(r"\{(\w+)\}", path)), (path, method)


def test_every_change_says_what_it_may_refuse(contract: dict[str, Any]) -> None:
    for (path, method), one in operations(contract).items():
        needed = {"406", "429", "503"} | ({"401", "403"} if one["security"] else set())
        needed |= {"412", "428"} if method in {"patch", "put"} else set()
        needed |= {"413", "415", "422"} if "requestBody" in one else set()
        assert needed - set(one["responses"]) == set(), (path, method)


def test_examples_of_bodies_follow_their_schemas(contract: dict[str, Any]) -> None:
    registry = Registry().with_resource("urn:contract", Resource(contract, DRAFT202012))
    seen = 0
    for one in operations(contract).values():
        for media in one.get("requestBody", {}).get("content", {}).values():
            if "example" in media:
                pointer = media["schema"]["$ref"].removeprefix("#")
                Draft202012Validator({"$ref": f"urn:contract#{pointer}"}, registry=registry).validate(
                    media["example"]
                )
                seen += 1
    assert seen == 10  # one for each kind of body that says something


def test_contract_is_served_as_it_is_written(runtime: Runtime, contract: dict[str, Any]) -> None:
    from webtest import TestApp

    app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    assert yaml.safe_load(app.get("/api/v1/clauses/openapi.yaml").body) == contract
