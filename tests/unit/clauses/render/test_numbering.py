"""The same numbers and references in the tree, DOCX, ODT, PDF and HTML: three levels, two lots."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from clauses.render import docx, html, odt, pdf
from clauses.render.tree import Document
from tests.factories import contract, office
from tests.factories import contract_reading as read

HEADINGS = {
    1: [
        "Article 1 – Dispositions générales",
        "1.1 Objet et intervenants",
        "1.1.1 Décomposition en lots",
        "1.1.2 Lieux d’exécution",
        "1.2 Pièces contractuelles",
        "1.3 Durée et reconductions",
        "Article 2 – Prix et exécution",
        "2.1 Forme et révision des prix",
        "2.1.1 Formule",
        "2.1.2 Barème des pénalités",
        "2.2 Produits employés",
        "2.2.1 Contrôle",
        "2.3 Suivi de l’exécution",
        "Article 3 – Dispositions finales",
        "3.1 Dérogations au CCAG",
        "3.2 Signatures",
    ],
}
HEADINGS[2] = [
    one.replace("2.3 ", "2.2 ")
    for one in HEADINGS[1]
    if one not in {"2.2 Produits employés", "2.2.1 Contrôle"}
]
REFERENCES = ["2.1", "1.1", "2.1"]


@pytest.fixture(params=[1, 2])
def lot(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def document(lot: int) -> Document:
    return contract.document(lot)


def test_numbering_of_the_tree(document: Document, lot: int) -> None:
    assert read.headings_of_tree(document) == HEADINGS[lot]
    assert read.references_of_tree(document) == REFERENCES


def test_numbering_of_docx_is_resolved_from_its_styles(document: Document, lot: int) -> None:
    data = docx.write(document, date=contract.DATE)
    assert read.headings_of_docx(data) == HEADINGS[lot]
    assert read.references_of_docx(data) == REFERENCES


def test_numbering_of_odt_is_resolved_from_its_outline(document: Document, lot: int) -> None:
    data = odt.write(document, date=contract.DATE)
    assert read.headings_of_odt(data) == HEADINGS[lot]
    assert read.references_of_odt(data) == REFERENCES


def test_numbering_of_html_is_in_the_text(document: Document, lot: int) -> None:
    data = html.page(document)
    assert read.headings_of_html(data) == HEADINGS[lot]
    assert read.references_of_html(data) == REFERENCES


@pytest.mark.skipif(not pdf.available(), reason="needs the extra pdf")
def test_numbering_of_pdf_is_in_the_text(document: Document, lot: int) -> None:
    text = read.text_of_pdf(pdf.write(document, date=contract.DATE), from_page=2)
    assert read.headings_of_text(text, HEADINGS[lot]) == HEADINGS[lot]
    assert read.references_of_text(text, REFERENCES) == REFERENCES


@pytest.mark.skipif(not pdf.available(), reason="needs the extra pdf")
def test_contents_of_pdf_give_the_page_of_each_heading(document: Document) -> None:
    shown = read.contents_of_pdf(pdf.write(document, date=contract.DATE), document)
    assert [said for _heading, said, _page in shown] == [page for _heading, _said, page in shown]


def spoiled(data: bytes) -> bytes:
    """Return a DOCX or ODT whose references show numbers that are wrong, as they are once clauses have moved."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            for ends in (b"</w:t></w:r><w:r><w:fldChar", b"</text:bookmark-ref>"):
                content = content.replace(b">2.1" + ends, b">9.9" + ends).replace(
                    b">1.1" + ends, b">9.8" + ends
                )
            target.writestr(name, content)
    return out.getvalue()


def test_chapter_without_clause_takes_no_number(document: Document) -> None:
    assert "Chapitre sans clause retenue" not in [chapter.title for chapter in document.chapters]


@office.needed
@pytest.mark.parametrize("form", ["docx", "odt"])
def test_numbering_through_libreoffice(document: Document, lot: int, form: str, tmp_path: Path) -> None:
    """LibreOffice numbers the headings itself; references are given a wrong number that it must put right."""
    writer = {"docx": docx.write, "odt": odt.write}[form]
    written = {f"contrat.{form}": spoiled(writer(document, date=contract.DATE))}
    (shown,) = office.convert(tmp_path, written).values()
    text = read.text_of_pdf(shown, from_page=2)
    assert read.headings_of_text(text, HEADINGS[lot]) == HEADINGS[lot]
    assert read.references_of_text(text, REFERENCES) == REFERENCES
