"""The PDF: what it declares, what it holds, the same bytes twice, and what is said without Typst."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from clauses.render import docx, html, odt, pdf
from clauses.render.errors import PdfUnavailable
from procurement.core import pdf as core
from tests.factories import contract
from tests.factories.contract_reading import text_of_pdf

needs_typst = pytest.mark.skipif(not pdf.available(), reason="needs the extra pdf")
DOCUMENT = contract.document()


@needs_typst
def test_pdf_declares_its_title_language_tags_and_conformity() -> None:
    reader = PdfReader(BytesIO(pdf.write(DOCUMENT, date=contract.DATE)))
    root: Any = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Cahier des clauses administratives particulières – 2026-000123"
    assert reader.metadata.author == "Ville de Rouen"
    assert root["/Lang"] == "fr-FR"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert "/StructTreeRoot" in root
    metadata = root["/Metadata"].get_data().decode()
    for claim in ("<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in metadata


@needs_typst
def test_pdf_is_the_same_twice_in_two_processes() -> None:
    first = pdf.write(DOCUMENT, date=contract.DATE)
    core.close()
    assert pdf.write(contract.document(), date=contract.DATE) == first


@needs_typst
def test_pdf_shows_values_the_french_way_and_counts_its_pages() -> None:
    data = pdf.write(DOCUMENT, date=contract.DATE)
    text = text_of_pdf(data)
    pages = PdfReader(BytesIO(data)).pages
    assert f"Page 3 sur {len(pages)}" in text
    assert "Page 1 sur" not in text
    for words in (
        "140 000,00 € HT",
        "novembre 2026",
        "12 mois",
        "[à compléter : Montant maximum]",
        "15 mars 2027 à 12 h 00",
    ):
        assert words in text
    assert "P = P0 × (0,15 + 0,65 × ICHT-IME / ICHT-IME0 + 0,20 × FSD2 / FSD20)" in text
    assert "CCAP – 2026-000123 – Nettoyage des locaux" in pages[1].extract_text()
    assert "CCAP – 2026-000123" not in pages[0].extract_text()


@needs_typst
def test_bookmarks_of_the_pdf_are_the_headings() -> None:
    outline = PdfReader(BytesIO(pdf.write(DOCUMENT, date=contract.DATE))).outline
    assert outline[0]["/Title"] == "Article 1 – Dispositions générales"
    assert [one["/Title"] for one in outline[1] if not isinstance(one, list)][:2] == [
        "1.1 Objet et intervenants",
        "1.2 Pièces contractuelles",
    ]


def test_without_typst_the_message_is_exact_and_the_others_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "available", lambda: False)
    with pytest.raises(PdfUnavailable) as refusal:
        pdf.write(DOCUMENT, date=contract.DATE)
    assert (refusal.value.code, refusal.value.status) == ("clauses.pdf_unavailable", 501)
    assert refusal.value.message == (
        "Le PDF demande le paquet typst : pip install pli[pdf]. Formats possibles : docx, odt, html."
    )
    assert refusal.value.params["available"] == ["docx", "odt", "html"]
    assert docx.write(DOCUMENT, date=contract.DATE)
    assert odt.write(DOCUMENT, date=contract.DATE)
    assert html.page(DOCUMENT)


def test_office_files_are_the_same_twice() -> None:
    for writer in (docx.write, odt.write):
        assert writer(DOCUMENT, date=contract.DATE) == writer(contract.document(), date=contract.DATE)
