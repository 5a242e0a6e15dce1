"""From an empty draft to a downloaded dossier, through the pages, without JavaScript."""

import hashlib
import io
import zipfile
from datetime import datetime

import pytest
from webtest import TestApp

from procurement.consultations import hooks, queries
from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from tests.factories.accounts import Made, sign_in, sign_out

FIRST = b"%PDF-1.4 reglement de consultation"
SECOND = b"AC1032" * 5000


@pytest.fixture(autouse=True)
def no_guard(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upper rooms have their own tests of what they refuse."""
    monkeypatch.setattr(hooks.found(runtime.registry), "guards", [])


def form_with(page: object, name: str) -> object:
    return next(form for form in page.forms.values() if name in form.fields)


def begin(app: TestApp, buyer: Made) -> str:
    sign_in(app, buyer.people["drafter"])
    form = form_with(app.get("/acheteur/consultations/nouvelle"), "title")
    form["title"] = "Rénovation du groupe scolaire des Tilleuls"
    return form.submit(status=303).location.rsplit("/", 1)[1]


def fill_sections(app: TestApp, root: str) -> None:
    form = form_with(app.get(f"{root}/dates"), "zone")  # Any order: dates come first here.
    form["closes_at_date"], form["closes_at_time"] = "2027-03-15", "12:00:00"
    form["questions_at_date"], form["questions_at_time"] = "2027-03-05", "12:00"
    assert form.submit(status=303).location.endswith(root)
    form = form_with(app.get(f"{root}/identite"), "cpv")
    form["description"] = "Isolation, menuiseries, ventilation."
    form["cpv"], form["nuts"], form["estimated"] = "45421000-4", "Paris", "1 175 000,50"
    form.submit(status=303)
    form = form_with(app.get(f"{root}/procedure"), "nature")
    form["procedure"], form["nature"], form["buyer_category"] = "mapa", "works", "other"
    form.submit(status=303)
    form = form_with(app.get(f"{root}/lots"), "allotted")
    form["allotted"] = "yes"
    form.submit(status=303)
    for title in ("Isolation", "Menuiseries extérieures"):
        form = form_with(app.get(f"{root}/lots/nouveau"), "title")
        form["title"], form["pieces"] = title, "Mémoire technique\nPlanning"
        form.submit(status=303)
    form = form_with(app.get(f"{root}/depot"), "files")
    form["types"], form["pieces_candidature"] = "PDF, .docx", "DUME"
    form.submit(status=303)


def send(app: TestApp, root: str, *files: tuple[str, bytes], folder: str = "", status: int = 303) -> object:
    form = form_with(app.get(f"{root}/documents"), "folder")
    form["folder"] = folder
    fields = [("documents", name, content) for name, content in files]
    return app.post(
        f"{root}/documents/envoi",
        params=[("csrf_token", form["csrf_token"].value), ("folder", folder)],
        upload_files=fields,
        status=status,
    )


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_from_draft_to_download(
    app: TestApp, buyer: Made, database: Database, clock: SandboxClock, now: datetime
) -> None:
    reference = begin(app, buyer)
    root = f"/acheteur/consultations/{reference}"
    assert reference == "2027-000001"
    fill_sections(app, root)
    send(app, root, ("Règlement.pdf", FIRST))
    send(app, root, ("façade sud.dwg", SECOND), folder="plans")
    app.get(f"{root}/apercu")
    check = app.get(f"{root}/verification")
    assert "Tout est prêt" in check.text
    app.get(f"/consultations/{reference}", status=404)
    app.post(f"{root}/publier", {"csrf_token": check.forms[1]["csrf_token"].value}, status=403)

    sign_out(app)
    sign_in(app, buyer.people["publisher"])
    check = app.get(f"{root}/verification")
    publish = next(form for form in check.forms.values() if form.action.endswith("/publier"))
    confirmation = publish.submit(status=303).follow()
    assert publish.submit(status=303).follow().text == confirmation.text

    sign_out(app)
    page = app.get(f"/consultations/{reference}")
    for shown in ("lundi 15 mars 2027 à 12:00:00 (heure de Paris)", "Menuiseries extérieures", "45421000-4"):
        assert shown in page.text
    archive = app.get(f"/consultations/{reference}/dce.zip")
    assert unzipped(archive.body) == {"Règlement.pdf": FIRST, "plans/façade sud.dwg": SECOND}
    with database.read() as session:
        view = queries.view(session, reference)
        actions = [entry.action for entry in journal.history(session, view.id)]
        assert journal.verify(session).ok
    assert view.estimated_cents == 117_500_050
    assert (view.limits.types, view.dce_version) == (("pdf", "docx"), 1)
    assert view.published_at == now
    assert actions.count("consultations:consultation:published") == 1
    assert actions[-1] == "consultations:document:withdrawn"


def test_pages_of_a_draft_open_for_each_section(app: TestApp, buyer: Made) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    for path in (
        "",
        "/identite",
        "/procedure",
        "/lots",
        "/dates",
        "/depot",
        "/documents",
        "/verification",
        "/historique",
    ):
        assert app.get(root + path).status_int == 200
    assert "Il reste" in app.get(f"{root}/verification").text


def test_publishing_an_unfinished_draft_says_what_is_missing(
    app: TestApp, buyer: Made, database: Database, now: datetime
) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    sign_out(app)
    sign_in(app, buyer.people["publisher"])
    token = app.get(f"{root}/verification").forms[1]["csrf_token"].value
    answer = app.post(f"{root}/publier", {"csrf_token": token}, status=409)
    assert "Indiquez le code CPV principal." in answer.text
    with database.read() as session:
        assert queries.view(session, root.rsplit("/", 1)[1]).published_at is None


@pytest.mark.parametrize(
    ("day", "at", "sentence"),
    [
        ("2027-10-31", "02:30:00", "existe deux fois"),
        ("2027-03-28", "02:30:00", "n’existe pas"),
        ("2026-01-01", "12:00:00", "déjà passée"),
        ("", "12:00:00", "Donnez la date limite"),
        ("pas une date", "midi", "Écrivez une date"),
    ],
)
def test_deadline_refused_keeps_what_was_typed(
    app: TestApp, buyer: Made, day: str, at: str, sentence: str
) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    form = form_with(app.get(f"{root}/dates"), "zone")
    form["closes_at_date"], form["closes_at_time"] = day, at
    answer = form.submit(status=422)
    assert sentence in answer.text
    assert form_with(answer, "zone")["closes_at_date"].value == day
    assert answer.html.title.text.startswith("Erreur :")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("cpv", "45421000-5", "45421000-4"),
        ("cpv", "99999999", "n’existe pas"),
        ("nuts", "Atlantide", "Aucun lieu"),
        ("estimated", "1,234", "deux façons"),
        ("title", "", "Donnez un intitulé"),
    ],
)
def test_identity_refused_keeps_what_was_typed(
    app: TestApp, buyer: Made, name: str, value: str, sentence: str
) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    form = form_with(app.get(f"{root}/identite"), "cpv")
    form["description"], form["cpv"], form["nuts"] = "Texte gardé", "45421000", "FR101"
    form[name] = value
    answer = form.submit(status=422)
    assert sentence in answer.text
    assert form_with(answer, "cpv")["description"].value == "Texte gardé"


def test_limits_above_the_service_are_refused(app: TestApp, buyer: Made) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    form = form_with(app.get(f"{root}/depot"), "files")
    form["file_bytes"], form["files"] = "99999999", "0"
    answer = form.submit(status=422)
    assert answer.text.count("c’est le plus que le service peut recevoir") == 4


def test_documents_refused_each_by_its_reason_the_others_kept(app: TestApp, buyer: Made) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    send(app, root, ("a.pdf", FIRST))
    assert "1 document ajouté." in app.get(f"{root}/documents").text
    answer = send(
        app,
        root,
        ("A.PDF", SECOND),
        ("vide.txt", b""),
        ("../fuite.txt", FIRST),
        ("b.pdf", SECOND),
        status=422,
    )
    for sentence in ("s’appelle déjà « a.pdf »", "« vide.txt » est vide", "ne peut pas être accepté"):
        assert sentence in answer.text
    assert "b.pdf" in app.get(f"{root}/documents").text
    assert send(app, root, ("", b""), status=422).text.count("Choisissez au moins un fichier") == 2


def test_same_content_twice_is_kept_and_told(app: TestApp, buyer: Made) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    send(app, root, ("a.pdf", FIRST))
    assert "le même que celui de « a.pdf »" in send(app, root, ("b.pdf", FIRST)).follow().text


def test_document_larger_than_announced_is_refused_before_its_bytes(
    app: TestApp, buyer: Made, runtime: Runtime
) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    most = runtime.settings.document_bytes
    answer = app.post(
        f"{root}/documents/envoi",
        b"x",
        headers={"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(most * 2)},
        status=413,
    )
    assert f"{most // (1 << 20)} Mo" in answer.text


def test_upload_without_token_or_cut_short(app: TestApp, buyer: Made) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    app.post(f"{root}/documents/envoi", upload_files=[("documents", "a.pdf", FIRST)], status=400)
    app.post(f"{root}/documents/envoi", b"rien", headers={"Content-Type": "multipart/form-data"}, status=422)
    token = form_with(app.get(f"{root}/documents"), "folder")["csrf_token"].value
    body = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n--b\r\n'
    body += 'Content-Disposition: form-data; name="documents"; filename="a.pdf"\r\n\r\ndebut'
    answer = app.post(
        f"{root}/documents/envoi",
        body.encode(),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
        status=422,
    )
    assert "interrompu" in answer.text
    assert "Aucun document pour l’instant." in app.get(f"{root}/documents").text


def test_label_and_removal_of_a_document(app: TestApp, buyer: Made, database: Database) -> None:
    reference = begin(app, buyer)
    root = f"/acheteur/consultations/{reference}"
    send(app, root, ("a.pdf", FIRST))
    with database.read() as session:
        view = queries.view(session, reference)
        found = queries.documents(session, view.id)[0]
    assert found.sha256 == hashlib.sha256(FIRST).hexdigest()
    form = form_with(app.get(f"{root}/documents/{found.id}"), "label")
    form["label"] = "Règlement de la consultation"
    assert "Règlement de la consultation" in form.submit(status=303).follow().text
    assert app.get(f"{root}/documents/{found.id}/fichier").body == FIRST
    token = form["csrf_token"].value
    for _twice in range(2):
        app.post(f"{root}/documents/{found.id}/retirer", {"csrf_token": token}, status=303)
    app.get(f"{root}/documents/{found.id}/fichier", status=404)
    app.get(f"{root}/documents/pas-un-identifiant", status=404)


def test_lots_are_renumbered_after_a_removal(app: TestApp, buyer: Made, database: Database) -> None:
    reference = begin(app, buyer)
    root = f"/acheteur/consultations/{reference}"
    for title in ("Un", "Deux", "Trois"):
        form = form_with(app.get(f"{root}/lots/nouveau"), "title")
        form["title"], form["pieces"] = title, "Mémoire"
        page = form.submit(status=303).follow()
    token = page.forms[1]["csrf_token"].value
    app.post(f"{root}/lots/2/retirer", {"csrf_token": token}, status=303)
    form = form_with(app.get(f"{root}/lots/2"), "title")
    assert form["title"].value == "Trois"
    form["title"] = "Deux et trois"
    form.submit(status=303)
    app.get(f"{root}/lots/9", status=404)
    with database.read() as session:
        lots = queries.view(session, reference).lots
    assert [(lot.number, lot.title, lot.pieces[0].code) for lot in lots] == [
        (1, "Un", "lot1-offre-1"),
        (2, "Deux et trois", "lot2-offre-1"),
    ]


def test_no_lots_needs_a_reason(app: TestApp, buyer: Made) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    form = form_with(app.get(f"{root}/lots"), "allotted")
    form["allotted"] = "no"
    answer = form.submit(status=422)
    assert "L2113-11" in answer.text
    form = form_with(answer, "allotted")
    form["no_lots_reason"] = "Un seul ouvrage, indissociable."
    form.submit(status=303)


def test_a_draft_is_reached_by_nobody_else(
    app: TestApp, buyer: Made, other_buyer: Made, company: Made
) -> None:
    root = f"/acheteur/consultations/{begin(app, buyer)}"
    sign_out(app)
    assert app.get(root, status=303).location.startswith("http://localhost/connexion")
    assert app.get("/acheteur/consultations/2027-999999", status=303).location.startswith(
        "http://localhost/connexion"
    )
    for made, role in ((other_buyer, "drafter"), (company, "depositor")):
        sign_out(app)
        sign_in(app, made.people[role])
        for path in ("", "/identite", "/documents", "/verification", "/retraits", "/historique"):
            app.get(root + path, status=404)


def test_buyer_list_filters_and_sorts(app: TestApp, buyer: Made) -> None:
    reference = begin(app, buyer)
    for query in ("", "?etat=draft", "?tri=deadline", "?tri=title&etat=draft"):
        assert reference in app.get(f"/acheteur/consultations{query}").text
    assert reference not in app.get("/acheteur/consultations?etat=open").text
    assert reference in app.get("/acheteur/consultations?etat=nimporte&page=x").text
