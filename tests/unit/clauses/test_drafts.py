"""Drafts: answers and words, saved by two people at once, and what stands between them and their validation."""

from datetime import date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.errors import NotReady
from clauses.hooks import NoFacts
from clauses.queries import ReleaseView
from clauses.render.readback import ClauseBack, Comment, Outcome, ReadBack
from clauses.rules.states import WRITING_EVENTS, DraftState, EventKind
from procurement.core.errors import Conflict, DomainError, Forbidden, Invalid
from procurement.core.security import Identity
from tests.factories import clauses

CRITERIA = [
    {"critere": "Prix", "poids": "60", "environnemental": "non"},
    {"critere": "Bilan carbone", "poids": "40", "environnemental": "oui"},
]


def codes(refused: pytest.ExceptionInfo[NotReady]) -> list[tuple[str, str]]:
    return [(one.code, one.subject) for one in refused.value.refusals]


def test_draft_is_pinned_to_its_release_and_facts(
    session: Session, release: ReleaseView, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    assert (draft.release_version, draft.reference_date, draft.state) == ("1.0", date(2026, 9, 1), "writing")
    assert draft.facts == dict(sorted(clauses.CCAP_FACTS.items()))
    found = queries.desk(session, draft)
    assert list(found.included) == ["ccap.objet", "ccap.prix", "ccap.penalites", "ccap.derogations"]
    assert found.evaluation.unknown == ("ccap.sociale",)


def test_facts_of_a_vendor_are_refused_by_name(session: Session, drafter: Identity, now: datetime) -> None:
    beginning = service.Beginning(canvas="ccap", facts={"objets": "x", "montant_estime": "cher"})
    with pytest.raises(Invalid) as refused:
        service.start_draft(session, beginning, source=NoFacts(), by=drafter, now=now)
    assert {one.field for one in refused.value.errors} == {"objets", "montant_estime"}


def test_answer_decides_clauses(session: Session, drafter: Identity, now: datetime) -> None:
    draft = clauses.start(session, drafter, now)
    draft = clauses.answer(session, draft.id, drafter, now, sociale="oui")
    found = queries.desk(session, draft)
    assert "ccap.sociale" in found.included
    assert found.document.missing == ("heures_insertion",)
    draft = clauses.answer(session, draft.id, drafter, now, heures_insertion="120")
    assert queries.desk(session, draft).document.missing == ()
    draft = clauses.answer(session, draft.id, drafter, now, sociale="non")
    assert "ccap.sociale" in queries.desk(session, draft).evaluation.excluded


@pytest.mark.parametrize(
    ("fact", "raw", "code"),
    [
        ("heures", "3", "clauses.unknown_fact"),
        ("heures_insertion", "beaucoup", "clauses.wrong_value"),
        ("objet", "Autre objet", "clauses.not_asked"),
    ],
)
def test_answer_that_cannot_be_kept(
    session: Session, drafter: Identity, now: datetime, fact: str, raw: str, code: str
) -> None:
    draft = clauses.start(session, drafter, now)
    with pytest.raises(DomainError) as refused:
        service.save_answer(session, draft.id, fact, raw, revision=0, by=drafter, now=now)
    assert refused.value.code == code
    assert queries.view(session, draft.id).revision == 1


def test_late_answer_is_kept_as_a_conflict(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    service.save_answer(session, draft.id, "remarque", "La mienne", revision=0, by=drafter, now=now)
    late = service.save_answer(session, draft.id, "remarque", "La tienne", revision=0, by=publisher, now=now)
    assert late.conflict is not None
    assert (late.conflict.given, late.conflict.current, late.revision) == ("La tienne", "La mienne", 1)
    assert late.draft.answers["remarque"].value == "La mienne"
    assert [one.id for one in queries.conflicts(session, draft.id)] == [late.conflict.id]
    settled = service.settle(
        session, draft.id, late.conflict.id, service.Settlement(keep=False), revision=1, by=drafter, now=now
    ).draft
    assert settled.answers["remarque"].value == "La tienne"
    assert queries.conflicts(session, draft.id) == []
    (kept,) = queries.conflicts(session, draft.id, settled=True)
    assert kept.given == "La tienne"


def test_two_concurrent_texts_are_both_recoverable(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    first, second = "Les prix sont révisables chaque année.", "Les prix sont révisables chaque mois."
    service.save_text(session, draft.id, "ccap.prix", first, revision=0, by=drafter, now=now)
    late = service.save_text(session, draft.id, "ccap.prix", second, revision=0, by=publisher, now=now)
    assert late.conflict is not None
    assert late.draft.texts == {"ccap.prix": first}
    merged = service.settle(
        session,
        draft.id,
        late.conflict.id,
        service.Settlement(keep=False, merged="Les prix sont révisables."),
        revision=1,
        by=drafter,
        now=now,
    ).draft
    assert merged.texts == {"ccap.prix": "Les prix sont révisables."}
    said = [event.data for event in queries.history(session, draft.id)]
    assert [event.get("given") for event in said if "given" in event] == [second]
    assert [event["before"] for event in said if "base" in event] == [None, first]


def test_conflict_is_not_settled_over_a_text_that_moved_on(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)

    def saved(text: str, revision: int) -> service.SaveResult:
        return service.save_answer(
            session, draft.id, "remarque", text, revision=revision, by=drafter, now=now
        )

    saved("un", 0)
    lost = saved("deux", 0).conflict
    saved("trois", 1)
    assert lost is not None
    seen = service.settle(
        session, draft.id, lost.id, service.Settlement(keep=False), revision=1, by=publisher, now=now
    )
    assert seen.conflict is not None
    assert (seen.conflict.id, seen.conflict.current, seen.revision) == (lost.id, "trois", 2)
    assert seen.draft.answers["remarque"].value == "trois"
    both = service.settle(
        session,
        draft.id,
        lost.id,
        service.Settlement(keep=False, merged="deux et trois"),
        revision=1,
        by=publisher,
        now=now,
    )
    assert [one.given for one in queries.conflicts(session, draft.id)] == ["deux", "deux et trois"]
    done = service.settle(
        session, draft.id, lost.id, service.Settlement(keep=False), revision=2, by=publisher, now=now
    )
    assert (both.draft.answers["remarque"].value, done.conflict) == ("trois", None)
    assert (done.draft.answers["remarque"].value, done.revision) == ("deux", 3)


def test_same_text_twice_is_no_conflict(session: Session, drafter: Identity, now: datetime) -> None:
    draft = clauses.start(session, drafter, now)
    for _time in range(2):
        result = service.save_text(
            session, draft.id, "ccap.prix", "Les prix sont révisables.", revision=0, by=drafter, now=now
        )
        assert (result.conflict, result.revision) == (None, 1)


def test_settling_twice_or_another_conflict_is_refused(
    session: Session, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    service.save_answer(session, draft.id, "remarque", "une", revision=0, by=drafter, now=now)
    late = service.save_answer(session, draft.id, "remarque", "deux", revision=0, by=drafter, now=now)
    assert late.conflict is not None
    service.settle(
        session, draft.id, late.conflict.id, service.Settlement(keep=True), revision=1, by=drafter, now=now
    )
    with pytest.raises(DomainError) as refused:
        service.settle(
            session,
            draft.id,
            late.conflict.id,
            service.Settlement(keep=True),
            revision=1,
            by=drafter,
            now=now,
        )
    assert refused.value.code == "clauses.conflict_not_found"
    assert queries.view(session, draft.id).answers["remarque"].value == "une"


def test_locked_words_may_be_added_to_only(session: Session, drafter: Identity, now: datetime) -> None:
    draft = clauses.start(session, drafter, now)
    words = queries.desk(session, draft).edition.library.clauses["ccap.penalites"].body.strip()
    with pytest.raises(Conflict) as refused:
        service.save_text(session, draft.id, "ccap.penalites", "Rien.", revision=0, by=drafter, now=now)
    assert refused.value.code == "clauses.locked"
    longer = f"{words}\n\nElles sont retenues sur les acomptes."
    kept = service.save_text(session, draft.id, "ccap.penalites", longer, revision=0, by=drafter, now=now)
    assert kept.draft.texts == {"ccap.penalites": longer}


@pytest.mark.parametrize("body", ["::: si sociale = oui\nsans fin", "# Titre", "{{7*7}}"])
def test_text_outside_the_language_is_refused(
    session: Session, drafter: Identity, now: datetime, body: str
) -> None:
    draft = clauses.start(session, drafter, now)
    with pytest.raises(Invalid) as refused:
        service.save_text(session, draft.id, "ccap.prix", body, revision=0, by=drafter, now=now)
    assert refused.value.code == "clauses.wrong_body"


def test_going_back_to_the_library_keeps_the_words_in_the_history(
    session: Session, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    service.save_text(session, draft.id, "ccap.prix", "Prix libres.", revision=0, by=drafter, now=now)
    back = service.save_text(session, draft.id, "ccap.prix", None, revision=1, by=drafter, now=now)
    assert back.draft.texts == {}
    last = queries.history(session, draft.id)[-1]
    assert (last.kind, last.data["before"], last.data["after"]) == (EventKind.TEXT, "Prix libres.", None)


def test_history_cannot_be_changed(session: Session, drafter: Identity, now: datetime) -> None:
    clauses.start(session, drafter, now)
    for statement in ("UPDATE clause_draft_event SET subject = 'x'", "DELETE FROM clause_draft_event"):
        with pytest.raises(DBAPIError, match="immutable"), session.begin_nested():
            session.execute(text(statement))


def test_submission_lists_everything_that_is_missing(
    session: Session, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    clauses.answer(session, draft.id, drafter, now, ccag="TRAVAUX")
    service.save_text(session, draft.id, "ccap.prix", "Prix libres.", revision=0, by=drafter, now=now)
    service.save_answer(session, draft.id, "remarque", "une", revision=0, by=drafter, now=now)
    service.save_answer(session, draft.id, "remarque", "deux", revision=0, by=drafter, now=now)
    with pytest.raises(NotReady) as refused:
        service.submit(session, draft.id, by=drafter, now=now)
    assert codes(refused) == [
        ("clauses.unknown_clause", "ccap.sociale"),
        ("clauses.open_conflict", ""),
        ("clauses.derogation_unanswered", "ccap.prix"),
    ]


def test_criteria_add_up_and_one_is_environmental(session: Session, drafter: Identity, now: datetime) -> None:
    draft = clauses.start(session, drafter, now, canvas="rc")
    wrong = [{**CRITERIA[0], "poids": "50"}, {**CRITERIA[1], "environnemental": "non"}]
    clauses.answer(session, draft.id, drafter, now, criteres=wrong)
    with pytest.raises(NotReady) as refused:
        service.submit(session, draft.id, by=drafter, now=now)
    assert codes(refused) == [
        ("clauses.criteria_sum", "criteres"),
        ("clauses.no_environmental_criterion", "criteres"),
    ]
    clauses.answer(session, draft.id, drafter, now, criteres=CRITERIA)
    assert service.submit(session, draft.id, by=drafter, now=now).state is DraftState.SUBMITTED


def ready(session: Session, drafter: Identity, now: datetime) -> queries.DraftView:
    draft = clauses.start(session, drafter, now)
    return clauses.answer(session, draft.id, drafter, now, sociale="non", ccag="TRAVAUX")


def test_who_wrote_does_not_validate(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    draft = ready(session, drafter, now)
    service.submit(session, draft.id, by=drafter, now=now)
    with pytest.raises(Forbidden) as refused:
        service.validate(session, draft.id, four_eyes=True, by=drafter, now=now)
    assert refused.value.code == "clauses.four_eyes"
    done = service.validate(session, draft.id, four_eyes=True, by=publisher, now=now)
    assert (done.state, done.validated_by) == (DraftState.VALIDATED, publisher.person_id)


def test_who_moved_the_date_or_acknowledged_does_not_validate(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    draft = ready(session, drafter, now)
    assert queries.writers(session, draft.id) == {drafter.person_id}
    service.move_date(session, draft.id, date(2026, 10, 1), by=publisher, now=now)
    service.submit(session, draft.id, by=drafter, now=now)
    with pytest.raises(Forbidden):
        service.validate(session, draft.id, four_eyes=True, by=publisher, now=now)


@pytest.mark.parametrize(
    "kind", ["started", "duplicated", "date_moved", "resolved", "upgrade_undone", "acknowledged"]
)
def test_deeds_that_make_an_author(kind: str) -> None:
    assert EventKind(kind) in WRITING_EVENTS


def test_bad_remark_and_changed_title_do_not_stop_the_rest_of_a_file(
    session: Session, drafter: Identity, now: datetime
) -> None:
    draft = clauses.start(session, drafter, now)
    body = "Les prix sont révisables."
    back = ReadBack(
        clauses=(ClauseBack("ccap.prix", Outcome.MODIFIED, title="Prix et révision", body=body),),
        outside=(),
        comments=(Comment("Ada", " ", "ccap.prix"), Comment("Ada", "À voir.", "ccap.prix")),
        revision_authors=(),
    )
    done = service.apply_readback(
        session,
        draft.id,
        back,
        ["ccap.prix"],
        revision=queries.view(session, draft.id).revision,
        by=drafter,
        now=now,
    )
    assert (done.taken, done.refused) == (("ccap.prix",), (("ccap.prix", "clauses.title_kept"),))
    assert [one.body for one in service.comments(session, draft.id)] == ["À voir."]


def test_one_person_alone_where_the_setting_says_so(
    session: Session, drafter: Identity, now: datetime
) -> None:
    draft = ready(session, drafter, now)
    service.submit(session, draft.id, by=drafter, now=now)
    assert service.validate(session, draft.id, four_eyes=False, by=drafter, now=now).validated_at == now


def test_returned_document_is_written_further(
    session: Session, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    draft = ready(session, drafter, now)
    service.submit(session, draft.id, by=drafter, now=now)
    for reason, code in (
        (" ", "clauses.reason_missing"),
        ("a\x00b", "text.character"),
        ("a\ud800b", "text.character"),
    ):
        with pytest.raises(Invalid) as refused:
            service.return_(session, draft.id, reason, by=publisher, now=now)
        assert refused.value.code == code
    back = service.return_(session, draft.id, "Précisez les pénalités.", by=publisher, now=now)
    assert (back.state, back.returned_reason) == (DraftState.WRITING, "Précisez les pénalités.")


@pytest.mark.parametrize("move", ["submit", "validate", "return_", "save_answer"])
def test_moves_that_the_state_forbids(
    session: Session, drafter: Identity, publisher: Identity, now: datetime, move: str
) -> None:
    draft = ready(session, drafter, now)
    service.submit(session, draft.id, by=drafter, now=now)
    service.validate(session, draft.id, four_eyes=True, by=publisher, now=now)
    service.freeze(session, draft.id, by=publisher, now=now)
    deeds = {
        "submit": lambda: service.submit(session, draft.id, by=drafter, now=now),
        "validate": lambda: service.validate(session, draft.id, four_eyes=False, by=drafter, now=now),
        "return_": lambda: service.return_(session, draft.id, "non", by=drafter, now=now),
        "save_answer": lambda: service.save_answer(
            session, draft.id, "remarque", "x", revision=0, by=drafter, now=now
        ),
    }
    with pytest.raises(Conflict) as refused:
        deeds[move]()
    assert refused.value.code == "clauses.move_refused"


def test_frozen_document_holds_its_evidence(
    session: Session, release: ReleaseView, drafter: Identity, publisher: Identity, now: datetime
) -> None:
    draft = ready(session, drafter, now)
    service.submit(session, draft.id, by=drafter, now=now)
    service.validate(session, draft.id, four_eyes=True, by=publisher, now=now)
    frozen = service.freeze(session, draft.id, by=publisher, now=now)
    assert service.freeze(session, draft.id, by=drafter, now=now) == frozen
    assert frozen.frozen is not None
    assert frozen.frozen["release"]["manifest_sha256"] == release.manifest_sha256
    assert frozen.frozen["parameters"]["seuil_europeen"]["value"] == "140000.00"
    assert frozen.frozen["clauses"] == {
        key: queries.clause_hashes(session, release.id)[key]
        for key in ("ccap.objet", "ccap.prix", "ccap.penalites", "ccap.derogations")
    }


def test_own_words_that_depart_from_the_ccag_are_listed(
    session: Session, drafter: Identity, now: datetime
) -> None:
    draft = ready(session, drafter, now)
    service.save_text(session, draft.id, "ccap.prix", "Prix libres.", revision=0, by=drafter, now=now)
    said = service.say_derogation(
        session, draft.id, "ccap.prix", derogates=True, article="9.1", by=drafter, now=now
    )
    listed = [(one.clause, one.article) for one in queries.desk(session, said).departures]
    assert listed == [("ccap.prix", "9.1"), ("ccap.penalites", "14.1")]
