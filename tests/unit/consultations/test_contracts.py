"""What a consultation says to the clause room, and its contract documents among its tender documents."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from clauses import queries as drafts
from clauses import service as drafting
from clauses.models import Draft
from clauses.queries import DraftView
from clauses.rules.states import ArtefactFormat, DraftState
from procurement.consultations import attaching, contracts, queries, service
from procurement.consultations.contracts import PROCEDURES, ConsultationFacts
from procurement.consultations.errors import NotReady
from procurement.consultations.hooks import Hooks
from procurement.consultations.models import Consultation
from procurement.consultations.rules import (
    BuyerCategory,
    ConsultationView,
    Nature,
    Technique,
    procedures,
)
from procurement.core.db import Database
from procurement.core.errors import Conflict, NotFound
from procurement.core.runtime import Runtime
from procurement.core.security import Identity
from procurement.core.storage import Storage
from tests.factories import clauses, consultations
from tests.factories.accounts import Made

SOURCE = ConsultationFacts("https://pli.example", lambda: pytest.fail("no DUME here"))
HOOKS = Hooks(guards=[contracts.ContractGuard(SOURCE)], on_published=[contracts.ContractsFrozen()])


@pytest.fixture
def ready(database: Database, storage: Storage, buyer: Made, now: datetime) -> ConsultationView:
    return consultations.create_ready(database, storage, buyer, now)


def said(database: Database, consultation: ConsultationView) -> dict[str, object]:
    with database.read() as session:
        return dict(SOURCE.facts(session, consultation.id, None).values)


def test_consultation_says_what_it_stores(database: Database, buyer: Made, ready: ConsultationView) -> None:
    assert said(database, ready) == {
        "reference": ready.reference,
        "objet": ready.title,
        "type_contrat": "T",
        "nature_achat": "travaux",
        "categorie_acheteur": "autre_pouvoir_adjudicateur",
        "procedure": "MAPA",
        "technique": "aucune",
        "allotissement": "oui",
        "lots": [
            {"numero": "1", "intitule": "Lot des corps d’état 1"},
            {"numero": "2", "intitule": "Lot des corps d’état 2"},
        ],
        "date_limite": "2027-02-20T09:00+00:00",
        "taille_max": "10240",
        "cpv_principal": "45421000",
        "lieu_execution": "FR101",
        "montant_estime": "1175000.00",
        "acheteur": {
            "nom": "Ville de Valcombe-sur-Orle",
            "siret": buyer.siret,
            "adresse": "1 rue de l’Essai, 26990 Valcombe-sur-Orle",
        },
        "pieces_offre": ["Mémoire technique (lot 1)", "Mémoire technique (lot 2)"],
        "url_profil": "https://pli.example",
    }


def test_empty_draft_says_what_it_can(database: Database, buyer: Made, now: datetime) -> None:
    with database.write() as session:
        draft = consultations.create_draft(session, buyer, now)
    assert set(said(database, draft)) == {"reference", "objet", "acheteur", "url_profil"}


@pytest.mark.parametrize("code", sorted(procedures()))
def test_every_procedure_has_a_code_of_the_library(
    database: Database, storage: Storage, buyer: Made, now: datetime, code: str
) -> None:
    with database.write() as session:
        draft = consultations.create_draft(session, buyer, now)
        choice = service.ProcedureChoice(
            procedure=code, nature=Nature.SERVICES, buyer_category=BuyerCategory.CENTRAL
        )
        service.save(session, draft.id, choice, by=buyer.identity("drafter"), now=now)
        found = SOURCE.facts(session, draft.id, None)
    assert found.values["procedure"] == PROCEDURES.get(code, "AUTRE")
    assert bool(found.notes) == (code not in PROCEDURES)
    narrowed = {key: one.values for key, one in found.narrowed.items()}
    assert narrowed == {
        "type_contrat": ("S", "PI", "TIC", "MOE"),
        "nature_achat": ("services", "services_sociaux"),
        "categorie_acheteur": ("etat", "etablissement_etat"),
    }
    assert not set(narrowed) & set(found.values)


@pytest.mark.parametrize(
    ("techniques", "code"),
    [
        ((), "aucune"),
        ((Technique.E_CATALOGUE,), "aucune"),
        ((Technique.E_CATALOGUE, Technique.FRAMEWORK), "accord_cadre"),
        ((Technique.DPS,), "sad"),
        ((Technique.CONTEST,), "concours"),
    ],
)
def test_technique_is_that_of_the_contract(
    database: Database, buyer: Made, now: datetime, techniques: tuple[Technique, ...], code: str
) -> None:
    with database.write() as session:
        draft = consultations.create_draft(session, buyer, now)
        choice = service.ProcedureChoice(
            procedure="mapa",
            nature=Nature.SUPPLIES,
            buyer_category=BuyerCategory.UTILITIES,
            techniques=techniques,
        )
        service.save(session, draft.id, choice, by=buyer.identity("drafter"), now=now)
        values = SOURCE.facts(session, draft.id, None).values
    assert (values["technique"], values["categorie_acheteur"]) == (code, "entite_adjudicatrice")


def test_reference_date_is_the_day_in_paris(database: Database, storage: Storage, buyer: Made) -> None:
    late = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)
    published = consultations.create_published(database, storage, buyer, late)
    with database.read() as session:
        found = SOURCE.facts(session, published.id, published.lots[1].id)
    assert (found.reference_date, found.lot_number) == (date(2027, 3, 2), 2)
    with database.read() as session, pytest.raises(NotFound):
        SOURCE.facts(session, published.id, published.id)


def begin(session: Session, ready: ConsultationView, buyer: Made, now: datetime, lot: int = 0) -> DraftView:
    beginning = drafting.Beginning(
        canvas="ccap", consultation_id=ready.id, lot_id=ready.lots[lot - 1].id if lot else None
    )
    return drafting.start_draft(session, beginning, source=SOURCE, by=buyer.identity("drafter"), now=now)


def attach(
    session: Session,
    storage: Storage,
    consultation_id: uuid.UUID,
    draft_id: uuid.UUID,
    form: ArtefactFormat,
    *,
    by: Identity,
    now: datetime,
) -> drafts.ArtefactView:
    """Attach a draft inside one transaction, as `attaching.attach` does in steps of its own."""
    attaching.check(drafts.view(session, draft_id), consultation_id)
    prepared = drafting.prepare(session, draft_id, form)
    laid = drafting.lay_out(prepared)
    received = attaching.store(storage, consultation_id, prepared.draft, laid)
    done = attaching.put(session, consultation_id, laid, received, by=by, now=now)
    assert done is not None
    return done.artefact


def validated(session: Session, draft: DraftView, buyer: Made, now: datetime) -> DraftView:
    by = buyer.identity("drafter")
    clauses.answer(session, draft.id, by, now, sociale="non", ccag="TRAVAUX")
    drafting.submit(session, draft.id, by=by, now=now)
    return drafting.validate(session, draft.id, four_eyes=True, by=buyer.identity("publisher"), now=now)


@pytest.fixture
def session(
    database: Database, runtime: Runtime, ready: ConsultationView, now: datetime
) -> Iterator[Session]:
    with database.write() as opened:
        clauses.publish(opened, runtime, now)
    with database.write_sessions() as opened:
        opened.begin()
        yield opened
        opened.rollback()


def test_draft_takes_its_facts_from_the_consultation(
    session: Session, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    draft = begin(session, ready, buyer, now, lot=2)
    assert (draft.consultation_ref, draft.lot_number, draft.organisation_id) == (ready.reference, 2, buyer.id)
    assert draft.facts["montant_estime"] == "1175000.00"
    assert "acheteur" not in draft.facts  # The small library does not know this fact.
    (shown,) = [line for line in drafts.desk(session, draft).document.clauses if line.id == "ccap.objet"]
    assert ready.title in shown.blocks[0].spans[1].text


def test_answers_for_the_consultation_are_asked_once(
    session: Session, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    first = begin(session, ready, buyer, now, lot=1)
    by = buyer.identity("drafter")
    clauses.answer(session, first.id, by, now, sociale="oui", heures_insertion="10", remarque="Ici")
    second = begin(session, ready, buyer, now, lot=2)
    assert {key: one.value for key, one in second.answers.items()} == {"sociale": "oui"}
    again = begin(session, ready, buyer, now, lot=1)
    assert {key: one.value for key, one in again.answers.items()} == {
        "sociale": "oui",
        "heures_insertion": "10",
    }
    clauses.answer(session, second.id, by, now, sociale="non")
    (told,) = drafts.disagreements(session, drafts.view(session, first.id))
    assert (told.fact, told.before, told.after) == ("sociale", "oui", "non")


def test_changed_facts_are_shown_and_applied_only_when_asked(
    session: Session, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    draft = begin(session, ready, buyer, now)
    by = buyer.identity("drafter")
    drafting.save_text(session, draft.id, "ccap.objet", "Nos mots : {{objet}}.", revision=0, by=by, now=now)
    fields = service.Identification(
        title="Autre objet", description="", cpv=None, nuts=(), estimated_cents=200_000_00
    )
    service.save(session, ready.id, fields, by=by, now=now)
    for clause in ("ccap.prix", "ccap.penalites"):
        drafting.acknowledge(session, draft.id, clause, by=by, now=now)
    draft = drafts.view(session, draft.id)
    told = drafts.upstream(session, draft, SOURCE)
    assert [(one.fact, one.after) for one in told.changes] == [
        ("montant_estime", "200000.00"),
        ("objet", "Autre objet"),
    ]
    assert drafts.view(session, draft.id).facts["objet"] == ready.title
    applied = drafting.apply_facts(session, draft.id, source=SOURCE, by=by, now=now)
    assert applied.facts["objet"] == "Autre objet"
    assert applied.texts == {"ccap.objet": "Nos mots : {{objet}}."}
    # The clause of the price shows the estimate, that of the penalties shows nothing that changed.
    assert applied.clauses["ccap.prix"].acknowledged_at is None
    assert applied.clauses["ccap.penalites"].acknowledged_at is not None
    assert not drafts.upstream(session, applied, SOURCE).changed


def test_attach_puts_the_very_bytes_into_the_tender_documents(
    session: Session, storage: Storage, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    draft = begin(session, ready, buyer, now, lot=1)
    by = buyer.identity("drafter")
    with pytest.raises(Conflict) as refused:
        attach(session, storage, ready.id, draft.id, ArtefactFormat.DOCX, by=by, now=now)
    assert refused.value.code == "consultation.contract_not_validated"
    validated(session, draft, buyer, now)
    for _click in range(2):
        made = attach(session, storage, ready.id, draft.id, ArtefactFormat.DOCX, by=by, now=now)
    (document,) = [one for one in queries.documents(session, ready.id) if one.path.startswith("CCAP")]
    assert (document.path, document.sha256) == ("CCAP lot 1.docx", made.sha256)
    assert b"".join(storage.open(document.storage_key)) == made.content


def test_attached_file_that_no_longer_holds_stops_the_publication(
    session: Session, storage: Storage, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    by, publisher = buyer.identity("drafter"), buyer.identity("publisher")
    draft = validated(session, begin(session, ready, buyer, now), buyer, now)
    attach(session, storage, ready.id, draft.id, ArtefactFormat.ODT, by=by, now=now)
    drafting.return_(session, draft.id, "Une clause manque.", by=publisher, now=now)
    with pytest.raises(NotReady) as refused:
        service.publish(session, ready.id, by=publisher, now=now, hooks=HOOKS)
    assert [one.code for one in refused.value.refusals] == ["consultation.contract_changed"]
    drafting.save_text(session, draft.id, "ccap.objet", "Mieux : {{objet}}.", revision=0, by=by, now=now)
    drafting.say_derogation(session, draft.id, "ccap.objet", derogates=False, by=by, now=now)
    validated(session, draft, buyer, now)
    with pytest.raises(NotReady):
        service.publish(session, ready.id, by=publisher, now=now, hooks=HOOKS)
    made = attach(session, storage, ready.id, draft.id, ArtefactFormat.ODT, by=by, now=now)
    service.publish(session, ready.id, by=publisher, now=now, hooks=HOOKS)
    frozen = drafts.view(session, draft.id)
    assert frozen.state is DraftState.FROZEN
    assert frozen.frozen is not None
    assert [one["sha256"] for one in frozen.frozen["artefacts"]] == [made.sha256]


def test_attached_file_that_the_consultation_overtook_stops_the_publication(
    session: Session, storage: Storage, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    by, publisher = buyer.identity("drafter"), buyer.identity("publisher")
    whole = validated(session, begin(session, ready, buyer, now), buyer, now)
    second = validated(session, begin(session, ready, buyer, now, lot=2), buyer, now)
    for draft in (whole, second):
        attach(session, storage, ready.id, draft.id, ArtefactFormat.HTML, by=by, now=now)
    row = session.get_one(Consultation, ready.id)
    row.title = "Un tout autre objet"
    session.flush()
    service.remove_lot(session, ready.id, 2, by=by, now=now)
    found = contracts.ContractGuard(SOURCE).check(session, queries.view(session, ready.id), now)
    assert sorted((one.code, one.params["path"]) for one in found) == [
        ("consultation.contract_lot_gone", "CCAP lot 2.html"),
        ("consultation.contract_overtaken", "CCAP.html"),
    ]
    assert any("Objet" in one.params.get("facts", "") for one in found)
    drafting.return_(session, whole.id, "L’objet a changé.", by=publisher, now=now)
    drafting.apply_facts(session, whole.id, source=SOURCE, by=by, now=now)
    drafting.submit(session, whole.id, by=by, now=now)
    drafting.validate(session, whole.id, four_eyes=True, by=publisher, now=now)
    attach(session, storage, ready.id, whole.id, ArtefactFormat.HTML, by=by, now=now)
    found = contracts.ContractGuard(SOURCE).check(session, queries.view(session, ready.id), now)
    assert [one.code for one in found] == ["consultation.contract_lot_gone"]


def test_internal_report_is_never_attached(
    session: Session, storage: Storage, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    draft = validated(session, begin(session, ready, buyer, now), buyer, now)
    session.get_one(Draft, draft.id).document = "RAPPORT"
    with pytest.raises(Conflict) as refused:
        attach(
            session, storage, ready.id, draft.id, ArtefactFormat.HTML, by=buyer.identity("drafter"), now=now
        )
    assert refused.value.code == "consultation.contract_internal"


def test_draft_of_another_consultation_is_not_attached(
    session: Session, storage: Storage, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    draft = clauses.start(session, buyer.identity("drafter"), now)
    with pytest.raises(NotFound):
        attach(
            session, storage, ready.id, draft.id, ArtefactFormat.HTML, by=buyer.identity("drafter"), now=now
        )


def test_duplicate_to_another_consultation_drops_its_answers(
    session: Session, runtime: Runtime, ready: ConsultationView, buyer: Made, now: datetime
) -> None:
    by = buyer.identity("drafter")
    draft = begin(session, ready, buyer, now, lot=1)
    clauses.answer(session, draft.id, by, now, sociale="oui", heures_insertion="10", remarque="Ici")
    drafting.save_text(session, draft.id, "ccap.prix", "Nos prix.", revision=0, by=by, now=now)
    other = consultations.create_draft(session, buyer, now, title="Autre consultation")
    beginning = drafting.Beginning(canvas="ccap", consultation_id=other.id)
    clauses.publish(session, runtime, now, "1.1", clauses.library(ccap__prix="Autres prix."))
    made = drafting.duplicate(session, draft.id, beginning, source=SOURCE, by=by, now=now)
    assert (made.dropped, made.draft.release_version) == (("sociale",), "1.0")
    assert {key: one.value for key, one in made.draft.answers.items()} == {
        "heures_insertion": "10",
        "remarque": "Ici",
    }
    assert made.draft.texts == {"ccap.prix": "Nos prix."}
    lot = replace(beginning, consultation_id=ready.id, lot_id=ready.lots[1].id)
    same = drafting.duplicate(session, draft.id, lot, source=SOURCE, by=by, now=now)
    assert (same.dropped, same.draft.answers["sociale"].value) == ((), "oui")
    states = {one.clause: one.state for one in drafts.compare(session, draft.id, made.draft.id)}
    assert states == {
        "ccap.objet": "same",
        "ccap.prix": "same",
        "ccap.sociale": "removed",
        "ccap.penalites": "same",
        "ccap.derogations": "same",
    }
