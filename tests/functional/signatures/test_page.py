"""« Vérifier une signature »: real signed files through the page, its downloads, and files that are none."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from webtest import TestApp, TestResponse, Upload

from procurement.core.clock import SandboxClock
from procurement.signatures import service
from signing.produce.params import Level, Profile
from tests.signing import pki, signed

TEXT_NAME = "acte.txt"


def read(answer: TestResponse) -> str:
    """Return what a person reads in the main part of a page, unbroken spaces made plain."""
    text = str(answer.html.main.get_text(" ", strip=True))
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


def verify(
    app: TestApp, name: str, data: bytes, *contents: tuple[str, bytes], status: int = 200, lang: str = "fr"
) -> TestResponse:
    page = app.get("/signatures/verifier", params={"lang": lang})
    form = next(form for form in page.forms.values() if "file" in form.fields)
    token = form["csrf_token"].value
    files = [("file", name, data), *(("content", *content) for content in contents)]
    return app.post("/signatures/verifier", {"csrf_token": token}, upload_files=files, status=status)


def download(answer: TestResponse, ending: str) -> TestResponse:
    form = next(form for form in answer.forms.values() if form.action.endswith(f"rapport.{ending}"))
    return form.submit()


def test_a_sound_signature_is_named_and_dated(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    answer = verify(app, "acte.pdf", signed.sign(Profile.PADES, Level.B_LT))
    said = read(answer)
    for wanted in (
        "Signature 1 : Jeanne Martin",
        "Signature exacte, avec une réserve",
        "Le document est-il inchangé ?",
        "Date prouvée",
        "lundi 11 janvier 2027 à 10:00:00 (heure de Paris)",
    ):
        assert wanted in said


def test_a_changed_document_is_never_good(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    token = signed.sign(Profile.CADES_DETACHED)
    assert "Signature non valable" not in read(verify(app, "acte.p7s", token, (TEXT_NAME, signed.TEXT)))
    said = read(verify(app, "acte.p7s", token, (TEXT_NAME, signed.TEXT + b"!")))
    assert "Signature non valable" in said or "Impossible de conclure" in said
    assert "Signature valable" not in said


def test_without_its_document_a_detached_signature_is_undecided(app: TestApp) -> None:
    said = read(verify(app, "acte.p7s", signed.sign(Profile.CADES_DETACHED)))
    assert "Impossible de conclure" in said
    assert "Aucune liste de confiance" in said


def test_several_documents_are_paired_by_content_not_by_name(
    app: TestApp, trusted: Callable[..., None]
) -> None:
    trusted()
    token = signed.sign(Profile.CADES_DETACHED)
    answer = verify(app, "x.p7s", token, ("autre.txt", b"autre"), ("renomme.bin", signed.TEXT))
    report = download(answer, "json").json
    assert report["signatures"][0]["checks"]["integrity"]["status"] == "passed"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("vide.pdf", b""),
        ("bombe.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("faux.pdf", b"%PDF-1.7\nrien"),
        ("image.png", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    ],
)
def test_a_file_that_cannot_be_read_gets_a_sentence(app: TestApp, name: str, data: bytes) -> None:
    answer = verify(app, name, data, status="*")  # type: ignore[arg-type]  # any status
    assert answer.status_int in {200, 422}
    said = read(answer)
    assert "Signature valable" not in said
    assert "Traceback" not in answer.text
    assert any(word in said for word in ("Fichier non lisible", "Aucune signature", "Signature non valable"))


def test_no_file_keeps_the_form_and_says_so(app: TestApp) -> None:
    page = app.get("/signatures/verifier")
    form = next(form for form in page.forms.values() if "file" in form.fields)
    answer = form.submit(status=422)
    assert "Choisissez le fichier signé à vérifier." in read(answer)
    assert answer.html.title.text.strip().startswith("Erreur :")


def test_too_much_is_refused(app: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_BYTES", 10)
    said = read(verify(app, "acte.pdf", signed.pdf(), status=413))
    assert "dépassent ensemble" in said


def test_too_many_documents_are_refused(app: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_CONTENTS", 1)
    said = read(verify(app, "a.p7s", b"0", ("a", b"a"), ("b", b"b"), status=422))
    assert "au plus 1 documents" in said


def test_a_busy_service_says_so(app: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import BoundedSemaphore

    full = BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(service, "_places", full)
    monkeypatch.setattr(service, "PATIENCE", 0.01)
    assert "recommencez" in read(verify(app, "acte.pdf", signed.pdf(), status=503))


def test_screen_json_and_pdf_say_the_same(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    answer = verify(app, "acte.pdf", signed.sign(Profile.PADES, Level.B_LT))
    said, report, pdf = read(answer), download(answer, "json"), download(answer, "pdf")
    assert report.headers["Content-Disposition"] == 'attachment; filename="rapport-de-signature.json"'
    one = report.json["signatures"][0]
    pages = PdfReader(io.BytesIO(pdf.body))
    paper = " ".join(page.extract_text() for page in pages.pages).replace("\n", " ")
    for check in one["checks"].values():
        assert check["message"].replace("\u202f", " ").replace("\xa0", " ") in said
    for word in ("Jeanne Martin", "Signature exacte, avec une réserve"):
        assert word in said
        assert word in paper
    assert json.loads(pages.attachments["rapport.json"][0]) == report.json


def test_report_speaks_the_readers_language(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    said = read(verify(app, "acte.pdf", signed.sign(Profile.PADES, Level.B_LT), lang="en"))
    assert "Is the document unchanged?" in said
    assert "inchangé" not in said


def test_report_comes_back_unchanged_or_not_at_all(app: TestApp, clock: SandboxClock) -> None:
    answer = verify(app, "acte.pdf", signed.pdf())
    form = next(form for form in answer.forms.values() if form.action.endswith("rapport.json"))
    good = form["report"].value
    assert form.submit().status_int == 200
    for bad in ("", "é", "AAAA", good[:-8] + "AAAAAAA=", "B" + good[1:]):
        form["report"].force_value(bad)
        assert "signature.report_refused" in form.submit(status=422).text
    form["report"].force_value(good)
    clock.move_to(clock.now() + timedelta(hours=1, seconds=1), frozen=True)
    form.submit(status=410)


def test_nothing_of_a_verification_is_kept(app: TestApp, database: Any) -> None:
    from sqlalchemy import inspect, text

    verify(app, "acte.pdf", signed.sign(Profile.PADES))
    with database.read_engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        held = [
            table
            for table in tables
            if not table.startswith(("alembic", "core_search"))
            and connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar()
        ]
    assert held == []


def test_clock_of_the_service_is_the_instant_of_the_verification(app: TestApp, clock: SandboxClock) -> None:
    clock.move_to(pki.NOW + timedelta(days=3), frozen=True)
    assert "jeudi 14 janvier 2027" in read(verify(app, "acte.pdf", signed.pdf()))


def test_form_is_plain_html(app: TestApp) -> None:
    page = app.get("/signatures/verifier")
    form = next(form for form in page.forms.values() if "file" in form.fields)
    form["file"] = Upload("acte.pdf", signed.pdf())
    assert "Aucune signature" in read(form.submit())
