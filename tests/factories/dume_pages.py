"""Answer a DUME by its pages, as a person would who fills in each part and confirms what was proposed."""

import re
from typing import Any

from webtest import Form, TestApp, TestResponse

from dume import queries, service
from dume.models import Dume
from dume.rules import Role
from dume.service import ResponseDraft
from dume.service.owners import owner_of
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from tests.factories import dume as factory
from tests.factories.matrix import Case, World

#: The pages behind a door, by the ends of their routes' names; those that need more than the door stand apart.
BEHIND = (
    "home", "begin", "end", "company", "siret", "sources", "sources_json", "changes", "confirm", "renew", "evidences",
    "review", "report", "criteria", "respond_here", "remove",
)  # fmt: skip

COMPANY = {
    "name": "Lucarne Bâtiment",
    "city": "Grenoble",
    "contact": "Ada Lucarne",
    "email": "ada@lucarne.example",
    "telephone": "04 76 00 00 00",
    "website": "https://lucarne.example",
    "size": "small",
}


def sent(page: TestResponse) -> Form:
    """Return the form of a page that posts, not the one that signs out."""
    return next(
        form
        for form in page.forms.values()
        if form.method.lower() == "post" and "deconnexion" not in form.action
    )


def posting(page: TestResponse, field: str) -> Form:
    """Return the form of a page that has a field."""
    return next(form for form in page.forms.values() if field in form.fields)


def fill(form: Form, **values: str) -> Form:
    """Fill fields of a form in and return it."""
    for name, value in values.items():
        form[name] = value
    return form


def answer_all(app: TestApp, page: TestResponse) -> TestResponse:
    """Answer, confirm and validate the DUME that a page belongs to; return the page after that."""
    base = re.match(r"(/(?:dume/brouillon|dume/mes-dume|parcours)/[^/]+)", page.request.path)
    assert base is not None
    form = fill(posting(app.get(f"{base[1]}/entreprise"), "telephone"), **COMPANY)
    for name in [name for name in form.fields if name and name.startswith("people-")]:
        if name.endswith("-family_name") and form[name].value:
            form[name.replace("family_name", "country")] = "FRA"
    home = form.submit().follow()
    parts = [link["href"] for link in home.html.select(".pl-tasks a") if "/partie/" in link["href"]]
    assert parts
    for address in parts:
        answer_part(app, f"{address}?controle=1")
    review = app.get(f"{base[1]}/relire")
    return posting_to(review, "/relire").submit(status=303).follow()


def posting_to(page: TestResponse, end: str) -> Form:
    """Return the form of a page that posts to an address."""
    return next(form for form in page.forms.values() if form.action.endswith(end))


def answer_part(app: TestApp, address: str) -> TestResponse:
    """Answer every question that waits on the page of a part, then those which that brings up."""
    for _round in range(6):
        page = app.get(address)
        form = posting(page, "edition")
        for item in page.html.select(".pl-field--error"):
            _answer(form, item)
        page = (
            form.submit("puis", value="confirmer")
            if "Cette valeur est juste" in page
            else form.submit("puis", value="liste")
        )
        page = page.follow()
        if "appellent d’autres questions" not in page.text:
            break
    return page


def _answer(form: Form, item: Any) -> None:
    for control in item.select("input, select, textarea"):
        name, kind = control.get("name"), control.get("type", control.name)
        if not name or name == "confirme" or name.endswith("|currency"):
            continue
        if kind == "radio":
            form[name] = "no"
        elif kind == "date":
            form[name] = "2025-12-31" if name.endswith("end") else "2025-01-01"
        elif kind == "select":
            form[name] = control.select("option")[-1]["value"]
        else:
            form[name] = "2025" if control.get("inputmode") else "Sans objet"


def matrix_cases(world: World) -> dict[str, Case]:
    """Give the access matrices a response of the company's own, with a proof, and a request to answer."""
    vault: KeyVault = world.runtime.find(KeyVault)
    now, by = world.clock.now(), world.company.identity("depositor")
    with world.runtime.database.write() as session:
        asked = factory.publish_request(session, vault, world.buyer, now, reference="2027-000777")
        content, _digest = queries.xml(session, vault, asked)
        draft = ResponseDraft(role=Role.SOLE, request_xml=content)
        row = service.create_response(session, vault, draft, owner=owner_of(by), by=by, now=now)
    own = {"door": "dume/mes-dume", "key": row.id_dume}
    proof = {**own, "evidence": _proof(world, row)}
    return {
        **{f"dume.{name}": Case(own, "company") for name in BEHIND},
        "dume.part": Case({**own, "part": "iii-a"}, "company"),
        "dume.conversion": Case({**own, "version": "2.1.1"}, "company"),
        "dume.copy": Case({**own, "form": "xml"}, "company"),
        "dume.evidence": Case(proof, "company"),
        "dume.evidence_remove": Case(proof, "company"),
        "dume.own_start": Case({"id_dume": asked.id_dume}, "company", public=True),
    }


def _proof(world: World, row: Dume) -> str:
    """Join a proof to a response; return its identifier."""
    database, vault = world.runtime.database, world.runtime.find(KeyVault)
    now, by = world.clock.now(), world.company.identity("depositor")
    storage: Storage = world.runtime.find(Storage)
    stored = service.store_proof(
        database, vault, storage, row.vault_owner, b"%PDF-1.7 essai", name="bilan.pdf", now=now
    )
    with database.write() as session:
        found = queries.by_id(session, row.id)
        view = service.attach_evidence(session, vault, found, stored, by=by, now=now)
    return str(view.id)
