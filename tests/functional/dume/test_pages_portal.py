"""The portal of vendors through its pages: clients, keys, state, log, webhooks, mandates, and a key in a minute."""

import re
from datetime import datetime
from typing import Any

import pytest
from webtest import TestApp

from procurement.accounts.queries import clients as known
from procurement.accounts.rules.clients import ClientState
from procurement.accounts.service import api_clients
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from tests.factories.accounts import Made, create_buyer, create_company, sign_in, sign_out

HOOK = "https://places.example/pli"


@pytest.fixture
def now(clock: SandboxClock) -> datetime:
    return clock.now()


@pytest.fixture
def vendor(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_company(session, now, name="Places Éditions")


@pytest.fixture
def buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Ville de Valcombe-sur-Orle")


@pytest.fixture
def signed(app: TestApp, vendor: Made) -> TestApp:
    sign_in(app, vendor.people["company_administrator"])
    return app


def form_with(page: Any, name: str) -> Any:
    return next(form for form in page.forms.values() if name in form.fields)


def posting_to(page: Any, end: str) -> Any:
    return next(form for form in page.forms.values() if form.action.endswith(end))


def shown(page: Any, prefix: str) -> str:
    """Return what a page shows that begins with a prefix."""
    found = re.search(rf">({prefix}[\w-]+)<", page.text)
    assert found is not None
    return found[1]


def secret_of(page: Any) -> str:
    """Return the secret that signs messages."""
    found = re.search(r"whsec_[\w+/=]+", page.text)
    assert found is not None
    return found[0]


def create(app: TestApp, **values: str) -> tuple[str, str, str]:
    """Create a client through the page; return its address, its identifier and its secret."""
    form = form_with(app.get("/organisation/api/nouveau"), "return_urls")
    for name, value in {"name": "Recette", "email": "integration@places.example", **values}.items():
        form[name] = value
    page = form.submit(status=200)
    assert page.headers["Cache-Control"] == "no-store"
    address = page.html.select_one("a.pl-btn")["href"]
    return address, shown(page, "pli-"), shown(page, "plis_")


def token(app: TestApp, public_id: str, secret: str, *, status: int = 200) -> Any:
    bare = TestApp(app.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    bare.authorization = ("Basic", (public_id, secret))
    return bare.post("/oauth/token", {"grant_type": "client_credentials"}, status=status)


def test_a_client_is_created_in_the_sandbox_and_its_secret_shown_once(signed: TestApp) -> None:
    address, public_id, secret = create(signed, return_urls="https://places.example/retour")
    assert token(signed, public_id, secret).json["expires_in"] == 3600
    page = signed.get(address)
    assert secret not in page.text
    assert "Bac à sable" in page.text
    assert "https://places.example/retour" in page.text
    assert public_id in signed.get("/organisation/api").text


def test_a_return_address_that_is_refused_keeps_the_form(signed: TestApp) -> None:
    form = form_with(signed.get("/organisation/api/nouveau"), "return_urls")
    form["name"], form["email"], form["return_urls"] = "Recette", "a@places.example", "ftp://places.example"
    page = form.submit(status=422)
    assert form_with(page, "return_urls")["name"].value == "Recette"
    assert "Aucun client pour l’instant." in signed.get("/organisation/api").text


def test_two_keys_overlap_and_a_revoked_one_is_dead(signed: TestApp) -> None:
    address, public_id, first = create(signed)
    form = form_with(signed.get(f"{address}/cles"), "label")
    form["label"] = "production"
    second = shown(form.submit(status=200), "plis_")
    assert [token(signed, public_id, secret).status_int for secret in (first, second)] == [200, 200]
    assert "Deux clés valent déjà" in signed.get(address).text
    assert form_with(signed.get(f"{address}/cles"), "label").submit(status=409).status_int == 409
    next(one for one in signed.get(address).forms.values() if "/cles/" in one.action).submit(status=303)
    token(signed, public_id, first, status=401)
    token(signed, public_id, second)


def test_scopes_are_changed_and_unknown_ones_refused(signed: TestApp, database: Database) -> None:
    address, public_id, _secret = create(signed)
    form = form_with(signed.get(f"{address}/reglages"), "scopes")
    for box in form.fields["scopes"]:
        box.checked = box._value == "oe:read"  # what the box stands for
    form.submit(status=303)
    with database.read() as session:
        found = known.client_by_public_id(session, public_id)
        assert found is not None
        assert found.scopes == ("oe:read",)
    csrf = signed.get(f"{address}/reglages").html.select_one("[name=csrf_token]")["value"]
    signed.post(f"{address}/reglages", {"csrf_token": csrf, "scopes": "tout:faire"}, status=422)


def test_the_vendor_asks_for_the_qualification_and_production_is_the_operators_word(
    signed: TestApp, database: Database, now: datetime
) -> None:
    address, public_id, _secret = create(signed)
    posting_to(signed.get(address), "/etat").submit("state", status=303)
    page = signed.get(address)
    assert "Bac à sable → Qualification" in page.text
    form = posting_to(page, "/etat")
    csrf = form["csrf_token"].value
    signed.post(f"{address}/etat", {"csrf_token": csrf, "state": "production"}, status=409)
    with database.write() as session:
        found = known.client_by_public_id(session, public_id)
        assert found is not None
        assert found.state is ClientState.QUALIFICATION
        api_clients.move(session, found.id, ClientState.PRODUCTION, by=None, now=now)
    assert "Qualification → Production" in signed.get(address).text


def test_a_client_is_revoked_for_good(signed: TestApp) -> None:
    address, public_id, secret = create(signed)
    posting_to(signed.get(address), f"{address}/revoquer").submit(status=303)
    token(signed, public_id, secret, status=401)
    assert "Ce client est révoqué" in signed.get(address).text


def test_the_log_shows_requests_and_no_values(signed: TestApp) -> None:
    address, public_id, secret = create(signed)
    access = token(signed, public_id, secret).json["access_token"]
    bare = TestApp(signed.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    bearer = {"Authorization": f"Bearer {access}"}
    bare.get("/api/v1/webhooks", headers=bearer)
    bare.get("/api/v1/dume-acheteur/absent12", headers=bearer, status=404)
    page = signed.get(f"{address}/journal")
    assert "/api/v1/webhooks" in page.text
    assert access not in page.text
    assert "/api/v1/webhooks" not in signed.get(f"{address}/journal?statut=404").text
    assert "dume.not_found" in signed.get(f"{address}/journal?statut=404").text


def test_a_webhook_is_registered_tried_rotated_and_deleted(signed: TestApp) -> None:
    address, _public_id, _secret = create(signed)
    form = form_with(signed.get(f"{address}/webhooks/nouveau"), "url")
    form["url"], form["description"] = HOOK, "Recette"
    page = form.submit(status=200)
    secret = secret_of(page)
    hook = page.html.select_one("a.pl-btn")["href"]
    page = posting_to(signed.get(hook), "/essai").submit(status=303).follow()
    assert "webhook.test" in page.text
    assert secret not in page.text
    next(one for one in page.forms.values() if "/envois/" in one.action).submit(status=303)
    rotated = posting_to(signed.get(hook), "/secret").submit(status=200)
    assert secret_of(rotated) != secret
    assert "L’ancien secret signe encore" in rotated.text
    posting_to(signed.get(hook), "/activite").submit(status=303)
    assert "Ce webhook est désactivé" in signed.get(hook).text
    posting_to(signed.get(hook), "/supprimer").submit(status=303)
    signed.get(hook, status=404)


@pytest.mark.parametrize("url", ["http://places.example", "https://127.0.0.1/x", "https://169.254.169.254/"])
def test_an_address_inside_is_refused_beside_its_field(signed: TestApp, url: str) -> None:
    address, _public_id, _secret = create(signed)
    form = form_with(signed.get(f"{address}/webhooks/nouveau"), "url")
    form["url"] = url
    page = form.submit(status=422)
    assert page.html.select_one("#url-erreur") is not None
    assert "Aucun webhook" in signed.get(f"{address}/webhooks").text


def test_a_buyer_gives_and_withdraws_a_mandate(
    signed: TestApp, database: Database, buyer: Made, now: datetime
) -> None:
    address, public_id, _secret = create(signed)
    sign_out(signed)
    sign_in(signed, buyer.people["administrator"])
    form = form_with(signed.get("/organisation/mandats/nouveau"), "signatory")
    form["client"], form["signatory"], form["signed_on"] = public_id, "La maire", "2027-01-04"
    for box in form.fields["scopes"]:
        box.checked = box._value == "acheteur:read"  # what the box stands for
    form.submit(status=303)
    with database.read() as session:
        found = known.client_by_public_id(session, public_id)
        assert found is not None
        assert known.mandated(session, found.id, buyer.siret, "acheteur:read", now.date()) is True
    posting_to(signed.get("/organisation/mandats"), "/retirer").submit(status=303)
    with database.read() as session:
        assert known.mandated(session, found.id, buyer.siret, "acheteur:read", now.date()) is False
    assert "Retiré" in signed.get("/organisation/mandats").text
    del address


def test_a_mandate_for_an_unknown_client_is_refused_with_a_sentence(signed: TestApp, buyer: Made) -> None:
    sign_out(signed)
    sign_in(signed, buyer.people["administrator"])
    form = form_with(signed.get("/organisation/mandats/nouveau"), "signatory")
    form["client"], form["signatory"], form["signed_on"] = "pli-inconnu", "La maire", "2027-01-04"
    form.fields["scopes"][0].checked = True
    assert "Aucun client ne porte cet identifiant" in form.submit(status=422).text


def test_a_company_gives_no_mandate(signed: TestApp) -> None:
    signed.get("/organisation/mandats", status=404)


def test_another_organisation_finds_no_client(signed: TestApp, buyer: Made) -> None:
    address, _public_id, _secret = create(signed)
    sign_out(signed)
    sign_in(signed, buyer.people["administrator"])
    for tail in ("", "/reglages", "/cles", "/journal", "/essai", "/webhooks", "/webhooks/nouveau"):
        signed.get(f"{address}{tail}", status=404)
    signed.get("/organisation/api/inconnu", status=404)


def test_only_administrators_see_the_portal(app: TestApp, vendor: Made) -> None:
    sign_in(app, vendor.people["depositor"])
    app.get("/organisation/api", status=403)


def test_a_key_of_the_sandbox_takes_an_address_and_one_click(app: TestApp) -> None:
    form = form_with(app.get("/dume/cle"), "email")
    form["email"] = "essai@editeur.example"
    page = form.submit(status=200)
    answer = token(app, shown(page, "pli-"), shown(page, "plis_"))
    assert answer.json["token_type"] == "Bearer"
    assert page.headers["Cache-Control"] == "no-store"


def test_the_try_it_page_names_the_client_and_no_secret(signed: TestApp) -> None:
    address, public_id, secret = create(signed)
    page = signed.get(f"{address}/essai")
    assert f"curl -s -u {public_id}:SECRET" in page.text
    assert secret not in page.text
