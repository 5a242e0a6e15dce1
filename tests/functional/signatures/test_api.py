"""The signature API: verdicts as the command line gives them, refusals as problem documents, the look before sealing."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from webtest import TestApp, TestResponse

from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.signatures import preflight, service
from procurement.signatures.tickets import Tickets
from signing.produce.params import Level, Profile
from tests.signing import pki, signed

ADDRESS = "/api/v1/signatures/verifications"
LOOK = "/api/v1/signatures/preflight"


def verify(app: TestApp, name: str, data: bytes, *contents: tuple[str, bytes], **more: Any) -> TestResponse:
    files = [("file", name, data), *(("content", *content) for content in contents)]
    return app.post(more.pop("address", ADDRESS), upload_files=files, **more)


def digests(data: bytes) -> dict[str, str]:
    return {name: hashlib.new(name, data).hexdigest() for name in ("sha256", "sha384", "sha512")}


def looked(name: str, data: bytes, **more: Any) -> dict[str, Any]:
    return {"name": name, "digests": digests(data), **more}


def token(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_any_verdict_is_200_without_a_token(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    good = verify(app, "acte.pdf", signed.sign(Profile.PADES, Level.B_LT)).json
    assert [good["container"], good["error"], len(good["signatures"])] == ["pdf", None, 1]
    assert good["signatures"][0]["indication"] == "TOTAL-PASSED"
    broken = bytearray(signed.sign(Profile.PADES, Level.B_LT))
    broken[broken.index(b"/MediaBox")] ^= 1
    bad = verify(app, "acte.pdf", bytes(broken)).json
    assert {one["indication"] for one in bad["signatures"]} == {"TOTAL-FAILED"}
    assert verify(app, "vide.pdf", signed.pdf()).json["signatures"] == []


def test_detail_adds_facts_and_time_stamps(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    pdf = signed.sign(Profile.PADES, Level.B_T)
    plain = verify(app, "acte.pdf", pdf).json
    detailed = verify(app, "acte.pdf", pdf, address=f"{ADDRESS}?detail=1").json
    assert "timestamps" not in plain
    assert len(detailed["timestamps"]) == 1
    assert detailed["signatures"][0]["facts"]["signature_intact"] is True


def test_documents_of_a_detached_signature_are_given_beside_it(
    app: TestApp, trusted: Callable[..., None]
) -> None:
    trusted()
    p7s = signed.sign(Profile.CADES_DETACHED)
    with_it = verify(app, "acte.p7s", p7s, ("acte.txt", signed.TEXT)).json["signatures"][0]
    without = verify(app, "acte.p7s", p7s).json["signatures"][0]
    assert with_it["checks"]["integrity"]["status"] == "passed"
    assert without["subindication"] == "SIGNED_DATA_NOT_FOUND"


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"<!DOCTYPE a><a/>"])
def test_unreadable_file_is_a_problem_with_the_members_of_a_report(app: TestApp, data: bytes) -> None:
    answer = verify(app, "fichier.xml", data, status=422)
    assert answer.content_type == "application/problem+json"
    found = answer.json
    assert [found["code"], found["container"], found["signatures"]] == ["signature.unreadable", None, []]
    assert found["error"]["message"] in found["detail"]
    app.get(found["type"].removeprefix("http://localhost"))


def test_request_without_a_file_or_of_another_kind_is_refused(app: TestApp) -> None:
    assert app.post(ADDRESS, {"a": "b"}, status=415).json["code"] == "http.unsupported_media_type"
    nothing = app.post(ADDRESS, upload_files=[("other", "a", b"a")], status=422)
    assert nothing.json["code"] == "signature.no_file"
    odd = app.post(ADDRESS, b"--x", content_type="multipart/form-data; boundary=", status=422)
    assert odd.json["code"] in {"signature.malformed", "signature.no_file"}


def test_body_beyond_the_limit_is_refused_before_it_is_read(app: TestApp) -> None:
    size = str(service.MOST_BYTES << 1)
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": size}
    assert (
        app.request(ADDRESS, method="POST", headers=headers, status=413).json["code"] == "api.body_too_large"
    )


def test_digests_are_enough_before_sealing(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    p7s = signed.sign(Profile.CADES_DETACHED)
    files = [
        looked("acte.txt", signed.TEXT),
        looked("n'importe quoi.p7s", p7s, token=token(p7s)),
        looked("annexe.txt", b"annexe"),
        looked("plan.xml", b"<a/>", present=True),
    ]
    found = app.post_json(LOOK, {"files": files}).json["files"]
    assert [one["status"] for one in found] == [
        "signed-undetermined", "signed-undetermined", "not-signed", "present-not-checked",
    ]  # fmt: skip
    assert [one["basis"] for one in found] == ["digests", "digests", None, None]
    assert all(one["message"] and one["ticket"] for one in found)


def test_token_of_no_document_is_an_orphan(app: TestApp) -> None:
    p7s = signed.sign(Profile.CADES_DETACHED)
    files = [looked("plan.txt", signed.TEXT + b"!"), looked("acte.p7s", p7s, token=token(p7s))]
    found = app.post_json(LOOK, {"files": files}).json["files"]
    assert [one["status"] for one in found] == ["not-signed", "orphan-token"]


def test_document_of_the_name_with_another_content_was_changed(app: TestApp) -> None:
    p7s = signed.sign(Profile.CADES_DETACHED)
    files = [looked("acte.txt", signed.TEXT + b"!"), looked("acte.txt.p7s", p7s, token=token(p7s))]
    found = app.post_json(LOOK, {"files": files}).json["files"]
    assert [one["status"] for one in found] == ["not-signed", "signed-invalid"]
    assert "acte.txt" in " ".join(found[1]["reasons"])


def test_broken_token_is_invalid(app: TestApp) -> None:
    files = [looked("acte.p7s", b"0", token=token(b"not a signature at all"))]
    found = app.post_json(LOOK, {"files": files}).json["files"][0]
    assert [found["status"], bool(found["reasons"])] == ["signed-invalid", True]


def test_anchored_signer_is_valid_only_with_a_qualified_certificate(
    app: TestApp, trusted: Callable[..., None]
) -> None:
    """A doubt is never a success: without a list, nobody can tell that the certificate is qualified."""
    trusted("good")
    p7s = signed.sign(Profile.CADES_DETACHED)
    files = [looked("acte.txt", signed.TEXT), looked("acte.p7s", p7s, token=token(p7s))]
    found = app.post_json(LOOK, {"files": files}).json["files"]
    assert [one["status"] for one in found] == ["signed-undetermined", "signed-undetermined"]


def test_cms_of_a_pdf_is_judged_on_what_it_covers(app: TestApp, trusted: Callable[..., None]) -> None:
    trusted()
    pdf = signed.sign(Profile.PADES, Level.B_T)
    cms, covered = taken_out(pdf)
    whole = {"cms": token(cms), "digests": digests(covered), "whole": True}
    changed = {**whole, "digests": digests(covered + b"!")}
    later = {**whole, "whole": False}
    files = [looked(f"{n}.pdf", pdf, pdf=[one]) for n, one in enumerate((whole, changed, later))]
    found = app.post_json(LOOK, {"files": files}).json["files"]
    assert found[0]["status"] == "signed-undetermined"
    assert found[1]["status"] in {"signed-invalid", "orphan-token"}
    assert found[2]["status"] == "present-not-checked"


def taken_out(pdf: bytes) -> tuple[bytes, bytes]:
    """Return the CMS of a signed PDF without its padding, and the bytes that it covers."""
    import re

    numbers = re.search(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+)", pdf)
    assert numbers is not None
    _start, length, place, rest = (int(number) for number in numbers.groups())
    padded = bytes.fromhex(pdf[length + 1 : place - 1].decode())
    size = int.from_bytes(padded[2:4])
    assert padded[1] == 0x82
    return padded[: size + 4], pdf[:length] + pdf[place : place + rest]


def test_ticket_names_the_file_and_lives_a_day(app: TestApp, runtime: Runtime, clock: SandboxClock) -> None:
    found = app.post_json(LOOK, {"files": [looked("a.txt", b"a")]}).json["files"][0]
    tickets: Tickets = runtime.find(Tickets)
    ticket = tickets.read(found["ticket"], now=clock.now())
    assert ticket is not None
    mark = tickets.mark(digests(b"a")["sha256"])
    assert (ticket.file, ticket.status, ticket.basis) == (mark, "not-signed", None)
    assert (
        digests(b"a")["sha256"] not in base64.urlsafe_b64decode(found["ticket"].split(".")[0] + "==").decode()
    )
    assert len(found["ticket"]) <= 4000
    assert tickets.read(found["ticket"], now=clock.now() + timedelta(hours=24)) is None
    for bad in ("", ".", "a.b", "é.é", found["ticket"][:-2], "A" + found["ticket"]):
        assert tickets.read(bad, now=clock.now()) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"files": []}, "api.body_invalid"),
        ({"files": [{"name": "a", "digests": {"sha256": "A" * 64}}]}, "api.body_invalid"),
        ({"files": [{"name": "a", "digests": {"sha256": "a" * 64}, "token": "%"}]}, "signature.not_base64"),
        ({"files": [{"name": "a", "digests": {"sha256": "a" * 64}}] * 201}, "api.body_invalid"),
    ],
)
def test_wrong_question_is_refused(app: TestApp, body: dict[str, Any], code: str) -> None:
    assert app.post_json(LOOK, body, status=422).json["code"] == code


def test_signatures_of_all_files_together_are_counted(app: TestApp) -> None:
    inside = {"cms": "AAAA", "digests": digests(b"a"), "whole": True}
    files = [looked(f"{place}.pdf", b"a", pdf=[inside] * 50) for place in range(4)]
    more = [*files, looked("a.p7s", b"a", token="AAAA")]
    assert app.post_json(LOOK, {"files": more}, status=422).json["code"] == "api.body_invalid"
    assert len(app.post_json(LOOK, {"files": files}).json["files"]) == 4


def test_looks_wait_for_their_turn(app: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PATIENCE", 0.01)
    with service.place(), service.place():
        assert app.post_json(LOOK, {"files": [looked("a.txt", b"a")]}, status=503)
    app.post_json(LOOK, {"files": [looked("a.txt", b"a")]})


def test_nothing_of_a_look_is_kept(app: TestApp, database: Any) -> None:
    from sqlalchemy import inspect, text

    app.post_json(LOOK, {"files": [looked("a.txt", b"a")]})
    with database.read_engine.connect() as connection:
        names = inspect(connection).get_table_names()
        held = [
            name
            for name in names
            if not name.startswith(("alembic", "core_search"))
            and connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar()
        ]
    assert held == []


def test_every_status_has_its_sentence() -> None:
    from signing.sealed.inventory import SignatureStatus

    assert set(preflight.SENTENCES) == set(SignatureStatus)


def test_floods_are_slowed_down(tmp_path: Any) -> None:
    from procurement.core.db import schema
    from procurement.core.runtime import start
    from tests.conftest import settings_for

    ini = {**settings_for(f"sqlite:///{tmp_path}/pli.sqlite", tmp_path), "pli.rate_limits": "true"}
    runtime = start(ini)
    schema.upgrade(runtime.database)
    app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "192.0.2.9"})
    answers = [
        app.post_json(LOOK, {"files": [looked("a.txt", b"a")]}, status="*").status_int for _turn in range(31)
    ]
    runtime.database.dispose()
    assert answers == [200] * 30 + [429]


def test_at_the_test_clocks_instant(app: TestApp, clock: SandboxClock, trusted: Callable[..., None]) -> None:
    """The service's clock decides: a certificate that has expired since is not valid any more without a proof."""
    trusted()
    p7s = signed.sign(Profile.CADES_DETACHED)
    clock.move_to(pki.DIES + timedelta(days=1), frozen=True)
    found = verify(app, "acte.p7s", p7s, ("acte.txt", signed.TEXT)).json["signatures"][0]
    assert found["indication"] != "TOTAL-PASSED"
