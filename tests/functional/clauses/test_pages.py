"""The drafting pages without JavaScript: every page opens, answers are saved by a button, reasons are given."""

from datetime import datetime

import pytest
from webtest import TestApp

from clauses.files.reader import read_library
from procurement.accounts.queries import organisation as organisation_of
from procurement.accounts.service.organisations import add_service
from procurement.consultations.models import Consultation
from procurement.consultations.service import remove_lot
from procurement.core.runtime import Runtime
from tests.factories import clause_pages, clauses
from tests.factories.accounts import Made, create_person, sign_in, sign_out
from tests.factories.clause_pages import ROOT, Scene, answer, begin, draft_of, form_to, form_with

PAGES = (
    "", "/chapitres/1", "/chapitres/2", "/chapitres/3", "/controles", "/donnees", "/conflits", "/dupliquer", "/comparer",
    "/mise-a-niveau", "/relecture", "/historique", "/apercu", "/clauses/ccap.sociale", "/clauses/ccap.prix",
)  # fmt: skip


@pytest.fixture
def draft(app: TestApp, scene: Scene) -> str:
    return begin(app, scene)


def test_every_page_of_a_draft_opens(app: TestApp, draft: str) -> None:
    for tail in PAGES:
        for lang in ("fr", "en"):
            page = app.get(f"{draft}{tail}", params={"lang": lang})
            assert page.html.select_one("h1"), tail
            ids = [tag["id"] for tag in page.html.select("[id]")]
            assert sorted(set(ids)) == sorted(ids), tail
            anchors = [a["href"][1:] for a in page.html.select('a[href^="#"]')]
            assert [one for one in anchors if one not in ids] == [], tail


def test_question_offers_only_what_its_consultation_leaves(
    app: TestApp, scene: Scene, runtime: Runtime, now: datetime
) -> None:
    """The consultation is one of services: « Travaux » is no answer, and the page says why it is not there."""
    files = clauses.files(ccap__objet="Objet : {{objet}}, {{nature_achat}}, {{categorie_acheteur}}.")
    path = "clauses/ccap.objet.yaml"
    files[path] = files[path].replace("[objet]", "[objet, nature_achat, categorie_acheteur]")
    with runtime.database.write() as session:
        clauses.publish(session, runtime, now, "1.1", read_library(files))
    form = form_with(app.get(f"/acheteur/consultations/{scene.reference}/procedure"), "nature")
    form["nature"], form["buyer_category"] = "services", "central"
    form.submit(status=303)
    draft = begin(app, scene)
    pages = [app.get(f"{draft}/chapitres/{number}", params={"lang": "en"}) for number in (1, 2, 3)]
    asked = {
        one["data-fact"]: one
        for page in pages
        for one in page.html.select("[data-fact]")
        if one.select("[type=radio]")
    }
    offered = {key: [one["value"] for one in field.select("[type=radio]")] for key, field in asked.items()}
    assert offered["nature_achat"] == ["services", ""]
    assert "The consultation is for services" in asked["nature_achat"].text
    assert offered["categorie_acheteur"] == ["etat", ""]
    assert offered["sociale"] == ["oui", "non", ""]


def test_answers_are_saved_by_the_button_and_reasons_follow(
    app: TestApp, draft: str, runtime: Runtime
) -> None:
    page = app.get(f"{draft}/chapitres/2")
    assert "2 questions dans ce chapitre" not in page.text
    assert page.html.select_one("#sociale legend").text == "Une clause sociale\u00a0?"
    answer(app, draft, 2, sociale="oui").follow()
    page = app.get(f"{draft}/chapitres/2", params={"clause": "ccap.sociale"})
    why = page.html.select_one("#pourquoi")
    assert "Clause présente : clause sociale : oui." in why.text.replace("\n", " ")
    assert why.select_one('a[href$="/clauses/articles/CCP:L2112-2-1"]')
    refused = answer(app, draft, 2, heures_insertion="beaucoup")
    assert (refused.status_int, draft_of(runtime, draft).answers.get("heures_insertion")) == (422, None)
    assert refused.html.select_one("#f-heures_insertion")["value"] == "beaucoup"
    assert refused.html.select_one(".pl-error-summary a")["href"] == "#heures_insertion"
    answer(app, draft, 2, heures_insertion="400")
    assert draft_of(runtime, draft).answers["heures_insertion"].value == "400"
    answer(app, draft, 2, sociale="non")
    page = app.get(f"{draft}/chapitres/2", params={"clause": "ccap.sociale"})
    assert "Clause écartée : clause sociale : non." in page.html.select_one("#pourquoi").text
    assert page.html.select_one("#pourquoi-titre").text == "Pourquoi pas cette clause ?"


def test_answers_beside_a_refused_one_are_kept(app: TestApp, draft: str, runtime: Runtime) -> None:
    answer(app, draft, 2, sociale="oui")
    page = answer(app, draft, 2, sociale="non", heures_insertion="beaucoup")
    assert (page.status_int, page.html.select_one("#f-heures_insertion")["value"]) == (422, "beaucoup")
    assert draft_of(runtime, draft).answers["sociale"].value == "non"
    form = form_with(page, "f:heures_insertion")
    assert (form["f:sociale"].value, form["r:sociale"].value) == ("non", "2")


def test_table_of_criteria_is_filled_row_by_row(app: TestApp, scene: Scene, runtime: Runtime) -> None:
    rc = begin(app, scene, "rc")
    rows = [
        {"critere": "Prix", "poids": "60", "environnemental": "non"},
        {"critere": "Environnement", "poids": "30", "environnemental": "oui"},
    ]
    answer(app, rc, 1, criteres=rows).follow()
    checks = app.get(f"{rc}/controles")
    assert "Les poids des critères font 90" in checks.text
    assert checks.html.select_one("a[href$='/chapitres/1#criteres']")
    kept = draft_of(runtime, rc).answers["criteres"].value
    assert [row["poids"] for row in kept] == ["60", "30"]


def test_second_save_keeps_both_texts_and_one_is_chosen(
    app: TestApp, draft: str, runtime: Runtime, buyer: Made
) -> None:
    stale = form_with(app.get(f"{draft}/clauses/ccap.prix"), "body")
    first = form_with(app.get(f"{draft}/clauses/ccap.prix"), "body")
    first["body"] = "Les prix sont révisables."
    first.submit(status=303)
    stale["body"] = "Les prix sont <script>alert(1)</script> définitifs."
    page = stale.submit(status=303).follow()
    assert [one.text for one in page.html.select(".cl-two .cl-said")] == [
        "Les prix sont révisables.",
        "Les prix sont <script>alert(1)</script> définitifs.",
    ]
    assert draft_of(runtime, draft).texts["ccap.prix"] == "Les prix sont révisables."
    assert "1 conflit de saisie attend" in app.get(f"{draft}/controles").text
    form = form_with(page, "merged")
    form["merged"] = "Les prix sont révisables et définitifs."
    form.submit("choice", value="merged", status=303)
    assert draft_of(runtime, draft).texts["ccap.prix"] == "Les prix sont révisables et définitifs."
    again = app.get(page.request.path)
    assert "Ce conflit est réglé" in again.text
    assert "définitifs." in again.html.select(".cl-two .cl-said")[1].text


def test_autosave_answers_with_the_revision_and_a_late_one_with_both(app: TestApp, draft: str) -> None:
    page = app.get(f"{draft}/chapitres/2")
    token = {"X-CSRF-Token": page.html.select_one("meta[name=csrf-token]")["content"]}
    address = f"{draft}/reponses/sociale"
    saved = app.post(address, {"f:sociale": "oui", "r:sociale": "0"}, headers=token)
    assert (saved.json["revision"], saved.json["left"]) == (1, 1)
    late = app.post(address, {"f:sociale": "non", "r:sociale": "0"}, headers=token, status=412)
    assert late.json["code"] == "clauses.stale"
    assert "Deux textes" in app.get(late.json["conflict"]).text
    wrong = app.post(address, {"f:sociale": "peut-être", "r:sociale": "1"}, headers=token, status=422)
    assert wrong.json["code"] == "clauses.wrong_value"
    app.post(address, {"f:sociale": "oui", "r:sociale": "1"}, status=400)


def test_words_show_their_difference_and_go_back(app: TestApp, draft: str, runtime: Runtime) -> None:
    address = f"{draft}/clauses/ccap.prix"
    form = form_with(app.get(address), "body")
    form["body"] = (
        "Les prix sont révisables. Ils comprennent toutes les charges. Le montant estimé est de {{montant_estime}}."
    )
    page = form.submit(status=303).follow()
    assert [one.text for one in page.html.select(".cl-diff ins")] == ["(ajouté) révisables"]
    assert "Modifiée ici" in app.get(f"{draft}/chapitres/1").text
    form = form_to(page, "/derogation")
    form["derogates"] = "oui"
    assert form.submit(status=422).html.select_one(".pl-error-summary")
    form["article"] = "9.1"
    form.submit(status=303)
    assert draft_of(runtime, draft).clauses["ccap.prix"].derogated_article == "9.1"
    page = form_to(app.get(address), "/bibliotheque").submit(status=303).follow()
    assert page.html.select(".cl-diff") == []
    assert "Texte remplacé" in app.get(f"{draft}/historique").text


def test_locked_words_are_refused_and_typed_words_stay_in_the_page(app: TestApp, draft: str) -> None:
    form = form_with(app.get(f"{draft}/clauses/ccap.penalites"), "body")
    form["body"] = "Il n’y a pas de pénalité."
    page = form.submit(status=409)
    assert page.html.select_one("#body").text.strip() == "Il n’y a pas de pénalité."
    assert "verrouillée" in page.html.select_one("#body-erreur").text


def test_another_organisation_and_a_reader_do_not_get_in(
    app: TestApp, draft: str, scene: Scene, other_buyer: Made, buyer: Made
) -> None:
    sign_out(app)
    assert "/connexion?retour=" in app.get(draft, status=303).location
    sign_in(app, other_buyer.people["drafter"])
    app.get(draft, status=404)
    app.get(scene.drafts, status=404)
    sign_out(app)
    sign_in(app, buyer.people["observer"])
    page = app.get(f"{draft}/chapitres/2")
    assert page.html.select("form[data-wizard]") == []
    app.get(f"{draft}/dupliquer", status=403)


def test_role_of_a_service_reaches_no_document_of_another(
    app: TestApp, draft: str, scene: Scene, runtime: Runtime, buyer: Made, now: datetime
) -> None:
    other = begin(app, clause_pages.scene_of(runtime, clause_pages.tender_by(app, "Voirie")))
    by = buyer.identity("administrator")
    with runtime.database.write() as session:
        roads = add_service(session, buyer.id, "Voirie", parent_id=None, by=by, now=now)
        session.get_one(Consultation, draft_of(runtime, other).consultation_id).service_id = roads.id
        organisation = organisation_of(session, buyer.id)
        person = create_person(session, now, organisation, roles=("observer",), service_id=roads.id)
    sign_out(app)
    sign_in(app, person)
    app.get(draft, status=403)
    mine, theirs = (str(draft_of(runtime, one).id) for one in (other, draft))
    assert theirs not in app.get(f"{other}/comparer").text
    page = app.get(f"{other}/comparer", params={"avec": theirs})
    assert page.html.select("article") == []
    app.get(f"{other}/modifications.docx", params={"avec": theirs}, status=404)
    home = app.get(ROOT).text
    assert (mine in home, theirs in home) == (True, False)
    sign_out(app)
    sign_in(app, buyer.people["observer"])
    home = app.get(ROOT).text
    assert (mine in home, theirs in home) == (True, True)
    app.get(f"{other}/modifications.docx", params={"avec": theirs})


def test_document_of_a_lot_that_was_taken_away_still_opens(
    app: TestApp, scene: Scene, runtime: Runtime, buyer: Made, now: datetime
) -> None:
    address = begin(app, scene, "ccap", str(scene.lots[1]))
    with runtime.database.write() as session:
        remove_lot(session, scene.consultation_id, 2, by=buyer.identity("drafter"), now=now)
    for tail in ("", "/donnees"):
        assert "n’est plus dans la consultation" in app.get(f"{address}{tail}").text


@pytest.mark.parametrize("number", ["9" * 25, "999999", "0", "-1", "x"])
def test_page_numbers_that_are_none_open_a_page(app: TestApp, draft: str, number: str) -> None:
    for address in (ROOT, "/clauses"):
        app.get(address, params={"page": number})


HOSTILE = '<script>alert(1)</script> {{7*7}} #read("/etc/passwd") ]]> &amp; "x"'


def test_hostile_text_is_shown_as_it_was_typed(app: TestApp, draft: str, scene: Scene) -> None:
    answer(app, draft, 2, sociale="oui")
    form = form_with(app.get(f"{draft}/clauses/ccap.prix"), "remark")
    form["remark"] = HOSTILE
    page = form.submit(status=303).follow()
    assert page.html.select_one(".pl-changes .cl-said").text == HOSTILE
    form = form_with(app.get(scene.drafts), "canvas")
    form["canvas"], form["title"] = "rc", HOSTILE
    made = form.submit(status=303).location
    page = app.get(made)
    assert page.html.select_one("h1").text == HOSTILE
    assert page.html.select("main script") == []
    form = form_with(app.get(f"{draft}/clauses/ccap.prix"), "body")
    form["body"] = 'Texte <script>alert(1)</script> #read("/etc/passwd") ]]> fin.'
    form.submit(status=303)
    for tail in ("/apercu", "/chapitres/1", "/clauses/ccap.prix", "/historique"):
        page = app.get(f"{draft}{tail}")
        assert '<script>alert(1)</script> #read("/etc/passwd") ]]> fin.' in page.html.text, tail
        assert page.html.select("main script:not([src])") == [], tail


def test_library_is_found_and_read_by_everybody(app: TestApp, scene: Scene) -> None:
    sign_out(app)
    page = app.get("/clauses", params={"q": "plafond"})
    assert [one.text for one in page.html.select(".pl-results h3")] == ["Pénalités de retard"]
    clause = page.click("Pénalités de retard")
    assert "Code de la commande publique, R2191-7" in clause.text
    assert "Version 1.0" in clause.html.select_one("#versions").parent.text
    article = clause.click("Code de la commande publique, R2191-7")
    assert article.html.select_one("h1").text == "Code de la commande publique, R2191-7"
    assert "Pénalités de retard" in article.text
    assert app.get("/clauses/versions").html.select_one(".pl-changes strong").text == "Version 1.0"
    app.get("/clauses/ccap.rien", status=404)
    app.get("/clauses/articles/n'importe quoi", status=404)
    app.get("/clauses?version=9", status=404)
    assert "Aucune clause ne répond" in app.get("/clauses", params={"q": "introuvable"}).text


def test_pages_without_a_library_say_so(app: TestApp, runtime: Runtime, buyer: Made) -> None:
    from tests.factories.clause_pages import scene as make

    made = make(app, runtime, buyer)
    for address in (made.drafts, ROOT, "/clauses"):
        assert "Aucune bibliothèque de clauses n’est en vigueur" in app.get(address).text
