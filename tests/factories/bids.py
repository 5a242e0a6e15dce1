"""Published consultations with keys, companies with sealing clients, all over HTTP."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session
from webtest import TestApp

from dume import queries as dumes
from dume.service import attach_evidence, store_proof, validate
from procurement.bids.models import BidKeyHolder
from procurement.bids.rules import HolderRole
from procurement.bids.service import keys
from procurement.bids.service.signatures import subject
from procurement.cli.deposit_client import HeldKey, KeyClient, OpeningClient, Reply, SealingClient
from procurement.consultations import queries as consultations
from procurement.consultations.models import Consultation, Lot
from procurement.core import services
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from procurement.core.worker import Worker
from signing.authority import Subject, create_authority, issue_recipient
from signing.sealed.descriptor import Candidate, Kind, Relation
from signing.sealed.sealing import EnvelopePlan, SourceFile
from signing.sealed.stream import PLI
from tests.factories import accounts, dume
from tests.factories.accounts import Account, Made
from tests.factories.matrix import Case
from tests.factories.matrix import World as Matrix
from tests.factories.signatures import keep_verdict

KINDS = ("candidature", "offre")
OPEN_FOR = timedelta(days=10)


class WebTestSend:
    """Send through a WebTest client with its cookies, and its CSRF token on unsafe methods."""

    def __init__(self, app: TestApp) -> None:
        self.app = app
        self.token = ""

    def __call__(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        sent = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        if method not in {"GET", "HEAD"}:
            sent["X-CSRF-Token"] = self.csrf()
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
        environ = {"REQUEST_METHOD": method}
        response = self.app.request(
            path,
            method=method,
            body=body or b"",
            headers=sent,
            content_type=kind,
            expect_errors=True,
            environ=environ,
        )
        found = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_int, found, response.body)

    def csrf(self) -> str:
        if not self.token:
            self.token = self.app.get("/api/v1/session").json["csrf_token"]
        return self.token


@dataclass(frozen=True)
class World:
    """A buyer with a published consultation and its two keys, ready to receive bids."""

    runtime: Runtime
    buyer: Made
    opener: Account
    consultation: consultations.ConsultationView
    key: HeldKey
    recovery: HeldKey
    openers: dict[datetime, OpeningClient] = field(default_factory=dict)

    def client(self) -> TestApp:
        return TestApp(self.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})

    def now(self) -> datetime:
        return self.runtime.clock.now()

    def signed_in(self, account: Account) -> WebTestSend:
        app = self.client()
        accounts.enter(app, self.runtime.database, account, now=self.now())
        return WebTestSend(app)

    def opening(self) -> OpeningClient:
        """Return the opener's client, signed in with a second factor; one code serves once, so it is kept a while."""
        now = self.now()
        if now not in self.openers:
            self.openers[now] = OpeningClient(self.signed_in(self.opener))
        return self.openers[now]

    def company(self) -> "Bidder":
        with self.runtime.database.write() as session:
            made = accounts.create_company(session, self.now())
        return Bidder(made, self.signed_in(made.people["depositor"]))


@dataclass(frozen=True)
class Bidder:
    """A company and its signed-in depositor."""

    made: Made
    send: WebTestSend

    @property
    def sealing(self) -> SealingClient:
        return SealingClient(self.send)

    def candidate(self, *members: str) -> Candidate:
        return Candidate(self.made.siret, tuple(sorted(members)))


def make_world(runtime: Runtime, *, lots: int = 0, relations: Sequence[str] = ("remplace",)) -> World:
    """Build a published consultation that closes in ten days."""
    now = runtime.clock.now()
    vault: KeyVault = services.find(runtime.registry, KeyVault)
    with runtime.database.write() as session:
        buyer = accounts.create_buyer(session, now)
        opener = accounts.give_second_factor(session, vault, buyer.people["opener"], now)
        row = publish(session, buyer, now, lots=lots, relations=relations)
        view = consultations.view(session, row.id)
        key, recovery = [add_key(session, buyer, role, now) for role in HolderRole]
        keys.choose(
            session,
            view,
            [uuid.UUID(key.id), uuid.UUID(recovery.id)],
            by=buyer.identity("publisher"),
            now=now,
        )
    return World(runtime, buyer, opener, view, key, recovery)


def publish(
    session: Session, buyer: Made, now: datetime, *, lots: int = 0, relations: Sequence[str] = ("remplace",)
) -> Consultation:
    """Write a consultation that is open, with as many lots as asked."""
    row = Consultation(
        reference=f"{now.year}-{uuid.uuid4().int % 1_000_000:06d}", organisation_id=buyer.id, created_at=now, edited_at=now,
        title="Rénovation énergétique des écoles", description="Isolation, chauffage et menuiseries de six écoles.",
        procedure="mapa", published_at=now, closes_at=now + OPEN_FOR, zone="Europe/Paris", allotted=bool(lots),
        buyer_name=buyer.organisation.legal_name, buyer_siret=buyer.siret,
        file_bytes=2 << 30, files=500, total_bytes=10 << 30, types=[], relations=list(relations), pieces=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(
        Lot(consultation_id=row.id, number=number, title=f"Lot {number}", pieces=[])
        for number in range(1, lots + 1)
    )
    session.flush()
    session.refresh(row)
    return row


def add_key(
    session: Session, buyer: Made, role: HolderRole, now: datetime, *, rehearsed: bool = True
) -> HeldKey:
    """Add a rehearsed P-384 key to the buyer's holders."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private_key = generate_private_key(SECP384R1())
    authority_key, authority = create_authority(
        Subject("Autorité d'essai"), not_before=now - timedelta(days=1), not_after=now + timedelta(days=900)
    )
    spki = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certificate = issue_recipient(
        authority_key, authority, spki, Subject(f"Clé {role.value}"),
        not_before=now - timedelta(days=1), not_after=now + timedelta(days=800),
    )  # fmt: skip
    who = buyer.identity("publisher")
    row: BidKeyHolder = keys.add_holder(
        session, certificate, name=f"Clé {role.value}", role=role, kinds=KINDS, by=who, now=now
    )
    if rehearsed:
        row.rehearsed_at = now
    session.flush()
    return HeldKey(str(row.id), private_key, certificate)


def source(folder: Path, name: str, content: bytes, *, piece: str | None = None) -> SourceFile:
    """Write a file to seal."""
    path = folder / f"{uuid.uuid4().hex}-source"
    path.write_bytes(content)
    return SourceFile(path, name, "application/pdf", piece)


def offer(
    folder: Path, content: bytes = b"%PDF-1.7 prix: 42 EUR", *, lot: int = 0, name: str = "offre.pdf",
    refers_to: Sequence[uuid.UUID] = (),
) -> EnvelopePlan:  # fmt: skip
    """Return an offer of one file."""
    relation = Relation.REMPLACE if refers_to else Relation.PREMIER
    return EnvelopePlan(lot, Kind.OFFRE, [source(folder, name, content)], relation, tuple(refers_to))


def candidature(folder: Path, content: bytes = b"%PDF-1.7 DC1", *, lot: int = 0) -> EnvelopePlan:
    """Return a candidature of one file."""
    return EnvelopePlan(lot, Kind.CANDIDATURE, [source(folder, "candidature.pdf", content)])


def with_dume(
    folder: Path, id_dume: str, content: bytes = b"<essai/>", *, refers_to: Sequence[uuid.UUID] = ()
) -> EnvelopePlan:
    """Return a candidature that holds a company's DUME."""
    path = folder / f"{uuid.uuid4().hex}-dume"
    path.write_bytes(content)
    file = SourceFile(path, f"DUME-{id_dume}.xml", "application/xml", dume=id_dume)
    relation = Relation.REMPLACE if refers_to else Relation.PREMIER
    return EnvelopePlan(0, Kind.CANDIDATURE, [file], relation, tuple(refers_to))


def matrix_cases(world: Matrix) -> dict[str, Case]:
    """Give the access matrices a tender with its keys, a deposit, another in preparation, and an opening that is done."""
    runtime, now = world.runtime, world.clock.now()
    with runtime.database.write() as session:
        row = publish(session, world.buyer, now)
        row.closes_at = now + timedelta(seconds=1)
        session.flush()
        view = consultations.view(session, row.id)
        held = [add_key(session, world.buyer, role, now) for role in HolderRole]
        ids, publisher = [uuid.UUID(key.id) for key in held], world.buyer.identity("publisher")
        keys.choose(session, view, ids, by=publisher, now=now)
        holder = session.get_one(BidKeyHolder, ids[0])
        rehearsal, _packet = keys.challenge(session, holder, by=publisher, now=now)
    number, proof = _matrix_dume(world, view)
    bids = {**_matrix_bids(world, view.id, number), "id_dume": number, "evidence": proof}
    opened = _matrix_opening(world, view.id, held[0], bids["envelope"])
    return _matrix_routes(world, view, {**bids, **opened, "key": held[0].id, "rehearsal": str(rehearsal.id)})


def _matrix_dume(world: Matrix, view: consultations.ConsultationView) -> tuple[str, str]:
    """Publish a request with the consultation; validate the company's response, which holds a proof."""
    runtime, company, now = world.runtime, world.company, world.clock.now()
    vault, storage = runtime.find(KeyVault), runtime.find(Storage)
    with runtime.database.write() as session:
        asked = dume.publish_for(session, vault, world.buyer, view, now)
        row = dume.create_response(session, vault, company, asked, now)
        row_id, owner = row.id, row.vault_owner
    stored = store_proof(
        runtime.database, vault, storage, owner, b"%PDF-1.7 essai", name="preuve.pdf", now=now
    )
    with runtime.database.write() as session:
        row = dumes.by_id(session, row_id)
        by = company.identity("depositor")
        proof = attach_evidence(session, vault, row, stored, by=by, now=now)
        dume.answer_all(session, vault, row, company, now)
        assert validate(session, vault, row, by=by, now=now).ready
        return row.id_dume, str(proof.id)


def _matrix_bids(world: Matrix, consultation: uuid.UUID, id_dume: str) -> dict[str, str]:
    """Deposit one bid of the company, with its DUME, and begin another."""
    folder, company = world.runtime.settings.data_directory, world.company
    sealing = SealingClient(WebTestSend(world.client(company.people["depositor"])))
    prepared, _answer = sealing.deposit(
        consultation,
        Candidate(company.siret, ()),
        [offer(folder), with_dume(folder, id_dume)],
        at=world.clock.now(),
    )
    draft = sealing.start(consultation)
    address = sealing.create_upload(draft, uuid.uuid4(), 1, PLI.cipher_size(1))
    envelope = prepared.sealed.descriptor.envelopes[0].envelope
    return {
        "deposit": prepared.deposit,
        "draft": draft,
        "upload": address.rsplit("/", 1)[1],
        "envelope": str(envelope),
    }


def _matrix_opening(world: Matrix, consultation: uuid.UUID, key: HeldKey, envelope: str) -> dict[str, str]:
    """Open the bid once the deadline has passed."""
    world.clock.advance(seconds=2)
    client = OpeningClient(WebTestSend(world.client(world.buyer.people["opener"])))
    client.open(client.start(consultation, "candidature"), key)
    number = client.start(consultation, "offre")
    client.open(number, key)
    verdict = keep_verdict(world.runtime, subject(uuid.UUID(envelope), 1), world.buyer.id)
    Worker(world.runtime.jobs).run_all()
    return {"opening": number, "verdict": verdict}


def _matrix_routes(
    world: Matrix, view: consultations.ConsultationView, ids: dict[str, str]
) -> dict[str, Case]:
    tender = {"consultation": str(view.id), "reference": view.reference}
    mine = Case(ids, side="company")
    begun = Case({"deposit": ids["draft"], "name": "pli.json", "upload": ids["upload"]}, side="company")
    buyers = Case(
        {**ids, **tender, "organisation": str(world.buyer.id), "format": "json", "n": "1"}, side="buyer"
    )
    # Whoever arranges keys may rehearse them too.
    keepers = Case(ids, side="buyer", also=frozenset({"administrator", "drafter", "publisher"}))
    routes = (
        (Case(tender, side="buyer", public=True), "api.terms"),
        (Case(tender, side="company", public=True), "api.drafts deposit"),
        (begun, "api.draft api.object api.commit api.reports api.upload"),
        (mine, "api.receipt api.withdrawal receipt withdrawal"),
        (Case({**ids, **tender}, side="company"), "dume_file"),
        (keepers, "api.rehearsals api.rehearsal rehearsal"),
        (buyers, "api.keys api.revocation api.certificate api.key_set key_revoke keyset openings register"),
        (buyers, "api.openings api.opening api.packets api.secrets api.failures opening minutes"),
        (buyers, "opened_archive opened opened_file opened_signature opened_signatures"),
        (buyers, "opened_evidence opened_evidence_stamp"),
        (buyers, "api.comparison comparison comparison_csv comparison_proof"),
    )
    return {f"bids.{name}": case for case, names in routes for name in names.split()}


__all__ = [
    "Bidder",
    "KeyClient",
    "WebTestSend",
    "World",
    "add_key",
    "candidature",
    "make_world",
    "matrix_cases",
    "offer",
    "publish",
    "source",
    "with_dume",
]
