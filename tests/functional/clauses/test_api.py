"""A vendor's way through the clause API: read, evaluate, draft, write, check, validate, export; and what is refused."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from webtest import TestApp

from clauses import service
from clauses.queries import ReleaseView
from clauses.render import pdf
from clauses.rules.model import Layer
from procurement.accounts.service.api_clients import Signed, record_mandate
from procurement.core import pdf as typst
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker
from tests.factories import clause_pages
from tests.factories.accounts import Made
from tests.factories.clause_api import API, FACTS, ClauseApp, Program
from tests.factories.clients import bearer, create_vendor

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def app(runtime: Runtime) -> Iterator[TestApp]:
    """Return a client whose exchanges follow the contract; every refusal met has a page that explains it."""
    made = ClauseApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    yield made
    pages = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    for code, address in made.refusals.items():
        page = pages.get(urlsplit(address).path, status="*")
        assert (page.status_int, code in page.text) == (200, True), address


@pytest.fixture
def program(app: TestApp, runtime: Runtime, release: ReleaseView) -> Program:
    return Program(app, bearer(app, create_vendor(runtime)))


def test_library_is_read_page_by_page_and_versions_never_change(program: Program, runtime: Runtime) -> None:
    first = program.get("/clauses?document=CCAP&limit=2").json
    assert [one["id"] for one in first["items"]] == ["ccap.derogations", "ccap.objet"]
    rest = program.get(f"/clauses?document=CCAP&limit=200&cursor={first['next_cursor']}").json
    assert [one["id"] for one in rest["items"]] == ["ccap.penalites", "ccap.prix", "ccap.sociale"]
    assert rest["next_cursor"] is None
    assert [one["id"] for one in program.get("/clauses?q=plafond").json["items"]] == ["ccap.penalites"]
    assert [one["id"] for one in program.get("/clauses?article=R.+2191-7").json["items"]] == [
        "ccap.penalites"
    ]
    digest = program.get("/clauses/ccap.prix/versions").json["items"][0]["sha256"]
    version = program.get(f"/clauses/ccap.prix/versions/{digest}")
    assert "immutable" in version.headers["Cache-Control"]
    program.get(f"/clauses/ccap.prix/versions/{digest}", status=304, If_None_Match=version.headers["ETag"])
    assert "immutable" not in program.get("/clauses/ccap.prix").headers.get("Cache-Control", "")
    assert "immutable" in program.get("/clauses/ccap.prix?release=1.0").headers["Cache-Control"]
    program.get("/clauses/ccap.prix?release=9.9", status=404)
    program.get("/clauses/ccap.rien", status=404)
    assert program.get("/clauses/facts").json["items"][0]["key"] == "type_contrat"
    assert len(program.get("/clauses/parameters?on=2026-09-01").json["items"]) == 2
    program.get("/clauses/parameters?on=demain", status=422)


def test_releases_are_compared_word_by_word(program: Program, runtime: Runtime) -> None:
    clause_pages.released(runtime, runtime.clock.now(), "1.1", ccap__prix="Les prix sont révisables.")
    assert [one["version"] for one in program.get("/clauses/releases").json["items"]] == ["1.1", "1.0"]
    found = program.get("/clauses/ccap.prix/diff?from=1.0&to=1.1").json
    assert found["fields"] == ["body"]
    assert ["+", "révisables"] in found["text"]
    program.get("/clauses/ccap.prix/diff?from=1.0&to=", status=422)


def test_facts_are_evaluated_and_explained_and_not_kept(program: Program, runtime: Runtime) -> None:
    body = {"facts": {**FACTS, "sociale": "non"}, "canvas": "ccap", "on": "2026-09-01", "trace": True}
    found = program.post("/clauses/evaluate", body).json
    assert found["outcomes"]["ccap.sociale"] == "excluded"
    assert found["counts"] == {"included": 4, "excluded": 1, "unknown": 0}
    told = program.post(
        "/clauses/explain", {"clauses": ["ccap.sociale"], "facts": FACTS, "on": "2026-09-01"}
    ).json
    assert (told["items"][0]["outcome"], told["items"][0]["next_questions"]) == ("unknown", ["sociale"])
    assert told["items"][0]["version"].startswith("sha256:")
    with runtime.database.write():  # The one writer of SQLite is busy: these only read.
        assert program.post("/clauses/evaluate", body).json == found
    assert program.get("/drafts").json["items"] == []


def test_wrong_facts_are_refused_with_type_and_near_names(program: Program) -> None:
    body = {"facts": {"montant_estimé": "1", "montant_estime": "beaucoup"}, "on": "2026-09-01"}
    told = program.post("/clauses/evaluate", body, status=422).json
    assert told["fields"] == [
        {"pointer": "montant_estimé", "expected": None, "nearest": ["montant_estime"]},
        {"pointer": "montant_estime", "expected": "montant", "nearest": []},
    ]
    program.post("/clauses/evaluate", {"facts": {}, "canvas": "rien"}, status=404)
    program.post("/clauses/explain", {"clauses": ["ccap.rien"], "facts": {}}, status=404)
    many = ["ccap.prix"] * 5001
    assert (
        program.post("/clauses/explain", {"clauses": many, "facts": {}}, status=413).json["code"]
        == "clauses.too_many"
    )
    large = {"facts": {"objet": "x" * (1 << 20)}}
    program.post("/clauses/evaluate", large, status=413)


def test_document_goes_from_facts_to_validated_files(
    program: Program, runtime: Runtime, worker: Worker
) -> None:
    made = program.begin()
    draft = made.json["id"]
    assert made.headers["Location"].endswith(f"/api/v1/drafts/{draft}")
    refused = program.post(f"/drafts/{draft}/submit", {}, status=409).json
    assert refused["code"] == "clauses.not_ready"
    assert program.answer(draft, sociale="oui", ccag="TRAVAUX").json["missing"] == ["heures_insertion"]
    answered = program.answer(draft, heures_insertion="400").json
    assert answered["derogations"] == [{"ccag": "TRAVAUX", "article": "14.1", "clause": "ccap.penalites"}]
    assert program.get(f"/drafts/{draft}/checks").json == {"ready": True, "items": []}
    assert program.post(f"/drafts/{draft}/submit", {}).json["state"] == "submitted"
    assert program.answer(draft, status=409, sociale="non").json["code"] == "clauses.move_refused"
    unseen = program.post(f"/drafts/{draft}/return", {"reason": "a\x00b\u202e"}, status=422)
    assert unseen.json["type"].endswith("text.character")
    assert program.post(f"/drafts/{draft}/return", {"reason": "Le délai."}).json["state"] == "writing"
    program.post(f"/drafts/{draft}/submit", {})
    assert program.post(f"/drafts/{draft}/validate", {}).json["state"] == "validated"
    docx = program.get(f"/drafts/{draft}/export.docx", accept=DOCX)
    assert zipfile.ZipFile(io.BytesIO(docx.body)).testzip() is None
    assert program.get(f"/drafts/{draft}/export.docx", accept=DOCX).body == docx.body
    page = program.get(f"/drafts/{draft}/export.html", accept="text/html")
    assert "400 heures d’insertion" in page.text.replace("\u202f", " ").replace("\u00a0", " ")
    program.get(f"/drafts/{draft}/export.odt", accept="application/vnd.oasis.opendocument.text")


@pytest.mark.skipif(not pdf.available(), reason="needs the extra pdf")
def test_pdf_is_made_by_a_job(program: Program, worker: Worker) -> None:
    draft = program.begin().json["id"]
    waiting = program.get(
        f"/drafts/{draft}/export.pdf", accept="application/pdf, application/json", status=202
    )
    assert waiting.headers["Location"].endswith(f"/drafts/{draft}/export.pdf")
    assert waiting.headers["Retry-After"]
    program.get(f"/drafts/{draft}/export.pdf", accept="application/pdf, application/json", status=202)
    worker.run_all()
    made = program.get(f"/drafts/{draft}/export.pdf", accept="application/pdf")
    assert made.body.startswith(b"%PDF-")


@pytest.mark.skipif(not pdf.available(), reason="needs the extra pdf")
def test_pdf_whose_job_died_is_told_and_tried_anew(
    app: TestApp,
    runtime: Runtime,
    release: ReleaseView,
    worker: Worker,
    clock: SandboxClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = Program(app, bearer(app, create_vendor(runtime)))
    path = f"/drafts/{program.begin().json['id']}/export.pdf"
    either = "application/pdf, application/json"
    program.get(path, accept=either, status=202)
    with monkeypatch.context() as broken:
        broken.setattr(typst, "render_archival", _no_layout)
        assert worker.run_all() == 1
        waiting = program.get(path, accept=either, status=202)
        assert 2 < int(waiting.headers["Retry-After"]) <= 10  # seconds
        for _minute in range(5):  # Whoever waits for a file is told within minutes.
            clock.advance(minutes=1)
            worker.run_all()
    told = program.get(path, accept=either, status=503).json
    assert (told["code"], told["available"]) == ("clauses.pdf_failed", ["docx", "odt", "html"])
    assert program.get(path, accept=either, status=202).headers["Retry-After"] == "2"
    assert worker.run_all()
    assert program.get(path, accept=either).body.startswith(b"%PDF-")


def _no_layout(*_given: Any, **_named: Any) -> bytes:
    raise typst.PdfError("the typesetter ended without an answer")


def test_pdf_without_typst_says_what_else_there_is(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "available", lambda: False)
    draft = program.begin().json["id"]
    told = program.get(f"/drafts/{draft}/export.pdf", accept="application/pdf", status=501).json
    assert (told["code"], told["available"]) == ("clauses.pdf_unavailable", ["docx", "odt", "html"])


def test_stale_save_is_refused_and_kept(program: Program) -> None:
    made = program.begin()
    draft, tag = made.json["id"], made.headers["ETag"]
    path = f"/drafts/{draft}/clauses/ccap.prix/text"
    first = program.send("put", path, {"body": "Les prix sont révisables."}, tag)
    lost = program.send("put", path, {"body": "Les prix sont fermes et définitifs."}, tag, status=412).json
    assert lost["code"] == "clauses.stale"
    assert [(one["given"], one["current"]) for one in lost["conflicts"]] == [
        ("Les prix sont fermes et définitifs.", "Les prix sont révisables.")
    ]
    shown = program.get(f"/drafts/{draft}").json
    assert [one["id"] for one in shown["conflicts"]] == [lost["conflicts"][0]["id"]]
    place = f"/drafts/{draft}/conflicts/{lost['conflicts'][0]['id']}"
    program.post(place, {"keep": False}, status=428)
    told = program.post(place, {"keep": False}, status=412, If_Match=tag).json
    assert [(one["id"], one["current"]) for one in told["conflicts"]] == [
        (lost["conflicts"][0]["id"], "Les prix sont révisables.")
    ]
    third = {"keep": False, "merged": "Les prix sont révisables et définitifs."}
    told = program.post(place, third, status=412, If_Match=tag).json
    fresh = program.get(f"/drafts/{draft}")
    assert [one["given"] for one in fresh.json["conflicts"]] == [
        "Les prix sont fermes et définitifs.",
        third["merged"],
    ]
    more = f"/drafts/{draft}/conflicts/{told['conflicts'][0]['id']}"
    kept = program.post(more, {"keep": True}, If_Match=fresh.headers["ETag"])
    settled = program.post(place, {"keep": False}, If_Match=kept.headers["ETag"]).json
    assert settled["texts"] == {"ccap.prix": "Les prix sont fermes et définitifs."}
    assert settled["conflicts"] == []
    assert first.json["texts"] == {"ccap.prix": "Les prix sont révisables."}
    program.app.put_json(f"/api/v1{path}", {"body": None}, headers=program.headers, status=428)


def test_locked_words_and_hostile_words_are_refused(program: Program) -> None:
    made = program.begin()
    path = f"/drafts/{made.json['id']}/clauses/ccap.penalites/text"
    told = program.send("put", path, {"body": "Aucune pénalité."}, made.headers["ETag"], status=409).json
    assert told["code"] == "clauses.locked"
    path = f"/drafts/{made.json['id']}/clauses/ccap.prix/text"
    told = program.send("put", path, {"body": "{{inconnu:x}}"}, made.headers["ETag"], status=422).json
    assert told["code"] == "clauses.wrong_body"
    assert program.get(f"/drafts/{made.json['id']}").json["texts"] == {}


def test_document_whose_law_has_changed_is_told(program: Program) -> None:
    assert program.begin().json["regime_changed"] == []
    late = program.begin(on="2028-02-01").json
    assert late["regime_changed"] == ["seuil_europeen"]
    listed = {one["id"]: one["regime_changed"] for one in program.get("/drafts").json["items"]}
    assert sorted(listed.values()) == [[], ["seuil_europeen"]]
    assert listed[late["id"]] == ["seuil_europeen"]


def test_answer_with_other_figures_or_conflicts_is_no_304(
    app: TestApp, runtime: Runtime, release: ReleaseView, clock: SandboxClock
) -> None:
    """Neither changes what the document says: who read it before may go on writing."""
    clock.move_to(datetime(2027, 12, 31, 22, 55, tzinfo=UTC))
    program = Program(app, bearer(app, create_vendor(runtime)))
    made = program.begin(on="2027-12-31")
    draft, tag = f"/drafts/{made.json['id']}", made.headers["ETag"]
    program.get(draft, status=304, If_None_Match=tag)
    clock.advance(minutes=6)  # In Paris another year has begun.
    late = program.get(draft, If_None_Match=tag)
    assert late.json["regime_changed"] == ["seuil_europeen"]
    path = f"{draft}/clauses/ccap.prix/text"
    saved = program.send("put", path, {"body": "Les prix sont révisables."}, tag).headers["ETag"]
    program.send("put", path, {"body": "Les prix sont fermes."}, tag, status=412)
    fresh = program.get(draft, If_None_Match=saved)
    assert [one["given"] for one in fresh.json["conflicts"]] == ["Les prix sont fermes."]
    program.get(draft, status=304, If_None_Match=fresh.headers["ETag"])
    program.send("put", path, {"body": "Les prix sont définitifs."}, saved)


def test_repeated_creation_makes_one_document(program: Program) -> None:
    body = {"canvas": "ccap", "facts": FACTS, "on": "2026-09-01"}
    one = program.post("/drafts", body, status=201, Idempotency_Key="k1").json["id"]
    other = program.post("/drafts", body, status=201, Idempotency_Key="k1").json["id"]
    assert one == other
    assert len(program.get("/drafts").json["items"]) == 1


def test_document_of_another_client_or_of_a_buyer_does_not_exist(
    program: Program, app: TestApp, runtime: Runtime
) -> None:
    draft = program.begin().json["id"]
    stranger = Program(app, bearer(app, create_vendor(runtime)))
    assert stranger.get("/drafts").json["items"] == []
    for path in ("", "/checks", "/export.html", "/redline.docx"):
        stranger.get(f"/drafts/{draft}{path}", status=404, accept="*/*")
    mine = program.begin().json["id"]
    stranger_draft = stranger.begin().json["id"]
    program.get(f"/drafts/{mine}/redline.docx?against=draft:{stranger_draft}", status=404, accept=DOCX)
    few = Program(app, bearer(app, create_vendor(runtime, allowed=("clauses:read",)), "clauses:read"))
    few.get("/drafts", status=403)


def _refused_unread(program: Program, draft: str, tag: str) -> None:
    """What is no JSON, or too deep to be read, is refused by the contract: nothing is looked at before."""
    for body in (b"[" * 200_000, b"{", b'"1.1"', b"\xff"):
        headers = {**program.headers, "If-Match": tag, "Content-Type": "application/json"}
        answer = program.app.post(f"{API}/drafts/{draft}/upgrade", body, headers=headers, status=422)
        assert answer.json["code"] == "api.body_invalid"


def test_upgrade_asks_for_a_decision_and_redline_shows_it(program: Program, runtime: Runtime) -> None:
    made = program.begin()
    draft = made.json["id"]
    ours = "Les prix sont fermes. Ils comprennent les frais de déplacement. Le montant estimé est de {{montant_estime}}."
    program.send("put", f"/drafts/{draft}/clauses/ccap.prix/text", {"body": ours}, made.headers["ETag"])
    theirs = (
        "Les prix sont fermes. Ils comprennent toutes les taxes. Le montant estimé est de {{montant_estime}}."
    )
    clause_pages.released(runtime, runtime.clock.now(), "1.1", ccap__prix=theirs)
    plan = program.post(f"/drafts/{draft}/upgrade", {"release": "1.1", "dry_run": True}).json["plan"]
    assert plan["to_decide"] == ["ccap.prix"]
    program.post(f"/drafts/{draft}/upgrade", {"release": "1.1"}, status=428)
    decisions = {"ccap.prix": {"decision": "keep"}}
    body = {"release": "1.1", "decisions": decisions}
    stale = program.post(f"/drafts/{draft}/upgrade", body, status=412, If_Match=made.headers["ETag"]).json
    assert stale["code"] == "api.precondition_failed"
    tag = program.get(f"/drafts/{draft}").headers["ETag"]
    told = program.post(f"/drafts/{draft}/upgrade", {"release": "1.1"}, status=422, If_Match=tag).json
    assert (told["code"], [one["pointer"] for one in told["errors"]]) == (
        "clauses.decision_missing",
        ["ccap.prix"],
    )
    _refused_unread(program, draft, tag)
    moved = program.post(f"/drafts/{draft}/upgrade", body, If_Match=tag).json["draft"]
    assert (moved["release"], moved["texts"]) == ("1.1", {"ccap.prix": ours})
    redline = program.get(f"/drafts/{draft}/redline.docx?against=release", accept=DOCX)
    document = zipfile.ZipFile(io.BytesIO(redline.body)).read("word/document.xml").decode()
    assert ("<w:ins " in document, "<w:del " in document) == (True, True)
    program.get(f"/drafts/{draft}/redline.docx?against=hier", accept=DOCX, status=422)


def test_edited_docx_is_read_back_and_taken_over_when_asked(program: Program) -> None:
    from docx import Document

    begun = program.begin()
    draft, tag = begun.json["id"], begun.headers["ETag"]
    sent = program.get(f"/drafts/{draft}/export.docx", accept=DOCX).body
    edited = Document(io.BytesIO(sent))
    place = next(one for one in edited.paragraphs if one.text.startswith("Les prix sont fermes"))
    place.runs[0].text = "Les prix sont révisables. " + place.runs[0].text.removeprefix(
        "Les prix sont fermes. "
    )
    stream = io.BytesIO()
    edited.save(stream)
    headers = {**program.headers, "Content-Type": DOCX}
    path = f"/api/v1/drafts/{draft}/readback"
    seen = program.app.post(path, stream.getvalue(), headers=headers).json
    assert [one["clause"] for one in seen["clauses"] if one["outcome"] != "unchanged"] == ["ccap.prix"]
    assert (seen["taken"], seen["draft"]) == ([], None)
    assert [one["clause"] for one in seen["clauses"] if one["proposed"]] == ["ccap.prix"]
    assert (seen["provenance"], seen["revision"]) == ("known", 1)
    program.app.post(f"{path}?accept=all", stream.getvalue(), headers=headers, status=428)
    old = {**headers, "If-Match": tag}
    program.answer(draft, remarque="Entre-temps")
    program.app.post(f"{path}?accept=all", stream.getvalue(), headers=old, status=412)
    assert program.get(f"/drafts/{draft}").json["texts"] == {}
    headers["If-Match"] = program.get(f"/drafts/{draft}").headers["ETag"]
    done = program.app.post(f"{path}?accept=all", stream.getvalue(), headers=headers).json
    assert done["taken"] == ["ccap.prix"]
    assert done["draft"]["texts"]["ccap.prix"].startswith("Les prix sont révisables.")
    program.app.post(path, b"PK rien", headers=headers, status=422)


def test_impact_names_clauses_and_own_documents_alone(
    program: Program, app: TestApp, runtime: Runtime
) -> None:
    draft = program.begin().json["id"]
    Program(app, bearer(app, create_vendor(runtime))).begin()
    found = program.get("/clauses/impact?articles=R2191-7,R9999-1").json
    assert [one["id"] for one in found["clauses"]] == ["ccap.penalites"]
    assert [one["id"] for one in found["drafts"]] == [draft]
    program.get("/clauses/impact?articles=", status=422)


def test_layer_of_a_buyer_is_read_with_its_mandate_alone(
    app: TestApp, runtime: Runtime, release: ReleaseView, buyer: Made
) -> None:
    vendor, now = create_vendor(runtime), runtime.clock.now()
    program = Program(app, bearer(app, vendor))
    by = buyer.identity("administrator")
    with runtime.database.write() as session:
        layer = service.ensure_layer(
            session, Layer.ENTITY, parent_id=release.library_id, title="Ville", by=by, now=now
        )
        wording = service.Wording(clause="ccap.prix", mode="replace", body="Prix de la ville.")
        service.adapt(session, layer.id, wording, on=now.date(), by=by, now=now)
    clause_pages.released(runtime, now, "1.1", ccap__prix="Les prix sont révisables : {{montant_estime}}.")
    address = f"/clauses/overrides?siret={buyer.siret}"
    assert program.get(address, status=403).json["code"] == "client.mandate_missing"
    signed = Signed(siret=buyer.siret, signatory="Le maire", signed_on=now.date(), scopes=("clauses:read",))
    with runtime.database.write() as session:
        record_mandate(session, vendor.id, signed, by=None, now=now)
    found = program.get(address).json
    assert (found["above"]["release"], found["release"], found["drift"]) == ("1.1", None, 1)
    (item,) = found["items"]
    assert (item["clause"], item["state"], item["fields"]) == ("ccap.prix", "drift", ["body"])
    assert ["+", "révisables : "] in item["text"]
    program.get("/clauses/overrides?siret=1", status=422)
