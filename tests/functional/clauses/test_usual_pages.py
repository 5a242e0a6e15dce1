"""« Mes réponses habituelles »: kept from its page or from a question, carried into the next document, nobody else's."""

from datetime import datetime

import pytest
from webtest import TestApp

from clauses import queries, service
from clauses.files.reader import read_library
from clauses.models import Draft
from procurement.core.runtime import Runtime
from tests.factories import clause_pages, clauses
from tests.factories.accounts import Made, create_person, sign_out
from tests.factories.clause_pages import (
    ROOT,
    Scene,
    act_as,
    answer,
    begin,
    draft_of,
    form_to,
    form_with,
    started,
)

USUAL = f"{ROOT}/reponses-habituelles"


def keep(app: TestApp, fact: str, value: str, status: int = 303) -> object:
    form = form_with(app.get(f"{USUAL}/{fact}"), f"f:{fact}")
    form[f"f:{fact}"] = value
    return form.submit(status=status)


@pytest.fixture
def buyer(buyer: Made, runtime: Runtime, now: datetime) -> Made:
    """Return the town with a second drafter."""
    with runtime.database.write() as session:
        buyer.people["colleague"] = create_person(session, now, buyer.organisation, roles=("drafter",))
    return buyer


def shown(app: TestApp) -> list[tuple[str, str]]:
    """Return what the page lists: question and answer."""
    return [
        (one.select_one("h2").text, one.select_one(".cl-said").text)
        for one in app.get(USUAL).html.select("article")
    ]


def asking(**facts: str) -> object:
    """Return the small library with a clause that shows the remark, and a fact written otherwise."""
    files = clauses.files(ccap__objet="Objet : {{objet}}. {{remarque}}")
    path = "clauses/ccap.objet.yaml"
    files[path] = files[path].replace("[objet]", "[objet, remarque]")
    for before, after in facts.items():
        files["faits.yaml"] = files["faits.yaml"].replace(before, after)
    return read_library(files)


def release(runtime: Runtime, now: datetime, version: str, **facts: str) -> None:
    with runtime.database.write() as session:
        clauses.publish(session, runtime, now, version, asking(**facts))  # type: ignore[arg-type]  # a library


def test_person_keeps_them_on_a_page_and_his_next_document_begins_with_them(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    assert (
        "Aucune réponse habituelle"
        in app.get(app.get(ROOT).html.select_one(f'a[href="{USUAL}"]')["href"]).text
    )
    before = begin(app, scene)
    chosen = form_with(app.get(USUAL), "question")
    options = [value for value, _chosen, _label in chosen["question"].options]
    # What a consultation says, what is computed and what has several parts is nobody's habit.
    assert options == ["", "sociale", "heures_insertion"]
    chosen["question"] = "sociale"
    assert chosen.submit(status=303).location.endswith(f"{USUAL}/sociale")
    keep(app, "sociale", "oui")
    keep(app, "heures_insertion", "1 200")
    assert shown(app) == [("Clause sociale", "oui"), ("Heures d’insertion", "1\u202f200")]
    draft = begin(app, scene)
    page = app.get(f"{draft}/chapitres/2")
    assert "2 de vos réponses habituelles y sont reprises" in page.text
    name = buyer.people["drafter"].name
    for key in ("sociale", "heures_insertion"):
        (question,) = page.html.select(f"#reponses [data-fact={key}]")
        assert f"Réponse habituelle de : {name}" in question.text
    assert "dont 2 réponses habituelles à vérifier" in page.html.select_one("#reponses summary").text
    assert draft_of(runtime, before).answers == {}


def test_colleague_reads_the_same_document_and_whose_habit_it_was(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    keep(app, "sociale", "oui")
    draft = begin(app, scene)
    name = buyer.people["drafter"].name
    act_as(app, buyer, "publisher")
    checks = app.get(f"{draft}/controles").html.select_one("#habituelles").parent
    said = f"Réponse habituelle : {name} (Personne)"
    assert said in " ".join(checks.text.split())
    why = app.get(f"{draft}/chapitres/2", params={"clause": "ccap.sociale"}).html.select_one("#pourquoi")
    assert f"Clause sociale. {said}" in " ".join(why.text.split())
    history = app.get(f"{draft}/historique")
    assert "Réponses habituelles reprises : Clause sociale" in " ".join(history.html.text.split())
    assert draft_of(runtime, draft).answers["sociale"].value == "oui"


def test_question_of_a_document_makes_and_unmakes_a_habit(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    draft = begin(app, scene)
    answer(app, draft, 2, sociale="oui")
    form = form_with(app.get(f"{draft}/chapitres/2"), "f:sociale")
    form["f:heures_insertion"] = "300"
    # The whole page is saved: what else was typed is not lost.
    back = form.submit("habituelle", value="sociale", status=303)
    assert back.location.endswith(f"{draft}/chapitres/2#sociale")
    page = app.get(f"{draft}/chapitres/2")
    assert "C’est votre réponse habituelle : vos prochains documents commencent avec elle." in page.text
    assert draft_of(runtime, draft).answers["heures_insertion"].value == "300"
    assert shown(app) == [("Clause sociale", "oui")]
    (question,) = page.html.select("#reponses [data-fact=sociale]")
    assert [one["name"] for one in question.select("button")] == ["plus-habituelle"]
    form_with(page, "f:sociale").submit("plus-habituelle", value="sociale", status=303)
    assert shown(app) == []
    assert draft_of(runtime, draft).answers["sociale"].value == "oui"


def test_button_over_an_answer_that_is_refused_keeps_nothing(app: TestApp, buyer: Made, scene: Scene) -> None:
    draft = begin(app, scene)
    answer(app, draft, 2, sociale="oui")
    answer(app, draft, 2, heures_insertion="300")
    form = form_with(app.get(f"{draft}/chapitres/2"), "f:heures_insertion")
    form["f:heures_insertion"] = "beaucoup"
    refused = form.submit("habituelle", value="heures_insertion", status=422)
    assert refused.html.select_one("#f-heures_insertion")["value"] == "beaucoup"
    assert shown(app) == []
    form = form_with(app.get(f"{draft}/chapitres/2"), "f:heures_insertion")
    form["f:heures_insertion"] = ""
    refused = form.submit("habituelle", value="heures_insertion", status=422)
    assert "Répondez d’abord" in refused.html.select_one("#f-heures_insertion-erreur").text
    token = form["csrf_token"].value
    app.post(f"{draft}/chapitres/2", {"csrf_token": token, "habituelle": "rien"}, status=422)
    app.post(f"{draft}/chapitres/2", {"csrf_token": token, "plus-habituelle": "rien"}, status=404)


def test_habit_is_taken_back_from_its_page(app: TestApp, scene: Scene) -> None:
    keep(app, "sociale", "oui")
    form_to(app.get(USUAL), "/sociale/retirer").submit(status=303)
    assert shown(app) == []
    token = form_with(app.get(f"{USUAL}/sociale"), "f:sociale")["csrf_token"].value
    app.post(f"{USUAL}/sociale/retirer", {"csrf_token": token}, status=404)


@pytest.mark.parametrize("fact", ["procedure", "criteres", "rien", "montant_estime"])
def test_what_is_nobodys_habit_has_no_page(app: TestApp, scene: Scene, fact: str) -> None:
    assert "réponse habituelle" in app.get(f"{USUAL}/{fact}", status=404).text


def test_nobody_else_sees_or_changes_them(
    app: TestApp, runtime: Runtime, buyer: Made, other_buyer: Made, scene: Scene, now: datetime
) -> None:
    release(runtime, now, "1.1")
    keep(app, "remarque", "Mon secret.")
    draft = begin(app, scene)
    token = form_with(app.get(f"{USUAL}/remarque"), "f:remarque")["csrf_token"].value
    app.post(f"{USUAL}/remarque", {"f:remarque": "Sans jeton."}, status=400)
    for made, role in ((buyer, "colleague"), (other_buyer, "drafter")):
        act_as(app, made, role)
        page = app.get(USUAL)
        assert "Aucune réponse habituelle" in page.text
        assert "Mon secret." not in page.text
        assert "Mon secret." not in app.get(f"{USUAL}/remarque").text
        form = form_with(app.get(f"{USUAL}/remarque"), "f:remarque")
        token = form["csrf_token"].value
        app.post(f"{USUAL}/remarque/retirer", {"csrf_token": token}, status=404)
    app.get(draft, status=404)
    # Who reads documents and writes none has no use for habits; nor has who is not signed in.
    for role in ("publisher", "observer", "administrator"):
        act_as(app, buyer, role)
        app.get(USUAL, status=403)
        assert USUAL not in app.get(ROOT).text
    sign_out(app)
    assert "/connexion" in app.get(USUAL, status=303).location
    act_as(app, buyer, "drafter")
    assert shown(app) == [("Remarque", "Mon secret.")]


def test_documents_of_a_consultation_agree_and_given_answers_come_first(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene, now: datetime
) -> None:
    drafter, other = buyer.identity("drafter"), buyer.identity("colleague")
    keep(app, "sociale", "oui")
    with runtime.database.write() as session:
        service.keep_usual(session, "sociale", "non", on=now.date(), by=other, now=now)
        first = started(session, runtime, scene, drafter, now)
        # The other's document says the same as the first, by the same person's habit.
        second = started(session, runtime, scene, other, now)
        assert second.answers["sociale"] == first.answers["sociale"]
        clauses.answer(session, first.id, drafter, now, sociale="non")
        later = now.replace(hour=23)
        clauses.answer(session, second.id, other, later, heures_insertion="3")
        third = started(session, runtime, scene, drafter, now)
    assert (third.answers["sociale"].value, third.answers["sociale"].usual_of) == ("non", None)


def test_habit_whose_question_changed_is_kept_said_and_serves_no_more(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene, now: datetime
) -> None:
    release(runtime, now, "1.1")
    keep(app, "remarque", "12")
    old = 'type: texte\n    libelle: {fr: "Remarque"}'
    release(runtime, now, "1.2", **{old: old.replace("texte", "entier")})
    page = app.get(USUAL)
    assert "Ne sert plus" in page.text
    assert shown(app) == [("Remarque", "12")]
    draft = begin(app, scene)
    assert "Ces réponses habituelles ne sont pas reprises" in app.get(draft).text
    assert "remarque" not in draft_of(runtime, draft).answers
    # What is asked in another form may be answered anew from the list.
    assert page.html.select_one(f'a[href="{USUAL}/remarque"]')
    assert app.get(f"{USUAL}/remarque").html.select_one("#f-remarque").get("value", "") == ""
    history = " ".join(app.get(f"{draft}/historique").html.text.split())
    assert "laissées, car leur question a changé ou n’existe plus : Remarque" in history
    keep(app, "remarque", "13")
    assert "Ne sert plus" not in app.get(USUAL).text


def test_page_stands_without_a_library(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene, now: datetime
) -> None:
    keep(app, "sociale", "oui")
    with runtime.database.write() as session:
        found = queries.in_force(session, now.date())
        assert found is not None
        service.withdraw(session, found.id, "Essai.", by=None, now=now)
    page = app.get(USUAL)
    assert "Aucune bibliothèque de clauses n’est en vigueur" in page.text
    assert shown(app) == [("sociale", "oui")]
    app.get(f"{USUAL}/sociale", status=409)
    form_to(page, "/sociale/retirer").submit(status=303)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", "{% raw %}", "' onload=x \""])
def test_hostile_text_is_shown_literally(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene, now: datetime, text: str
) -> None:
    release(runtime, now, "1.1")
    keep(app, "remarque", text)
    assert shown(app) == [("Remarque", text)]
    assert app.get(f"{USUAL}/remarque").html.select_one("#f-remarque")["value"] == text
    draft = begin(app, scene)
    for page in (app.get(f"{draft}/controles"), app.get(f"{draft}/apercu"), app.get(f"{draft}/chapitres/1")):
        assert not [one for one in page.html.select("script") if "alert" in one.text]
    assert text in app.get(f"{draft}/apercu").html.text


@pytest.mark.parametrize(("text", "named"), [("a\x1bb", "U+001B"), ("x" * 10_000, "4000")])
def test_text_that_no_document_holds_is_refused_by_name(
    app: TestApp, runtime: Runtime, scene: Scene, now: datetime, text: str, named: str
) -> None:
    release(runtime, now, "1.1")
    refused = keep(app, "remarque", text, status=422)
    assert named in refused.html.select_one("#f-remarque-erreur").text  # type: ignore[attr-defined]  # a page
    assert refused.html.select_one("#f-remarque")["value"] == text  # type: ignore[attr-defined]  # a page
    assert shown(app) == []


def test_what_the_consultation_says_stands_over_an_earlier_answer(
    app: TestApp, runtime: Runtime, scene: Scene
) -> None:
    draft = begin(app, scene)
    with runtime.database.write() as session:
        row = session.get(Draft, draft_of(runtime, draft).id)
        assert row is not None
        # As when the consultation gave its amount after somebody had answered, and it was taken over.
        row.answers = {"montant_estime": {"value": "1.00", "revision": 1}}
    page = app.get(f"{draft}/chapitres/1")
    assert "Montant estimé" in [one.text for one in page.html.select("#questions dt")]
    assert not page.html.select("[data-fact=montant_estime]")


def test_release_pages_know_nothing_of_them(app: TestApp, buyer: Made, scene: Scene) -> None:
    keep(app, "sociale", "oui")
    act_as(app, buyer, "administrator")
    assert "Commencer nos adaptations" in app.get(f"{ROOT}/adaptations").text
    assert clause_pages.ROOT in app.get(ROOT).text
