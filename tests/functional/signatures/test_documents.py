"""Documents that a bidder chooses to send before sealing: judged whole, kept nowhere, and said so."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from webtest import TestApp, TestResponse

from procurement.core.clock import SandboxClock
from procurement.core.journal import JournalEntry
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.signatures import service, upload
from procurement.signatures.models import SignatureVerdict
from procurement.signatures.tickets import Tickets
from signing.produce.params import Level, Profile
from tests.signing import pki, signed

ADDRESS = "/api/v1/signatures/preflight/documents"
WITHOUT = "/api/v1/signatures/preflight"
OPAQUE = {
    "XML that holds its signature": ("acte.xml", signed.sign(Profile.XADES_ENVELOPED, Level.B_LT)),
    "ASiC": ("offre.asice", signed.sign(Profile.ASIC_E, Level.B_LT)),
    "PDF with a later revision": ("acte.pdf", signed.sign(Profile.PADES, Level.B_LTA)),
}


def about(name: str, data: bytes, **more: Any) -> dict[str, Any]:
    digests = {one: hashlib.new(one, data).hexdigest() for one in ("sha256", "sha384", "sha512")}
    return {"name": name, "digests": digests, **more}


def look(app: TestApp, files: list[dict[str, Any]], *documents: bytes, **more: Any) -> TestResponse:
    sent = [("document", "document", data) for data in documents] or [("nothing", "x", b"x")]
    return app.post(ADDRESS, {"question": json.dumps({"files": files})}, upload_files=sent, **more)


@pytest.fixture
def now(clock: SandboxClock) -> None:
    clock.move_to(pki.NOW)


@pytest.mark.parametrize("kind", OPAQUE)
def test_document_that_is_sent_is_judged_whole(
    app: TestApp, trusted: Callable[..., None], now: None, kind: str
) -> None:
    trusted()
    name, data = OPAQUE[kind]
    file = about(name, data, present=True)
    (unseen,) = app.post_json(WITHOUT, {"files": [file]}).json["files"]
    assert (unseen["status"], unseen["basis"]) == ("present-not-checked", None)
    (found,) = look(app, [file], data).json["files"]
    # Sound and trusted; no trusted list says that the certificate is qualified.
    assert (found["status"], found["basis"]) == ("signed-undetermined", "content")
    (kept,) = look(app, [file]).json["files"]
    assert (kept["status"], kept["basis"]) == ("present-not-checked", None)


def test_ticket_says_on_what_it_rests(app: TestApp, runtime: Runtime, trusted: Callable[..., None]) -> None:
    trusted()
    name, data = OPAQUE["ASiC"]
    (found,) = look(app, [about(name, data, present=True)], data).json["files"]
    tickets: Tickets = runtime.find(Tickets)
    ticket = tickets.known(found["ticket"])
    assert ticket is not None
    assert (ticket.basis, ticket.status) == ("content", found["status"])
    assert ticket.file == tickets.mark(hashlib.sha256(data).hexdigest())


def test_document_that_was_changed_is_found_so(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    data = OPAQUE["XML that holds its signature"][1]
    changed = data.replace(b"Pavage", b"Pavane")
    assert changed != data
    (found,) = look(app, [about("acte.xml", changed, present=True)], changed).json["files"]
    assert (found["status"], found["basis"]) == ("signed-invalid", "content")


def test_files_beside_it_keep_their_own_basis(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    name, data = OPAQUE["ASiC"]
    token = signed.sign(Profile.CADES_DETACHED)
    files = [
        about(name, data, present=True),
        about("acte.txt", signed.TEXT),
        about("acte.p7s", token, token=base64.b64encode(token).decode()),
        about("libre.txt", b"rien"),
    ]
    found = look(app, files, data).json["files"]
    assert [one["basis"] for one in found] == ["content", "digests", "digests", None]
    assert found[3]["status"] == "not-signed"


def test_document_without_a_signature_is_said_so(app: TestApp) -> None:
    data = b"<acte xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/>"
    (found,) = look(app, [about("acte.xml", data, present=True)], data).json["files"]
    assert (found["status"], found["basis"]) == ("not-signed", "content")


def test_document_that_cannot_be_read_is_not_valid(app: TestApp) -> None:
    data = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    (found,) = look(app, [about("acte.xml", data, present=True)], data).json["files"]
    assert (found["status"], found["basis"]) == ("signed-invalid", "content")


def test_token_does_not_stand_for_the_document_that_was_sent(
    app: TestApp, trusted: Callable[..., None], now: None
) -> None:
    """What is said to rest on the document rests on it: a good signature beside it changes nothing."""
    trusted()
    data = OPAQUE["XML that holds its signature"][1]
    changed = data.replace(b"Pavage", b"Pavane")
    good = base64.b64encode(signed.sign(Profile.CADES_DETACHED)).decode()
    files = [about("acte.xml", changed, token=good), about("acte.txt", signed.TEXT)]
    assert look(app, files).json["files"][0]["status"] == "signed-undetermined"
    found = look(app, files, changed).json["files"][0]
    assert (found["status"], found["basis"]) == ("signed-invalid", "content")


def test_document_that_nobody_named_is_refused(app: TestApp) -> None:
    refused = look(app, [about("acte.xml", b"<a/>")], b"<b/>", status=422)
    assert refused.json["code"] == "signature.document_not_asked"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "signature.malformed"),
        ({"question": "{"}, "api.body_invalid"),
        ({"question": '{"files": []}'}, "api.body_invalid"),
        ({"question": '{"files": [{"name": "a"}]}'}, "api.body_invalid"),
    ],
)
def test_question_that_is_none_is_refused(app: TestApp, fields: dict[str, str], code: str) -> None:
    refused = app.post(ADDRESS, fields, upload_files=[("document", "a", b"a")], status=422)
    assert refused.json["code"] == code


def test_document_that_is_no_file_is_refused(app: TestApp) -> None:
    fields = {"question": json.dumps({"files": [about("a", b"a")]}), "document": "a"}
    refused = app.post(ADDRESS, fields, upload_files=[("x", "x", b"x")], status=422)
    assert refused.json["code"] == "signature.malformed"


def test_too_much_is_refused(app: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST_BYTES", 10)
    data = b"0123456789"
    assert look(app, [about("a", data)], data).status_int == 200
    files = [about("a", data), about("b", b"x")]
    assert look(app, files, data, b"x", status=413).json["code"] == "signature.too_large"


def test_a_place_is_needed(app: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PATIENCE", 0.01)
    with service.place(), service.place():
        assert look(app, [about("a", b"a")], b"a", status=503).json["code"] == "signature.busy"
    assert look(app, [about("a", b"a")], b"a").status_int == 200


def test_nothing_is_kept(app: TestApp, runtime: Runtime, trusted: Callable[..., None]) -> None:
    trusted()

    def traces() -> tuple[int, int, list[str], list[Path]]:
        storage: Storage = runtime.find(Storage)
        with runtime.database.read() as session:
            rows = session.scalar(select(func.count()).select_from(SignatureVerdict)) or 0
            entries = session.scalar(select(func.count()).select_from(JournalEntry)) or 0
        return rows, entries, list(storage.keys()), sorted(runtime.settings.data_directory.rglob("*.xml"))

    before = traces()
    name, data = OPAQUE["XML that holds its signature"]
    assert look(app, [about(name, data, present=True)], data).status_int == 200
    assert traces() == before
