"""Hostile text on a cover page and in the reason a document is given back with: shown literally, or refused by name and kept."""

from datetime import datetime
from typing import Any

import pytest
from webtest import TestApp, Upload

from clauses import service
from procurement.core.runtime import Runtime
from tests.factories import clause_pages, clauses, pictures
from tests.factories.accounts import Made
from tests.factories.clause_pages import LAYER, Scene, act_as, begin, draft_of, form_to, form_with
from tests.factories.contract_reading import alternatives
from tests.factories.hostile import LITERAL, MORE, READERS, REFUSED, kept, squeezed, visible

CCAP = f"{LAYER}/gardes/CCAP"
SHOWN = LITERAL | MORE
#: A place to fill in is no text of a cover page: the free texts refuse it by its name.
PLACE = "template"
#: A lone surrogate never comes through a form: what reads it puts another character in its place.
SHORT = {**{name: text for name, text in REFUSED.items() if name != "surrogate"}, "long": "x" * 10_000}
#: Each text on one engine, and on the other what a column of text could refuse.
LITERALS = [("sqlite", name) for name in SHOWN]
REFUSALS = [
    *(("sqlite", name) for name in SHORT),
    *(("postgresql", name) for name in ("control", "noncharacter")),
]


def filled(app: TestApp, **words: str) -> Any:
    """Return the form of the cover page with a logo and two texts, plain unless given."""
    form = form_with(app.get(CCAP), "place_1")
    for number, code in enumerate(
        ("logo", "texte", "titre", "objet", "lot", "reference", "texte_2", ""), start=1
    ):
        form[f"place_{number}"] = code
    form["logo"] = Upload("logo.png", pictures.png(), "image/png")
    for name, text in {"alt": "Ville", "text": "Mots.", "text_2": "Mots.", **words}.items():
        form[name] = text
    return form


def unmarked(text: str) -> str:
    """Return a text as its emphasis makes it."""
    return text.replace("**", "")


@pytest.mark.parametrize(("engine", "name"), LITERALS, indirect=["engine"])
def test_cover_shows_hostile_text_literally_in_the_four_formats(
    keeper: TestApp, runtime: Runtime, buyer: Made, name: str
) -> None:
    text = SHOWN[name]
    words = {} if name == PLACE else {"text": text, "text_2": text}
    filled(keeper, alt=text, **words).submit(status=303)
    page = keeper.get(CCAP)
    assert page.html.select("script:not([src])") == []
    preview = page.html.select_one(".cl-cover")
    assert preview.img["alt"] == text
    assert squeezed(preview.text).count(squeezed(unmarked(text))) == (0 if name == PLACE else 2)
    clause_pages.publish_layer(keeper, "ville-1")
    act_as(keeper, buyer, "drafter")
    # The subject on the cover is the consultation's title.
    draft = begin(keeper, clause_pages.scene_of(runtime, clause_pages.tender_by(keeper, text)))
    for form, read in READERS.items():
        content = keeper.get(f"{draft}/document.{form}").body
        assert [squeezed(one) for one in alternatives(form, content)] == [squeezed(text)], form
        found = squeezed(read(content))
        assert found.count(squeezed(text)) >= 1, form
        assert found.count(squeezed(unmarked(text))) >= (1 if name == PLACE else 2), form


@pytest.mark.parametrize(("engine", "field"), [("sqlite", "text"), ("sqlite", "text_2")], indirect=["engine"])
def test_place_to_fill_in_is_refused_by_its_name(keeper: TestApp, field: str) -> None:
    page = filled(keeper, **{field: LITERAL[PLACE]}).submit(status=422)
    assert (
        "« {{7*7}} » ne se remplit pas sur une page de garde" in page.html.select_one(f"#{field}-erreur").text
    )
    assert form_with(page, "place_1")[field].value == LITERAL[PLACE]


@pytest.mark.parametrize(("engine", "name"), REFUSALS, indirect=["engine"])
def test_cover_refuses_by_name_what_no_document_can_hold(keeper: TestApp, name: str) -> None:
    for field in ("alt", "text", "text_2"):
        page = filled(keeper, **{field: SHORT[name]}).submit(status=422)
        said = page.html.select_one(f"#{field}-erreur").text
        assert ("10000 caractères" if name == "long" else "caractère invisible") in said
        assert kept(page, [field], SHORT[name]) == []
    assert keeper.get(CCAP).html.select_one(".cl-cover") is None


@pytest.fixture
def handed_in(app: TestApp, runtime: Runtime, scene: Scene, buyer: Made, now: datetime) -> str:
    """Return the address of a document that waits for its validation, with who may give it back signed in."""
    draft = begin(app, scene)
    with runtime.database.write() as session:
        by, row = buyer.identity("drafter"), draft_of(runtime, draft)
        clauses.answer(session, row.id, by, now, sociale="non", ccag="TRAVAUX")
        service.submit(session, row.id, by=by, now=now)
    act_as(app, buyer, "publisher")
    return draft


@pytest.mark.parametrize(("engine", "name"), LITERALS, indirect=["engine"])
def test_reason_of_a_return_is_shown_literally(
    app: TestApp, runtime: Runtime, buyer: Made, handed_in: str, name: str
) -> None:
    form = form_to(app.get(f"{handed_in}/controles"), "/rendre")
    form["reason"] = SHOWN[name]
    form.submit(status=303)
    assert draft_of(runtime, handed_in).returned_reason == SHOWN[name]
    act_as(app, buyer, "drafter")
    for end in ("", "/historique"):
        page = app.get(f"{handed_in}{end}").html
        assert page.select("script:not([src])") == []
        assert SHOWN[name] in [one.text for one in page.select(".cl-said")], end


@pytest.mark.parametrize(("engine", "name"), REFUSALS, indirect=["engine"])
def test_reason_that_cannot_be_shown_is_refused_and_kept_in_the_page(
    app: TestApp, runtime: Runtime, handed_in: str, name: str
) -> None:
    form = form_to(app.get(f"{handed_in}/controles"), "/rendre")
    form["reason"] = SHORT[name]
    page = form.submit(status=422)
    said = page.html.select_one("#reason-erreur").text
    assert ("10000 caractères" if name == "long" else "caractère invisible") in said
    assert visible(form_to(page, "/rendre")["reason"].value) == visible(SHORT[name])
    found = draft_of(runtime, handed_in)
    assert (found.returned_at, found.submitted_at is None) == (None, False)
