"""The keeper's pages: adapt, release, see what moved above and say so; the drafts of the entity tell whose words they hold."""

from datetime import datetime

from webtest import TestApp

from clauses import queries
from procurement.core.runtime import Runtime
from tests.factories import clause_pages
from tests.factories.accounts import Made
from tests.factories.clause_pages import (
    LAYER,
    Scene,
    act_as,
    answer,
    begin,
    draft_of,
    form_to,
    form_with,
    publish_layer,
)

ADDED = "Elles sont retenues sur les acomptes."


def adapt(app: TestApp, clause: str, mode: str, body: str = "", status: int = 303) -> object:
    form = form_with(app.get(f"{LAYER}/clauses/{clause}"), "mode")
    form["mode"], form["body"] = mode, body
    return form.submit(status=status)


def usual(app: TestApp, clause: str, fact: str, value: str, status: int = 303) -> object:
    page = app.get(f"{LAYER}/clauses/{clause}")
    form = next(one for one in page.forms.values() if f"f:{fact}" in one.fields)
    form[f"f:{fact}"] = value
    return form.submit(status=status)


def test_entity_adapts_and_its_new_drafts_say_whose_words_they_hold(
    keeper: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    adapt(keeper, "ccap.penalites", "append", ADDED)
    adapt(keeper, "ccap.objet", "hide")
    usual(keeper, "ccap.sociale", "sociale", "oui")
    assert "À jour" in keeper.get(LAYER).text
    publish_layer(keeper, "ville-1")
    act_as(keeper, buyer, "drafter")
    draft = begin(keeper, scene)
    assert draft_of(runtime, draft).release_version == "ville-1"
    why = keeper.get(f"{draft}/chapitres/2", params={"clause": "ccap.penalites"}).html.select_one("#pourquoi")
    assert [" ".join(one.text.split()) for one in why.select("ul.pl-plain li")][:2] == [
        "Bibliothèque interministérielle",
        "Texte ajouté à la suite : Ville de Valcombe-sur-Orle (Entité, version ville-1)",
    ]
    page = keeper.get(f"{draft}/chapitres/1")
    assert page.html.select_one("#masquees").text == "1 clause masquée"
    assert "Clause masquée : Ville de Valcombe-sur-Orle" in " ".join(page.text.split()).replace(
        '<span lang="fr">', ""
    )
    assert ADDED in keeper.get(f"{draft}/apercu").text


def test_usual_answer_is_shown_as_such_and_may_be_given_otherwise(
    keeper: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    usual(keeper, "ccap.sociale", "sociale", "oui")
    refused = usual(keeper, "ccap.sociale", "heures_insertion", "beaucoup", status=422)
    assert refused.html.select_one("#f-heures_insertion-erreur")  # type: ignore[attr-defined]  # a page
    publish_layer(keeper, "ville-1")
    act_as(keeper, buyer, "drafter")
    draft = begin(keeper, scene)
    page = keeper.get(f"{draft}/chapitres/2")
    (question,) = page.html.select("#reponses [data-fact=sociale]")
    assert "Réponse habituelle de : Ville de Valcombe-sur-Orle" in question.text
    answer(keeper, draft, 2, heures_insertion="400")
    assert (
        "sociale" not in draft_of(runtime, draft).answers
    )  # It stays the layer's as long as nobody changes it.
    answer(keeper, draft, 2, sociale="non")
    assert draft_of(runtime, draft).answers["sociale"].value == "non"


def test_drift_is_read_word_by_word_and_acknowledged(
    keeper: TestApp, runtime: Runtime, now: datetime
) -> None:
    adapt(keeper, "ccap.prix", "replace", "Prix de la ville : {{montant_estime}}.")
    publish_layer(keeper, "ville-1")
    assert "version plus récente" not in keeper.get(LAYER).text
    new = "Les prix sont révisables. Ils comprennent toutes les charges. Le montant estimé est de {{montant_estime}}."
    clause_pages.released(runtime, now, "1.1", ccap__prix=new)
    page = keeper.get(LAYER)
    assert "Publiez de nouveau pour que vos nouveaux documents suivent aussi la version 1.1." in page.text
    assert [one.text for one in page.html.select(".cl-diff :is(ins, del)")] == [
        "(retiré) fermes",
        "(ajouté) révisables",
    ]
    publish_layer(keeper, "ville-2")
    assert "La clause a changé au-dessus depuis" in keeper.get(LAYER).text
    form_to(keeper.get(LAYER), "/prendre-acte").submit(status=303)
    page = keeper.get(LAYER)
    assert [form for form in page.forms.values() if form.action.endswith("/prendre-acte")] == []
    assert "pris en compte" in page.text
    publish_layer(keeper, "ville-3")
    with runtime.database.read() as session:
        mine = queries.library_by_slug(session, "essai")
        assert mine is not None
        layer = queries.layer_view(session, _layer_id(session), on=now.date())
    assert [(one.version, len(one.warnings)) for one in layer.releases] == [
        ("ville-3", 0),
        ("ville-2", 1),
        ("ville-1", 0),
    ]


def _layer_id(session: object) -> object:
    from sqlalchemy import select

    from clauses.models import Library

    return session.scalars(select(Library.id).where(Library.layer == "entite")).one()  # type: ignore[attr-defined]  # a session


def test_lock_is_said_before_and_holds_after(keeper: TestApp) -> None:
    page = keeper.get(f"{LAYER}/clauses/ccap.penalites")
    assert [one["value"] for one in page.html.select("input[name=mode]")] == ["append"]
    form = form_with(page, "mode")
    posted = {"csrf_token": form["csrf_token"].value, "mode": "hide", "body": "Mes mots."}
    refused = keeper.post(f"{LAYER}/clauses/ccap.penalites", posted, status=409)
    assert "verrouillée" in refused.html.select_one(".pl-error-summary").text
    assert refused.html.select_one("#body").text.strip() == "Mes mots."


def test_release_that_the_analysis_refuses_says_what_is_wrong(keeper: TestApp) -> None:
    adapt(keeper, "ccap.prix", "append", "Voir {{ref:ccap.sociale}}.")
    page = publish_layer(keeper, "ville-1", status=422)
    assert "ccap.sociale" in page.html.select_one(".pl-error-summary").text  # type: ignore[attr-defined]  # a page
    assert "Rien n’est publié" in keeper.get(LAYER).text


def test_adaptation_is_taken_back(keeper: TestApp) -> None:
    adapt(keeper, "ccap.objet", "hide")
    form_to(keeper.get(LAYER), "/retirer").submit(status=303)
    assert "Aucune adaptation pour l’instant" in keeper.get(LAYER).text


def test_who_does_not_keep_the_library_reads_and_changes_nothing(
    keeper: TestApp, buyer: Made, other_buyer: Made
) -> None:
    adapt(keeper, "ccap.objet", "hide")
    take_back = form_to(keeper.get(LAYER), "/retirer").action
    act_as(keeper, buyer, "drafter")
    page = keeper.get(LAYER)
    assert "Clause masquée" in page.text
    assert page.html.select("main form") == []
    keeper.get(f"{LAYER}/clauses/ccap.objet", status=403)
    act_as(keeper, other_buyer, "administrator")
    assert "Clause masquée" not in keeper.get(LAYER).text
    token = keeper.get(LAYER).html.select_one("[name=csrf_token]")["value"]
    keeper.post(take_back, {"csrf_token": token}, status=404)
