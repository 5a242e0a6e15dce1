"""Who may reach what of the API: every route of API clients, every scope, two clients, and people who are signed in.

A room joins by ``matrix_cases`` in ``tests/factories/<room>.py``, with cases of side ``client`` whose objects belong to
``world.vendor``.
"""

import re
from collections.abc import Iterator

import pytest
from pyramid.interfaces import IRoutesMapper
from webtest import TestApp, TestResponse

from procurement.core.db import schema
from procurement.core.permissions import Permission, scopes
from procurement.core.runtime import start
from procurement.core.web.views import Registered
from tests.conftest import START, settings_for
from tests.factories.clients import bearer
from tests.factories.matrix import Case, World, build, cases

PLACEHOLDER = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")
#: Routes with a placeholder that names no client's object, each with the reason.
NO_OBJECT: dict[str, str] = {
    "dume.api.company": "the placeholder names a company of the registers",
    "dume.facade.service": "the placeholder names a domain of operations",
    "dume.facade.short": "the placeholder names a domain of operations",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("matrices-api")
    runtime = start(settings_for(f"sqlite:///{folder}/pli.sqlite", folder))
    schema.upgrade(runtime.database)
    runtime.clock.move_to(START, frozen=True)  # type: ignore[attr-defined]  # the sandbox's clock
    yield build(runtime)
    runtime.database.dispose()


@pytest.fixture(scope="module")
def known(world: World) -> dict[str, Case]:
    return cases(world)


def views(world: World) -> list[Registered]:
    return [view for view in world.runtime.registry["pli.views"] if view.bearer]


def pattern(world: World, view: Registered) -> str:
    return str(world.runtime.registry.getUtility(IRoutesMapper).get_route(view.route).pattern)


def path(world: World, view: Registered, known: dict[str, Case]) -> str:
    ids = known[view.route].ids if view.route in known else {}
    return PLACEHOLDER.sub(lambda found: ids.get(found[1], "0"), pattern(world, view))


def attempt(app: TestApp, method: str, address: str, headers: dict[str, str] | None = None) -> TestResponse:
    return app.request(address, method=method, headers=headers or {}, status="*", expect_errors=True)


def test_every_route_with_a_placeholder_has_an_object_to_try(world: World, known: dict[str, Case]) -> None:
    with_placeholder = {view.route for view in views(world) if "{" in pattern(world, view)}
    assert sorted(with_placeholder - set(known) - set(NO_OBJECT)) == []


def test_a_route_is_for_clients_or_for_people_not_for_both(world: World) -> None:
    people = {view.route for view in world.runtime.registry["pli.views"] if not view.bearer}
    assert {view.route for view in views(world)} & people == set()


def test_no_token_and_no_session_reach_a_route_of_clients(world: World, known: dict[str, Case]) -> None:
    visitors = [
        world.client(None),
        *(world.client(world.side(side).people["all"]) for side in ("buyer", "company")),
    ]
    let_in = []
    for view in views(world):
        for app in visitors:
            for method in view.methods:
                for headers in ({}, {"Authorization": "Bearer plit_none"}):
                    answer = attempt(app, method, path(world, view, known), headers)
                    if answer.status_int != 401 or "WWW-Authenticate" not in answer.headers:
                        let_in.append((view.route, method, answer.status_int))
    assert let_in == []


def test_a_token_reaches_no_route_of_people(world: World, known: dict[str, Case]) -> None:
    app = TestApp(world.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    headers = bearer(app, world.vendor)
    let_in = []
    for view in world.runtime.registry["pli.views"]:
        if view.bearer or view.permission in {Permission.PUBLIC, Permission.OPERATE}:
            continue
        for method in view.methods:
            answer = attempt(app, method, path(world, view, known), headers)
            sent_away = answer.status_int == 303 and "/connexion?retour=" in answer.location
            if not sent_away and answer.status_int not in {401, 404}:
                let_in.append((view.route, method, answer.status_int))
    assert let_in == []


def test_another_clients_object_is_not_found(world: World, known: dict[str, Case]) -> None:
    app = TestApp(world.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    stranger = bearer(app, world.other_vendor)
    seen = [
        (view.route, method, answer.status_int)
        for view in views(world)
        if view.route in known and not known[view.route].public
        for method in view.methods
        if (answer := attempt(app, method, path(world, view, known), stranger)).status_int != 404
    ]
    assert seen == []


def test_the_owner_finds_the_object(world: World, known: dict[str, Case]) -> None:
    app = TestApp(world.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    owner = bearer(app, world.vendor)
    missing = [
        (view.route, answer.status_int)
        for view in views(world)
        if view.route in known and "GET" in view.methods
        if (answer := attempt(app, "GET", path(world, view, known), owner)).status_int in {401, 403, 404}
    ]
    assert missing == []


@pytest.mark.parametrize("scope", sorted(scopes()))
def test_a_scope_reaches_nothing_that_it_does_not_give(
    world: World, known: dict[str, Case], scope: str
) -> None:
    app = TestApp(world.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    headers = bearer(app, world.vendor, scope)
    let_in = []
    for view in views(world):
        without_object = "{" in pattern(world, view) and view.route not in known  # Told by the first test.
        if view.permission.scope == scope or without_object:
            continue
        for method in view.methods:
            answer = attempt(app, method, path(world, view, known), headers)
            if answer.status_int != 403 or answer.json["code"] != "api.scope_missing":
                let_in.append((view.route, method, answer.status_int))
    assert let_in == []
