"""The evidence of a verdict is time-stamped by a job, given with its token, and checked by anybody without this service."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from procurement.cli import cli
from procurement.core import journal, services
from procurement.core.clock import SandboxClock
from procurement.core.jobs import Job
from procurement.core.journal import JournalEntry
from procurement.core.timestamp import Timestamper, TimestampUnavailable, Token
from procurement.core.worker import Worker
from procurement.signatures import stamps
from procurement.signatures.models import SignatureVerdict
from signing.produce.params import Level, Profile
from signing.sealed.inventory import SignatureNote
from tests.factories.bids import World
from tests.functional.bids.test_openings import close, opened
from tests.functional.bids.test_signatures import opener_app, sealed
from tests.functional.bids.test_signatures import trusted as trusted_fixture
from tests.signing import signed

trusted = trusted_fixture


class Silent:
    """An authority that does not answer."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def stamp(self, sha256_digest: bytes) -> Token:
        self.asked.append(sha256_digest)
        raise TimestampUnavailable("silence")

    def certificates(self) -> list[bytes]:
        return []


@pytest.fixture
def silent(world: World) -> Iterator[Silent]:
    registry = world.runtime.registry
    real: Timestamper = services.find(registry, Timestamper)
    services.register(registry, Timestamper, Silent())
    yield services.find(registry, Timestamper)
    services.register(registry, Timestamper, real)


def verdicts(world: World) -> list[SignatureVerdict]:
    with world.runtime.database.read() as session:
        return list(session.scalars(select(SignatureVerdict).order_by(SignatureVerdict.id)))


def stamped_entries(world: World) -> list[JournalEntry]:
    with world.runtime.database.read() as session:
        assert journal.verify(session).ok
        query = select(JournalEntry).where(JournalEntry.action == "signatures:evidence:stamped")
        return list(session.scalars(query))


PDF = signed.sign(Profile.PADES, Level.B_LT)


def opened_pdf(world: World, clock: SandboxClock, worker: Worker, folder: Path) -> str:
    _bidder, _deposit, envelope = sealed(
        world, folder, ("offre.pdf", PDF, SignatureNote()), ("libre.txt", b"rien", SignatureNote())
    )
    close(world, clock)
    number, _progress = opened(world, worker, world.opening())
    return f"/ouvertures/{number}/plis/{envelope}/signatures/1"


def test_evidence_is_stamped_and_checked_without_this_service(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    trusted()
    place = opened_pdf(world, clock, worker, tmp_path)
    worker.run_all()
    (row,) = verdicts(world)
    (entry,) = stamped_entries(world)
    assert row.evidence_stamped_at is not None
    assert entry.data["evidence_sha256"] == row.evidence_sha256
    assert (entry.subject, entry.data["qualified"]) == (row.subject, False)
    page = opener_app(world).get(place)
    assert "NON QUALIFIÉ" in page.html.main.get_text(" ", strip=True)
    links = {link["href"] for link in page.html.select("a[href*=preuves]")}
    assert len(links) == 2
    for href in links:
        answer = opener_app(world).get(href)
        name = answer.headers["Content-Disposition"].partition('"')[2].rstrip('"')
        (tmp_path / name).write_bytes(answer.body)
    (archive,) = tmp_path.glob("preuves-*.zip")
    (tmp_path / "offre.pdf").write_bytes(PDF)
    authority: Timestamper = world.runtime.find(Timestamper)
    ca = x509.load_der_x509_certificate(authority.certificates()[0])
    (tmp_path / "tsa.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    line = ["signature", "verify", "offre.pdf", "--evidence", archive.name, "--tsa-ca", "tsa.pem"]
    line += ["--evidence-sha256", str(row.evidence_sha256), "--at", "2045-01-01T00:00:00Z"]
    paths = [str(tmp_path / one) if (tmp_path / one).exists() else one for one in line]
    found = CliRunner().invoke(cli, paths)
    # Its lists were old at the opening: no more is known in 2045, and the certificate's end changes nothing.
    assert (found.exit_code, "INDETERMINATE / TRY_LATER" in found.stdout) == (1, True)
    assert "Horodatage du dossier : vérifié" in found.stderr
    assert "Le verdict du dossier est retrouvé à l’identique." in found.stderr


def test_authority_that_is_silent_delays_and_loses_nothing(
    world: World,
    clock: SandboxClock,
    worker: Worker,
    tmp_path: Path,
    trusted: Callable[..., None],
    silent: Silent,
) -> None:
    trusted()
    place = opened_pdf(world, clock, worker, tmp_path)
    worker.run_all()
    (row,) = verdicts(world)
    assert row.evidence_stamped_at is None
    assert bytes.fromhex(str(row.evidence_sha256)) in silent.asked
    page = opener_app(world).get(place)
    assert "Horodatage du dossier de preuves en attente." in page.html.main.get_text(" ", strip=True)
    opener_app(world).get(f"{place}/preuves/{row.id}/horodatage", status=404)
    assert opener_app(world).get(f"{place}/preuves/{row.id}").status_int == 200


def test_stamp_comes_when_the_authority_answers_again(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    trusted()
    registry = world.runtime.registry
    real: Timestamper = services.find(registry, Timestamper)
    services.register(registry, Timestamper, Silent())
    try:
        opened_pdf(world, clock, worker, tmp_path)
        worker.run_all()
    finally:
        services.register(registry, Timestamper, real)
    assert stamped_entries(world) == []
    clock.advance(seconds=3600)
    worker.run_all()
    (row,) = verdicts(world)
    assert row.evidence_stamped_at is not None
    assert len(stamped_entries(world)) == 1


def test_running_twice_keeps_one_stamp(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    trusted()
    opened_pdf(world, clock, worker, tmp_path)
    worker.run_all()
    (row,) = verdicts(world)
    stamps.stamp(world.runtime.jobs, {"verdict": str(row.id)})
    with world.runtime.database.write() as session:
        token = Token(b"another", world.now(), False, "another", 1, "1.2")  # as the dataclass has it
        stamps._keep(session, row.id, token, now=world.now())
    assert len(stamped_entries(world)) == 1
    (after,) = verdicts(world)
    assert after.evidence_stamped_at == row.evidence_stamped_at


def test_verdict_without_evidence_asks_for_nothing(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path
) -> None:
    text = (
        ("acte.txt", signed.TEXT, SignatureNote()),
        ("a.p7s", signed.sign(Profile.CADES_DETACHED), SignatureNote()),
    )
    sealed(world, tmp_path, *text)
    close(world, clock)
    opened(world, worker, world.opening())
    with world.runtime.database.read() as session:
        asked = session.scalars(select(Job.payload).where(Job.kind == stamps.STAMP)).all()
    kept = [str(row.id) for row in verdicts(world) if row.evidence_sha256]
    assert sorted(one["verdict"] for one in asked) == kept
    assert len(verdicts(world)) == 2
    assert len(kept) == 1
