"""Acceptance 8 of the DUME room: page and PDF say what the XML says, field by field."""

import os
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from dume.espd import write_v41
from dume.espd.importing import read
from dume.espd.model import Document
from dume.rendering import Row, pages, rows

KIT = os.environ.get("PLI_TEST_ESPD_KIT")
OWN = Path(__file__).parents[1] / "vectors" / "dume"
AT = datetime(2027, 1, 11, 9, tzinfo=UTC)


def samples() -> list[Path]:
    own = sorted(OWN.glob("*.xml"))
    kit = sorted(Path(KIT).glob("*/samples/**/*.xml")) if KIT else []
    return own + kit


def said(row: Row) -> tuple[str, str, str, str, str]:
    occurrence = ".".join(map(str, row.occurrence))
    return row.kind, row.path, occurrence, _flat(row.label), _flat(row.value)


def from_page(html: str) -> list[tuple[str, str, str, str, str]]:
    found = []
    for line in BeautifulSoup(html, "html.parser").select("tr[data-path]"):
        cells = line.find_all(["th", "td"])
        place = (line["data-kind"], line["data-path"], line["data-occurrence"])
        found.append((*place, _flat(cells[0].get_text()), _flat(cells[2].get_text())))
    return found


def _flat(text: str) -> str:
    return " ".join(text.split())


def document(path: Path) -> Document:
    return read(path.read_bytes()).document


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_page_says_what_the_document_says(path: Path, language: str) -> None:
    given = document(path)
    assert from_page(pages.html(given, language)) == [said(row) for row in rows(given, language)]


# The partial files of ec-service answer questions that their own answers hide; a written document leaves those out.
@pytest.mark.parametrize(
    "path", [path for path in samples() if path.parent.name != "ec-service"], ids=lambda path: path.stem
)
def test_written_document_says_the_same(path: Path) -> None:
    given = document(path)
    again = read(write_v41.write(given)).document
    assert rows(again, "fr") == rows(given, "fr")


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_pdf_says_what_the_document_says_and_holds_it(path: Path) -> None:
    given = document(path)
    xml = path.read_bytes()
    reader = PdfReader(BytesIO(pages.to_pdf(given, xml, "fr", date=AT)))
    assert reader.attachments["dume.xml"] == [xml]
    text = _bare("".join(_body(page.extract_text()) for page in reader.pages))
    at = 0
    for row in rows(given, "fr"):
        for part in (row.label, row.value):
            found = text.find(_bare(part), at)
            assert found >= 0, (row, text[at : at + 300])
            at = found + len(_bare(part))


def _body(page: str) -> str:
    """Leave the header and the footer of a page out, and the heads of a table that goes on: they may cut a value in two."""
    lines = page.splitlines()[1:-1]
    return "\n".join(lines[1:] if lines and lines[0] == "Élément Lots Valeur" else lines)


def _bare(text: str) -> str:
    """Leave out what paper may break a line with: spaces and hyphens."""
    return re.sub(r"[\s\u200b\u00ad-]+", "", text)
