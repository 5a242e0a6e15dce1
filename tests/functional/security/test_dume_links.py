"""What is behind a secret link: kept by no cache, no flood by who holds it; tokens of a client that was taken back."""

from dataclasses import replace
from typing import Any

import pytest
from webtest import TestApp, Upload

from dume.service import evidence as proofs
from procurement.accounts.rules.clients import ClientState, check_return_url
from procurement.accounts.service import api_clients
from procurement.core import rate, services
from procurement.core.clock import SandboxClock
from procurement.core.errors import Invalid
from procurement.core.runtime import Runtime
from procurement.core.settings import Settings
from tests.factories.accounts import create_company
from tests.factories.clients import bearer, create_vendor
from tests.factories.dume_api import BUYER, PNG, Client
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

RETURN = "https://places.example/retour"


def draft(app: TestApp) -> str:
    """Make a request and begin a response to it without an account; return the address of the response."""
    form = fill(sent(app.get("/dume/demande")), **REQUEST)
    page = form.submit().follow()
    begun = next(one for one in page.forms.values() if one.action.endswith("/repondre")).submit().follow()
    return str(begun.request.path.rpartition("/")[0])


def test_nothing_behind_a_link_is_kept_by_a_cache(app: TestApp) -> None:
    home = draft(app)
    kept = {
        path: app.get(f"{home}{path}", status="*").headers["Cache-Control"]
        for path in ("", "/entreprise", "/siret", "/sources", "/sources.json", "/partie/iii-a", "/changements", "/pieces",
                     "/relire", "/copie/xml", "/copie/json", "/copie/zip", "/conversion/1.0.2")
    }  # fmt: skip
    assert set(kept.values()) == {"no-store"}, kept


def test_link_leaks_to_no_other_site_and_no_log(app: TestApp, capsys: Any) -> None:
    home = draft(app)
    secret = home.rpartition("/")[2]
    capsys.readouterr()
    shown = app.get(home)
    app.get(f"{home}/nulle-part", status=404)
    app.get(f"{home}/copie/nulle", status=404)
    assert shown.headers["Referrer-Policy"] == "same-origin"
    assert secret not in capsys.readouterr().out


def test_proofs_of_one_dume_are_so_many_at_most(app: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "ALL_EVIDENCE_BYTES", 2 * len(PNG))
    home = draft(app)
    said = []
    for _turn in range(3):
        page = app.get(f"{home}/pieces")
        form = next(one for one in page.forms.values() if "file" in one.fields)
        form["file"] = Upload("preuve.png", PNG, "image/png")
        said.append(form.submit(status="*").status_int)
    assert said == [303, 303, 413]


def test_who_holds_a_link_floods_neither_sources_nor_store_nor_renderer(
    app: TestApp, runtime: Runtime
) -> None:
    home = draft(app)
    counted: list[tuple[str, str]] = []

    class Counting:
        def hit(self, purpose: str, key: str) -> None:
            counted.append((purpose, key))

        def clear(self, purpose: str, key: str) -> None:
            del purpose, key

    before = services.find(runtime.registry, rate.RateLimiter)
    services.register(runtime.registry, rate.RateLimiter, Counting())
    try:
        page = app.get(f"{home}/siret")
        fill(sent(page), siret="00000001800010").submit()
        app.get(f"{home}/copie/pdf")
        page = app.get(f"{home}/pieces")
        form = next(one for one in page.forms.values() if "file" in one.fields)
        form["file"] = Upload("preuve.png", PNG, "image/png")
        form.submit()
    finally:
        services.register(runtime.registry, rate.RateLimiter, before)
    assert [purpose for purpose, _key in counted] == ["dume.behind"] * 3


def test_client_taken_back_from_production_loses_its_tokens(
    app: TestApp, runtime: Runtime, clock: SandboxClock
) -> None:
    with runtime.database.write() as session:
        holder = create_company(session, clock.now(), people=False).organisation.id
    vendor = create_vendor(runtime, organisation_id=holder, state=ClientState.PRODUCTION)
    held = bearer(app, vendor)
    known = services.find(runtime.registry, Settings)
    services.register(runtime.registry, Settings, replace(known, environment="production"))
    try:
        app.get("/api/v1/dume-acheteur", headers=held)
        with runtime.database.write() as session:
            api_clients.move(session, vendor.id, ClientState.QUALIFICATION, by=None, now=clock.now())
        refused = app.get("/api/v1/dume-acheteur", headers=held, status=401)
    finally:
        services.register(runtime.registry, Settings, known)
    assert refused.json["code"] == "api.token_invalid"


@pytest.mark.parametrize(
    "url",
    [
        "https://[", "https://places.example\n/retour", "\thttps://places.example/retour", "https://places.example/retour? x",
        "https://places.example/retour?\u202e", "https://places.example@evil.example/retour", "//places.example/retour",
        "https://places.example/retour/../x", "https://places.example/retour#f", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_hand_over_leads_back_to_a_registered_address_alone(
    app: TestApp, runtime: Runtime, clock: SandboxClock, url: str
) -> None:
    client = Client(app, bearer(app, create_vendor(runtime, return_urls=(RETURN,))))
    body = {"kind": "acheteur", "consultation": {"ref": "2027-1", "title": "Gymnase"}, "siret": BUYER}
    refused = client.post("/parcours", {**body, "return_url": url}, status=422)
    assert refused.json["code"] == "dume.return_url_not_registered"
    client.post("/parcours", {**body, "return_url": f"{RETURN}?dossier=1"}, status=201)


@pytest.mark.parametrize(
    "url", ["https://places.example\n/retour", "https://places.example/\x7f", "https://["]
)
def test_address_of_return_is_registered_as_browsers_read_it(url: str) -> None:
    with pytest.raises(Invalid, match=r"client\.return_url"):
        check_return_url(url, local=False)
