"""Hostile text in every field and every format: shown literally, or refused by the name of its field."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from clauses.render import docx, html, odt, pdf, tree
from clauses.render.build import build
from clauses.render.tree import Document
from clauses.rules.derogations import Derogation
from clauses.rules.model import Chapter, CoverBlock, CoverBlockKind
from procurement.core.errors import Invalid
from tests.factories import contract
from tests.factories.contract_reading import text_of_pdf

#: All at once: a document of each field holds them all.
LITERAL = (
    '#read("/etc/passwd") {{7*7}} <script>alert(1)</script> ]]> &lt; &amp; $x$ @ref \\ #include {% raw %} ${x} '
    "<w:t>x</w:t> //commentaire `code`"
)
REFUSED = {"\x00": "U+0000", "\x1b": "U+001B", "\u202e": "U+202E", "\ufffe": "U+FFFE", "\ud800": "U+D800"}


def with_value(key: str, make: Callable[[str], Any]) -> Callable[[str], Document]:
    return lambda text: contract.document(values={**contract.VALUES, key: make(text)})


def escaped(text: str) -> str:
    """Return the text as an author writes it in a body to have it literally."""
    return re.sub(r"([\\*^~|]|\{(?=\{)|^#)", r"\\\1", text)


def with_body(text: str) -> Document:
    return contract.document(texts={"essai.suivi": f"Avant {escaped(text)} après."})


def with_title(text: str) -> Document:
    clauses = {
        key: replace(one, title=text) if key == "essai.suivi" else one
        for key, one in contract.CLAUSES.items()
    }
    return contract.document(clauses=clauses)


def with_chapter(text: str) -> Document:
    chapters = (Chapter(text, ("essai.objet", "essai.prix")),)
    return contract.document(canvas=replace(contract.CANVAS, chapters=chapters, title=text))


def with_cover(text: str) -> Document:
    block = CoverBlock(CoverBlockKind.TEXT, text=escaped(text))
    return contract.document(cover=replace(contract.COVER, blocks=(*contract.COVER.blocks, block)))


def with_alt(text: str) -> Document:
    logo = CoverBlock(CoverBlockKind.LOGO, image="logo.png", alt=text)
    return contract.document(cover=replace(contract.COVER, blocks=(logo, *contract.COVER.blocks[1:])))


FIELDS: dict[str, Callable[[str], Document]] = {
    "texte": with_value("objet", lambda text: text),
    "organisme": with_value("acheteur", lambda text: {"nom": text}),
    "tableau": with_value(
        "lots", lambda text: ({"numero": 1, "intitule": text, "montant": contract.VALUES["montant_estime"]},)
    ),
    "liste": with_value("pieces", lambda text: (text, "autre")),
    "riche": with_value("precisions", lambda text: f"Avant.\n\n{escaped(text)}\n\n- un **point**"),
    "formule": with_value("termes", lambda text: ({"index": text, "poids": contract.VALUES["part_fixe"]},)),
    "référence": lambda text: contract.document(reference=text),
    "objet": lambda text: contract.document(subject=text),
    "lot": lambda text: build(replace(contract.assembly(), lot=text)),
    "auteur": lambda text: contract.document(author=text),
    "corps": with_body,
    "titre de clause": with_title,
    "titre de chapitre": with_chapter,
    "garde": with_cover,
    "logo": with_alt,
    "dérogation": lambda text: contract.document(departures=(Derogation(text, text, "essai.prix"),)),
}


def xml_text(data: bytes) -> str:
    """Return all text and attributes of a package; nothing of it may have become markup."""
    found = []
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith(".xml"):
                root = etree.fromstring(archive.read(name))
                assert not root.xpath("//*[local-name()='script']")
                found += [
                    "".join(root.itertext()),
                    *(value for one in root.iter() for value in one.attrib.values()),
                ]
                found += [
                    tab.tail or "" for tab in root.iter("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}s")
                ]
    return "\n".join(found)


def html_text(data: bytes) -> str:
    page = BeautifulSoup(data, "html.parser")
    assert page.find_all("script") == []
    attributes = [str(value) for one in page.find_all(True) for value in one.attrs.values()]
    return "\n".join([page.get_text(), *attributes])


@pytest.mark.parametrize("field", FIELDS)
def test_hostile_text_is_shown_literally_in_html_docx_and_odt(field: str) -> None:
    document = FIELDS[field](LITERAL)
    assert LITERAL in html_text(html.page(document))
    assert LITERAL in xml_text(docx.write(document, date=contract.DATE))
    assert LITERAL in xml_text(odt.write(document, date=contract.DATE))


@pytest.mark.skipif(not pdf.available(), reason="needs the extra pdf")
@pytest.mark.parametrize("field", FIELDS)
def test_hostile_text_is_shown_literally_in_pdf(field: str) -> None:
    data = pdf.write(FIELDS[field](LITERAL), date=contract.DATE)
    if field not in {"auteur", "logo"}:  # They stand in the metadata and the tags.
        assert LITERAL.replace(" ", "") in text_of_pdf(data).replace(" ", "")


def test_formatted_answer_that_is_no_formatted_text_is_shown_as_typed() -> None:
    document = contract.document(values={**contract.VALUES, "precisions": "7*7 {{x}}\n# titre\n::: si"})
    (clause,) = (one for one in document.clauses if one.id == "essai.suivi")
    assert [tree.text_of(block.spans) for block in clause.blocks[:3]] == ["7*7 {{x}}", "# titre", "::: si"]  # type: ignore[union-attr]


@pytest.mark.parametrize("field", FIELDS)
def test_character_no_format_can_hold_is_refused_by_name(field: str) -> None:
    for char, shown in REFUSED.items():
        with pytest.raises(Invalid) as refusal:
            FIELDS[field](f"a{char}b")
        assert refusal.value.code == "clauses.text_character"
        assert refusal.value.params["character"] == shown
        assert refusal.value.params["field"]


def test_directive_in_an_edited_clause_is_refused_with_its_line() -> None:
    with pytest.raises(Invalid) as refusal:
        contract.document(texts={"essai.suivi": "Bon.\n\nPuis {{7*7}}."})
    assert refusal.value.code == "clauses.body_invalid"
    assert [(one.field, one.code) for one in refusal.value.errors] == [("essai.suivi:3", "body.place")]


@pytest.mark.skipif(not pdf.available(), reason="needs the extra pdf")
def test_character_the_fonts_lack_is_spelled_in_pdf() -> None:
    text = text_of_pdf(pdf.write(build(contract.assembly(reference="réf 🙂")), date=contract.DATE))
    assert "réf [U+1F642]" in text


@pytest.mark.parametrize(
    ("image", "alt", "code"),
    [
        (b"GIF89a" + bytes(50), "Logo", "clauses.logo_format"),
        (b"\x89PNG\r\n\x1a\n", "Logo", "clauses.logo_format"),
        (b"<svg/>", "Logo", "clauses.logo_format"),
        (contract.logo(), " ", "clauses.logo_alt"),
        (bytes(1024 * 1024 + 1), "Logo", "clauses.logo_too_large"),
    ],
)
def test_bad_logo_is_refused_by_name(image: bytes, alt: str, code: str) -> None:
    logo = CoverBlock(CoverBlockKind.LOGO, image="logo.png", alt=alt)
    with pytest.raises(Invalid) as refusal:
        contract.document(images={"logo.png": image}, cover=replace(contract.COVER, blocks=(logo,)))
    assert refusal.value.code == code
