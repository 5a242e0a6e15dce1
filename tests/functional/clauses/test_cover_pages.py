"""The keeper composes the cover pages of his entity, without JavaScript; its documents bear them in the four formats."""

import base64
import io
import zipfile
from typing import Any

import pytest
from bs4 import BeautifulSoup
from docx import Document
from pypdf import PdfReader
from webtest import TestApp, Upload

from clauses import queries, service
from clauses.rules.states import ArtefactFormat
from procurement.core import journal
from procurement.core.runtime import Runtime
from tests.factories import pictures
from tests.factories.accounts import Made
from tests.factories.clause_pages import (
    LAYER,
    Scene,
    act_as,
    begin,
    draft_of,
    form_to,
    form_with,
    publish_layer,
)
from tests.factories.contract_reading import alternatives

CCAP = f"{LAYER}/gardes/CCAP"
ALT = "Ville de Valcombe-sur-Orle"


def compose(
    app: TestApp,
    *places: str,
    status: int = 303,
    logo: bytes | None = None,
    name: str = "logo.png",
    **words: str,
) -> Any:
    form = form_with(app.get(CCAP), "place_1")
    for number in range(1, 9):
        form[f"place_{number}"] = places[number - 1] if number <= len(places) else ""
    for field, text in words.items():
        form[field] = text
    if logo is not None:
        form["logo"] = Upload(name, logo, "image/png")
    return form.submit(status=status)


def complete(app: TestApp) -> None:
    compose(
        app, "logo", "titre", "objet", "lot", "reference", "texte", logo=pictures.png(), alt=ALT,
        text="Direction des **achats**\n\nPlace du marché",
    )  # fmt: skip


def header_of(app: TestApp, draft: str) -> Any:
    """Return the cover page of a document, in HTML."""
    return BeautifulSoup(app.get(f"{draft}/document.html").body, "html.parser").header


def test_keeper_composes_looks_and_withdraws(keeper: TestApp, runtime: Runtime, buyer: Made) -> None:
    chosen = form_with(keeper.get(LAYER), "garde")
    chosen["garde"] = "CCAP"
    assert chosen.submit(status=303).location.endswith(CCAP)
    assert keeper.get(CCAP).html.select_one(".cl-cover") is None
    complete(keeper)
    page = keeper.get(CCAP)
    preview = page.html.select_one(".cl-cover")
    assert preview.img["alt"] == ALT
    logo = keeper.get(preview.img["src"])
    assert (logo.body, logo.content_type) == (pictures.png(), "image/png")
    assert preview.select_one(".doc-title").text == "Cahier des clauses administratives particulières"
    assert preview.strong.text == "achats"
    form = form_with(page, "place_1")
    assert [form[f"place_{number}"].value for number in range(1, 9)] == [
        "logo", "titre", "objet", "lot", "reference", "texte", "", "",
    ]  # fmt: skip
    assert (form["alt"].value, form["text"].value) == (ALT, "Direction des **achats**\n\nPlace du marché")
    assert "Cahier des clauses administratives particulières" in keeper.get(LAYER).html.select_one(
        "section[aria-labelledby=gardes]"
    ).text  # fmt: skip
    assert "Pages de garde" in keeper.get(f"{LAYER}/publier").text
    form_to(keeper.get(LAYER), "/retirer").submit(status=303)
    assert keeper.get(CCAP).html.select_one(".cl-cover") is None
    with runtime.database.read() as session:
        mine = queries.layer_of(session, buyer.organisation.id)
        assert mine is not None
        told = [one.action for one in journal.history(session, mine.id)]
    assert told == ["clauses:library:cover_kept", "clauses:library:cover_removed"]


def test_documents_bear_the_page_of_their_release_in_the_four_formats(
    keeper: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    complete(keeper)
    publish_layer(keeper, "ville-1")
    act_as(keeper, buyer, "drafter")
    draft = begin(keeper, scene, lot=str(scene.lots[0]))
    assert draft_of(runtime, draft).release_version == "ville-1"

    header = header_of(keeper, draft)
    picture = header.img
    assert base64.b64decode(picture["src"].partition(",")[2]) == pictures.png()
    assert [one.name for one in header.find_all(["p", "h1", "dl"])] == ["p", "h1", "dl", "dl", "dl", "p", "p"]
    assert header.find_all("dd")[1].text == "1 – Isolation"

    docx = keeper.get(f"{draft}/document.docx").body
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        assert [archive.read(one) for one in archive.namelist() if "/media/" in one] == [pictures.png()]
    styles = [one.style.name for one in Document(io.BytesIO(docx)).paragraphs[:3]]
    assert styles == ["Garde logo", "Title", "Garde libellé"]

    odt = keeper.get(f"{draft}/document.odt").body
    with zipfile.ZipFile(io.BytesIO(odt)) as archive:
        assert archive.read("Pictures/logo.png") == pictures.png()

    if ArtefactFormat.PDF in service.available():
        reader = PdfReader(io.BytesIO(keeper.get(f"{draft}/document.pdf").body))
        assert "Direction des achats" in reader.pages[0].extract_text()
    form = form_with(keeper.get(f"{draft}/relecture"), "file")
    form["file"] = Upload("document.docx", docx)
    assert "Le fichier ne change rien" in form.submit().text
    for form in service.available():
        assert alternatives(form, keeper.get(f"{draft}/document.{form}").body) == [ALT], form


def test_draft_keeps_the_page_of_its_release_until_it_is_upgraded(
    keeper: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    complete(keeper)
    publish_layer(keeper, "ville-1")
    act_as(keeper, buyer, "drafter")
    draft = begin(keeper, scene)
    act_as(keeper, buyer, "administrator")
    compose(
        keeper, "titre", "logo", "texte_2", text="", text_2="Nouvelle page", alt="Blason", logo=pictures.JPEG
    )
    publish_layer(keeper, "ville-2")
    act_as(keeper, buyer, "drafter")
    header = header_of(keeper, draft)
    assert (header.img["alt"], "Nouvelle page" in header.text) == (ALT, False)
    page = keeper.get(f"{draft}/mise-a-niveau")
    assert "La page de garde du document change aussi." in page.text
    form_with(page, "revision").submit(status=303)
    redline = keeper.get(f"{draft}/modifications.docx", {"version": "ville-1"}).body
    assert alternatives("docx", redline) == ["Blason"]
    header = header_of(keeper, draft)
    assert (header.img["alt"], "Nouvelle page" in header.text) == ("Blason", True)
    assert header.img["src"].startswith("data:image/jpeg;")


@pytest.mark.parametrize(
    ("logo", "name", "alt", "field", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.svg", ALT, "logo", "PNG ou JPEG"),
        (b"GIF89a" + bytes(40), "logo.gif", ALT, "logo", "PNG ou JPEG"),
        (b"<!doctype html><script>alert(1)</script>", "logo.png", ALT, "logo", "PNG ou JPEG"),
        (b"", "vide.png", ALT, "logo", "PNG ou JPEG"),
        (
            pictures.png() + bytes((1 << 20) + 1 - len(pictures.png())),
            "logo.png",
            ALT,
            "logo",
            "dépasse 1 Mo",
        ),
        (pictures.JPEG[:200], "logo.jpg", ALT, "logo", "incomplet ou abîmé"),
        (pictures.png(2_001, 500), "logo.png", ALT, "logo", "2001 × 500 pixels"),
        (pictures.png(), "logo.png", " ", "alt", "qui ne le voient pas"),
        (pictures.png(), "logo.png", "a\u202eb", "alt", "caractère invisible"),
        (pictures.png(), "logo.png", "x" * 10_000, "alt", "10000 caractères"),
        (None, "", ALT, "logo", "Choisissez l’image du logo"),
    ],
)
def test_logo_that_cannot_be_taken_is_refused_and_what_was_typed_stays(
    keeper: TestApp, logo: bytes | None, name: str, alt: str, field: str, said: str
) -> None:
    typed = {"text": "Mes mots.", "alt": alt}
    page = compose(keeper, "logo", "titre", "texte", status=422, logo=logo, name=name, **typed)
    assert said in page.html.select_one(f"#{field}-erreur").text
    assert "La page de garde d’avant reste telle quelle." in page.text
    form = form_with(page, "place_1")
    assert [form["place_1"].value, form["place_3"].value, form["text"].value] == [
        "logo",
        "texte",
        "Mes mots.",
    ]
    assert keeper.get(CCAP).html.select_one(".cl-cover") is None
    again = "choisissez-le de nouveau" in page.html.select_one(".pl-error-summary").text
    assert again == (field == "alt" and logo is not None)


def test_picture_of_one_megabyte_to_the_byte_is_taken(keeper: TestApp) -> None:
    short = (1 << 20) - len(pictures.png(more=[pictures.chunk(b"tEXt", b"")]))
    exact = pictures.png(more=[pictures.chunk(b"tEXt", bytes(short))])
    assert len(exact) == 1 << 20
    compose(keeper, "logo", "titre", alt=ALT, logo=exact)
    assert keeper.get(keeper.get(CCAP).html.select_one(".cl-cover").img["src"]).body == pictures.png()


def test_metadata_of_a_photograph_is_in_no_document(
    keeper: TestApp, runtime: Runtime, buyer: Made, scene: Scene
) -> None:
    compose(
        keeper,
        "logo",
        "titre",
        alt=ALT,
        logo=pictures.jpeg(pictures.exif(b"Jeanne Martin")),
        name="photo.jpg",
    )
    publish_layer(keeper, "ville-1")
    act_as(keeper, buyer, "drafter")
    draft = begin(keeper, scene)
    with zipfile.ZipFile(io.BytesIO(keeper.get(f"{draft}/document.docx").body)) as archive:
        assert [archive.read(one) for one in archive.namelist() if "/media/" in one] == [pictures.JPEG]


@pytest.mark.skipif(ArtefactFormat.PDF not in service.available(), reason="typst is not installed")
def test_picture_that_only_its_decoder_finds_broken_is_refused(keeper: TestApp) -> None:
    tables = pictures.JPEG.index(b"\xff\xc4") + 5
    broken = pictures.JPEG[:tables] + bytes([255] * 16) + pictures.JPEG[tables + 16 :]
    page = compose(keeper, "logo", "titre", status=422, alt=ALT, logo=broken, name="logo.jpg")
    assert "n’a pas pu être mise en page" in page.html.select_one("#logo-erreur").text


def test_form_of_a_page_that_a_colleague_changed_says_so_and_writes_over_on_demand(keeper: TestApp) -> None:
    late = form_with(keeper.get(CCAP), "place_1")
    compose(keeper, "titre", "texte", text="Ma collègue.")
    late["place_1"], late["place_2"], late["text"] = "titre", "texte", "Moi."
    page = late.submit(status=412)
    assert "Quelqu’un a modifié cette page de garde" in page.html.select_one(".pl-error-summary").text
    assert "Ma collègue." in page.html.select_one(".cl-cover").text
    again = form_with(page, "place_1")
    assert again["text"].value == "Moi."
    again.submit(status=303)
    assert "Moi." in keeper.get(CCAP).html.select_one(".cl-cover").text


def test_who_does_not_keep_the_library_sees_the_page_and_changes_nothing(
    keeper: TestApp, buyer: Made, other_buyer: Made
) -> None:
    complete(keeper)
    page = keeper.get(CCAP)
    remove, picture = (
        form_to(keeper.get(LAYER), "/retirer").action,
        page.html.select_one(".cl-cover").img["src"],
    )
    posted = {"csrf_token": form_with(page, "place_1")["csrf_token"].value, "place_1": "titre"}
    keeper.post(CCAP, {**posted, "csrf_token": "faux"}, status=400)
    act_as(keeper, buyer, "drafter")
    assert keeper.get(LAYER).html.select("section[aria-labelledby=gardes] a") == []
    assert keeper.get(picture).content_type == "image/png"
    token = {"csrf_token": keeper.get(LAYER).html.select_one("[name=csrf_token]")["value"]}
    keeper.get(CCAP, status=403)
    keeper.post(CCAP, posted | token, status=403)
    keeper.post(remove, token, status=403)
    act_as(keeper, other_buyer, "administrator")
    token = {"csrf_token": keeper.get(LAYER).html.select_one("[name=csrf_token]")["value"]}
    keeper.get(picture, status=404)
    keeper.post(remove, token, status=404)
    keeper.get(CCAP, status=404)
    form_with(keeper.get(LAYER), "above").submit(status=303)
    assert keeper.get(CCAP).html.select_one(".cl-cover") is None
    keeper.get(f"{LAYER}/gardes/XYZ", status=404)
