"""The shipped library from end to end, without pages: a consultation, its documents, their attachment, a release, an upgrade."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.files.reader import read_library
from clauses.queries import DraftView, ReleaseView
from clauses.render import redline
from clauses.rules.model import DurationUnit, Fact, FactType
from clauses.rules.states import ArtefactFormat, DraftState
from clauses.rules.upgrade import Decision, Situation
from clauses.service import Choice
from procurement.cli.clauses.inputs import STARTER
from procurement.cli.demo import contracts as demo
from procurement.consultations import contracts
from procurement.consultations import queries as consultation_queries
from procurement.consultations.rules import ConsultationView
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer
from procurement.core.storage import Storage
from tests.factories import consultations
from tests.factories.accounts import Made, create_buyer

SOURCE = contracts.ConsultationFacts("https://pli.example")
#: Answers that are not the first of their kind: sums and the law bind them.
CHOSEN: dict[str, Any] = {
    "criteres": [
        {"critere": "Prix", "poids": "60", "environnemental": "non"},
        {"critere": "Performance environnementale", "poids": "40", "environnemental": "oui"},
    ],
    "part_fixe": "15",
    "termes": [{"index": "BT01", "poids": "85"}],
    "duree_execution": "8 mois",
    "montant_marche": "900000.00",
}
SCALARS = {
    FactType.BOOL: "non",
    FactType.INTEGER: "1",
    FactType.AMOUNT: "1000.00",
    FactType.RATE: "5",
    FactType.DATE: "2027-06-01",
    FactType.DATETIME: "2027-06-01T12:00",
    FactType.MONTH: "2027-06",
    FactType.SIRET: "73282932000074",
    FactType.IBAN: "FR7630006000011234567890189",
    FactType.CPV: "45421000",
    FactType.NUTS: "FR101",
}


def row_of(fact: Fact) -> dict[str, Any]:
    """Return one line of a list: what is not optional."""
    columns = [one for one in fact.domain.columns if not one.optional]
    return {one.key: one.values[0].value if one.values else SCALARS.get(one.type, "Texte") for one in columns}


def value_of(fact: Fact) -> Any:
    """Return some answer that a fact takes."""
    low = fact.domain.minimum
    made: dict[FactType, Any] = {
        FactType.ENUM: (*fact.domain.codes, "")[0],
        FactType.SET: list(fact.domain.codes[:1]),
        FactType.DURATION: f"3 {fact.unit or DurationUnit.MONTHS}",
        FactType.TEXTS: ["Première ligne", "Seconde ligne"],
        FactType.RECORDS: [row_of(fact)],
        FactType.ORGANISATION: {"nom": "Camille Essai"},
        FactType.PERSON: {"nom": "Camille Essai"},
        FactType.ADDRESS: {"voie": "1 rue de l’Essai", "commune": "Valcombe-sur-Orle"},
        FactType.INTEGER: str(low if low is not None else 1),
    }
    usual = made.get(fact.type, SCALARS.get(fact.type, "Texte libre"))
    return CHOSEN.get(fact.key, usual)


def answered(session: Session, draft: DraftView, buyer: Made, now: datetime) -> DraftView:
    """Answer one question after the other until none is left; no question comes twice."""
    by = buyer.identity("drafter")
    seen: set[str] = set()
    while questions := queries.desk(session, draft).questions:
        key = questions[0].fact
        assert key not in seen, key
        seen.add(key)
        fact = queries.edition(session, draft.release_id).library.facts[key]
        saved = service.save_answer(session, draft.id, key, value_of(fact), revision=0, by=by, now=now)
        assert saved.conflict is None
        draft = saved.draft
    for clause in queries.desk(session, draft).included:
        draft = service.acknowledge(session, draft.id, clause, by=by, now=now)
    return draft


@pytest.fixture
def now(clock: SandboxClock) -> datetime:
    return clock.now()


@pytest.fixture
def buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Ville de Valcombe-sur-Orle")


@pytest.fixture
def ready(database: Database, runtime: Runtime, buyer: Made, now: datetime) -> ConsultationView:
    assert demo.load(runtime) == 122
    return consultations.create_ready(database, runtime.find(Storage), buyer, now)


@pytest.fixture
def session(database: Database, ready: ConsultationView) -> Iterator[Session]:
    with database.write_sessions() as opened:
        opened.begin()
        yield opened
        opened.rollback()


def begin(
    session: Session, ready: ConsultationView, buyer: Made, now: datetime, canvas: str, lot: int = 0
) -> DraftView:
    beginning = service.Beginning(
        canvas=canvas, consultation_id=ready.id, lot_id=ready.lots[lot - 1].id if lot else None
    )
    return service.start_draft(session, beginning, source=SOURCE, by=buyer.identity("drafter"), now=now)


def newer(session: Session, runtime: Runtime, now: datetime) -> ReleaseView:
    """Release the shipped library with another wording of one clause."""
    library = read_library(STARTER)
    clause = library.clauses["ccap.delais"]
    body = f"{clause.body.rstrip()}\n\nTout délai expire à minuit du dernier jour.\n"
    changed = replace(library, clauses={**library.clauses, clause.id: replace(clause, body=body)})
    said = service.Announcement(version="2027.1", valid_from=demo._VALID_FROM, analyser="1")
    signed = service.sign(changed, said, sealer=runtime.find(Sealer))
    return service.publish(session, signed, by=None, now=now)


def test_documents_of_a_consultation_from_its_facts_to_an_upgrade(
    session: Session, runtime: Runtime, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    by, publisher = buyer.identity("drafter"), buyer.identity("publisher")
    storage: Storage = runtime.find(Storage)
    rules = answered(session, begin(session, ready, buyer, now, "rc"), buyer, now)
    first = answered(session, begin(session, ready, buyer, now, "ccap", lot=1), buyer, now)
    second = begin(session, ready, buyer, now, "ccap", lot=2)
    asked = {one.fact for one in queries.desk(session, second).questions}
    facts = queries.edition(session, second.release_id).library.facts
    assert {str(facts[key].scope) for key in asked} <= {"lot", "document"}
    for draft in (rules, first):
        service.submit(session, draft.id, by=by, now=now)
        service.validate(session, draft.id, four_eyes=True, by=publisher, now=now)
        for form in (ArtefactFormat.DOCX, ArtefactFormat.ODT):
            made = contracts.attach(session, storage, ready.id, draft.id, form, by=by, now=now)
            attached = {one.sha256 for one in consultation_queries.documents(session, ready.id)}
            assert made.sha256 in attached
    assert queries.view(session, first.id).state is DraftState.VALIDATED
    upgraded(session, runtime, answered(session, second, buyer, now), buyer, now)


def upgraded(session: Session, runtime: Runtime, draft: DraftView, buyer: Made, now: datetime) -> None:
    """Edit a clause, release another wording of it, upgrade with a decision, write what changed."""
    by = buyer.identity("drafter")
    words = queries.edition(session, draft.release_id).library.clauses["ccap.delais"].body.strip()
    mine = f"Les délais sont de rigueur.\n\n{words}"
    saved = service.save_text(
        session,
        draft.id,
        "ccap.delais",
        mine,
        revision=service.revision_of(session, draft.id, "ccap.delais"),
        by=by,
        now=now,
    )
    assert saved.conflict is None
    before = queries.desk(session, saved.draft).document
    release = newer(session, runtime, now)
    plan = queries.plan_upgrade(session, draft.id, release.id)
    assert [(one.clause, one.situation) for one in plan.clauses] == [("ccap.delais", Situation.DECIDE)]
    choices = {"ccap.delais": Choice(Decision.MERGED)}
    done = service.upgrade_draft(session, draft.id, release.id, choices, by=by, now=now)
    text = done.texts["ccap.delais"]
    assert text.startswith("Les délais sont de rigueur.")
    assert text.endswith("Tout délai expire à minuit du dernier jour.")
    written = redline.write(before, queries.desk(session, done).document, date=now, author=by.name)
    assert written.startswith(b"PK")
