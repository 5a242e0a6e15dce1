"""Signatures of bids: what the receipt may say, what is found after the opening, and what differs."""

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.journal import JournalEntry
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker
from procurement.signatures.models import SignatureVerdict
from procurement.signatures.tickets import Ticket, Tickets
from signing.produce.params import Level, Profile
from signing.sealed.descriptor import Kind, Relation
from signing.sealed.inventory import SignatureNote, SignatureStatus
from signing.sealed.sealing import EnvelopePlan, SourceFile
from tests.factories.bids import Bidder, World
from tests.functional.bids.test_openings import close, opened
from tests.functional.signatures.conftest import trusted as trusted_fixture
from tests.signing import signed

trusted = trusted_fixture


def sealed(
    world: World, folder: Path, *files: tuple[str, bytes, SignatureNote]
) -> tuple[Bidder, str, uuid.UUID]:
    """Deposit one offer of these files; return the bidder, the deposit and the envelope."""
    sources = []
    for name, content, note in files:
        path = folder / f"{uuid.uuid4().hex}-source"
        path.write_bytes(content)
        sources.append(SourceFile(path, name, "application/octet-stream", signature=note))
    bidder = world.company()
    plan = EnvelopePlan(0, Kind.OFFRE, sources, Relation.PREMIER, ())
    prepared, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), [plan], at=world.now()
    )
    return bidder, prepared.deposit, prepared.sealed.descriptor.envelopes[0].envelope


def ticket(world: World, content: bytes, status: SignatureStatus) -> SignatureNote:
    tickets: Tickets = world.runtime.find(Tickets)
    text = tickets.issue(
        Ticket(
            tickets.mark(hashlib.sha256(content).hexdigest()), status.value, "digests", "00" * 32, world.now()
        )
    )
    return SignatureNote(status, "digests", text)


def receipt_notes(bidder: Bidder, deposit: str) -> list[dict[str, Any]]:
    body = bidder.sealing.json("GET", f"/api/v1/plis/{deposit}/recu?format=json", None)
    return [file["signature"] for file in body["evidence"]["files"]]


def minutes_of(world: World, number: str) -> list[dict[str, Any]]:
    found = world.opening().call("GET", f"/ouvertures/{number}/proces-verbal.json").json()
    return [file for one in found["envelopes"] for file in one["files"]]


def opener_app(world: World) -> TestApp:
    return world.opening()._send.app


def test_receipt_repeats_what_a_ticket_bears_out_and_nothing_more(world: World, tmp_path: Path) -> None:
    good = ticket(world, b"a", SignatureStatus.SIGNED_VALID)
    forged = SignatureNote(SignatureStatus.SIGNED_VALID, "digests", f"{good.ticket}A")
    bare = SignatureNote(SignatureStatus.SIGNED_VALID, "content", None)
    other = SignatureNote(SignatureStatus.SIGNED_VALID, "content", good.ticket)
    seen = SignatureNote(SignatureStatus.ORPHAN_TOKEN)
    bidder, deposit, _envelope = sealed(
        world,
        tmp_path,
        *((f"{n}.txt", b"a", note) for n, note in enumerate((good, forged, bare, other, seen))),
    )
    plain = {"status": "present-not-checked", "basis": None, "ticket": None}
    assert receipt_notes(bidder, deposit) == [
        good.to_json(), plain, plain, plain, {"status": "orphan-token", "basis": None, "ticket": None},
    ]  # fmt: skip


def test_ticket_of_yesterday_says_nothing(world: World, clock: SandboxClock, tmp_path: Path) -> None:
    old = ticket(world, b"a", SignatureStatus.SIGNED_VALID)
    clock.advance(seconds=24 * 3600)
    bidder, deposit, _envelope = sealed(world, tmp_path, ("a.txt", b"a", old))
    assert receipt_notes(bidder, deposit)[0]["status"] == "present-not-checked"


def test_opened_files_are_verified_and_the_minutes_say_so(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    trusted()
    none, token = SignatureNote(), signed.sign(Profile.CADES_DETACHED)
    pdf = signed.sign(Profile.PADES, Level.B_LT)
    _bidder, _deposit, envelope = sealed(
        world,
        tmp_path,
        ("acte.txt", signed.TEXT, none),
        ("signature de l'acte.p7s", token, none),
        ("offre.pdf", pdf, none),
        ("libre.txt", b"rien", none),
    )
    close(world, clock)
    number, progress = opened(world, worker, world.opening())
    assert progress["state"] == "done"
    by_her = {"status": "signed-undetermined", "signers": ["Jeanne Martin"], "mismatch": False}
    nobody = {"status": "not-signed", "signers": [], "mismatch": False}
    assert [file["signature"] for file in minutes_of(world, number)] == [by_her, by_her, by_her, nobody]
    page = opener_app(world).get(f"/ouvertures/{number}/plis/{envelope}")
    said = page.html.main.get_text(" ", strip=True)
    assert said.count("Jeanne Martin") == 3
    assert "Pas de signature" in said
    detail = page.click(href=r"/signatures/3$")
    assert "Le document est-il inchangé ?" in detail.html.main.get_text(" ", strip=True)
    with world.runtime.database.read() as session:
        assert journal.verify(session).ok
        kept = session.scalars(
            select(JournalEntry).where(JournalEntry.action == "signatures:verdict:kept")
        ).all()
        assert [entry.subject for entry in kept] == [f"bid:{envelope}/{n}" for n in (1, 2, 3)]
        assert kept[2].data["file_sha256"] == hashlib.sha256(pdf).hexdigest()


def test_evidence_of_a_verdict_gives_it_again(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    trusted()
    pdf = signed.sign(Profile.PADES, Level.B_LT)
    _bidder, _deposit, envelope = sealed(world, tmp_path, ("offre.pdf", pdf, SignatureNote()))
    close(world, clock)
    number, _progress = opened(world, worker, world.opening())
    detail = opener_app(world).get(f"/ouvertures/{number}/plis/{envelope}/signatures/1")
    body = detail.click(href=r"/preuves/[^/]+$").body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["file"]["sha256"] == hashlib.sha256(pdf).hexdigest()
    with world.runtime.database.read() as session:
        row = session.scalars(select(SignatureVerdict)).one()
        assert row.evidence_sha256 == hashlib.sha256(body).hexdigest()


def test_another_result_than_at_the_deposit_is_flagged_and_both_are_kept(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    trusted()
    pdf = signed.sign(Profile.PADES, Level.B_LT)
    note = ticket(world, pdf, SignatureStatus.SIGNED_VALID)
    lie = ticket(world, b"another file", SignatureStatus.SIGNED_UNDETERMINED)
    same = ticket(world, pdf, SignatureStatus.SIGNED_UNDETERMINED)
    _bidder, _deposit, envelope = sealed(
        world, tmp_path, ("a.pdf", pdf, note), ("b.pdf", pdf, lie), ("c.pdf", pdf, same)
    )
    close(world, clock)
    number, _progress = opened(world, worker, world.opening())
    assert [file["signature"]["mismatch"] for file in minutes_of(world, number)] == [True, True, False]
    app = opener_app(world)
    page = app.get(f"/ouvertures/{number}/plis/{envelope}")
    assert page.html.main.get_text(" ", strip=True).count("Autre résultat qu’au dépôt") == 2
    detail = app.get(f"/ouvertures/{number}/plis/{envelope}/signatures/1")
    assert "Ce résultat n’est pas celui du reçu de dépôt" in detail.text


def test_verified_again_keeps_both_verdicts(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    pdf = signed.sign(Profile.PADES, Level.B_LT)
    _bidder, _deposit, envelope = sealed(world, tmp_path, ("offre.pdf", pdf, SignatureNote()))
    close(world, clock)
    number, _progress = opened(world, worker, world.opening())
    worker.run_all()  # The job of its own finds the work done.
    trusted()
    app = opener_app(world)
    page = app.get(f"/ouvertures/{number}/plis/{envelope}")
    form = next(form for form in page.forms.values() if form.action.endswith("/signatures"))
    clock.advance(seconds=1)
    form.submit().follow()
    worker.run_all()
    worker.run_all()
    with world.runtime.database.read() as session:
        rows = session.scalars(select(SignatureVerdict).order_by(SignatureVerdict.id)).all()
        assert len(rows) == 2
        assert rows[0].snapshot != rows[1].snapshot
    assert (
        len(
            app.get(f"/ouvertures/{number}/plis/{envelope}/signatures/1").html.select(
                ".pl-changes .pl-row time"
            )
        )
        == 2
    )


def test_verification_that_fails_keeps_no_bid_closed(
    world: World,
    clock: SandboxClock,
    worker: Worker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    runtime: Runtime,
) -> None:
    from procurement.signatures import verdicts

    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError("no verification today")

    sealed(world, tmp_path, ("offre.pdf", signed.sign(Profile.PADES), SignatureNote()))
    close(world, clock)
    good = verdicts.verify_together
    monkeypatch.setattr(verdicts, "verify_together", broken)
    number, progress = opened(world, worker, world.opening())
    assert progress["state"] == "done"
    assert minutes_of(world, number)[0]["signature"] is None
    monkeypatch.setattr(verdicts, "verify_together", good)
    clock.advance(seconds=3600)
    worker.run_all()
    with runtime.database.read() as session:
        assert len(session.scalars(select(SignatureVerdict)).all()) == 1
