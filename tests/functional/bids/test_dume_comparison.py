"""The comparison lot x company: only what is opened, for who may read it; minimums, sources, proofs; page, JSON and CSV."""

import csv
import io
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from webtest import TestApp

from dume import queries, service
from dume.espd import codec, complete
from dume.espd.model import Amount, Quantity
from dume.rules import Role
from dume.service import Given, Place, ResponseEdits
from dume.service.owners import owner_of
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from procurement.core.worker import Worker
from tests.factories import accounts
from tests.factories.accounts import Made
from tests.factories.bids import Bidder, World, make_world, with_dume
from tests.factories.dume import CHOICES, answer_all, create_response, operator_of, publish_for

TURNOVER = "C29_SC_gen-year-to/RG1/RSG1"
PROOF = b"%PDF-1.7 attestation"


@dataclass
class Room:
    """A consultation in two lots whose buyer demands a turnover of 500,000 euros."""

    world: World
    vault: KeyVault
    clock: SandboxClock
    worker: Worker
    folder: Path
    request: uuid.UUID

    def respond(
        self,
        made: Made,
        turnover: int,
        *,
        lots: tuple[str, ...] = (),
        convicted: bool = False,
        proof: bool = False,
        **draft: Any,
    ) -> str:
        """Write and validate a response; return its identifier."""
        world, by = self.world, made.identity("depositor")
        with world.runtime.database.write() as session:
            asked = queries.by_id(session, self.request)
            row = create_response(session, self.vault, made, asked, world.now(), lots=lots, **draft)
            number, row_id, owner = row.id_dume, row.id, row.vault_owner
        if proof:
            self.prove(made, row_id, owner)
        with world.runtime.database.write() as session:
            row = queries.by_id(session, row_id)
            given = [self.given(f"{TURNOVER}/QSG2/Q2", Amount(Decimal(turnover), "EUR"))]
            if convicted:
                given.append(
                    self.given(
                        first_question(queries.document(session, self.vault, row), "fraud"), value=True
                    )
                )
            service.answer(session, self.vault, row, given, by=by, now=world.now())
            answer_all(session, self.vault, row, made, world.now())
            checked = service.validate(session, self.vault, row, by=by, now=world.now())
            assert checked.ready, checked.findings
        return number

    def prove(self, made: Made, row_id: uuid.UUID, owner: uuid.UUID) -> None:
        """Attach a proof to a response in preparation."""
        world, by = self.world, made.identity("depositor")
        storage: Storage = world.runtime.find(Storage)
        stored = service.store_proof(
            world.runtime.database,
            self.vault,
            storage,
            owner,
            PROOF,
            name="attestation.pdf",
            now=world.now(),
        )
        with world.runtime.database.write() as session:
            row = queries.by_id(session, row_id)
            service.attach_evidence(session, self.vault, row, stored, by=by, now=world.now())

    @staticmethod
    def given(path: str, value: Any) -> Given:
        return Given(place=Place(property=path), value=codec.dump_value(value))

    def deposit(self, bidder: Bidder, number: str, *, content: bytes | None = None) -> None:
        """Seal a response into a bid."""
        address = f"/consultations/{self.world.consultation.reference}/depot/dume/{number}"
        reply = bidder.send("GET", address, None, {})
        assert reply.status == 200
        plan = with_dume(self.folder, number, content or reply.body)
        bidder.sealing.deposit(self.world.consultation.id, bidder.candidate(), [plan], at=self.world.now())

    def open(self) -> None:
        """Let the deadline pass and open the candidatures."""
        assert self.world.consultation.closes_at is not None
        self.clock.move_to(self.world.consultation.closes_at + timedelta(seconds=1), frozen=True)
        client = self.world.opening()
        number = client.start(self.world.consultation.id, "candidature")
        client.open(number, self.world.key)
        self.worker.run_all()

    @property
    def reader(self) -> TestApp:
        return self.world.opening()._send.app  # type: ignore[attr-defined, no-any-return]  # the factory's client

    def json(self, query: str = "") -> Any:
        address = f"/api/v1/consultations/{self.world.consultation.id}/comparaison{query}"
        return self.reader.get(address).json

    def page(self, query: str = "", status: int = 200) -> Any:
        return self.reader.get(
            f"/consultations/{self.world.consultation.reference}/comparaison{query}", status=status
        )


def first_question(document: Any, code: str) -> str:
    from dume.espd.complete.showing import below

    criterion = next(one for one in document.criteria if one.code == code)
    return next(one.id for group in criterion.groups for one in below(group) if one.value_type == "INDICATOR")


@pytest.fixture
def room(runtime: Runtime, clock: SandboxClock, worker: Worker, tmp_path: Path) -> Room:
    world, vault = make_world(runtime, lots=2), runtime.find(KeyVault)
    demands = {
        f"{TURNOVER}/RQ3": Amount(Decimal(500_000), "EUR"),
        f"{TURNOVER}/RQ1": Quantity(Decimal(1), "YEAR"),
    }
    choices = tuple(
        complete.Choice(one.code, requirements=(complete.Requirements(values=demands),))
        if one.code == "gen-year-to"
        else one
        for one in CHOICES
    )
    with runtime.database.write() as session:
        row = publish_for(session, vault, world.buyer, world.consultation, world.now(), choices=choices)
    return Room(world, vault, clock, worker, tmp_path, row.id)


def turnovers(lot: Any) -> dict[str, list[str]]:
    line = next(one for one in lot["criteria"] if one["code"] == "gen-year-to")
    return {cell["id_dume"]: [one["reached"] for one in cell["thresholds"]] for cell in line["answers"]}


def test_companies_stand_side_by_side_in_the_lots_they_tender_for(room: Room) -> None:
    rich, poor = room.world.company(), room.world.company()
    first = room.respond(rich.made, 900_000, proof=True)
    room.deposit(rich, first)
    room.clock.advance(seconds=1)
    second = room.respond(poor.made, 100_000, lots=("LOT-0002",), convicted=True)
    room.deposit(poor, second, content=b"<other/>")
    room.open()
    one, two = room.json()["lots"]
    assert [company["id_dume"] for company in one["companies"]] == [first]
    assert [company["id_dume"] for company in two["companies"]] == [first, second]
    assert [company["same_file"] for company in two["companies"]] == [True, False]
    assert turnovers(two) == {first: ["met"], second: ["not_met"]}
    fraud = next(line for line in two["criteria"] if line["code"] == "fraud")
    assert [cell["attention"] for cell in fraud["answers"]] == [False, True]
    (proof,) = one["companies"][0]["proofs"]
    assert (proof["name"], room.reader.get(proof["url"]).body) == ("attestation.pdf", PROOF)
    page = room.page("?lot=2")
    assert "Non atteint" in page.text and "Situation déclarée" in page.text
    assert rich.made.organisation.legal_name in page.text and poor.made.organisation.legal_name in page.text
    assert poor.made.organisation.legal_name not in room.page().text
    room.page("?lot=7", status=404)


def test_table_holds_what_the_page_holds(room: Room) -> None:
    bidder = room.world.company()
    number = room.respond(bidder.made, 500_000)
    room.deposit(bidder, number)
    room.open()
    address = f"/consultations/{room.world.consultation.reference}/comparaison.csv"
    body = room.reader.get(address).body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body), delimiter=";"))
    assert rows[0][0] == "Lot"
    assert {row[0] for row in rows[1:]} == {"1", "2"}
    assert {row[5] for row in rows[1:]} == {number}
    assert [row[9] for row in rows if row[0] == "1" and row[9]] == ["Atteint"]


def test_nothing_shows_before_the_opening_nor_to_others(room: Room) -> None:
    bidder, watcher = room.world.company(), room.world.company()
    number = room.respond(bidder.made, 900_000, proof=True)
    room.deposit(bidder, number)
    reference, consultation = room.world.consultation.reference, room.world.consultation.id
    paths = (
        f"/consultations/{reference}/comparaison",
        f"/consultations/{reference}/comparaison.csv",
        f"/api/v1/consultations/{consultation}/comparaison",
    )
    for path in paths:
        assert number not in room.reader.get(path).text
    with room.world.runtime.database.read() as session:
        proof = queries.evidences(session, queries.by_id_dume(session, number))[0].id
    where = f"/consultations/{reference}/comparaison/{number}/pieces/{proof}"
    room.reader.get(where, status=404)
    with room.world.runtime.database.write() as session:
        stranger = accounts.create_buyer(session, room.world.now())
        other = accounts.give_second_factor(session, room.vault, stranger.people["opener"], room.world.now())
    room.open()
    strangers = (
        room.world.signed_in(other).app,
        room.world.signed_in(bidder.made.people["depositor"]).app,
        room.world.signed_in(watcher.made.people["depositor"]).app,
    )
    for app in strangers:
        assert {app.get(path, status="*").status_int for path in (*paths, where)} == {404}
    drafter = room.world.signed_in(room.world.buyer.people["drafter"]).app
    assert {drafter.get(path, status="*").status_int for path in (*paths, where)} == {403}
    assert room.reader.get(where).body == PROOF


def test_members_of_a_group_stand_beside_their_lead(room: Room) -> None:
    lead, partner, idle = room.world.company(), room.world.company(), room.world.company()
    now, world = room.world.now(), room.world
    number = room.respond(lead.made, 300_000, role=Role.LEAD)
    with world.runtime.database.write() as session:
        by = lead.made.identity("depositor")
        row = queries.by_id_dume(session, number)
        group = service.start_consortium(session, row, name="Groupement", by=by, now=now)
        consortium = group.id
    theirs = join(room, partner.made, consortium, 700_000, valid=True)
    join(room, idle.made, consortium, 0, valid=False)
    room.deposit(lead, number)
    room.open()
    companies = room.json("?lot=1")["lots"][0]["companies"]
    assert [(one["id_dume"], one["role"], one["same_file"]) for one in companies] == [
        (number, "group-lead", True),
        (theirs, "group-mem", None),
    ]
    assert {one["bidder"] for one in companies} == {lead.made.siret}


def join(room: Room, made: Made, consortium: uuid.UUID, turnover: int, *, valid: bool) -> str:
    """Invite a company, let it join, and answer and validate when asked."""
    world, by, now = room.world, made.identity("depositor"), room.world.now()
    with world.runtime.database.write() as session:
        group = queries.consortium(session, consortium)
        guest = service.Guest(role=Role.MEMBER, email="membre@essai.example", siret=made.siret)
        invited = service.invite_member(session, group, guest, by=None, now=now)
        row = service.join_consortium(session, room.vault, invited.token, owner=owner_of(by), by=by, now=now)
        number = row.id_dume
        if valid:
            edits = ResponseEdits(operator=operator_of(made, Role.MEMBER))
            service.edit_response(session, room.vault, row, edits, by=by, now=now)
            given = [room.given(f"{TURNOVER}/QSG2/Q2", Amount(Decimal(turnover), "EUR"))]
            service.answer(session, room.vault, row, given, by=by, now=now)
            answer_all(session, room.vault, row, made, now)
            checked = service.validate(session, room.vault, row, by=by, now=now)
            assert checked.ready, checked.findings
    return number
