"""Signing in over HTTP: password, second factor, lockout, sessions, and where it leads."""

from datetime import timedelta

import pytest
from webtest import TestApp, TestResponse

from procurement.accounts import models
from procurement.accounts.service import failures
from procurement.accounts.service.second_factor import code_at
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault
from tests.factories.accounts import PASSWORD, Account, create_buyer, give_second_factor, sign_in


@pytest.fixture
def drafter(database: Database, clock: SandboxClock) -> Account:
    with database.write() as session:
        return create_buyer(session, clock.now(), name="Ville d’essai").people["drafter"]


@pytest.fixture
def opener(database: Database, clock: SandboxClock, runtime: Runtime) -> Account:
    with database.write() as session:
        made = create_buyer(session, clock.now())
        return give_second_factor(session, runtime.find(KeyVault), made.people["opener"], clock.now())


def attempt(app: TestApp, email: str, password: str, status: int = 422) -> TestResponse:
    form = app.get("/connexion").forms[_password_form(app)]
    form["email"], form["password"] = email, password
    return form.submit(status=status)


def _password_form(app: TestApp) -> int:
    forms = app.get("/connexion").forms
    return next(key for key, form in forms.items() if isinstance(key, int) and "password" in form.fields)


def message(page: TestResponse) -> str:
    return page.html.select_one(".pl-error-summary ul").get_text(" ", strip=True)


def test_sign_in_leads_to_the_dashboard(app: TestApp, drafter: Account) -> None:
    page = sign_in(app, drafter)
    assert page.request.path == "/tableau-de-bord"
    assert (
        page.html.select_one(".pl-header__org").get_text(" ", strip=True) == "Vous agissez pour Ville d’essai"
    )


def test_sign_in_leads_back_to_the_page_that_asked(app: TestApp, drafter: Account) -> None:
    asked = app.get("/equipe?vue=1", status=303)
    assert asked.location.endswith("/connexion?retour=%2Fequipe%3Fvue%3D1")
    assert sign_in(app, drafter, target="/equipe?vue=1").request.path_qs == "/equipe?vue=1"


@pytest.mark.parametrize("target", ["https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example"])
def test_sign_in_leads_nowhere_else(app: TestApp, drafter: Account, target: str) -> None:
    assert sign_in(app, drafter, target=target).request.url == "http://localhost/tableau-de-bord"


def test_wrong_password_and_unknown_address_get_the_same_answer(app: TestApp, drafter: Account) -> None:
    wrong = attempt(app, drafter.email, "pas le bon mot de passe")
    unknown = attempt(app, "personne@ailleurs.example", "pas le bon mot de passe")
    assert message(wrong) == message(unknown)
    assert wrong.html.title.string.strip().startswith("Erreur :")


def test_password_is_never_sent_back(app: TestApp, drafter: Account) -> None:
    page = attempt(app, drafter.email, "pas le bon mot de passe")
    assert "pas le bon mot de passe" not in page.text
    assert page.forms[_password_form(app)]["email"].value == drafter.email


@pytest.mark.parametrize("known", [True, False])
def test_lockout_is_the_same_whether_or_not_there_is_an_account(
    app: TestApp, drafter: Account, clock: SandboxClock, *, known: bool
) -> None:
    email = drafter.email if known else "personne@ailleurs.example"
    for _try in range(5):
        attempt(app, email, "pas le bon mot de passe")
    locked = attempt(app, email, PASSWORD, status=429)
    assert locked.headers["Retry-After"] == "60"
    clock.advance(seconds=61)
    attempt(app, email, PASSWORD, status=303 if known else 422)


def test_success_forgets_the_failures(app: TestApp, drafter: Account) -> None:
    for _round in range(2):
        for _try in range(4):
            attempt(app, drafter.email, "pas le bon mot de passe")
        sign_in(app, drafter)
        app.reset()


def test_lockout_by_network_address_covers_all_accounts(app: TestApp, drafter: Account) -> None:
    for number in range(30):
        attempt(app, f"inconnu{number}@ailleurs.example", "pas le bon mot de passe")
    attempt(app, drafter.email, PASSWORD, status=429)


def test_second_factor_is_asked_and_the_token_changes(
    app: TestApp, opener: Account, clock: SandboxClock
) -> None:
    attempt(app, opener.email, PASSWORD, status=303)
    waiting = app.cookies["pli_session"]
    app.get("/tableau-de-bord", status=303)
    page = sign_in(app, opener, now=clock.now())
    assert page.request.path == "/tableau-de-bord"
    assert app.cookies["pli_session"] != waiting


def test_a_code_serves_once(app: TestApp, opener: Account, clock: SandboxClock) -> None:
    sign_in(app, opener, now=clock.now())
    app.reset()
    attempt(app, opener.email, PASSWORD, status=303)
    page = app.get("/connexion/code")
    form = page.forms[
        next(key for key, form in page.forms.items() if isinstance(key, int) and "code" in form.fields)
    ]
    form["code"] = code_at(opener.secret or b"", clock.now())
    assert "déjà servi" in message(form.submit(status=422))
    clock.advance(seconds=30)
    form["code"] = code_at(opener.secret or b"", clock.now())
    form.submit(status=303)


def test_waiting_for_the_code_too_long_starts_again(
    app: TestApp, opener: Account, clock: SandboxClock
) -> None:
    attempt(app, opener.email, PASSWORD, status=303)
    clock.advance(minutes=10)
    assert app.get("/connexion/code", status=303).location.startswith("http://localhost/connexion?")


def test_wrong_codes_lock_like_wrong_passwords(app: TestApp, opener: Account) -> None:
    attempt(app, opener.email, PASSWORD, status=303)
    page = app.get("/connexion/code")
    form = page.forms[
        next(key for key, form in page.forms.items() if isinstance(key, int) and "code" in form.fields)
    ]
    form["code"] = "000000"
    for _try in range(5):
        form.submit(status=422)
    assert form.submit(status=429).headers["Retry-After"] == "60"


def test_new_password_gives_no_fresh_tries_at_the_code(
    app: TestApp, opener: Account, database: Database
) -> None:
    test_wrong_codes_lock_like_wrong_passwords(app, opener)
    with database.write() as session:
        # What a reset does to the count of wrong passwords.
        failures.clear(session, "account", opener.email)
    attempt(app, opener.email, PASSWORD, status=303)
    page = app.get("/connexion/code")
    form = page.forms[
        next(key for key, form in page.forms.items() if isinstance(key, int) and "code" in form.fields)
    ]
    form["code"] = "000000"
    form.submit(status=429)


def test_opener_without_second_factor_is_led_to_it(
    app: TestApp, database: Database, clock: SandboxClock
) -> None:
    with database.write() as session:
        bare = create_buyer(session, clock.now()).people["opener"]
    assert sign_in(app, bare).request.path == "/compte/securite"


def test_session_ends_when_idle(app: TestApp, drafter: Account, clock: SandboxClock) -> None:
    sign_in(app, drafter)
    clock.advance(minutes=59)
    app.get("/tableau-de-bord", status=200)
    clock.advance(minutes=59)
    app.get("/tableau-de-bord", status=200)
    clock.advance(minutes=60)
    app.get("/tableau-de-bord", status=303)


def test_session_ends_after_twelve_hours_however_busy(
    app: TestApp, drafter: Account, clock: SandboxClock
) -> None:
    sign_in(app, drafter)
    for _step in range(15):
        clock.advance(minutes=47)
        app.get("/tableau-de-bord", status=200)
    clock.advance(minutes=15)
    app.get("/tableau-de-bord", status=303)


def test_sign_out_ends_the_session_on_the_server(app: TestApp, drafter: Account) -> None:
    page = sign_in(app, drafter)
    token = app.cookies["pli_session"]
    form = next(form for form in page.forms.values() if form.action == "/deconnexion")
    form.submit(status=303)
    app.set_cookie("pli_session", token)
    app.get("/tableau-de-bord", status=303)


def test_csrf_token_changes_at_sign_in(app: TestApp, drafter: Account) -> None:
    before = app.get("/connexion").forms[_password_form(app)]["csrf_token"].value
    after = sign_in(app, drafter).html.select_one("meta[name=csrf-token]")["content"]
    assert after != before


def test_sign_in_without_a_csrf_token_is_refused(app: TestApp, drafter: Account) -> None:
    app.post("/connexion", {"email": drafter.email, "password": PASSWORD}, status=400)
    assert "pli_session" not in app.cookies


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(app: TestApp, drafter: Account) -> None:
    answer = attempt(app, drafter.email, PASSWORD, status=303)
    cookie = next(value for value in answer.headers.getall("Set-Cookie") if value.startswith("pli_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_only_the_hash_of_the_token_is_stored(app: TestApp, drafter: Account, database: Database) -> None:
    sign_in(app, drafter)
    token = app.cookies["pli_session"]
    with database.read() as session:
        row = session.query(models.SignIn).one()
    assert token not in str(row.__dict__)
    assert len(row.token_hash) == 64


def test_an_ended_session_is_listed_no_more(app: TestApp, runtime: Runtime, drafter: Account) -> None:
    other = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.2"})
    sign_in(other, drafter)
    sign_in(app, drafter)
    page = app.get("/compte/sessions")
    assert [cell.get_text(strip=True) for cell in page.html.select("td .pl-proof")] == [
        "127.0.0.1",
        "127.0.0.2",
    ]
    next(form for form in page.forms.values() if form.action.endswith("/fin")).submit(status=303)
    other.get("/tableau-de-bord", status=303)
    page = app.get("/compte/sessions")
    assert [cell.get_text(strip=True) for cell in page.html.select("td .pl-proof")] == ["127.0.0.1"]


def test_all_other_sessions_end_at_once(app: TestApp, runtime: Runtime, drafter: Account) -> None:
    others = [TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost"}) for _n in range(2)]
    for other in (*others, app):
        sign_in(other, drafter)
    page = app.get("/compte/sessions")
    next(form for form in page.forms.values() if form.action == "/compte/sessions/autres").submit(status=303)
    assert [other.get("/tableau-de-bord", status="*").status_int for other in (*others, app)] == [
        303,
        303,
        200,
    ]


def test_session_of_somebody_else_is_not_found(
    app: TestApp, runtime: Runtime, database: Database, drafter: Account, opener: Account, clock: SandboxClock
) -> None:
    other = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost"})
    sign_in(other, opener, now=clock.now())
    with database.read() as session:
        theirs = session.query(models.SignIn).filter_by(person_id=opener.id, waiting=False).one()
    page = sign_in(app, drafter)
    token = page.html.select_one("meta[name=csrf-token]")["content"]
    app.post(f"/compte/sessions/{theirs.id}/fin", {"csrf_token": token}, status=404)
    other.get("/tableau-de-bord", status=200)


def test_touch_is_written_once_a_minute(
    app: TestApp, database: Database, drafter: Account, clock: SandboxClock
) -> None:
    sign_in(app, drafter)

    def seen() -> object:
        with database.read() as session:
            return session.query(models.SignIn).one().seen_at

    start = clock.now()
    clock.advance(seconds=59)
    app.get("/compte")
    assert seen() == start
    clock.advance(seconds=1)
    app.get("/compte")
    assert seen() == start + timedelta(minutes=1)
