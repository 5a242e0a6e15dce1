"""The page that imports a notice, from the form to the report."""

import hashlib

import pytest

from procurement.consultations import queries as consultations
from tests.factories import accounts, notices

CALL = notices.CALL
SIRET = "21380123600018"
IMPORT = "/acheteur/avis/importer"


@pytest.fixture
def buyer(database, clock):
    with database.write() as session:
        return accounts.create_buyer(session, clock.now(), name="Ville de Valmont", siret=SIRET)


@pytest.fixture
def other(database, clock):
    with database.write() as session:
        return accounts.create_buyer(session, clock.now())


@pytest.fixture
def company(database, clock):
    with database.write() as session:
        return accounts.create_company(session, clock.now())


def send(app, content, name="avis.xml", status=None):
    form = next(form for form in app.get(IMPORT).forms.values() if "file" in form.fields)
    form["file"] = (name, content, "application/xml")
    return form.submit(status=status)


def imported(app, buyer, content=None):
    accounts.sign_in(app, buyer.people["drafter"])
    return send(app, content or CALL.read_bytes(), status=303).follow(status=200)


def test_import_shows_the_report_and_the_draft(app, buyer, database):
    page = imported(app, buyer)
    assert page.html.h1.text == "Rénovation énergétique de l’école Jules-Ferry"
    assert "Rien à revoir" in page.text
    assert [link["href"] for link in page.html.select("main a.pl-btn")] == [
        "/acheteur/consultations/2027-000001"
    ]
    with database.read() as session:
        draft = consultations.view(session, "2027-000001")
    assert ([lot.title for lot in draft.lots], draft.organisation_id) == (
        ["Isolation et enduits", "Menuiseries extérieures"],
        buyer.id,
    )


def test_report_says_what_is_to_be_looked_at(app, buyer):
    changed = (
        CALL.read_bytes()
        .replace(b"2027-03-15+01:00", b"2026-03-15+01:00")
        .replace(b">open<", b">innovation<")
    )
    page = imported(app, buyer, changed)
    table = page.html.select("#a-verifier ~ table")[0]
    rows = [(row.th.text, row.select("td")[1].text) for row in table.select("tbody tr")]
    assert [(label, sentence.split(" Cette")[0].split(" Date")[0]) for label, sentence in rows] == [
        ("Procédure", "À vérifier"),
        ("Lot 1 : Date limite de remise des offres", "À fixer"),
        ("Lot 2 : Date limite de remise des offres", "À fixer"),
    ]


def test_report_and_file_can_be_taken_away(app, buyer):
    page = imported(app, buyer)
    path = page.request.path
    sent = app.get(f"{path}/avis.xml")
    assert (sent.body, sent.content_type) == (CALL.read_bytes(), "application/xml")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="avis-2027-000001.xml"'
    report = app.get(f"{path}/rapport.json").json
    assert (report["reference"], report["sha256"]) == (
        "2027-000001",
        hashlib.sha256(CALL.read_bytes()).hexdigest(),
    )
    assert sum(line["count"] for line in report["report"]) == 140


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Ce fichier est vide."),
        (b"%PDF-1.7", "Ce fichier n’est pas du XML bien formé : erreur à la ligne 1, colonne 1."),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "une déclaration DOCTYPE"),
        (
            b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
            "Ce fichier est une facture",
        ),
        (b"<a>" * 200, "sa racine est « a »"),
    ],
)
def test_refused_file_is_explained_beside_the_field(app, buyer, database, content, sentence):
    accounts.sign_in(app, buyer.people["drafter"])
    page = send(app, content, status=422)
    assert sentence in page.html.select_one(".pl-error-summary, [role=alert]").text
    assert sentence in page.text
    assert "root:" not in page.text


def test_form_without_a_file_is_explained(app, buyer):
    accounts.sign_in(app, buyer.people["drafter"])
    form = next(form for form in app.get(IMPORT).forms.values() if "file" in form.fields)
    assert "Choisissez le fichier de l’avis" in form.submit(status=422).text


def test_body_too_large_is_refused_before_it_is_read(app, buyer):
    accounts.sign_in(app, buyer.people["drafter"])
    answer = app.post(IMPORT, b"", headers={"Content-Length": str(100 << 20)}, expect_errors=True)
    assert (answer.status_int, "Ce fichier dépasse 20 Mo" in answer.text) == (422, True)


def test_file_just_too_large_is_explained(app, buyer):
    accounts.sign_in(app, buyer.people["drafter"])
    head = b'<ContractNotice xmlns="urn:oasis:names:specification:ubl:schema:xsd:ContractNotice-2">'
    page = send(app, head + b" " * (20 << 20), status=422)
    assert "Ce fichier dépasse 20 Mo" in page.text


def test_anonymous_is_sent_to_sign_in(app):
    assert "/connexion" in app.get(IMPORT, status=303).location


@pytest.mark.parametrize("role", ["observer", "opener", "publisher", "administrator"])
def test_roles_that_do_not_write_are_refused(app, buyer, role):
    accounts.sign_in(app, buyer.people[role])
    app.get(IMPORT, status=403)


def test_company_is_refused(app, company):
    accounts.sign_in(app, company.people["depositor"])
    app.get(IMPORT, status=403)


def test_report_of_another_buyer_does_not_exist(app, buyer, other):
    path = imported(app, buyer).request.path
    app.reset()
    app.get(path, status=303)
    accounts.sign_in(app, other.people["drafter"])
    for address in (path, f"{path}/avis.xml", f"{path}/rapport.json"):
        answer = app.get(address, status=404)
        assert "Jules-Ferry" not in answer.text


@pytest.mark.parametrize("name", ["-" * 36, "00000000-0000-4000-8000-000000000000"])
def test_report_unknown_does_not_exist(app, buyer, name):
    accounts.sign_in(app, buyer.people["drafter"])
    app.get(f"/acheteur/avis/{name}", status=404)


def test_page_lists_the_latest_imports(app, buyer):
    imported(app, buyer)
    assert "2027-000001" in app.get(IMPORT).html.select_one("#derniers").find_parent("section").text


def test_hostile_text_of_a_notice_is_escaped(app, buyer):
    hostile = CALL.read_bytes().replace(
        "Rénovation énergétique".encode(), b"&lt;script&gt;alert(1)&lt;/script&gt;"
    )
    page = imported(app, buyer, hostile)
    assert "<script>alert(1)" not in page.text
    assert page.html.h1.text.startswith("<script>alert(1)")


def test_body_that_is_no_form_with_files_is_explained(app, buyer):
    accounts.sign_in(app, buyer.people["drafter"])
    token = app.get(IMPORT).html.select_one("[name=csrf_token]")["value"]
    answer = app.post(IMPORT, {"file": "x"}, headers={"X-CSRF-Token": str(token)}, expect_errors=True)
    assert (answer.status_int, "Choisissez le fichier de l’avis" in answer.text) == (422, True)


def test_form_with_text_in_the_place_of_the_file_is_explained(app, buyer):
    accounts.sign_in(app, buyer.people["drafter"])
    token = str(app.get(IMPORT).html.select_one("[name=csrf_token]")["value"])
    kind, body = app.encode_multipart([("csrf_token", token), ("note", "x")], [])
    answer = app.request(IMPORT, method="POST", body=body, content_type=kind, expect_errors=True)
    assert (answer.status_int, "Choisissez le fichier de l’avis" in answer.text) == (422, True)


def test_import_without_its_token_is_refused(app, buyer):
    accounts.sign_in(app, buyer.people["drafter"])
    kind, body = app.encode_multipart([], [("file", "avis.xml", CALL.read_bytes())])
    answer = app.request(IMPORT, method="POST", body=body, content_type=kind, expect_errors=True)
    assert (answer.status_int, "2027-000001" in app.get(IMPORT).text) == (400, False)
