"""What a consultation and its DUME say already is not asked again in its contract documents: on the shipped library."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from clauses.files.reader import read_library
from clauses.queries.desk import free_desk
from clauses.queries.editions import free_edition
from dume.espd import complete
from dume.espd.complete.asking import Choice, Requirements
from dume.espd.model import Amount, Quantity
from procurement.cli.clauses.inputs import STARTER, files_of
from procurement.consultations import queries
from procurement.consultations.contracts import ConsultationFacts
from procurement.consultations.models import Consultation
from procurement.consultations.rules import ConsultationView
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from tests.factories import consultations, dume
from tests.factories.accounts import Made

TURNOVER = "C29_SC_gen-year-to/RG1/RSG1/RQ3"
WORKS = "C37_SC_work-perform/RG1/RSG1/RQ1"
STAFF = "C50_SC_year-manpower/RG1/RSG1/RQ2"


@pytest.fixture
def source(runtime: Runtime) -> ConsultationFacts:
    return ConsultationFacts("https://pli.example", lambda: runtime.find(KeyVault))


@pytest.fixture
def ready(database: Database, storage: Storage, buyer: Made, now: datetime) -> ConsultationView:
    """Return a consultation of two lots whose questions end ten days before its deadline, with pieces of the offer."""
    made = consultations.create_ready(database, storage, buyer, now)
    with database.write() as session:
        row = session.get(Consultation, made.id)
        assert row is not None
        assert row.closes_at is not None
        row.questions_at = row.closes_at - timedelta(days=10)
        row.pieces = [{"code": "acte", "label": "Acte d’engagement", "envelope": "offre"}]
    with database.read() as session:
        return queries.view(session, made.id)


def ask(
    database: Database, runtime: Runtime, buyer: Made, ready: ConsultationView, now: datetime, *more: Choice
) -> None:
    usual = tuple(one for one in dume.CHOICES if one.code not in {each.code for each in more})
    with database.write() as session:
        dume.publish_for(session, runtime.find(KeyVault), buyer, ready, now, choices=(*usual, *more))


def turnover(amount: str, *lots: str) -> Requirements:
    return Requirements(lots=lots, values={TURNOVER: Amount(Decimal(amount), "EUR")})


def test_levels_of_the_dume_are_those_of_the_rules(
    database: Database,
    runtime: Runtime,
    source: ConsultationFacts,
    buyer: Made,
    ready: ConsultationView,
    now: datetime,
) -> None:
    ask(
        database, runtime, buyer, ready, now,
        complete.Choice("gen-year-to", requirements=(turnover("200000"),)),
        complete.Choice("work-perform", requirements=(Requirements(values={WORKS: Quantity(Decimal(3))}),)),
        complete.Choice("year-manpower", requirements=(Requirements(values={STAFF: "Deux conducteurs de travaux."}),)),
    )  # fmt: skip
    with database.read() as session:
        said = source.facts(session, ready.id, None).values
    wanted = {
        "niveaux_minimaux": "oui",
        "niveaux_exiges": ["chiffre_affaires", "references", "effectifs"],
        "ca_minimum": "200000.00",
        "references": "Au moins 3 références comparables.",
        "effectifs": "Deux conducteurs de travaux.",
        "delai_questions_jours": "10",
        "reference": ready.reference,
        "pieces_offre": ["Acte d’engagement", "Mémoire technique (lot 1)", "Mémoire technique (lot 2)"],
        "dume_acheteur": "oui",
    }
    assert {key: said.get(key) for key in wanted} == wanted


def test_turnover_of_each_lot_is_said_for_the_lot_and_asked_for_the_whole(
    database: Database,
    runtime: Runtime,
    source: ConsultationFacts,
    buyer: Made,
    ready: ConsultationView,
    now: datetime,
) -> None:
    sets = (turnover("100000", "LOT-0001"), turnover("300000", "LOT-0002"))
    ask(database, runtime, buyer, ready, now, complete.Choice("gen-year-to", requirements=sets))
    with database.read() as session:
        said = [
            source.facts(session, ready.id, lot_id).values.get("ca_minimum")
            for lot_id in (None, *(lot.id for lot in ready.lots))
        ]
        pieces = source.facts(session, ready.id, ready.lots[0].id).values["pieces_offre"]
    assert said == [None, "100000.00", "300000.00"]
    assert pieces == ["Acte d’engagement", "Mémoire technique"]


def test_dume_without_levels_answers_nothing_of_them(
    database: Database,
    runtime: Runtime,
    source: ConsultationFacts,
    buyer: Made,
    ready: ConsultationView,
    now: datetime,
) -> None:
    ask(database, runtime, buyer, ready, now)
    with database.read() as session:
        said = source.facts(session, ready.id, None).values
    assert [key for key in said if key.startswith("niveaux") or key == "ca_minimum"] == []


def test_nothing_that_the_consultation_says_is_asked_in_any_document(
    database: Database,
    runtime: Runtime,
    source: ConsultationFacts,
    buyer: Made,
    ready: ConsultationView,
    now: datetime,
) -> None:
    ask(
        database,
        runtime,
        buyer,
        ready,
        now,
        complete.Choice("gen-year-to", requirements=(turnover("200000"),)),
    )
    with database.read() as session:
        said = source.facts(session, ready.id, None).values
    edition = free_edition(read_library(files_of(STARTER)))
    # What the library types otherwise would be dropped without a word, and asked again.
    assert sorted(set(said) - set(edition.typed(said))) == []
    for canvas in edition.library.canvases:
        desk = free_desk(edition, canvas, said, now.date())
        assert sorted({one.fact for one in desk.questions} & set(said)) == [], canvas
