"""The platform's seal on receipts and minutes: put by a job, checked by OpenSSL, seen on the page."""

import json
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from webtest import TestApp

from procurement.bids.models import BidDeposit, BidOpening
from procurement.cli.deposit_client import RefusedByServer
from procurement.core import services
from procurement.core.clock import SandboxClock
from procurement.core.jobs import Job
from procurement.core.journal import JournalEntry
from procurement.core.seal import KeySealer, Sealer, SealUnavailable, anchors
from procurement.core.timestamp import Timestamper, TimestampUnavailable, Token
from procurement.core.worker import Worker
from signing.api import verify as verify_signature
from signing.receipt import seal as seals
from signing.receipt import verify
from signing.trust.model import TrustSnapshot
from tests.factories.bids import World, offer

OPENSSL = "openssl cms -verify -cades -binary -content {0} -inform DER -in {1} -CAfile cachet.pem -out out"


class Flaky:
    """A time-stamp authority that answers only when told to."""

    def __init__(self, real: Timestamper) -> None:
        self.real, self.speaks = real, False

    def stamp(self, sha256_digest: bytes) -> Token:
        if not self.speaks:
            raise TimestampUnavailable("nobody there")
        return self.real.stamp(sha256_digest)

    def certificates(self) -> list[bytes]:
        return self.real.certificates()


class Away:
    """A seal whose token is out."""

    def seal_cms(self, data: bytes) -> bytes:
        raise SealUnavailable("token out")

    seal_pdf = seal_cms

    def chain(self) -> tuple[bytes, ...]:
        raise SealUnavailable("token out")


@contextmanager
def swapped(world: World, protocol: Any, implementation: object) -> Iterator[None]:
    registry = world.runtime.registry
    real = services.find(registry, protocol)
    services.register(registry, protocol, implementation)
    try:
        yield
    finally:
        services.register(registry, protocol, real)


def find(world: World, protocol: Any) -> Any:
    return services.find(world.runtime.registry, protocol)


def deposited(world: World, tmp_path: Path) -> tuple[Any, Any]:
    bidder = world.company()
    prepared, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [offer(tmp_path, name="prix.pdf")], at=world.now()
    )
    return bidder, prepared.deposit


def checks(world: World, archive: bytes) -> dict[str, tuple[bool | None, str]]:
    sealer: Sealer = find(world, Sealer)
    found = verify(
        archive,
        tsa_ca=find(world, Timestamper).certificates(),
        seal_ca=anchors(sealer.chain()),
    )
    return {check.name: (check.ok, check.detail.partition(":")[0]) for check in found}


def test_receipt_is_sealed_by_a_job_and_openssl_agrees(
    world: World, app: TestApp, worker: Worker, tmp_path: Path
) -> None:
    bidder, number = deposited(world, tmp_path)
    before = bidder.sealing.receipt(number, "zip")
    assert checks(world, before)["seal"] == (None, "not_present")
    assert checks(world, before)["pdf"] == (None, "not_covered")
    with pytest.raises(RefusedByServer) as caught:
        bidder.sealing.receipt(number, "p7s")
    assert (caught.value.reply.status, caught.value.code) == (404, "bid.seal_pending")
    worker.run_all()
    archive = bidder.sealing.receipt(number, "zip")
    found = checks(world, archive)
    assert (found["seal"], found["pdf"]) == ((True, "present and valid"), (True, "present and valid"))
    zipfile.ZipFile(BytesIO(archive)).extractall(tmp_path)
    assert (tmp_path / "receipt.p7s").read_bytes() == bidder.sealing.receipt(number, "p7s")
    assert (tmp_path / "receipt.pdf").read_bytes() == bidder.sealing.receipt(number, "pdf")
    (tmp_path / "cachet.pem").write_bytes(app.get("/cachet/autorite.pem").body)
    assert openssl(tmp_path, "receipt.json", "receipt.p7s") == 0
    body = tmp_path / "receipt.json"
    body.write_bytes(body.read_bytes().replace(b'"late":false', b'"late":true '))
    assert openssl(tmp_path, "receipt.json", "receipt.p7s") != 0


def openssl(folder: Path, content: str, seal: str) -> int:
    command = OPENSSL.format(content, seal).split()
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_seal_of_another_receipt_is_refused(world: World, worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    bidder, number = deposited(world, tmp_path / "a")
    other, other_number = deposited(world, tmp_path / "b")
    worker.run_all()
    archive = bidder.sealing.receipt(number, "zip")
    assert False not in [ok for ok, _detail in checks(world, archive).values()]
    for part, wanted, code in (
        ("p7s", "seal", "receipt.seal_invalid"),
        ("pdf", "pdf", "receipt.pdf_mismatch"),
    ):
        changed = replaced(archive, f"receipt.{part}", other.sealing.receipt(other_number, part))
        assert checks(world, changed)[wanted] == (False, code)


def replaced(archive: bytes, name: str, content: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            new.writestr(one, content if one == name else old.read(one))
    return out.getvalue()


def test_nobody_named_for_the_seal_gives_no_verdict_on_it(
    world: World, worker: Worker, tmp_path: Path
) -> None:
    bidder, number = deposited(world, tmp_path)
    worker.run_all()
    archive = bidder.sealing.receipt(number, "zip")
    tsa = find(world, Timestamper).certificates()
    found = {check.name: (check.ok, check.detail) for check in verify(archive, tsa_ca=tsa)}
    name = "Pli, cachet de développement, NON QUALIFIÉ"
    assert found["seal"] == (None, f"present, issuer not checked: {name}")
    assert found["pdf"] == found["seal"]
    strangers = {check.name: (check.ok, check.detail) for check in verify(archive, tsa_ca=tsa, seal_ca=tsa)}
    assert strangers["seal"] == (False, "receipt.seal_untrusted")


def test_receipt_page_reports_the_seal(world: World, worker: Worker, tmp_path: Path) -> None:
    bidder, number = deposited(world, tmp_path)

    def page() -> str:
        return str(bidder.sealing.call("GET", f"/depots/{number}").body.decode())

    assert ("ne porte pas de cachet" in page(), "receipt.p7s" in page()) == (True, False)
    worker.run_all()
    assert ("Présent et valide" in page(), "receipt.p7s" in page()) == (True, True)
    assert "Pli, cachet de développement, NON QUALIFIÉ" in page()
    with world.runtime.database.write() as session:
        stranger = find(world, Sealer).seal_cms(b"another receipt")
        session.execute(update(BidDeposit).values(seal_cms=stranger))
    assert ("Invalide" in page(), "ne correspond pas à ce reçu" in page()) == (True, True)


def test_authority_away_gives_a_seal_without_time_and_one_with_it_later(
    world: World, worker: Worker, clock: SandboxClock, tmp_path: Path
) -> None:
    flaky = Flaky(find(world, Timestamper))
    real: KeySealer = find(world, Sealer)
    sealer = KeySealer(real._found, flaky, clock)
    with swapped(world, Timestamper, flaky), swapped(world, Sealer, sealer):
        bidder, number = deposited(world, tmp_path)
        worker.run_all()
        assert levels(bidder, number) == ["B-B"]  # The PDF waits for the receipt's time-stamp.
        flaky.speaks = True
        clock.advance(minutes=2)
        worker.run_all()
        assert levels(bidder, number) == ["B-T", "B-T"]


def test_authority_gone_after_the_receipts_time_stamp(
    world: World, worker: Worker, clock: SandboxClock, tmp_path: Path
) -> None:
    flaky = Flaky(find(world, Timestamper))
    real: KeySealer = find(world, Sealer)
    with swapped(world, Sealer, KeySealer(real._found, flaky, clock)):
        bidder, number = deposited(world, tmp_path)
        worker.run_all()
        assert levels(bidder, number) == ["B-B", "B-B"]
        assert checks(world, bidder.sealing.receipt(number, "zip"))["seal"][0] is True
        flaky.speaks = True
        clock.advance(minutes=2)
        worker.run_all()
        assert levels(bidder, number) == ["B-T", "B-T"]


def levels(bidder: Any, number: str) -> list[str]:
    body, cms, pdf = (bidder.sealing.receipt(number, one) for one in ("json", "p7s", "pdf"))
    found = [seals.read(seals.beside(cms, body)).level]
    return found + ([seals.read(seals.inside(pdf)).level] if b"/ByteRange" in pdf else [])


def test_seal_that_is_away_delays_nothing_and_comes_later(
    world: World, worker: Worker, clock: SandboxClock, tmp_path: Path
) -> None:
    with swapped(world, Sealer, Away()):
        bidder, number = deposited(world, tmp_path)
        worker.run_all()
        assert bidder.sealing.receipt(number, "tsr")
        with world.runtime.database.read() as session:
            assert session.scalars(select(Job.attempt).where(Job.kind == "bids.seal")).all() == [1]
    clock.advance(minutes=2)
    worker.run_all()
    assert levels(bidder, number) == ["B-T", "B-T"]


def test_sealing_again_changes_nothing(world: World, worker: Worker, tmp_path: Path) -> None:
    from procurement.bids.jobs import seal_receipt

    bidder, number = deposited(world, tmp_path)
    worker.run_all()
    first = bidder.sealing.receipt(number, "p7s")
    seal_receipt(world.runtime.jobs, {"deposit": str(number)})
    assert bidder.sealing.receipt(number, "p7s") == first
    with world.runtime.database.read() as session:
        rows = session.scalars(select(JournalEntry).where(JournalEntry.action == "bids:receipt:sealed")).all()
    assert [set(row.data) for row in rows] == [{"seal_sha256", "pdf_sha256", "stamped"}]


def test_minutes_are_sealed_in_json_and_pdf(
    world: World, app: TestApp, worker: Worker, clock: SandboxClock, tmp_path: Path
) -> None:
    deposited(world, tmp_path)
    clock.move_to(world.consultation.closes_at, frozen=True)
    clock.advance(milliseconds=1)
    opening = world.opening()
    number = opening.start(world.consultation.id, "offre")
    opening.open(number, world.key)
    worker.run_all()
    url = opening.progress(number)["minutes_url"]
    document = {
        one: opening.call("GET", url.replace(".pdf", f".{one}")).body for one in ("json", "pdf", "p7s")
    }
    assert json.loads(document["json"])["v"] == "pli-minutes/1"
    for name, content in document.items():
        (tmp_path / f"pv.{name}").write_bytes(content)
    (tmp_path / "cachet.pem").write_bytes(app.get("/cachet/autorite.pem").body)
    assert openssl(tmp_path, "pv.json", "pv.p7s") == 0
    assert openssl(tmp_path, "pv.pdf", "pv.p7s") != 0
    assert seals.read(seals.inside(document["pdf"])).level == "B-T"
    trust = TrustSnapshot(anchors=tuple(anchors(find(world, Sealer).chain())))
    (one,) = verify_signature(document["pdf"], name="pv.pdf", trust=trust, at=clock.now()).signatures
    assert (one.format, one.subindication) == (
        "PAdES",
        "TRY_LATER",
    )  # A development seal has no revocation data.
    page = opening.call("GET", f"/ouvertures/{number}").body.decode()
    assert [name for name in ("proces-verbal.json", "proces-verbal.p7s") if name in page] == [
        "proces-verbal.json",
        "proces-verbal.p7s",
    ]


def test_minutes_without_seal_are_given_as_they_are(
    world: World, worker: Worker, clock: SandboxClock, tmp_path: Path
) -> None:
    with swapped(world, Sealer, Away()):
        deposited(world, tmp_path)
        clock.move_to(world.consultation.closes_at, frozen=True)
        clock.advance(milliseconds=1)
        opening = world.opening()
        number = opening.start(world.consultation.id, "offre")
        opening.open(number, world.key)
        worker.run_all()
        url = opening.progress(number)["minutes_url"]
        assert opening.call("GET", url).body[:4] == b"%PDF"
        with pytest.raises(RefusedByServer) as caught:
            opening.call("GET", url.replace(".pdf", ".p7s"))
        assert caught.value.reply.status == 404
        with world.runtime.database.read() as session:
            assert session.scalars(select(BidOpening.sealed_at)).all() == [None]
