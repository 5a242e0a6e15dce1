"""Signing jobs: codes that serve once, bytes that can be made again, two parties whose signatures each stand alone."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from webtest import TestApp, TestResponse

from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.signatures import joint
from procurement.signatures.joint import Party
from procurement.signatures.joint.codes import CODE_LIFE, TOKEN_LIFE
from procurement.signatures.joint.values import subject_of
from procurement.signatures.rules import JobState
from signing.produce.params import Encoding, Level, Profile, SignParams
from signing.produce.prepare import check_asked
from signing.types import Bytes
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
