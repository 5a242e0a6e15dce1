from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from procurement.core import pdf
from procurement.core.pdf import PdfError, PdfUnavailable, render

DATE = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
DATA: dict[str, Any] = {
    "site": "Ville de Rouen",
    "reference": "2027-000012",
    "label": "Reçu le",
    "instant": "lundi 11 janvier 2027 à 10:00:00,123 (heure de Paris)",
    "section": "Le dépôt",
    "facts": [["Acheteur", "Ville *de* _Rouen_ #1 $x$ @y"], ["Lot", "1"]],
    "files_caption": "Fichiers",
    "files_heads": ["Nom", "Taille", "SHA-256"],
    "files": [["mémoire technique.pdf", "1,2 Mo", "ab" * 32]],
    "digest": "0123456789abcdef" * 4,
    "note_title": "Horodatage en attente",
    "note": "Le jeton suivra.",
    "limits": "Ce reçu ne dit rien de la recevabilité.",
}


@pytest.fixture(autouse=True)
def _typesetters() -> Iterator[None]:
    yield
    pdf.close()


def sample(**changes: Any) -> bytes:
    values: dict[str, Any] = {"title": "Reçu de dépôt", "language": "fr", "date": DATE}
    return render("sample", DATA, **(values | changes))


def text(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages)


def test_text_is_there_literally() -> None:
    words = text(sample())
    for expected in (
        "Reçu de dépôt",
        DATA["instant"],
        "Ville *de* _Rouen_ #1 $x$ @y",
        "Ville de Rouen",
        "2027-000012",
    ):
        assert expected in words


def test_digest_can_be_copied() -> None:
    assert "ab" * 32 in text(sample()).replace("\n", "")


def test_title_language_tags_and_outline() -> None:
    reader = PdfReader(BytesIO(sample()))
    root: Any = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Reçu de dépôt"
    assert root["/Lang"] == "fr-FR"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.outline[0]["/Title"] == "Reçu de dépôt"


def test_conformity_is_claimed() -> None:
    reader = PdfReader(BytesIO(sample()))
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    for claim in ("<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in metadata


def test_english() -> None:
    document = sample(language="en", title="Deposit receipt")
    assert PdfReader(BytesIO(document)).trailer["/Root"]["/Lang"] == "en-GB"
    assert "Page 1 of 1" in text(document)


def test_attachments_come_back_byte_for_byte() -> None:
    files = {"receipt.json": '{"é": 1}'.encode(), "token.tsr": bytes(range(256))}
    found = PdfReader(BytesIO(sample(attachments=files))).attachments
    assert {name: contents[0] for name, contents in found.items()} == files


def test_same_input_same_bytes() -> None:
    assert sample(attachments={"a.json": b"{}"}) == sample(attachments={"a.json": b"{}"})


def test_long_table_repeats_its_header_and_numbers_pages() -> None:
    many = {**DATA, "files": [[f"file {number}.pdf", "1 Mo", "cd" * 32] for number in range(120)]}
    reader = PdfReader(BytesIO(render("sample", many, title="Long", language="fr", date=DATE)))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 3
    assert all("SHA-256" in page for page in pages[:-1])
    assert f"Page 2 sur {len(pages)}" in pages[1]


def test_unknown_template_is_an_error() -> None:
    with pytest.raises(PdfError, match=r"none\.typ"):
        render("none", DATA, title="x", language="fr", date=DATE)


def test_missing_data_is_an_error_and_the_next_document_works() -> None:
    with pytest.raises(PdfError, match="label"):
        render("sample", {"site": "x"}, title="x", language="fr", date=DATE)
    assert sample().startswith(b"%PDF-")


def test_attachment_with_a_path_is_refused() -> None:
    with pytest.raises(ValueError, match="not a file name"):
        sample(attachments={"../x.json": b"{}"})


def test_killed_typesetter_is_replaced() -> None:
    sample()
    held = pdf._pool._idle.get()
    assert held is not None
    held._process.kill()
    held._process.wait()
    pdf._pool._idle.put(held)
    assert sample().startswith(b"%PDF-")


def test_slow_typesetter_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "TIMEOUT", 0.0)
    with pytest.raises(PdfError, match="ended"):
        sample()


def test_without_the_extra_the_sentence_names_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _name: None)
    with pytest.raises(PdfUnavailable) as refusal:
        sample()
    assert "page imprimable" in refusal.value.message
