"""A signature and its document in two envelopes of one deposit: paired by digest once both are opened, and said so."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.worker import Worker
from procurement.signatures import queries
from procurement.signatures.queries import Verdict
from signing.produce.params import Profile
from signing.sealed.descriptor import Kind, Relation
from signing.sealed.inventory import SignatureStatus
from signing.sealed.sealing import EnvelopePlan, SourceFile
from tests.factories.bids import World
from tests.functional.bids.test_openings import close
from tests.functional.bids.test_signatures import opener_app
from tests.functional.bids.test_signatures import trusted as trusted_fixture
from tests.signing import signed

trusted = trusted_fixture
DOCUMENT = ("acte.txt", signed.TEXT)
TOKEN = ("signature.p7s", signed.sign(Profile.CADES_DETACHED))
OTHER = ("libre.txt", b"rien")


def deposit(
    world: World, folder: Path, candidature: list[tuple[str, bytes]], offre: list[tuple[str, bytes]]
) -> dict[Kind, uuid.UUID]:
    """Deposit two envelopes; return their numbers."""
    plans = []
    for kind, files in ((Kind.CANDIDATURE, candidature), (Kind.OFFRE, offre)):
        sources = []
        for name, content in files:
            path = folder / f"{uuid.uuid4().hex}-source"
            path.write_bytes(content)
            sources.append(SourceFile(path, name, "application/octet-stream"))
        plans.append(EnvelopePlan(0, kind, sources, Relation.PREMIER, ()))
    bidder = world.company()
    prepared, _answer = bidder.sealing.deposit(
        world.consultation.id, bidder.candidate(), plans, at=world.now()
    )
    return {one.kind: one.envelope for one in prepared.sealed.descriptor.envelopes}


def open_one(world: World, worker: Worker, kind: Kind) -> str:
    client = world.opening()
    number = client.start(world.consultation.id, kind.value)
    client.open(number, world.key)
    worker.run_all()
    assert client.progress(number)["state"] == "done"
    return number


def latest(world: World, envelope: uuid.UUID, n: int) -> Verdict | None:
    with world.runtime.database.read() as session:
        assert journal.verify(session).ok
        name = f"bid:{envelope}/{n}"
        return queries.latest(session, [name]).get(name)


def history(world: World, envelope: uuid.UUID, n: int) -> list[SignatureStatus]:
    with world.runtime.database.read() as session:
        return [one.status for one in queries.of_subject(session, f"bid:{envelope}/{n}")][::-1]


@pytest.mark.parametrize("token_first", [True, False])
def test_signature_finds_its_document_when_both_are_opened(
    world: World,
    clock: SandboxClock,
    worker: Worker,
    tmp_path: Path,
    trusted: Callable[..., None],
    *,
    token_first: bool,
) -> None:
    trusted()
    halves = ([TOKEN, OTHER], [DOCUMENT]) if token_first else ([DOCUMENT, OTHER], [TOKEN])
    envelopes = deposit(world, tmp_path, *halves)
    close(world, clock)
    token, document = Kind.CANDIDATURE, Kind.OFFRE
    if not token_first:
        token, document = document, token
    open_one(world, worker, Kind.CANDIDATURE)
    alone = latest(world, envelopes[Kind.CANDIDATURE], 1)
    assert (alone.status if alone else None) == (SignatureStatus.ORPHAN_TOKEN if token_first else None)
    number = open_one(world, worker, Kind.OFFRE)
    for kind in (token, document):
        found = latest(world, envelopes[kind], 1)
        assert found is not None
        assert (found.status, found.signers) == (SignatureStatus.SIGNED_UNDETERMINED, ("Jeanne Martin",))
    before = [SignatureStatus.ORPHAN_TOKEN] if token_first else []
    assert history(world, envelopes[token], 1) == [*before, SignatureStatus.SIGNED_UNDETERMINED]
    assert history(world, envelopes[Kind.CANDIDATURE], 2) == []
    page = opener_app(world).get(f"/ouvertures/{number}/plis/{envelopes[Kind.OFFRE]}/signatures/1")
    said = page.html.main.get_text(" ", strip=True)
    assert "sont dans deux enveloppes du même dépôt" in said
    places = ("candidature", "offre") if token_first else ("offre", "candidature")
    assert f"({places[0]} ; {places[1]})" in said.replace("\xa0", " ")


def test_document_in_the_same_envelope_comes_first(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    """The same document is in both envelopes, and a signature without any document too."""
    trusted()
    stray = ("autre.p7s", signed.sign(Profile.CADES_DETACHED, what=signed.Bytes("x", b"nowhere")))
    envelopes = deposit(world, tmp_path, [DOCUMENT], [DOCUMENT, TOKEN, stray])
    close(world, clock)
    open_one(world, worker, Kind.CANDIDATURE)
    number = open_one(world, worker, Kind.OFFRE)
    assert history(world, envelopes[Kind.OFFRE], 1) == [SignatureStatus.SIGNED_UNDETERMINED]
    assert history(world, envelopes[Kind.OFFRE], 3) == [SignatureStatus.ORPHAN_TOKEN]
    assert history(world, envelopes[Kind.CANDIDATURE], 1) == []
    page = opener_app(world).get(f"/ouvertures/{number}/plis/{envelopes[Kind.OFFRE]}/signatures/1")
    assert "deux enveloppes" not in page.text


def test_envelope_that_stays_closed_lends_nothing(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    trusted()
    envelopes = deposit(world, tmp_path, [TOKEN], [DOCUMENT])
    close(world, clock)
    open_one(world, worker, Kind.CANDIDATURE)
    assert history(world, envelopes[Kind.CANDIDATURE], 1) == [SignatureStatus.ORPHAN_TOKEN]
    assert latest(world, envelopes[Kind.OFFRE], 1) is None


def test_other_bidders_documents_are_not_looked_at(
    world: World, clock: SandboxClock, worker: Worker, tmp_path: Path, trusted: Callable[..., None]
) -> None:
    trusted()
    mine = deposit(world, tmp_path, [OTHER], [TOKEN])
    deposit(world, tmp_path, [OTHER], [DOCUMENT])
    close(world, clock)
    open_one(world, worker, Kind.CANDIDATURE)
    open_one(world, worker, Kind.OFFRE)
    assert history(world, mine[Kind.OFFRE], 1) == [SignatureStatus.ORPHAN_TOKEN]
