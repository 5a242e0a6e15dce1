"""Every view says who may use it; every unsafe one checks the CSRF token; every response carries the headers."""

import pytest
from pyramid.interfaces import IRoutesMapper
from webtest import TestApp

from procurement.core.permissions import Permission
from procurement.core.runtime import Runtime
from procurement.core.web.headers import CSP, HEADERS

#: Routes that Pyramid or the kernel register without ``@page`` or ``@endpoint``.
OTHER = "__static"
#: Unsafe views that check no CSRF token, each with the reason. Those of API clients read no cookie: see
#: ``test_matrices_api.py``, where somebody who is signed in reaches none of them.
CSRF_EXEMPT = {
    "core.sandbox_clock": "absent in production; used by the command line",
    "core.api.sandbox_clock": "absent in production; used by API clients",
    "signatures.api.verifications": "verifies a file that the request holds; nothing is kept",
    "signatures.api.preflight": "looks at signatures that the request holds; nothing is kept",
    "signatures.api.preflight_documents": "looks at documents that the request holds; nothing is kept",
    "signatures.api.signing_claim": "the one-time code is the proof; no cookie is read",
    "signatures.api.signing_prepare": "the job's token is the proof; no cookie is read",
    "signatures.api.signing_values": "the job's token is the proof; no cookie is read",
    "dume.api.validations": "judges a file that the request holds; nothing is kept",
    "dume.api.conversions": "writes a file that the request holds; nothing is kept",
    "dume.api.renderings": "shows a file that the request holds; nothing is kept",
    "bids.api.workstation_upload": "takes bytes of anybody, counts and forgets them",
    "accounts.api.token": "the client proves itself in the request; no cookie is read",
    "accounts.api.sandbox_clients": "absent in production; gives a key to anybody who asks",
}


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_view_has_a_permission(runtime: Runtime) -> None:
    introspector = runtime.registry.introspector
    bare = [
        item["introspectable"]["callable"]
        for item in introspector.get_category("views")
        if item["introspectable"].get("route_name")
        and not item["introspectable"]["route_name"].startswith(OTHER)
        and not item["introspectable"].get("context")
        and not [related for related in item["related"] if related.category_name == "permissions"]
    ]
    assert bare == []


def test_every_route_has_a_registered_view(runtime: Runtime) -> None:
    known = {view.route for view in runtime.registry["pli.views"]}
    routes = {
        route.name
        for route in runtime.registry.getUtility(IRoutesMapper).get_routes()
        if not route.name.startswith(OTHER)
    }
    assert routes - known == set()


def test_every_unsafe_view_checks_csrf(runtime: Runtime) -> None:
    unsafe = {
        view.route
        for view in runtime.registry["pli.views"]
        if set(view.methods) - {"GET", "HEAD", "OPTIONS"} and not view.csrf and not view.bearer
    }
    assert unsafe == set(CSRF_EXEMPT)


def test_permissions_are_sorted_within_a_room() -> None:
    values = [permission.value for permission in Permission]
    assert values == sorted(values)


def test_errors_and_pages_carry_the_headers(app: TestApp) -> None:
    for path, status in (("/aide", 200), ("/nulle-part", 404), ("/api/v1/nulle-part", 404)):
        response = app.get(path, status=status)
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


def test_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in CSP
