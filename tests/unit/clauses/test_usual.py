"""A person's own usual answers: kept at once, carried into the drafts he begins, marked there, and nobody else's."""

import uuid
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.files.reader import read_library
from clauses.hooks import NoFacts
from clauses.models import Library
from clauses.queries import ReleaseView
from clauses.queries.layers import Said, Source
from clauses.queries.releases import person_layer
from clauses.queries.usual import fitting, form_of
from clauses.rules.model import Layer
from clauses.rules.states import EventKind
from clauses.service.usual import Carried, carried
from procurement.core import journal
from procurement.core.errors import Conflict, DomainError, NotFound
from procurement.core.runtime import Runtime
from procurement.core.security import Identity
from tests.factories import clauses
from tests.factories.accounts import create_buyer

ON = date(2026, 9, 1)


def keep(session: Session, by: Identity, now: datetime, **answers: str) -> None:
    for fact, value in answers.items():
        service.keep_usual(session, fact, value, on=ON, by=by, now=now)


def mine(session: Session, by: Identity) -> dict[str, str]:
    assert by.organisation_id is not None
    assert by.person_id is not None
    found = queries.usual_answers(session, by.organisation_id, by.person_id)
    return {key: one.value for key, one in found.items()}


def duplicate(session: Session, draft_id: uuid.UUID, by: Identity, now: datetime) -> service.Duplicated:
    beginning = service.Beginning(canvas="ccap", facts=clauses.CCAP_FACTS, reference_date=ON)
    return service.duplicate(session, draft_id, beginning, source=NoFacts(), by=by, now=now)


def test_usual_answers_serve_the_next_draft_and_say_whose_they_are(
    session: Session, drafter: Identity, now: datetime
) -> None:
    before = clauses.start(session, drafter, now)
    keep(session, drafter, now, sociale="oui", heures_insertion="1 200")
    found = queries.desk(session, clauses.start(session, drafter, now))
    marked = {key: (one.value, one.revision, one.usual_of) for key, one in found.draft.answers.items()}
    assert marked == {
        "sociale": ("oui", 1, drafter.person_id),
        "heures_insertion": ("1200", 1, drafter.person_id),
    }
    who = Said(Source(Layer.AGENT, drafter.name, person=drafter.person_id), "default_value")
    assert found.usual == {"sociale": who, "heures_insertion": who}
    assert found.values["heures_insertion"] == 1200
    assert "ccap.sociale" in found.included
    # The draft that was there says what it said, whoever reads it.
    assert queries.desk_of(session, before.id).draft == before
    (line,) = queries.history(session, found.draft.id)
    assert (line.data["inherited"], line.data["usual"]) == ([], ["heures_insertion", "sociale"])


def test_draft_keeps_what_it_began_with_when_the_habit_changes(
    session: Session, drafter: Identity, now: datetime
) -> None:
    keep(session, drafter, now, sociale="oui")
    draft = clauses.start(session, drafter, now)
    keep(session, drafter, now, sociale="non")
    assert queries.view(session, draft.id) == draft
    service.forget_usual(session, "sociale", by=drafter, now=now)
    assert queries.view(session, draft.id) == draft
    assert clauses.start(session, drafter, now).answers == {}


def test_answer_given_in_the_draft_is_nobodys_habit_any_more(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    keep(session, drafter, now, sociale="oui")
    draft = clauses.start(session, drafter, now)
    same = clauses.answer(session, draft.id, publisher, now, sociale="oui")
    assert same.answers["sociale"].usual_of == drafter.person_id
    changed = clauses.answer(session, draft.id, publisher, now, sociale="non")
    assert (changed.answers["sociale"].value, changed.answers["sociale"].usual_of) == ("non", None)
    back = queries.desk(session, clauses.answer(session, draft.id, publisher, now, sociale=None))
    assert "sociale" in {one.fact for one in back.questions}
    assert "sociale" not in back.usual


def test_answer_taken_back_is_not_given_by_the_layer_in_its_place(
    session: Session, runtime: Runtime, release: ReleaseView, drafter: Identity, now: datetime
) -> None:
    _entity_says(session, runtime, release, drafter, now, sociale="oui")
    draft = clauses.start(session, drafter, now)
    assert queries.desk(session, draft).values["sociale"] is True
    clauses.answer(session, draft.id, drafter, now, sociale="non")
    taken_back = queries.desk(session, clauses.answer(session, draft.id, drafter, now, sociale=None))
    assert "sociale" not in taken_back.values
    assert "sociale" in {one.fact for one in taken_back.questions}


def test_person_comes_before_the_entity_and_evidence_names_both(
    session: Session,
    runtime: Runtime,
    release: ReleaseView,
    drafter: Identity,
    publisher: Identity,
    now: datetime,
) -> None:
    _entity_says(session, runtime, release, drafter, now, sociale="oui", heures_insertion="10")
    keep(session, drafter, now, heures_insertion="20")
    draft = clauses.start(session, drafter, now)
    clauses.answer(session, draft.id, drafter, now, ccag="aucun")
    assert queries.desk_of(session, draft.id).values["heures_insertion"] == 20
    service.submit(session, draft.id, by=drafter, now=now)
    service.validate(session, draft.id, four_eyes=True, by=publisher, now=now)
    frozen = service.freeze(session, draft.id, by=None, now=now).frozen
    assert frozen is not None
    assert frozen["usual"] == {
        "heures_insertion": {
            "layer": "agent",
            "title": drafter.name,
            "person": str(drafter.person_id),
        },
        "sociale": {"layer": "entite", "title": "Ville", "version": "v1"},
    }
    assert frozen["facts"]["heures_insertion"] == "20"


def test_facts_of_the_draft_come_before_any_habit(session: Session, drafter: Identity, now: datetime) -> None:
    keep(session, drafter, now, heures_insertion="20", sociale="oui")
    facts = {**clauses.CCAP_FACTS, "heures_insertion": "30"}
    beginning = service.Beginning(canvas="ccap", facts=facts, reference_date=ON)
    draft = service.start_draft(session, beginning, source=NoFacts(), by=drafter, now=now)
    assert set(draft.answers) == {"sociale"}
    assert queries.desk(session, draft).values["heures_insertion"] == 30


def test_only_questions_of_the_document_are_answered(
    session: Session, drafter: Identity, now: datetime
) -> None:
    keep(session, drafter, now, sociale="oui")
    beginning = service.Beginning(canvas="rc", reference_date=ON)
    assert service.start_draft(session, beginning, source=NoFacts(), by=drafter, now=now).answers == {}


def test_nobody_else_gets_them(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    keep(session, drafter, now, sociale="oui")
    other = create_buyer(session, now, name="Département").identity("drafter")
    abroad = replace(other, person_id=drafter.person_id)
    program = replace(drafter, client_id=uuid.uuid4(), person_id=None, organisation_id=None)
    for by in (publisher, other, abroad):
        assert mine(session, by) == {}
        with pytest.raises(NotFound):
            service.forget_usual(session, "sociale", by=by, now=now)
        assert clauses.start(session, by, now).answers == {}
    found = _edition(session)
    assert carried(session, found, found.library.canvases["ccap"], {}, by=program) == Carried()
    # Where the same person acts for another organisation, he has other habits.
    keep(session, abroad, now, sociale="non")
    assert (mine(session, drafter), mine(session, abroad)) == ({"sociale": "oui"}, {"sociale": "non"})


@pytest.mark.parametrize(
    ("fact", "value", "code"),
    [
        ("heures", "1", "clauses.no_usual_question"),
        ("criteres", "Prix", "clauses.no_usual_question"),
        ("montant_estime", "100", "clauses.not_asked"),
        ("procedure", "MAPA", "clauses.not_asked"),
        ("heures_insertion", "peu", "clauses.wrong_value"),
        ("heures_insertion", "  ", "clauses.usual_empty"),
    ],
)
def test_answer_that_cannot_be_usual(
    session: Session, drafter: Identity, now: datetime, fact: str, value: str, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        keep(session, drafter, now, **{fact: value})
    assert refused.value.code == code
    assert mine(session, drafter) == {}


def _library(**facts: str) -> Any:
    """Return the small library with one of its facts written otherwise."""
    files = clauses.files(ccap__objet="Objet : {{objet}}. {{remarque}}")
    files["clauses/ccap.objet.yaml"] = files["clauses/ccap.objet.yaml"].replace(
        "[objet]", "[objet, remarque]"
    )
    for before, after in facts.items():
        files["faits.yaml"] = files["faits.yaml"].replace(before, after)
    return read_library(files)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('type: texte\n    libelle: {fr: "Remarque"}', 'type: entier\n    libelle: {fr: "Remarque"}'),
        ("cle: remarque", "cle: observation"),
    ],
)
def test_answer_whose_question_is_gone_or_another_is_left_out_and_told(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime, before: str, after: str
) -> None:
    clauses.publish(session, runtime, now, "1.1", _library())
    keep(session, drafter, now, remarque="12", sociale="oui")
    files = _library(**{before: after}) if "type" in before else _renamed()
    clauses.publish(session, runtime, now, "1.2", files)
    draft = clauses.start(session, drafter, now)
    assert draft.release_version == "1.2"
    assert set(draft.answers) == {"sociale"}
    # Everybody reads the history: it names no habit of one's own that the document has no question for.
    named = ["remarque"] if "type" in before else []
    assert queries.history(session, draft.id)[0].data["usual_left_out"] == named
    assert queries.desk(session, draft).document
    # It is kept all the same, until the person takes it back.
    assert mine(session, drafter) == {"remarque": "12", "sociale": "oui"}
    service.forget_usual(session, "remarque", by=drafter, now=now)
    assert mine(session, drafter) == {"sociale": "oui"}


def _renamed() -> Any:
    files = clauses.files()
    files["faits.yaml"] = files["faits.yaml"].replace("cle: remarque", "cle: observation")
    return read_library(files)


def test_another_unit_is_another_question(session: Session, drafter: Identity, now: datetime) -> None:
    keep(session, drafter, now, heures_insertion="20")
    assert drafter.organisation_id is not None
    assert drafter.person_id is not None
    answers = queries.usual_answers(session, drafter.organisation_id, drafter.person_id)
    found = _edition(session)
    fact = replace(found.library.facts["heures_insertion"], unit="jours")
    other = replace(found, library=replace(found.library, facts={**found.library.facts, fact.key: fact}))
    assert fitting(found, answers).values == {"heures_insertion": "20"}
    assert (dict(fitting(other, answers).values), fitting(other, answers).left_out) == (
        {},
        ("heures_insertion",),
    )


def test_draft_on_another_release_keeps_what_it_no_longer_asks(
    session: Session, runtime: Runtime, release: ReleaseView, drafter: Identity, now: datetime
) -> None:
    clauses.publish(session, runtime, now, "1.1", _library())
    keep(session, drafter, now, remarque="À noter.")
    draft = clauses.start(session, drafter, now)
    newer = clauses.publish(session, runtime, now, "1.2", _renamed())
    assert queries.plan_upgrade(session, draft.id, newer.id).unread == ("remarque",)
    done = service.upgrade_draft(
        session, draft.id, newer.id, {}, revision=draft.revision, by=drafter, now=now
    )
    assert done.answers == draft.answers
    assert queries.desk(session, done).usual == {}


def test_copy_says_what_the_original_says_before_any_habit(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    keep(session, drafter, now, heures_insertion="20")
    draft = clauses.start(session, drafter, now)
    clauses.answer(session, draft.id, drafter, now, sociale="non")
    keep(session, publisher, now, heures_insertion="99", sociale="oui")
    made = duplicate(session, draft.id, publisher, now)
    answers = {key: (one.value, one.usual_of) for key, one in made.draft.answers.items()}
    # What is said for a consultation does not come along without one: there the habits of who copies answer.
    assert answers == {
        "heures_insertion": ("20", drafter.person_id),
        "sociale": ("oui", publisher.person_id),
    }
    assert made.dropped == ()


def test_what_the_original_takes_back_is_unknown_in_its_copy(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    clauses.answer(session, draft.id, drafter, now, heures_insertion="20")
    clauses.answer(session, draft.id, drafter, now, heures_insertion=None)
    keep(session, publisher, now, heures_insertion="99")
    made = duplicate(session, draft.id, publisher, now)
    assert "heures_insertion" not in made.draft.answers
    assert made.dropped == ()


def test_answer_to_another_form_of_the_question_is_no_habit(
    session: Session, drafter: Identity, now: datetime
) -> None:
    fact = _edition(session).library.facts["heures_insertion"]
    older = form_of(replace(fact, unit="jours"))
    with pytest.raises(Conflict) as refused:
        service.keep_usual(session, fact.key, "20", on=now.date(), by=drafter, now=now, form=older)
    assert refused.value.code == "clauses.usual_other_form"
    assert mine(session, drafter) == {}
    service.keep_usual(session, fact.key, "20", on=now.date(), by=drafter, now=now, form=form_of(fact))
    assert mine(session, drafter) == {fact.key: "20"}


def test_habit_of_a_question_without_object_does_not_stand(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime
) -> None:
    files = clauses.files()
    before = 'question: "Combien d’heures ?"\n'
    relevance = f'{before}    pertinent_si: "sociale = oui"\n    neutre: "0"\n'
    assert before in files["faits.yaml"]
    files["faits.yaml"] = files["faits.yaml"].replace(before, relevance)
    clauses.publish(session, runtime, now, "1.1", read_library(files))
    keep(session, drafter, now, heures_insertion="20", sociale="non")
    draft = clauses.start(session, drafter, now)
    void = queries.desk(session, draft)
    assert (set(void.usual), void.values["heures_insertion"]) == ({"sociale"}, 0)
    again = queries.desk(session, clauses.answer(session, draft.id, drafter, now, sociale="oui"))
    assert (set(again.usual), again.values["heures_insertion"]) == ({"heures_insertion"}, 20)


def test_newest_answer_counts_and_one_is_kept_for_each_question(
    session: Session, drafter: Identity, now: datetime
) -> None:
    keep(session, drafter, now, sociale="oui")
    keep(session, drafter, now, sociale="non")
    assert mine(session, drafter) == {"sociale": "non"}
    service.forget_usual(session, "sociale", by=drafter, now=now)
    assert mine(session, drafter) == {}
    rows = list(session.scalars(select(Library).where(Library.layer == Layer.AGENT)))
    assert [(one.person_id, one.organisation_id) for one in rows] == [
        (drafter.person_id, drafter.organisation_id)
    ]


def test_layer_has_one_usual_answer_to_a_question_that_two_clauses_ask(
    session: Session, runtime: Runtime, release: ReleaseView, drafter: Identity, now: datetime
) -> None:
    entity = service.ensure_layer(
        session, Layer.ENTITY, parent_id=release.library_id, title="Ville", by=drafter, now=now
    )
    for clause, body in (("ccap.sociale", "oui"), ("ccap.objet", "non")):
        wording = service.Wording(clause=clause, mode="default_value", fact="sociale", body=body)
        service.adapt(session, entity.id, wording, on=ON, by=drafter, now=now)
    assert [(one.clause, one.body) for one in queries.adaptations(session, entity.id)] == [
        ("ccap.objet", "non")
    ]


def test_journal_notes_that_it_changed_and_not_what_it_says(
    session: Session, drafter: Identity, now: datetime
) -> None:
    keep(session, drafter, now, heures_insertion="4321")
    keep(session, drafter, now, heures_insertion="4321")  # Nothing changes: nothing is noted.
    service.forget_usual(session, "heures_insertion", by=drafter, now=now)
    layer = person_layer(session, drafter.organisation_id, drafter.person_id)  # type: ignore[arg-type]  # a person of a buyer
    assert layer is not None
    lines = journal.history(session, layer.id)
    assert [one.action for one in lines] == ["clauses:library:adapted", "clauses:library:adaptation_removed"]
    assert [one.data for one in lines] == [{"clause": "ccap.sociale", "mode": "default_value"}] * 2


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "{{7*7}} {{objet}}", '#read("/etc/passwd")', "]]>"]
)
def test_hostile_text_is_carried_as_it_was_typed(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime, text: str
) -> None:
    clauses.publish(session, runtime, now, "1.1", _library())
    keep(session, drafter, now, remarque=text)
    found = queries.desk(session, clauses.start(session, drafter, now))
    assert found.values["remarque"] == text
    assert found.draft.answers["remarque"].usual_of == drafter.person_id


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u202eb", "x" * 10_000])
def test_text_that_no_document_holds_is_refused(
    session: Session, runtime: Runtime, drafter: Identity, now: datetime, text: str
) -> None:
    clauses.publish(session, runtime, now, "1.1", _library())
    with pytest.raises(DomainError) as refused:
        keep(session, drafter, now, remarque=text)
    assert refused.value.code == "clauses.wrong_value"
    assert mine(session, drafter) == {}


def test_events_of_the_draft_are_of_its_beginning(session: Session, drafter: Identity, now: datetime) -> None:
    keep(session, drafter, now, sociale="oui")
    draft = clauses.start(session, drafter, now)
    assert [one.kind for one in queries.history(session, draft.id)] == [EventKind.STARTED]


def _edition(session: Session) -> Any:
    found = queries.in_force(session, ON)
    assert found is not None
    return queries.edition(session, found.id)


def _entity_says(
    session: Session, runtime: Runtime, release: ReleaseView, by: Identity, now: datetime, **answers: str
) -> None:
    """Release the organisation's layer with usual answers."""
    from tests.unit.clauses.test_layers import publish

    entity = service.ensure_layer(
        session, Layer.ENTITY, parent_id=release.library_id, title="Ville", by=by, now=now
    )
    for fact, value in answers.items():
        wording = service.Wording(clause="ccap.sociale", mode="default_value", fact=fact, body=value)
        service.adapt(session, entity.id, wording, on=ON, by=by, now=now)
    publish(session, runtime, entity, by, now)
