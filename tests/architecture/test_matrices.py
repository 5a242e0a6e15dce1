"""Who may reach what: every route, every role, two organisations on each side (quality, section 10, line 20).

Routes come from the registry of views, so a new one is tried without being listed. One with a placeholder needs an
object to try: see ``tests/factories/matrix.py``.
"""

import re
from collections.abc import Iterator

import pytest
from pyramid.interfaces import IRoutesMapper
from webtest import TestApp, TestResponse

from procurement.accounts.acl import BUYER, COMPANY
from procurement.core.db import schema
from procurement.core.permissions import Permission
from procurement.core.runtime import Runtime, start
from procurement.core.web.views import SAFE, Registered
from tests.conftest import START, settings_for
from tests.factories.accounts import Account
from tests.factories.matrix import Case, World, build, cases

#: A placeholder with or without its expression, in which braces may stand: ``{reference:[0-9]{4}-[0-9]{6,}}``.
PLACEHOLDER = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")
#: Routes with a placeholder that names no organisation's object, each with the reason.
NO_OBJECT = {
    "clauses.layer_clause": "the placeholder names a clause of the library",
    "clauses.layer_cover": "the placeholder names a kind of document",
    "clauses.usual_answer": "the placeholder names a question of the library",
    "clauses.usual_forget": "the placeholder names a question of the library: whose answer it is, the session says",
    "clauses.walkthrough": "the placeholder names a walk-through of the library",
    "accounts.email_confirm": "the address is the secret",
    "accounts.invitation": "the address is the secret",
    "accounts.register_confirm": "the address is the secret",
    "accounts.reset": "the address is the secret",
    "core.error_help": "documentation",
    "core.outbox_message": "development only, open to everybody there",
    "core.page": "documentation",
    "dume.api.code_list": "a public list",
}
#: Routes that refuse a body which is no form before they look for the token in it.
STREAMED_FORMS = {"consultations.document_upload": 422}
#: What anybody who is signed in may do with what is his.
OWN = {Permission.ACCOUNT_EDIT, Permission.DASHBOARD_VIEW}
#: Permissions that an operator alone holds, in development.
OPERATOR = {Permission.OPERATE}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return one world for all the matrices, in an application of its own: none of them changes it."""
    folder = tmp_path_factory.mktemp("matrices")
    runtime = start(settings_for(f"sqlite:///{folder}/pli.sqlite", folder))
    schema.upgrade(runtime.database)
    runtime.clock.move_to(START, frozen=True)  # type: ignore[attr-defined]  # the sandbox's clock
    yield build(runtime)
    runtime.database.dispose()


@pytest.fixture(scope="module")
def known(world: World) -> dict[str, Case]:
    return cases(world)


def views(runtime: Runtime) -> list[Registered]:
    """Return the views of people; those of API clients have matrices of their own, in ``test_matrices_api.py``."""
    return [view for view in runtime.registry["pli.views"] if not view.bearer]


def pattern(runtime: Runtime, route: str) -> str:
    return runtime.registry.getUtility(IRoutesMapper).get_route(route).pattern


def path(world: World, view: Registered, known: dict[str, Case]) -> str | None:
    """Return an address to try, None when the route needs an object that no room gives."""
    ids = known[view.route].ids if view.route in known else {}
    text = PLACEHOLDER.sub(lambda found: ids.get(found[1], "{}"), pattern(world.runtime, view.route))
    return None if "{}" in text else text


def token(app: TestApp) -> str:
    """Return the CSRF token of a client's browser session."""
    found = app.get("/connexion", status="*")
    while found.status_int == 303:
        found = found.follow(status="*")
    return str(found.html.select_one("[name=csrf_token]")["value"])


def attempt(app: TestApp, method: str, address: str, csrf: str | None = None) -> TestResponse:
    headers = {"X-CSRF-Token": csrf} if csrf else {}
    return app.request(address, method=method, headers=headers, status="*", expect_errors=True)


def unsafe(view: Registered) -> list[str]:
    return sorted(set(view.methods) - SAFE)


def test_every_route_with_a_placeholder_has_an_object_to_try(world: World, known: dict[str, Case]) -> None:
    with_placeholder = {
        view.route for view in views(world.runtime) if "{" in pattern(world.runtime, view.route)
    }
    assert sorted(with_placeholder - set(known) - set(NO_OBJECT)) == []


def test_a_public_object_gives_everybody_nothing_but_its_page_and_a_company_its_own_deposit_and_dume(
    world: World, known: dict[str, Case]
) -> None:
    given = {
        view.permission for view in views(world.runtime) if view.route in known and known[view.route].public
    }
    assert given == {Permission.PUBLIC, Permission.DEPOSIT_EDIT, Permission.DUME_EDIT}


def test_another_organisations_object_is_not_found(world: World, known: dict[str, Case]) -> None:
    seen = []
    for view in views(world.runtime):
        case = known.get(view.route)
        if case is None or case.public:
            continue
        for stranger in (world.other_buyer.people["all"], world.other_company.people["all"]):
            app = world.client(stranger)
            csrf = token(app)
            seen += [
                (view.route, method, answer.status_int)
                for method in view.methods
                if (answer := attempt(app, method, path(world, view, known) or "", csrf)).status_int != 404
            ]
    assert seen == []


def test_the_owner_finds_the_object(world: World, known: dict[str, Case]) -> None:
    missing = []
    for view in views(world.runtime):
        if view.route in known and "GET" in view.methods:
            app = world.client(world.side(known[view.route].side).people["all"])
            answer = attempt(app, "GET", path(world, view, known) or "")
            if answer.status_int in {403, 404}:
                missing.append((view.route, answer.status_int))
    assert missing == []


def test_anonymous_visitors_are_asked_to_sign_in(world: World, known: dict[str, Case]) -> None:
    let_in = []
    for view in views(world.runtime):
        address = path(world, view, known)
        if address is None or view.permission in {Permission.PUBLIC, *OPERATOR}:
            continue
        app = TestApp(world.runtime.app, extra_environ={"HTTP_HOST": "localhost"})
        csrf = token(app)
        for method in view.methods:
            answer = attempt(app, method, address, csrf)
            sent_away = answer.status_int == 303 and "/connexion?retour=" in answer.location
            if not sent_away and answer.status_int not in {401, 404}:
                let_in.append((view.route, method, answer.status_int))
    assert let_in == []


def held_by(world: World) -> list[tuple[str, Account, set[Permission]]]:
    """Return each role of both owners with the person who holds it alone, and what it gives."""
    found = []
    for made, table in ((world.buyer, BUYER), (world.company, COMPANY)):
        for role, permissions in table.items():
            given = {*permissions, *OWN, Permission.TEAM_VIEW, Permission.PUBLIC, *OPERATOR}
            found.append((str(role), made.people[role], given))
    return found


def test_a_role_reaches_nothing_that_it_does_not_give(world: World, known: dict[str, Case]) -> None:
    let_in = []
    for role, who, given in held_by(world):
        app = world.client(who)
        csrf = token(app)
        for view in views(world.runtime):
            address = path(world, view, known)
            if (
                address is None
                or view.permission in given
                or (view.route in known and role in known[view.route].also)
            ):
                continue
            for method in view.methods:
                answer = attempt(app, method, address, csrf)
                if answer.status_int not in {403, 404}:
                    let_in.append((role, view.route, method, answer.status_int))
    assert let_in == []


def test_a_role_reaches_the_pages_that_it_gives(world: World, known: dict[str, Case]) -> None:
    refused = []
    for role, who, given in held_by(world):
        side = "buyer" if who in world.buyer.people.values() else "company"
        for view in views(world.runtime):
            address, case = path(world, view, known), known.get(view.route)
            if (
                address is None
                or "GET" not in view.methods
                or view.permission not in given - {Permission.PUBLIC, *OPERATOR}
            ):
                continue
            if case is not None and case.side != side and not case.public:
                continue
            status = attempt(world.client(who), "GET", address).status_int
            if status == 403:
                refused.append((role, view.route, status))
    assert refused == []


def test_unsafe_views_refuse_a_request_without_its_token(world: World, known: dict[str, Case]) -> None:
    taken = []
    for view in views(world.runtime):
        address, case = path(world, view, known), known.get(view.route)
        if address is None or not view.csrf:
            continue
        sides = [case.side] if case is not None else ["buyer", "company"]
        for side in sides:
            app = world.client(world.side(side).people["all"])
            for method in unsafe(view):
                answer = attempt(app, method, address)
                if answer.status_int not in {400, 403, 404, STREAMED_FORMS.get(view.route)}:
                    taken.append((view.route, side, method, answer.status_int))
    assert taken == []


def test_a_request_without_its_token_is_refused_for_that_reason(world: World) -> None:
    app = world.client(world.buyer.people["all"])
    answer = attempt(app, "POST", "/compte")
    assert answer.status_int == 400
    assert "Votre session a expiré" in answer.text
