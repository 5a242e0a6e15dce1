"""Tender documents are free, direct and complete; each download leaves one line in the buyer's register."""

import hashlib
import html
import json
from datetime import datetime

import pytest
from webtest import TestApp

from procurement.consultations import queries
from procurement.consultations.rules import ConsultationView
from procurement.core import journal
from procurement.core.db import Database
from procurement.core.storage import Storage
from tests.factories.accounts import Made, sign_in, sign_out
from tests.factories.consultations import DOCUMENTS, create_published, create_ready


@pytest.fixture
def published(database: Database, storage: Storage, buyer: Made, now: datetime) -> ConsultationView:
    return create_published(database, storage, buyer, now)


def lines(database: Database, consultation: ConsultationView) -> list[queries.RegisterLine]:
    with database.read() as session:
        return queries.withdrawals(session, consultation.id)[1]


def test_archive_by_ranges_is_the_archive(
    app: TestApp, published: ConsultationView, database: Database
) -> None:
    path = f"/consultations/{published.reference}/dce.zip"
    whole = app.get(path)
    size = published.archive_size
    assert (len(whole.body), whole.headers["ETag"]) == (size, f'"{published.dce_sha256}"')
    for first, last in ((0, 0), (0, size // 2), (size // 3, size - 1), (size - 10, size - 1)):
        part = app.get(path, headers={"Range": f"bytes={first}-{last}"}, status=206)
        assert part.body == whole.body[first : last + 1]
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    app.get(path, headers={"Range": f"bytes={size}-"}, status=416)
    app.get(path, headers={"If-None-Match": whole.headers["ETag"]}, status=304)
    assert app.head(path).headers["Content-Length"] == str(size)
    other = {"Range": "bytes=5-9", "If-Range": '"autre"'}
    assert app.get(path, headers=other, status=200).body == whole.body
    # The whole transfer, and the two ranges that begin at the first byte; neither what resumes, 304 nor HEAD.
    assert len(lines(database, published)) == 3


def test_one_document_keeps_its_name_and_bytes(
    app: TestApp, published: ConsultationView, database: Database
) -> None:
    with database.read() as session:
        found = queries.published_documents(session, published.id)
    for item in found:
        answer = app.get(f"/consultations/{published.reference}/documents/{item.id}")
        assert answer.body == DOCUMENTS[item.path]
        assert hashlib.sha256(answer.body).hexdigest() == item.sha256
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"fa_ade sud.dwg\"; filename*=UTF-8''fa%C3%A7ade%20sud.dwg"
    )
    for wrong in ("pas-un-identifiant", str(published.id)):
        app.get(f"/consultations/{published.reference}/documents/{wrong}", status=404)


def test_hashes_and_manifest_agree_with_the_announced_one(app: TestApp, published: ConsultationView) -> None:
    hashes = app.get(f"/consultations/{published.reference}/empreintes.sha256").text
    assert hashes.splitlines() == [
        f"{hashlib.sha256(DOCUMENTS[name]).hexdigest()}  {name}" for name in sorted(DOCUMENTS)
    ]
    manifest = app.get(f"/consultations/{published.reference}/manifeste.json")
    assert hashlib.sha256(manifest.body).hexdigest() == published.dce_sha256
    assert [item["path"] for item in json.loads(manifest.body)["documents"]] == sorted(DOCUMENTS)


def say_who(app: TestApp, path: str, name: str, address: str) -> None:
    """Fill in the form that is never asked for, with a mistake first."""
    form = next(f for f in app.get(f"{path}/retrait").forms.values() if "email" in f.fields)
    form["organisation_name"], form["email"] = name, "pas une adresse"
    answer = form.submit(status=422)
    form = next(f for f in answer.forms.values() if "email" in f.fields)
    assert form["organisation_name"].value == name
    form["email"] = address
    assert html.escape(name) in form.submit(status=303).follow().text


def test_register_names_only_who_said_so(
    app: TestApp,
    published: ConsultationView,
    company: Made,
    buyer: Made,
    other_buyer: Made,
    database: Database,
) -> None:
    path = f"/consultations/{published.reference}"
    app.get(f"{path}/dce.zip")
    say_who(app, path, "=Bâti & Fils", "contact@batifils.example")
    app.get(f"{path}/dce.zip")
    token = next(iter(app.get(f"{path}/retrait").forms.values()))["csrf_token"].value
    app.post(f"{path}/retrait", {"csrf_token": token, "forget": "1"}, status=303)
    sign_in(app, company.people["depositor"])
    app.get(f"{path}/dce.zip")
    who = [(line.organisation_name, line.email, line.anonymous) for line in lines(database, published)]
    assert who == [
        ("Isoléa Façades", company.people["depositor"].email, False),
        ("=Bâti & Fils", "contact@batifils.example", False),
        ("", "", True),
    ]
    assert all(line.completed_at is not None for line in lines(database, published))
    register = f"/acheteur/consultations/{published.reference}/retraits"
    app.get(register, status=404)
    sign_out(app)
    sign_in(app, other_buyer.people["publisher"])
    app.get(register, status=404)
    sign_out(app)
    sign_in(app, buyer.people["publisher"])
    assert "3 téléchargements" in app.get(register).text
    table = app.get(f"{register}.csv")
    assert "'=Bâti & Fils" in table.body.decode("utf-8-sig")
    with database.read() as session:
        actions = [entry.action for entry in journal.history(session, published.id)]
    assert actions.count("consultations:document:withdrawn") == 3


def test_nothing_of_a_draft_is_public(
    app: TestApp, database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    draft = create_ready(database, storage, buyer, now)
    root = f"/consultations/{draft.reference}"
    for path in ("", ".ics", "/dce.zip", "/empreintes.sha256", "/manifeste.json", "/retrait"):
        assert draft.title not in app.get(root + path, status=404).text
    app.get(f"/api/v1/consultations/{draft.reference}", status=404)
    assert app.get("/recherche.json?etat=toutes").json["total"] == 0


def test_api_and_calendar_of_a_consultation(app: TestApp, published: ConsultationView) -> None:
    answer = app.get(f"/api/v1/consultations/{published.reference}").json
    assert answer["limits"] == {"file_bytes": 2 << 30, "files": 500, "total_bytes": 10 << 30, "types": []}
    assert answer["envelopes"] == ["candidature", "offre"]
    assert answer["dce"] == {"version": 1, "sha256": published.dce_sha256}
    calendar = app.get(f"/consultations/{published.reference}.ics")
    assert calendar.content_type == "text/calendar"
    assert max(len(row) for row in calendar.body.split(b"\r\n")) <= 75
    assert f"DTSTART:{published.closes_at:%Y%m%dT%H%M%SZ}" in calendar.text


def test_page_tells_nothing_of_bids(app: TestApp, published: ConsultationView, buyer: Made) -> None:
    assert "ne montre jamais combien de plis" in app.get(f"/consultations/{published.reference}").text
    sign_in(app, buyer.people["publisher"])
    assert (
        "Non affiché avant la date limite." in app.get(f"/acheteur/consultations/{published.reference}").text
    )
    for path in ("/publiee", "/historique"):
        assert published.reference in app.get(f"/acheteur/consultations/{published.reference}{path}").text
    app.get(f"/acheteur/consultations/{published.reference}/verification", status=303)


def test_sections_of_a_published_consultation_lead_back(
    app: TestApp, published: ConsultationView, buyer: Made
) -> None:
    sign_in(app, buyer.people["drafter"])
    root = f"/acheteur/consultations/{published.reference}"
    for path in ("/identite", "/procedure", "/lots", "/dates", "/depot", "/documents"):
        assert app.get(root + path, status=303).location.endswith(root)
