"""A consortium through its pages: the lead invites by mail, a member joins and fills in its own, the lead sees states alone."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from webtest import TestApp

from dume import queries, service
from dume.models import Dume
from dume.rules import Role
from procurement.core import mail
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault
from tests.factories import dume
from tests.factories.accounts import Made, create_buyer, create_company, sign_in, sign_out
from tests.factories.dume_desks import create_consortium, invite


@pytest.fixture
def now(clock: SandboxClock) -> datetime:
    return clock.now()


@pytest.fixture
def vault(runtime: Runtime) -> KeyVault:
    return runtime.find(KeyVault)


@pytest.fixture
def made(database: Database, now: datetime) -> dict[str, Made]:
    with database.write() as session:
        return {
            "buyer": create_buyer(session, now),
            "lead": create_company(session, now, name="Isoléa Façades"),
            "member": create_company(session, now, name="Vertical Cordistes"),
            "other": create_company(session, now, name="Sans Rapport"),
        }


@pytest.fixture
def group(database: Database, vault: KeyVault, made: dict[str, Made], now: datetime) -> str:
    with database.write() as session:
        found = create_consortium(session, vault, made["buyer"], made["lead"], now)
        return f"/groupement/espace/{found.id}"


def form_with(page: Any, name: str) -> Any:
    return next(form for form in page.forms.values() if name in form.fields)


def posting_to(page: Any, end: str) -> Any:
    return next(form for form in page.forms.values() if form.action.endswith(end))


def sign_in_as(app: TestApp, made: Made) -> None:
    sign_out(app)
    sign_in(app, made.people["depositor"])


def invitation(app: TestApp, group: str, runtime: Runtime, **values: str) -> str:
    """Invite a company through the page; return the path of the link that its mail holds."""
    form = form_with(app.get(f"{group}/inviter"), "role")
    for name, value in {
        "name": "Vertical Cordistes",
        "email": "aline@vertical.example",
        "role": "group-mem",
        **values,
    }.items():
        form[name] = value
    form.submit(status=303)
    with runtime.database.read() as session:
        message = mail.recent(session)[0]
    found = re.search(r"http://localhost(/groupement/[\w-]+)", message.text)
    assert found is not None
    return found[1]


def test_a_lead_begins_a_group_around_its_response(
    app: TestApp, database: Database, vault: KeyVault, made: dict[str, Made], now: datetime
) -> None:
    with database.write() as session:
        asked = dume.publish_request(session, vault, made["buyer"], now)
        row = dume.create_response(session, vault, made["lead"], asked, now, role=Role.LEAD)
        address = f"/groupement/nouveau/{row.id_dume}"
    sign_in_as(app, made["lead"])
    assert app.get("/groupement").html.select_one(f"a[href='{address}']") is not None
    form = form_with(app.get(address), "name")
    form["name"] = "Groupement des Tilleuls"
    page = form.submit(status=303).follow()
    assert page.html.h1.text == "Groupement des Tilleuls"
    assert app.get(address, status=303).location.endswith(page.request.path)


def test_a_member_joins_by_its_mail_and_the_lead_sees_its_state(
    app: TestApp, runtime: Runtime, group: str, made: dict[str, Made]
) -> None:
    sign_in_as(app, made["lead"])
    link = invitation(app, group, runtime, siret=made["member"].siret)
    assert "Invité, sans réponse" in app.get(group).text
    sign_out(app)
    assert "Se connecter" in app.get(link).text
    sign_in_as(app, made["member"])
    page = accept(app, link)
    assert "Vous êtes membre" in page.text
    assert "Questions sans réponse" not in page.text
    app.get(link, status=410)
    sign_in_as(app, made["lead"])
    assert "Remplit son DUME" in app.get(group).text


def accept(app: TestApp, link: str) -> Any:
    page = app.get(link)
    form = next(one for one in page.forms.values() if "Accepter" in one.text)
    return form.submit(status=303).follow()


def test_the_lead_never_sees_an_answer(
    app: TestApp,
    runtime: Runtime,
    database: Database,
    vault: KeyVault,
    group: str,
    made: dict[str, Made],
    now: datetime,
) -> None:
    sign_in_as(app, made["lead"])
    link = invitation(app, group, runtime)
    sign_in_as(app, made["member"])
    accept(app, link)
    with database.write() as session:
        row = session.scalars(select(Dume).where(Dume.organisation_id == made["member"].id)).one()
        what = queries.document(session, vault, row)
        given = dume.answers_for(what)
        assert "2025" in str([one.value for one in given])
        service.answer(session, vault, row, given, by=made["member"].identity("depositor"), now=now)
        id_dume = row.id_dume
    sign_in_as(app, made["lead"])
    page = app.get(group)
    assert "2025" not in page.html.find(id="contenu").text
    assert id_dume not in page.text
    app.get(f"/dume/mes-dume/{id_dume}", status=404)


def test_the_grid_names_what_is_missing_criterion_by_criterion(
    app: TestApp, group: str, made: dict[str, Made]
) -> None:
    sign_in_as(app, made["lead"])
    page = app.get(group)
    cells = [cell.text.strip() for cell in page.html.select("#grille tbody td")]
    assert len(cells) == 10
    assert set(cells) == {"à répondre"}
    assert "10 critères attendent encore une réponse" in page.text


def test_an_invitation_for_another_company_is_refused_with_a_sentence(
    app: TestApp, runtime: Runtime, group: str, made: dict[str, Made]
) -> None:
    sign_in_as(app, made["lead"])
    link = invitation(app, group, runtime, siret=made["member"].siret)
    sign_in_as(app, made["other"])
    form = next(one for one in app.get(link).forms.values() if "Accepter" in one.text)
    page = form.submit(status=409)
    assert "pour une autre entreprise" in page.text
    app.get(group, status=404)


def test_an_invitation_ends_with_its_time_or_by_the_lead(
    app: TestApp,
    runtime: Runtime,
    database: Database,
    clock: SandboxClock,
    group: str,
    made: dict[str, Made],
    now: datetime,
) -> None:
    sign_in_as(app, made["lead"])
    link = invitation(app, group, runtime)
    posting_to(app.get(group), "/retirer").submit(status=303)
    app.get(link, status=404)
    with database.write() as session:
        found = queries.consortium(session, UUID(group.rsplit("/", 1)[1]))
        token = invite(session, found, made["lead"], now).token
    app.get(f"/groupement/{token}", status=200)
    clock.move_to(now + timedelta(days=14), frozen=True)
    app.get(f"/groupement/{token}", status=404)


def test_a_member_leaves_and_keeps_its_own(
    app: TestApp, runtime: Runtime, group: str, made: dict[str, Made]
) -> None:
    sign_in_as(app, made["lead"])
    link = invitation(app, group, runtime)
    sign_in_as(app, made["member"])
    page = accept(app, link)
    posting_to(page, "/quitter").submit(status=303)
    app.get(group, status=404)
    assert app.get("/dume/mes-dume").html.select_one(".pl-tasks a") is not None


def test_only_the_lead_invites_and_removes(
    app: TestApp, runtime: Runtime, group: str, made: dict[str, Made]
) -> None:
    sign_in_as(app, made["lead"])
    link = invitation(app, group, runtime)
    form = posting_to(app.get(group), "/retirer")
    sign_in_as(app, made["member"])
    page = accept(app, link)
    app.get(f"{group}/inviter", status=404)
    token = page.html.select_one("[name=csrf_token]")["value"]
    assert app.post(form.action, {"csrf_token": token}, status="*").status_int == 404


def test_a_mistake_in_an_invitation_is_told_and_nothing_is_lost(
    app: TestApp, group: str, made: dict[str, Made]
) -> None:
    sign_in_as(app, made["lead"])
    form = form_with(app.get(f"{group}/inviter"), "role")
    form["name"], form["email"], form["siret"] = "Vertical", "aline", "123"
    page = form.submit(status=422)
    assert form_with(page, "role")["name"].value == "Vertical"
    assert len(page.html.select(".pl-error-summary li")) == 2


def test_another_company_and_the_buyer_find_no_group(app: TestApp, group: str, made: dict[str, Made]) -> None:
    sign_in_as(app, made["other"])
    for address in (group, f"{group}/inviter"):
        app.get(address, status=404)
    sign_out(app)
    sign_in(app, made["buyer"].people["drafter"])
    app.get(group, status=404)
