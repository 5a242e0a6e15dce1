"""The team, the organisation and its services, through the pages."""

import pytest
from webtest import TestApp, TestResponse

from procurement.accounts import queries
from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from tests.factories.accounts import Made, create_buyer, create_company, create_person, sign_in


@pytest.fixture
def buyer(database: Database, clock: SandboxClock) -> Made:
    with database.write() as session:
        return create_buyer(session, clock.now(), name="Ville d’essai")


@pytest.fixture
def signed_in(app: TestApp, buyer: Made) -> TestApp:
    sign_in(app, buyer.people["administrator"])
    return app


def form_with(page: TestResponse, name: str) -> object:
    return next(form for form in page.forms.values() if name in form.fields)


def form_to(page: TestResponse, ending: str) -> object:
    return next(form for form in page.forms.values() if form.action.endswith(ending))


def tick(form: object, *roles: str) -> None:
    for box in form.fields["roles"]:
        box.checked = box._value in roles


def roles_of(database: Database, buyer: Made, role: str) -> list[tuple[str, str | None]]:
    with database.read() as session:
        held = queries.member(session, buyer.id, buyer.people[role].id).roles
    return [(str(item.role), item.service_name) for item in held]


def alert_text(page: TestResponse) -> str:
    return page.html.main.get_text(" ", strip=True)


def test_team_lists_people_by_name_with_their_roles(signed_in: TestApp, buyer: Made) -> None:
    page = signed_in.get("/equipe")
    rows = page.html.select("tbody tr")
    names = [row.th.a.get_text() for row in rows]
    assert names == sorted(account.name for account in buyer.people.values())
    assert "Manque pour ouvrir" in page.text


def test_roles_are_added_and_withdrawn_one_by_one(
    signed_in: TestApp, database: Database, buyer: Made
) -> None:
    address = f"/equipe/{buyer.people['drafter'].id}"
    form = form_with(signed_in.get(address), "roles")
    tick(form, "publisher", "observer")
    page = form.submit(status=303).follow()
    assert roles_of(database, buyer, "drafter") == [
        ("drafter", None),
        ("publisher", None),
        ("observer", None),
    ]
    form_to(page, "/role").submit(status=303)
    assert roles_of(database, buyer, "drafter") == [("publisher", None), ("observer", None)]


def test_role_limited_to_a_service(signed_in: TestApp, database: Database, buyer: Made) -> None:
    form = form_with(signed_in.get("/organisation/services"), "name")
    form["name"] = "Voirie"
    form.submit(status=303)
    form = form_with(signed_in.get(f"/equipe/{buyer.people['observer'].id}"), "roles")
    tick(form, "drafter")
    form["service"].select(text="Voirie")
    form.submit(status=303)
    assert roles_of(database, buyer, "observer") == [("drafter", "Voirie"), ("observer", None)]


def test_adding_no_role_gets_a_sentence(signed_in: TestApp, buyer: Made) -> None:
    form = form_with(signed_in.get(f"/equipe/{buyer.people['drafter'].id}"), "roles")
    page = form.submit(status=422)
    assert page.html.select_one(".pl-error-summary li").get_text(strip=True) == "Choisissez au moins un rôle."


def test_last_administrator_cannot_leave(signed_in: TestApp, database: Database, buyer: Made) -> None:
    address = f"/equipe/{buyer.people['administrator'].id}"
    for ending in ("/role", "/retrait"):
        page = form_to(signed_in.get(address), ending).submit(status=409)
        assert "Cette personne est le dernier administrateur." in alert_text(page)
    assert roles_of(database, buyer, "administrator") == [("administrator", None)]


def test_administrator_may_leave_once_there_is_another(
    signed_in: TestApp, database: Database, buyer: Made, clock: SandboxClock
) -> None:
    with database.write() as session:
        create_person(session, clock.now(), buyer.organisation, roles=("administrator",))
    page = form_to(signed_in.get(f"/equipe/{buyer.people['administrator'].id}"), "/retrait").submit(
        status=303
    )
    assert page.location == "http://localhost/organisation/changer"
    signed_in.get("/equipe", status=403)


def test_person_taken_out_loses_access_at_once(
    signed_in: TestApp, database: Database, buyer: Made, app: TestApp
) -> None:
    other = TestApp(app.app, extra_environ={"HTTP_HOST": "localhost"})
    sign_in(other, buyer.people["publisher"])
    other.get("/equipe", status=200)
    form_to(signed_in.get(f"/equipe/{buyer.people['publisher'].id}"), "/retrait").submit(status=303)
    other.get("/equipe", status=403)
    with database.read() as session:
        assert [person.id for person in queries.people_with_role(session, buyer.id, "publisher")] == []
        lines = [entry.action for entry in journal.history(session, buyer.people["publisher"].id)]
    assert lines[-1] == "accounts:role:withdrawn"


def test_inviting_a_member_again_gets_a_sentence(signed_in: TestApp, buyer: Made) -> None:
    form = form_with(signed_in.get("/equipe/invitation"), "email")
    form["name"], form["email"] = "Encore", buyer.people["drafter"].email.upper()
    tick(form, "publisher")
    page = form.submit(status=409)
    sentence = page.html.select_one(".pl-error-summary li").get_text(strip=True)
    assert sentence == "Cette personne fait déjà partie de l’équipe. Changez ses rôles sur sa fiche."


def test_company_offers_its_own_roles_and_no_services(
    app: TestApp, database: Database, clock: SandboxClock
) -> None:
    with database.write() as session:
        company = create_company(session, clock.now())
    sign_in(app, company.people["company_administrator"])
    form = form_with(app.get("/equipe/invitation"), "email")
    assert [box._value for box in form.fields["roles"]] == ["company_administrator", "depositor"]
    app.get("/organisation/services", status=404)


def add_service(app: TestApp, name: str, parent: str = "", status: int = 303) -> TestResponse:
    form = form_with(app.get("/organisation/services"), "parent")
    form["name"] = name
    if parent:
        form["parent"].select(text=parent)
    return form.submit(status=status)


def test_services_form_a_tree(signed_in: TestApp, database: Database, buyer: Made) -> None:
    add_service(signed_in, "Voirie")
    add_service(signed_in, "Éclairage", "Voirie")
    add_service(signed_in, "Achats")
    with database.read() as session:
        found = [(item.name, item.depth) for item in queries.services(session, buyer.id)]
    assert found == [("Achats", 0), ("Voirie", 0), ("Éclairage", 1)]
    page = signed_in.get("/organisation/services")
    assert [link.get_text() for link in page.html.select("main li li > a")] == ["Éclairage"]


def test_two_services_of_one_place_have_two_names(signed_in: TestApp) -> None:
    add_service(signed_in, "Voirie")
    page = add_service(signed_in, "VOIRIE", status=422)
    assert (
        page.html.select_one(".pl-error-summary li").get_text(strip=True)
        == "Un service porte déjà ce nom au même endroit."
    )
    add_service(signed_in, "Voirie", "Voirie")


def test_service_is_renamed_and_closed_when_empty(
    signed_in: TestApp, database: Database, buyer: Made
) -> None:
    add_service(signed_in, "Voirie")
    add_service(signed_in, "Éclairage", "Voirie")
    page = signed_in.get("/organisation/services").click("Voirie")
    form = form_with(page, "name")
    form["name"] = "Voirie et réseaux"
    form.submit(status=303)
    refused = form_to(page, "/fermeture").submit(status=409)
    assert "Ce service n’est pas vide" in alert_text(refused)
    child = signed_in.get("/organisation/services").click("Éclairage")
    form_to(child, "/fermeture").submit(status=303)
    form_to(page, "/fermeture").submit(status=303)
    with database.read() as session:
        assert queries.services(session, buyer.id) == []


def test_text_with_invisible_characters_is_refused(signed_in: TestApp) -> None:
    page = add_service(signed_in, "Voi\u202erie", status=422)
    sentence = page.html.select_one(".pl-error-summary li").get_text(strip=True)
    assert sentence == "Ce texte contient un caractère invisible. Retapez-le au clavier."


def test_switching_to_an_organisation_that_is_not_yours_is_refused(
    signed_in: TestApp, database: Database, clock: SandboxClock
) -> None:
    with database.write() as session:
        foreign = create_company(session, clock.now(), people=False)
    token = signed_in.get("/organisation/changer").html.select_one("meta[name=csrf-token]")["content"]
    for wanted in (str(foreign.id), "pas-un-identifiant", ""):
        signed_in.post("/organisation/changer", {"csrf_token": token, "organisation": wanted}, status=404)
    assert "Ville d’essai" in signed_in.get("/organisation").html.h1.get_text()
