"""Signing jobs: codes that serve once, bytes that can be made again, two parties whose signatures each stand alone."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from webtest import TestApp, TestResponse

from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.db import Database, schema
from procurement.core.runtime import Runtime, start
from procurement.core.storage import Storage
from procurement.core.timestamp import Timestamper, TimestampUnavailable
from procurement.signatures import job_api, joint, queries
from procurement.signatures.errors import NoJob, NotSigned
from procurement.signatures.joint import Party
from procurement.signatures.joint import values as values_module
from procurement.signatures.joint.codes import CODE_LIFE, TOKEN_LIFE
from procurement.signatures.joint.values import subject_of
from procurement.signatures.rules import JobState
from signing.produce.params import Level, Profile, SignParams
from signing.produce.prepare import check_asked
from signing.types import Bytes
from tests.conftest import settings_for
from tests.factories.accounts import Made, create_buyer, create_company, sign_in
from tests.signing import pdfs, pki, signed

JOBS = "/api/v1/signing-jobs"


@dataclass(frozen=True)
class Sides:
    """A buyer and a company that sign together."""

    runtime: Runtime
    buyer: Made
    company: Made

    def open(self, profile: Profile, *documents: Bytes, level: Level = Level.B_B) -> joint.Opened:
        storage, now = self.runtime.find(Storage), self.runtime.clock.now()
        admitted = joint.admit(storage, documents, profile=profile, level=level, now=now)
        with self.runtime.database.write() as session:
            return joint.open_signing_jobs(
                session, admitted, [Party(self.buyer.id, "Ville"), Party(self.company.id, "Entreprise")],
                subject="award:essai", organisation_id=self.buyer.id, by=self.buyer.identity("publisher"), now=now,
            )  # fmt: skip

    def code(self, opened: joint.Opened, place: int) -> str:
        by = self.company.identity("depositor") if place else self.buyer.identity("publisher")
        with self.runtime.database.write() as session:
            given = joint.give_code(
                session,
                opened.jobs[place],
                secret=self.runtime.settings.secret_key,
                by=by,
                now=self.runtime.clock.now(),
            )
        return given.code

    def progress(self, opened: joint.Opened) -> joint.Progress:
        with self.runtime.database.read() as session:
            return joint.progress(session, opened.id)


@pytest.fixture
def sides(runtime: Runtime) -> Sides:
    with runtime.database.write() as session:
        now = runtime.clock.now()
        return Sides(runtime, create_buyer(session, now), create_company(session, now))


class Helper:
    """What ``pli sign`` does, in steps; the key is one of the test PKI."""

    def __init__(self, app: TestApp, holder: pki.Holder | None = None) -> None:
        self.app = app
        self.holder = holder or pki.signer("good")
        self.job: dict[str, Any] = {}

    def claim(self, code: str, status: int = 200) -> TestResponse:
        answer = self.app.post_json(f"{JOBS}/claim", {"code": code}, status=status)
        self.job = answer.json
        return answer

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.job['token']}"}

    def documents(self) -> list[Bytes]:
        found = []
        for one in self.job["documents"]:
            data = self.app.get(one["href"], headers=self.headers).body
            assert (len(data), hashlib.sha256(data).hexdigest()) == (one["size"], one["sha256"])
            found.append(Bytes(one["name"], data))
        return found

    def prepare(self, status: int = 200) -> Any:
        chain = [base64.b64encode(one).decode() for one in self.holder.chain]
        return self.app.post_json(
            f"{JOBS}/{self.job['job']}/prepare", {"chain": chain}, headers=self.headers, status=status
        ).json

    def sign(self, to_sign: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {"n": one["n"], "encoding": "der", "value": base64.b64encode(self.holder.sign(base64.b64decode(one["dtbs"]))).decode()}
            for one in to_sign
        ]  # fmt: skip

    def values(self, values: list[dict[str, Any]], status: int = 201) -> Any:
        address = f"{JOBS}/{self.job['job']}/values"
        return self.app.post_json(address, {"values": values}, headers=self.headers, status=status).json

    def run(self, code: str) -> Any:
        self.claim(code)
        documents = self.documents()
        to_sign = self.prepare()["to_sign"]
        profile, level = Profile(self.job["format"]), Level(self.job["level"])
        groups = [documents] if profile is Profile.ASIC_E else [[one] for one in documents]
        for one, group in zip(to_sign, groups, strict=True):
            params = SignParams(profile, datetime.fromisoformat(one["signing_time"]), level)
            own = check_asked(base64.b64decode(one["dtbs"]), group, self.holder.chain, params)
            assert own.mechanism.name == one["mechanism"]
        return self.values(self.sign(to_sign))


FORMS = [
    (Profile.PADES, ["acte.pdf"], ["acte.pdf"]),
    (Profile.XADES_ENVELOPED, ["acte.xml"], ["acte.xml"]),
    (Profile.CADES_DETACHED, ["acte.txt.signature1.p7s"], ["acte.txt.signature2.p7s"]),
    (Profile.XADES_DETACHED, ["acte.txt.signature1.xml"], ["acte.txt.signature2.xml"]),
    (Profile.ASIC_E, ["documents.asice"], ["documents.asice"]),
]
DOCUMENTS = {
    Profile.PADES: [Bytes("acte.pdf", signed.pdf())],
    Profile.XADES_ENVELOPED: [Bytes("acte.xml", signed.XML)],
    Profile.CADES_DETACHED: [Bytes("acte.txt", signed.TEXT)],
    Profile.XADES_DETACHED: [Bytes("acte.txt", signed.TEXT)],
    Profile.ASIC_E: [Bytes("acte.txt", signed.TEXT), Bytes("plan.xml", signed.XML)],
}


@pytest.mark.parametrize(("profile", "first", "second"), FORMS)
@pytest.mark.parametrize("level", [Level.B_B, Level.B_T])
def test_two_parties_sign_and_each_signature_stands_alone(
    app: TestApp,
    sides: Sides,
    trusted: Callable[..., None],
    profile: Profile,
    first: list[str],
    second: list[str],
    level: Level,
) -> None:
    trusted("good", "qualified")
    opened = sides.open(profile, *DOCUMENTS[profile], level=level)
    one = Helper(app).run(sides.code(opened, 0))
    two = Helper(app, pki.signer("qualified")).run(sides.code(opened, 1))
    assert ([file["name"] for file in one["signed"]], [file["name"] for file in two["signed"]]) == (
        first,
        second,
    )
    in_turn = profile in (Profile.PADES, Profile.XADES_ENVELOPED, Profile.ASIC_E)
    found = two["signed"][0]["report"]["signatures"]
    assert len(found) == (2 if in_turn else 1)
    for signature in [*found, *one["signed"][0]["report"]["signatures"]]:
        assert signature["checks"]["integrity"]["status"] == "passed"
        assert signature["indication"] == "TOTAL-PASSED"
        assert signature["level"] == level
    progress = sides.progress(opened)
    assert [job.state for job in progress.jobs] == [JobState.SIGNED] * 2
    assert [file.sha256 for file in progress.documents] == [
        hashlib.sha256(document.data).hexdigest() for document in DOCUMENTS[profile]
    ]


def certified() -> bytes:
    """Return a PDF certified against any change: DocMDP with P = 1."""
    from pyhanko.sign.fields import MDPPerm

    return pdfs.sign(signed.pdf(), certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)


@dataclass(frozen=True)
class Person:
    """Somebody signed in, who asks by the API."""

    app: TestApp

    def ask(self, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
        token = self.app.get("/api/v1/session").json["csrf_token"]
        headers = {"X-CSRF-Token": token}
        answer: dict[str, Any] = self.app.post_json(JOBS, body, headers=headers, status=status).json
        return answer


@pytest.fixture
def publisher(sides: Sides) -> Person:
    app = TestApp(sides.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    sign_in(app, sides.buyer.people["publisher"])
    return Person(app)


def given(*documents: Bytes, form: str = "pades", level: str = "B-B") -> dict[str, Any]:
    listed = [
        {"name": document.name, "content": base64.b64encode(document.data).decode()} for document in documents
    ]
    return {"format": form, "level": level, "documents": listed}


PDF = Bytes("acte.pdf", signed.pdf())


def test_own_documents_are_signed_by_code_alone(app: TestApp, publisher: Person, clock: SandboxClock) -> None:
    asked = publisher.ask(given(PDF))
    assert set(asked) == {"job", "code", "expires_at"}
    assert asked["expires_at"] == (clock.now() + CODE_LIFE).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    helper = Helper(app)
    found = helper.run(asked["code"].lower().replace("-", " "))
    assert found["job"] == asked["job"]
    (file,) = found["signed"]
    sent = app.get(file["href"], headers=helper.headers)
    assert hashlib.sha256(sent.body).hexdigest() == file["sha256"]
    assert sent.body.startswith(PDF.data)
    helper.app.get(f"{JOBS}/{asked['job']}/signed/2", headers=helper.headers, status=404)
    for number in ("x", "0", "2", "-1", "9" * 5000, "\u0661"):
        for kind in ("documents", "signed"):
            helper.app.get(
                f"{JOBS}/{asked['job']}/{kind}/{quote(number)}", headers=helper.headers, status=404
            )
    # Once the job is done, its code has served all the same.
    assert Helper(app).claim(asked["code"], status=410).json["code"] == "signature.code_used"


def test_codes_have_60_random_bits_and_none_is_kept(publisher: Person, database: Any) -> None:
    codes = {publisher.ask(given(PDF))["code"] for _turn in range(3)}
    assert len(codes) == 3
    for code in codes:
        letters = code.replace("-", "")
        assert (len(code), len(letters)) == (14, 12)
        assert set(letters) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    with database.read() as session:
        rows = session.execute(text("SELECT mark, code_hash FROM signature_job")).all()
        lines = session.execute(text("SELECT data FROM core_journal")).scalars().all()
    held = " ".join(str(one) for one in [*rows, *lines])
    assert not any(code in held or code.replace("-", "") in held for code in codes)


def test_code_serves_once(app: TestApp, publisher: Person) -> None:
    code = publisher.ask(given(PDF))["code"]
    helper = Helper(app)
    helper.claim(code)
    assert Helper(app).claim(code, status=410).json["code"] == "signature.code_used"
    helper.documents()


def test_code_lives_ten_minutes(app: TestApp, publisher: Person, clock: SandboxClock) -> None:
    late, good = (publisher.ask(given(PDF))["code"] for _turn in range(2))
    clock.move_to(clock.now() + CODE_LIFE - timedelta(seconds=1), frozen=True)
    Helper(app).claim(good)
    clock.move_to(clock.now() + timedelta(seconds=1), frozen=True)
    assert Helper(app).claim(late, status=410).json["code"] == "signature.code_expired"


def test_wrong_code_is_not_known(app: TestApp, publisher: Person) -> None:
    code = publisher.ask(given(PDF))["code"]
    wrong = ("1" if code[0] == "0" else "0") + code[1:]
    for text_ in (wrong, "x", "é" * 12, "\U0001f600"):
        assert Helper(app).claim(text_, status=404).json["code"] == "signature.code_unknown"
    Helper(app).claim(code)
    for body in ({}, {"code": ""}, {"code": "x" * 101}, {"code": 1}, {"code": code, "more": 1}):
        assert app.post_json(f"{JOBS}/claim", body, status=422).json["code"] == "api.body_invalid"


def test_new_code_replaces_the_old_one_and_its_token(app: TestApp, publisher: Person) -> None:
    asked = publisher.ask(given(PDF))
    old = Helper(app)
    old.claim(asked["code"])
    again = publisher.ask({"job": asked["job"]})
    assert again["job"] == asked["job"]
    assert Helper(app).claim(asked["code"], status=404).json["code"] == "signature.code_unknown"
    assert old.prepare(status=401)["code"] == "signature.job_token"
    Helper(app).run(again["code"])
    assert publisher.ask({"job": asked["job"]}, status=409)["code"] == "signature.job_done"


def test_job_of_another_organisation_is_not_found(publisher: Person, sides: Sides) -> None:
    opened = sides.open(Profile.PADES, PDF)
    publisher.ask({"job": str(opened.jobs[0])})
    for job in (opened.jobs[1], opened.id):
        assert publisher.ask({"job": str(job)}, status=404)["code"] == "signature.job_not_found"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "api.body_invalid"),
        ({"format": "pades"}, "api.body_invalid"),
        ({"documents": [{"name": "a", "content": ""}]}, "api.body_invalid"),
        ({"job": "11111111-1111-4111-8111-111111111111", **given(PDF)}, "api.body_invalid"),
        (given(Bytes("../a.pdf", b"")), "api.body_invalid"),
        ({**given(PDF), "documents": [{"name": "a.pdf", "content": "%"}]}, "signature.not_base64"),
        (given(PDF, level="B-LTA"), "produce.level_unavailable"),
        (given(PDF, PDF), "produce.documents"),
        (given(Bytes("acte.pdf", b"%PDF-1.7 broken")), "produce.pdf_unreadable"),
        (given(Bytes("acte.xml", b"<!DOCTYPE a><a/>"), form="xades-enveloped"), "produce.xml_refused"),
        (given(Bytes("mimetype", b"a"), form="asic-e"), "produce.document_name"),
        (given(Bytes("a.asice", b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.etsi.asic-e+zip"), form="asic-e"), "produce.documents"),
    ],
)  # fmt: skip
def test_what_cannot_be_signed_opens_no_job(
    publisher: Person, database: Any, runtime: Runtime, body: dict[str, Any], code: str
) -> None:
    refusal = publisher.ask(body, status=422)
    assert refusal["code"] == code
    publisher.app.get(refusal["type"].removeprefix("http://localhost"))
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM signature_job")).scalar() == 0
    assert list(runtime.find(Storage).keys("signing")) == []


def test_documents_are_removed_when_the_jobs_cannot_be_opened(
    publisher: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object, **_more: object) -> None:
        assert list(runtime.find(Storage).keys("signing")) != []
        raise NoJob

    monkeypatch.setattr(job_api, "open_signing_jobs", away)
    publisher.ask(given(PDF), status=404)
    assert list(runtime.find(Storage).keys("signing")) == []


def test_documents_stay_when_the_end_of_the_transaction_is_not_known(
    publisher: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost during COMMIT: the rows are written, and whoever wrote them is told of a failure."""
    real = Database.write

    @contextmanager
    def lost(self: Database) -> Iterator[Any]:
        with real(self) as session:
            yield session
        raise OperationalError("COMMIT", None, OSError("connection lost"))

    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", lost)
        with suppress(OperationalError):
            publisher.ask(given(PDF), status=503)
    with runtime.database.read() as session:
        (key,) = session.execute(text("SELECT storage_key FROM signature_file")).scalars()
    assert list(stored(runtime)) == [key]


def test_pdf_certified_against_any_change_is_refused_with_the_reason(publisher: Person) -> None:
    refusal = publisher.ask(given(Bytes("acte.pdf", certified())), status=422)
    assert refusal["code"] == "produce.pdf_locked"
    assert "certifié sans aucune modification permise" in refusal["detail"]


def test_who_is_not_signed_in_or_may_not_sign_gets_no_code(app: TestApp, sides: Sides) -> None:
    assert app.post_json(JOBS, given(PDF), status=401).json["code"] == "http.unauthorized"
    sign_in(app, sides.buyer.people["observer"])
    assert Person(app).ask(given(PDF), status=403)["code"] == "http.forbidden"
    assert app.post_json(JOBS, given(PDF), status="4*").json["code"] in {"http.csrf", "http.forbidden"}


def test_request_without_the_csrf_token_gets_no_code(publisher: Person) -> None:
    assert publisher.app.post_json(JOBS, given(PDF), status=400).json["code"] == "http.csrf"


def test_token_opens_its_own_job_for_an_hour(app: TestApp, publisher: Person, clock: SandboxClock) -> None:
    first, second = Helper(app), Helper(app)
    first.claim(publisher.ask(given(PDF))["code"])
    second.claim(publisher.ask(given(PDF))["code"])
    href = first.job["documents"][0]["href"]
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eA=="}, second.headers):
        assert app.get(href, headers=headers, status=401).json["code"] == "signature.job_token"
    missing = href.replace(first.job["job"], "11111111-1111-4111-8111-111111111111")
    assert app.get(missing, headers=first.headers, status=401).json["code"] == "signature.job_token"
    app.get(href.replace(first.job["job"], "x"), headers=first.headers, status=404)
    app.get(href, headers=first.headers)
    clock.move_to(clock.now() + TOKEN_LIFE, frozen=True)
    assert app.get(href, headers=first.headers, status=401).json["code"] == "signature.job_token"
    assert first.prepare(status=401)["code"] == "signature.job_token"


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        ([], "api.body_invalid"),
        (["%"], "signature.not_base64"),
        (["AAAA"], "produce.certificate_unreadable"),
        ([base64.b64encode(pki.signer("expired").der).decode()], "produce.certificate_dates"),
        ([base64.b64encode(pki.signer("wrong-usage").der).decode()], "produce.certificate_usage"),
        ([base64.b64encode(pki.signer("good", "rsa").der).decode()], "produce.key_refused"),
    ],
)
def test_certificate_that_may_not_sign_is_refused(
    app: TestApp, publisher: Person, chain: list[str], code: str
) -> None:
    helper = Helper(app)
    helper.claim(publisher.ask(given(PDF))["code"])
    address = f"{JOBS}/{helper.job['job']}/prepare"
    answer = app.post_json(address, {"chain": chain}, headers=helper.headers, status=422)
    assert answer.json["code"] == code
    assert helper.values([{"n": 1, "value": "AAAA"}], status=409)["code"] == "signature.job_not_prepared"


def test_wrong_value_changes_nothing(
    app: TestApp, publisher: Person, runtime: Runtime, database: Any
) -> None:
    asked = publisher.ask(given(PDF))
    helper = Helper(app)
    helper.claim(asked["code"])
    to_sign = helper.prepare()["to_sign"]
    good = helper.sign(to_sign)
    stranger = Helper(app, pki.signer("qualified")).sign(to_sign)
    raw = [{**good[0], "encoding": "raw"}]
    before = stored(runtime)
    for values, code in (
        (stranger, "signature.value_mismatch"),
        (raw, "signature.value_mismatch"),
        ([{"n": 1, "value": "", "encoding": "der"}], "signature.value_mismatch"),
        ([{**good[0], "n": 2}], "signature.values_missing"),
        ([*good, {**good[0], "n": 2}], "signature.values_missing"),
        ([*good, *good], "signature.values_missing"),
        ([{"n": 1, "value": "%"}], "signature.not_base64"),
        ([{"n": 0, "value": "AAAA"}], "api.body_invalid"),
        ([], "api.body_invalid"),
    ):
        assert helper.values(values, status=422)["code"] == code
    assert stored(runtime) == before
    assert [one.data for one in helper.documents()] == [PDF.data]
    # What was prepared is good for another try.
    helper.values(good)
    assert helper.values(good, status=409)["code"] == "signature.job_done"
    assert helper.prepare(status=409)["code"] == "signature.job_done"
    assert len(stored(runtime)) == len(before) + 1
    with database.read() as session:
        assert journal.verify(session).ok


def stored(runtime: Runtime) -> dict[str, str]:
    storage = runtime.find(Storage)
    return {key: hashlib.sha256(b"".join(storage.open(key))).hexdigest() for key in storage.keys("signing")}


def test_party_that_is_overtaken_signs_the_new_file(app: TestApp, sides: Sides, runtime: Runtime) -> None:
    opened = sides.open(Profile.PADES, PDF)
    slow, fast = Helper(app), Helper(app, pki.signer("qualified"))
    slow.claim(sides.code(opened, 0))
    values = slow.sign(slow.prepare()["to_sign"])
    fast.run(sides.code(opened, 1))
    kept = stored(runtime)
    assert slow.values(values, status=409)["code"] == "signature.job_moved"
    assert slow.prepare(status=409)["code"] == "signature.job_moved"
    assert stored(runtime) == kept
    found = slow.run(sides.code(opened, 0))["signed"][0]["report"]["signatures"]
    assert [one["checks"]["integrity"]["status"] for one in found] == ["passed", "passed"]


def test_detached_signatures_overtake_nobody(app: TestApp, sides: Sides) -> None:
    opened = sides.open(Profile.CADES_DETACHED, Bytes("a.txt", b"a"), Bytes("b.txt", b"b"))
    slow = Helper(app)
    slow.claim(sides.code(opened, 0))
    values = slow.sign(slow.prepare()["to_sign"])
    Helper(app, pki.signer("qualified")).run(sides.code(opened, 1))
    assert [one["name"] for one in slow.values(values)["signed"]] == [
        "a.txt.signature1.p7s", "b.txt.signature1.p7s",
    ]  # fmt: skip


def test_agent_confirms_who_signed(app: TestApp, sides: Sides, trusted: Callable[..., None]) -> None:
    trusted("good", "qualified")
    opened = sides.open(Profile.PADES, PDF)
    agent, database = sides.buyer.identity("publisher"), sides.runtime.database

    def confirm(place: int, by: Any, now: datetime) -> None:
        with database.write() as session:
            joint.confirm_identity(session, opened.jobs[place], name="Jeanne Durand", by=by, now=now)

    now = sides.runtime.clock.now()
    with pytest.raises(NotSigned):
        confirm(0, agent, now)
    Helper(app).run(sides.code(opened, 0))
    with pytest.raises(NoJob):
        confirm(0, sides.company.identity("depositor"), now)
    confirm(0, agent, now)
    assert not sides.progress(opened).settled
    Helper(app, pki.signer("qualified")).run(sides.code(opened, 1))
    assert not sides.progress(opened).settled
    confirm(1, agent, now)
    found = sides.progress(opened)
    assert found.settled
    assert [(job.state, job.confirmed_at, job.confirmed_name) for job in found.jobs] == [
        (JobState.CONFIRMED, now, "Jeanne Durand")
    ] * 2
    assert [job.signer for job in found.jobs] == ["Jeanne Martin", "Quentin Qualifié"]
    with database.read() as session:
        assert joint.of_subject(session, "award:essai") == [opened.id]
        told = [entry.action.rpartition(":")[2] for entry in journal.history(session, opened.jobs[0])]
        kept = queries.latest(session, [subject_of(job.files[0].id) for job in found.jobs])
        with pytest.raises(NoJob):
            joint.progress(session, opened.jobs[0])
    assert told == ["code_given", "claimed", "signed", "confirmed"]
    assert [kept[subject_of(job.files[0].id)].id for job in found.jobs] == [
        job.files[0].verdict for job in found.jobs
    ]


def test_file_that_does_not_verify_is_not_kept(
    app: TestApp, publisher: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = publisher.ask(given(PDF))
    helper = Helper(app)
    helper.claim(asked["code"])
    good = helper.sign(helper.prepare()["to_sign"])
    before = stored(runtime)
    broken = signed.sign(Profile.PADES).replace(b"/MediaBox", b"/MediaBoy")
    with monkeypatch.context() as patched:
        patched.setattr(values_module, "assemble", lambda *_given, **_more: broken)
        assert helper.values(good, status=409)["code"] == "signature.signed_broken"
        patched.setattr(values_module, "assemble", lambda *_given, **_more: b"nothing signed")
        assert helper.values(good, status=409)["code"] == "signature.signed_broken"
    assert stored(runtime) == before
    helper.values(good)


def test_time_stamp_that_cannot_be_had_leaves_the_job_as_it_was(
    app: TestApp, publisher: Person, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = Helper(app)
    helper.claim(publisher.ask(given(PDF, level="B-T"))["code"])
    good = helper.sign(helper.prepare()["to_sign"])
    before = stored(runtime)
    with monkeypatch.context() as patched:

        def away(_self: object, _digest: bytes) -> None:
            raise TimestampUnavailable("away")

        patched.setattr(type(runtime.find(Timestamper)), "stamp", away)
        assert helper.values(good, status=503)["code"] == "signature.stamp_missing"
    assert stored(runtime) == before
    assert helper.values(good)["signed"][0]["report"]["signatures"][0]["level"] == "B-T"


def test_two_parties_that_finish_at_once_do_not_lose_a_signature(
    app: TestApp, sides: Sides, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other party's turn ends between our verification and our transaction."""
    opened = sides.open(Profile.PADES, PDF)
    slow, fast = Helper(app), Helper(app, pki.signer("qualified"))
    slow.claim(sides.code(opened, 0))
    values = slow.sign(slow.prepare()["to_sign"])
    code, real = sides.code(opened, 1), values_module.store

    def overtaken(storage: Storage, files: Any) -> Any:
        monkeypatch.setattr(values_module, "store", real)
        fast.run(code)
        return real(storage, files)

    monkeypatch.setattr(values_module, "store", overtaken)
    assert slow.values(values, status=409)["code"] == "signature.job_moved"
    assert len(stored(runtime)) == 2
    assert [job.state for job in sides.progress(opened).jobs] == [JobState.CLAIMED, JobState.SIGNED]


def test_five_wrong_codes_slow_an_address_down(tmp_path: Any) -> None:
    ini = {**settings_for(f"sqlite:///{tmp_path}/pli.sqlite", tmp_path), "pli.rate_limits": "true"}
    runtime = start(ini)
    schema.upgrade(runtime.database)

    def statuses(address: str, codes: list[str]) -> list[int]:
        client = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": address})
        return [client.post_json(f"{JOBS}/claim", {"code": code}, status="*").status_int for code in codes]

    with runtime.database.write() as session:
        now = runtime.clock.now()
        sides = Sides(runtime, create_buyer(session, now), create_company(session, now))
    good = sides.code(sides.open(Profile.PADES, PDF), 0)
    other = sides.code(sides.open(Profile.PADES, PDF), 0)
    # Good ones are not counted and forgive nothing; after the fifth wrong one the address is shut out, with a good code too.
    assert statuses("192.0.2.9", ["x"] * 4 + [good] + ["x"] * 2 + [other]) == [404] * 4 + [200] + [
        404,
        429,
        429,
    ]
    assert statuses("192.0.2.10", [other]) == [200]
    runtime.database.dispose()
