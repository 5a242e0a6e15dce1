"""From a consultation to a redline, through the pages: RC, CCAP per lot, validation, tender documents, a new release."""

import hashlib
import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from docx import Document
from webtest import TestApp

from clauses import queries as contracts
from procurement.consultations import queries
from procurement.consultations.models import Consultation
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from tests.factories import clause_pages
from tests.factories.accounts import Made, sign_in, sign_out
from tests.factories.clause_pages import Scene, answer, begin, draft_of, form_to, form_with

CRITERIA = [
    {"critere": "Prix", "poids": "70", "environnemental": "non"},
    {"critere": "Environnement", "poids": "30", "environnemental": "oui"},
]
OURS = "Les prix sont fermes. Ils comprennent les frais de déplacement. Le montant estimé est de {{montant_estime}}."
THEIRS = (
    "Les prix sont fermes. Ils comprennent toutes les taxes. Le montant estimé est de {{montant_estime}}."
)


def act_as(app: TestApp, buyer: Made, role: str) -> None:
    sign_out(app)
    sign_in(app, buyer.people[role])


def write(app: TestApp, address: str, clause: str, body: str) -> None:
    page = app.get(f"{address}/clauses/{clause}")
    form = form_with(page, "body")
    form["body"] = body
    form = form_to(form.submit(status=303).follow(), "/derogation")
    form["derogates"] = "non"
    form.submit(status=303)


def validated(app: TestApp, buyer: Made, address: str) -> None:
    form_to(app.get(f"{address}/controles"), "/transmettre").submit(status=303)
    blocked = app.get(f"{address}/controles")
    assert [form for form in blocked.forms.values() if form.action.endswith("/rendre")] == []
    act_as(app, buyer, "publisher")
    form_to(app.get(f"{address}/controles"), "/valider").submit(status=303)
    act_as(app, buyer, "drafter")


def test_buyer_goes_from_a_consultation_to_a_redline(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene, now: datetime
) -> None:
    rc = begin(app, scene, "rc")
    answer(app, rc, 1, criteres=CRITERIA)
    validated(app, buyer, rc)
    first = begin(app, scene, "ccap", str(scene.lots[0]))
    answer(app, first, 2, sociale="oui")
    answer(app, first, 2, heures_insertion="400")
    write(app, first, "ccap.prix", OURS)
    form = form_with(app.get(f"{first}/dupliquer"), "canvas")
    form["lot"] = str(scene.lots[1])
    second = form.submit(status=303).location.removeprefix("http://localhost")
    other = draft_of(runtime, second)
    assert (other.lot_number, other.answers["sociale"].value, other.texts) == (2, "oui", {"ccap.prix": OURS})
    validated(app, buyer, first)
    attached = form_to(app.get(first), "/joindre")
    attached["form"] = "docx"
    attached.submit(status=303)
    with runtime.database.read() as session:
        made = contracts.artefacts(session, draft_of(runtime, first).id)
        documents = {one.path: one.sha256 for one in queries.documents(session, scene.consultation_id)}
    assert [(one.format, documents["CCAP lot 1.docx"]) for one in made] == [("docx", made[0].sha256)]
    exported = app.get(f"{first}/document.docx").body
    assert hashlib.sha256(exported).hexdigest() == made[0].sha256
    assert "400 heures d’insertion" in words(exported)
    clause_pages.released(runtime, now, "1.1", ccap__prix=THEIRS)
    upgrade(app, second, runtime)


def words(content: bytes) -> str:
    text = "\n".join(one.text for one in Document(io.BytesIO(content)).paragraphs)
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def upgrade(app: TestApp, address: str, runtime: Runtime) -> None:
    """Bring a document whose clause was changed on both sides to the new release; read the redline; undo."""
    page = app.get(address)
    assert "La version 1.1 de la bibliothèque est en vigueur" in page.text
    form = form_with(app.get(f"{address}/mise-a-niveau"), "d:ccap.prix")
    refused = form.submit(status=422)
    assert "Choisissez pour chaque clause" in refused.text
    form = form_with(refused, "d:ccap.prix")
    form["d:ccap.prix"] = "merged"
    form["t:ccap.prix"] = OURS.replace("déplacement", "déplacement et toutes les taxes")
    form.submit(status=303)
    draft = draft_of(runtime, address)
    assert (draft.release_version, "toutes les taxes" in draft.texts["ccap.prix"]) == ("1.1", True)
    redline = app.get(f"{address}/modifications.docx").body
    document = zipfile.ZipFile(io.BytesIO(redline)).read("word/document.xml").decode()
    assert ("<w:ins " in document, "frais de déplacement" in document) == (True, True)
    form_to(app.get(f"{address}/mise-a-niveau"), "/annuler").submit(status=303)
    assert (draft_of(runtime, address).release_version, draft_of(runtime, address).texts) == (
        "1.0",
        {"ccap.prix": OURS},
    )


def test_merge_that_a_locked_clause_refuses_is_not_lost(
    app: TestApp, runtime: Runtime, scene: Scene, now: datetime
) -> None:
    address = begin(app, scene)
    form = form_with(app.get(f"{address}/clauses/ccap.penalites"), "body")
    form["body"] = f"{form['body'].value.strip()}\n\nElles sont retenues sur les acomptes."
    form.submit(status=303)
    clause_pages.released(runtime, now, "1.1", ccap__penalites="Les pénalités sont dues.")
    form = form_with(app.get(f"{address}/mise-a-niveau"), "d:ccap.penalites")
    form["d:ccap.penalites"], form["t:ccap.penalites"] = "merged", "Aucune pénalité n’est due."
    answer(app, address, 2, sociale="non")
    page = form.submit(status=412)
    assert "Le document a changé depuis que vous l’avez lu" in page.text
    form = form_with(page, "d:ccap.penalites")
    assert form["t:ccap.penalites"].value == "Aucune pénalité n’est due."
    page = form.submit(status=409)
    assert form_with(page, "d:ccap.penalites")["t:ccap.penalites"].value == "Aucune pénalité n’est due."
    assert draft_of(runtime, address).release_version == "1.0"


def test_choice_between_two_texts_is_not_made_over_a_third(
    app: TestApp, runtime: Runtime, scene: Scene
) -> None:
    address = begin(app, scene)
    first, second = (form_with(app.get(f"{address}/clauses/ccap.prix"), "body") for _time in range(2))
    first["body"], second["body"] = "Les prix sont révisables.", "Les prix sont actualisables."
    first.submit(status=303)
    choice = form_with(second.submit(status=303).follow(), "merged")
    third = form_with(app.get(f"{address}/clauses/ccap.prix"), "body")
    third["body"] = "Les prix sont fermes."
    third.submit(status=303)
    choice["merged"] = "Les prix sont révisables et actualisables."
    page = choice.submit("choice", value="merged", status=412)
    again = form_with(page, "merged")
    assert again["merged"].value == "Les prix sont révisables et actualisables."
    assert draft_of(runtime, address).texts == {"ccap.prix": "Les prix sont fermes."}
    again.submit("choice", value="merged", status=303)
    assert draft_of(runtime, address).texts == {"ccap.prix": "Les prix sont révisables et actualisables."}


def test_lot_taken_away_leaves_its_document_readable_and_says_so(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    address = begin(app, scene, "ccap", str(scene.lots[1]))
    answer(app, address, 2, sociale="non")
    validated(app, buyer, address)
    attached = form_to(app.get(address), "/joindre")
    attached["form"] = "html"
    attached.submit(status=303)
    root = f"/acheteur/consultations/{scene.reference}"
    form_to(app.get(f"{root}/lots"), "/lots/2/retirer").submit(status=303)
    assert "Le lot de ce document n’est plus dans la consultation" in app.get(address).text
    assert "Menuiseries" in app.get(f"{address}/apercu").text
    assert app.get(f"{address}/document.html").body
    assert "Le lot de ce document" in app.get(f"{address}/donnees").text
    app.get(scene.drafts, status=200)
    assert "écrit pour un lot qui n’est plus dans la consultation" in app.get(f"{root}/verification").text
    assert draft_of(runtime, address).state == "validated"


def test_documents_whose_law_has_changed_are_told_in_the_lists(
    app: TestApp, runtime: Runtime, scene: Scene, clock: SandboxClock
) -> None:
    address = begin(app, scene)
    warning = "Chiffres de la loi changés depuis la date de référence"
    lists = (scene.drafts, clause_pages.ROOT)
    assert [warning in app.get(place).text for place in lists] == [False, False]
    form = form_to(app.get(f"{address}/donnees"), "/date")
    form["on"] = "2028-02-01"
    form.submit(status=303)
    assert [warning in app.get(place).text for place in lists] == [True, True]
    with runtime.database.write() as session:
        row = session.get_one(Consultation, scene.consultation_id)
        row.published_at, row.closes_at = clock.now(), clock.now() + timedelta(days=30)
        row.published_by = row.created_by
    assert [warning in app.get(place).text for place in lists] == [False, False]


def test_author_does_not_validate_and_the_reason_of_a_return_is_read(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    rc = begin(app, scene, "rc")
    assert form_to(app.get(f"{rc}/controles"), "/transmettre").submit(status=409).html.select_one("#points")
    answer(app, rc, 1, criteres=CRITERIA)
    form_to(app.get(f"{rc}/controles"), "/transmettre").submit(status=303)
    app.get(f"{rc}/chapitres/1")
    act_as(app, buyer, "publisher")
    form = form_to(app.get(f"{rc}/controles"), "/rendre")
    assert form.submit(status=422).html.select_one(".pl-error-summary")
    form["reason"] = "Le poids du prix est trop fort."
    form.submit(status=303)
    act_as(app, buyer, "drafter")
    assert "Le poids du prix est trop fort." in app.get(rc).text


def test_edited_word_file_is_shown_clause_by_clause_and_taken_over_once_confirmed(
    app: TestApp, runtime: Runtime, scene: Scene, tmp_path: Path
) -> None:
    ccap = begin(app, scene)
    sent = app.get(f"{ccap}/document.docx").body
    edited = Document(io.BytesIO(sent))
    place = next(one for one in edited.paragraphs if one.text.startswith("Les prix sont fermes"))
    place.runs[0].text = place.runs[0].text.replace("fermes", "révisables")
    stream = io.BytesIO()
    edited.save(stream)
    form = form_with(app.get(f"{ccap}/relecture"), "file")
    form["file"] = ("ccap.docx", stream.getvalue())
    shown = form.submit()
    assert [one.text for one in shown.html.select(".cl-diff ins")] == ["(ajouté) révisables"]
    assert draft_of(runtime, ccap).texts == {}
    confirm = form_with(shown, "carried")
    confirm.submit(status=303)
    assert draft_of(runtime, ccap).texts["ccap.prix"].startswith("Les prix sont révisables.")
    late = form_with(shown, "carried").submit(status=412)
    assert "envoyez le fichier de nouveau" in late.text
    form = form_with(app.get(f"{ccap}/relecture"), "file")
    form["file"] = ("rien.docx", b"rien")
    assert form.submit(status=422).html.select_one("#file-erreur")


def test_consultation_that_changes_is_shown_and_taken_over_only_when_asked(
    app: TestApp, runtime: Runtime, scene: Scene
) -> None:
    ccap = begin(app, scene)
    form = form_with(app.get(f"/acheteur/consultations/{scene.reference}/identite"), "title")
    form["title"] = "Rénovation du gymnase"
    form.submit(status=303)
    assert "La consultation a changé depuis" in app.get(ccap).text
    page = app.get(f"{ccap}/donnees")
    assert "Rénovation du gymnase" in page.text
    assert draft_of(runtime, ccap).facts["objet"] != "Rénovation du gymnase"
    form_to(page, "/donnees").submit(status=303)
    assert draft_of(runtime, ccap).facts["objet"] == "Rénovation du gymnase"


def test_documents_of_a_consultation_are_compared(app: TestApp, runtime: Runtime, scene: Scene) -> None:
    one, other = begin(app, scene, "ccap", str(scene.lots[0])), begin(app, scene, "ccap", str(scene.lots[1]))
    write(app, other, "ccap.prix", OURS)
    page = app.get(f"{one}/comparer", params={"avec": str(draft_of(runtime, other).id)})
    assert [tag.text for tag in page.html.select("article h2")] == ["Prix"]
    content = app.get(f"{one}/modifications.docx", params={"avec": str(draft_of(runtime, other).id)}).body
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
