"""The response behind its doors, without JavaScript: the company's own space, the hosted hand-over, lots, proofs."""

import re

import pytest
from webtest import TestApp, TestResponse, Upload

from dume import queries, service
from dume.espd import complete
from dume.espd.model import AnswerStatus, Role
from dume.models import Dume
from dume.rules import Owner, OwnerKind, Status
from dume.service import ResponseDraft
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault
from procurement.core.worker import Worker
from tests.factories import accounts, clients
from tests.factories import dume as factory
from tests.factories.accounts import Made
from tests.factories.dume_pages import answer_all, answer_part, fill, posting, posting_to, sent

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def vault(runtime: Runtime) -> KeyVault:
    found: KeyVault = runtime.find(KeyVault)
    return found


@pytest.fixture
def buyer(database: Database, clock: SandboxClock) -> Made:
    with database.write() as session:
        return accounts.create_buyer(session, clock.now(), name="Ville de Valmont")


@pytest.fixture
def company(database: Database, clock: SandboxClock) -> Made:
    with database.write() as session:
        return accounts.create_company(session, clock.now())


@pytest.fixture
def asked(database: Database, vault: KeyVault, buyer: Made, clock: SandboxClock) -> str:
    """Publish a request with two lots and return its identifier."""
    with database.write() as session:
        row = factory.publish_request(session, vault, buyer, clock.now(), lots=2)
        return str(row.id_dume)


def start(app: TestApp, company: Made, asked: str, **values: str) -> TestResponse:
    """Begin a response in the company's own space; return its task list."""
    if app.get("/dume/mes-dume", status="*").status_int != 200:  # HTTP
        accounts.sign_in(app, company.people["depositor"])
    form = fill(sent(app.get(f"/dume/mes-dume/nouveau/{asked}")), **values)
    page = form.submit().follow()
    return app.get(re.sub(r"/(siret|changements)$", "", page.request.path))


def row_of(database: Database, page: TestResponse) -> Dume:
    id_dume = page.request.path.split("/")[3]
    with database.read() as session:
        return queries.by_id_dume(session, id_dume)


def test_company_answers_validates_and_reuses(
    app: TestApp, company: Made, asked: str, database: Database
) -> None:
    home = start(app, company, asked)
    home.mustcontain("III.A. Condamnations pénales", "IV.B. Capacité économique et financière")
    validated = answer_all(app, home)
    validated.mustcontain("Votre DUME est validé")
    found = row_of(database, home)
    assert (found.siret, queries.status_of(found)) == (company.siret, Status.VALID)
    second = start(app, company, asked, reprendre=found.id_dume)
    page = app.get(f"{second.request.path}/changements")
    assert len(page.html.select(".pl-changes > li")) <= 10
    listed = app.get("/dume/mes-dume")
    assert [one.text for one in listed.html.select(".pl-tasks .pl-status")] == ["Brouillon", "Validé"]


def test_deleted_response_leaves_the_list(app: TestApp, company: Made, asked: str) -> None:
    home = start(app, company, asked)
    page = sent(home.click("Supprimer ce DUME")).submit().follow()
    page.mustcontain("Le DUME est supprimé.", "Aucun DUME pour l’instant.")


def test_response_of_another_does_not_exist(
    app: TestApp, company: Made, asked: str, database: Database, clock: SandboxClock
) -> None:
    home = start(app, company, asked)
    accounts.sign_out(app)
    assert app.get(home.request.path, status=303).location.startswith("http://localhost/connexion")
    with database.write() as session:
        other = accounts.create_company(session, clock.now())
    accounts.sign_in(app, other.people["depositor"])
    for page in ("", "/partie/iii-a", "/relire", "/copie/xml", "/pieces", "/sources.json"):
        app.get(f"{home.request.path}{page}", status=404)


def test_answer_for_one_lot_apart(
    app: TestApp, company: Made, asked: str, database: Database, vault: KeyVault
) -> None:
    home = start(app, company, asked)
    address = f"{home.request.path}/partie/iv-c"
    form = posting(app.get(address), "edition")
    page = form.submit("autre_lot", value="year-manpower|LOT-0002")
    assert page.status_int == 200
    page.mustcontain("pour le LOT-0002")
    form = posting(page, "edition")
    form["C50_SC_year-manpower/RG1/RSG1/QSG1/Q1|1.1|LOT-0002"] = "yes"
    form.submit().follow()
    with database.read() as session:
        row = queries.by_id_dume(session, row_of(database, home).id_dume)
        answers = queries.document(session, vault, row).answers
    assert [(one.value, one.lots) for one in answers] == [(True, ("LOT-0002",))]


def test_hidden_questions_come_by_saving(app: TestApp, company: Made, asked: str) -> None:
    home = start(app, company, asked)
    address = f"{home.request.path}/partie/iii-a"
    form = posting(app.get(address), "edition")
    first = next(name for name in form.fields if name and name.startswith("C1_EG_crime-org/QG1/Q1"))
    form[first] = "yes"
    page = form.submit().follow()
    assert page.request.path == address
    page.mustcontain("Vos réponses appellent d’autres questions")
    shown = [one for one in page.html.select("[data-when]") if not one.has_attr("hidden")]
    assert [one["data-part"] for one in shown] == ["C1_EG_crime-org/QG1/QSG1"]


def test_group_is_repeated_and_taken_away(app: TestApp, company: Made, asked: str) -> None:
    home = start(app, company, asked)
    address = f"{home.request.path}/partie/iv-b"
    answer_part(app, f"{address}?controle=1")
    form = posting(app.get(address), "edition")
    add = next(one._value for one in form.fields["ajouter"] if "/RSG1/QSG2|" in one._value)
    page = form.submit("ajouter", value=add)
    page.mustcontain("Réponse n° 2")
    form = posting(page, "edition")
    amount = next(name for name in form.fields if name and "/QSG2/Q2" in name and name.endswith("|1.1.2.1|*"))
    form[amount] = "1 000,50"
    page = form.submit("puis", value="liste").follow()
    page = app.get(address)
    page.mustcontain("Réponse n° 2", "1000,50")
    form = posting(page, "edition")
    remove = next(one._value for one in form.fields["retirer"] if one._value.endswith("|1.1.2"))
    page = form.submit("retirer", value=remove).follow()
    assert "1000,50" not in page.text


def test_wrong_values_stay_beside_their_field(app: TestApp, company: Made, asked: str) -> None:
    home = start(app, company, asked)
    form = posting(app.get(f"{home.request.path}/partie/iv-c"), "edition")
    name = next(name for name in form.fields if name and "/QSG2/Q2" in name and name.endswith("|*"))
    form[name] = "beaucoup"
    page = form.submit(status=422)
    page.mustcontain("Écrivez un nombre, en chiffres.", "beaucoup", "Erreur :")
    link = page.html.select(".pl-error-summary a")[0]["href"]
    assert page.html.select(f"[id='{link[1:]}']")


def test_proposals_are_confirmed_as_they_were_read(
    app: TestApp,
    buyer: Made,
    asked: str,
    database: Database,
    clock: SandboxClock,
    worker: Worker,
    vault: KeyVault,
) -> None:
    with database.write() as session:
        made = accounts.create_company(session, clock.now(), siret="00000001800010")
    home = start(app, made, asked)
    sent(app.get(f"{home.request.path}/siret")).submit().follow().mustcontain("En cours")
    stale = posting(app.get(f"{home.request.path}/changements"), "csrf_token")
    worker.run_all()
    page = app.get(f"{home.request.path}/changements")
    form = posting_to(page, "/confirmer")
    assert stale is not None
    for box in form.fields["confirme"]:
        box.checked = True
    form["edition"] = "1"
    form.submit().follow().mustcontain("Le DUME a changé depuis que vous l’avez lu")
    form = posting_to(app.get(f"{home.request.path}/changements"), "/confirmer")
    for box in form.fields["confirme"]:
        box.checked = True
    form.submit().follow().mustcontain("valeurs confirmées")
    with database.read() as session:
        row = queries.by_id_dume(session, row_of(database, home).id_dume)
        what = queries.document(session, vault, row)
    shown = complete.visible(what)
    assert {one.status for one in what.answers if one.property in shown} == {AnswerStatus.CONFIRMED}
    # A proof waits behind a question that nobody has answered: it is no claim yet.
    assert {one.status for one in what.answers if one.property not in shown} == {AnswerStatus.PROPOSED}


def test_piece_is_joined_read_and_taken_away(app: TestApp, company: Made, asked: str) -> None:
    home = start(app, company, asked)
    address = f"{home.request.path}/pieces"
    form = posting(app.get(address), "file")
    form["file"] = Upload("bilan.txt", b"pas une image", "text/plain")
    form.submit(status=415).mustcontain("Ce fichier n’est ni un PDF ni une image")
    form = posting(app.get(address), "file")
    form["file"] = Upload("bilan 2026.png", PNG, "image/png")
    page = form.submit().follow()
    page.mustcontain("bilan 2026.png", "La pièce est jointe")
    assert page.click("bilan 2026.png").body == PNG
    page = posting_to(page, "/retirer").submit().follow()
    assert "bilan 2026.png" not in page.html.find("main").text


def handed_over(runtime: Runtime, asked: str, return_url: str) -> str:
    """Have a vendor hand a response over to our pages; return the path of the link."""
    vendor = clients.create_vendor(runtime, return_urls=(return_url,))
    vault: KeyVault = runtime.find(KeyVault)
    by = clients.client_identity(vendor)
    with runtime.database.write() as session:
        request = queries.by_id_dume(session, asked)
        owner = Owner(kind=OwnerKind.CLIENT, client_id=vendor.id, siret="00000001800010")
        draft = ResponseDraft(role=Role.SOLE, request=request)
        row = service.create_response(session, vault, draft, owner=owner, by=by, now=runtime.clock.now())
        made = service.hand_over(session, row, return_url=return_url, by=by, now=runtime.clock.now())
        return f"/parcours/{made.token}"


def test_handover_is_taken_up_completed_and_dead(app: TestApp, runtime: Runtime, asked: str) -> None:
    back = "https://places.example/retour"
    link = handed_over(runtime, asked, back)
    page = app.get(link)
    page.mustcontain("Remplir un DUME pour votre plateforme", "Rénovation du gymnase")
    app.get(f"{link}/partie/iii-a", status=410)
    home = posting_to(page, "/commencer").submit().follow()
    home.mustcontain("III.A. Condamnations pénales")
    stranger = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    stranger.get(link, status=410).mustcontain("Ce lien a déjà servi")
    validated = answer_all(app, home)
    done = posting_to(validated, "/terminer").submit()
    done.mustcontain("C’est terminé")
    assert [one["href"] for one in done.html.select("main a.pl-btn")] == [back]
    app.get(link, status=410).mustcontain("Ce lien a déjà servi")


def test_handover_cannot_end_before_it_is_validated(app: TestApp, runtime: Runtime, asked: str) -> None:
    link = handed_over(runtime, asked, "https://places.example/retour")
    posting_to(app.get(link), "/commencer").submit().follow()
    token = posting(app.get(f"{link}/siret"), "csrf_token")["csrf_token"].value
    page = app.post(f"{link}/terminer", {"csrf_token": token}, status=409)
    page.mustcontain("valider")
