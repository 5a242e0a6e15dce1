"""Responses: begun, answered all or none, confirmed, validated, published, merged; sealed all along."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dume import queries, service
from dume.espd import importing
from dume.espd.model import AnswerStatus, Document
from dume.models import Dume, DumeRevision
from dume.queries import Relation
from dume.rules import Role, Status
from dume.service import Given, Place, ResponseDraft, ResponseEdits, Why, link_owner
from dume.service.answers import properties
from dume.service.owners import owner_of
from dume.service.writing import put
from procurement.core.errors import DomainError, Invalid
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made
from tests.factories.dume import (
    answer_all,
    answers_for,
    create_request,
    create_response,
    operator_of,
    publish_request,
    tie,
    valid_response,
)

CANARY = "CANARI-7Q2"


def refusal(code: str, call: object, *args: object, **kw: object) -> DomainError:
    with pytest.raises(DomainError) as refused:
        call(*args, **kw)  # type: ignore[operator]  # a verb
    assert refused.value.code == code
    return refused.value


@pytest.fixture
def request_row(session: Session, vault: KeyVault, buyer: Made, now: datetime) -> Dume:
    return publish_request(session, vault, buyer, now)


@pytest.fixture
def response(session: Session, vault: KeyVault, company: Made, request_row: Dume, now: datetime) -> Dume:
    return create_response(session, vault, company, request_row, now)


def proposed(session: Session, vault: KeyVault, row: Dume, now: datetime, count: int = 1) -> list[Place]:
    """Make some answers mere proposals, as a source does."""
    what = queries.document(session, vault, row)
    answers = tuple(
        replace(one, status=AnswerStatus.PROPOSED) if index < count else one
        for index, one in enumerate(what.answers)
    )
    put(session, vault, row, replace(what, answers=answers), by=None, now=now)
    return [Place(property=one.property, occurrence=one.occurrence, lots=one.lots) for one in answers[:count]]


def test_a_response_begins_with_the_requests_part_and_its_own_company(
    session: Session, vault: KeyVault, request_row: Dume, response: Dume, company: Made, buyer: Made
) -> None:
    asked, what = (queries.document(session, vault, row) for row in (request_row, response))
    assert (what.buyer, what.procedure, what.criteria) == (asked.buyer, asked.procedure, asked.criteria)
    assert what.economic_operator == operator_of(company)
    assert (response.siret, response.buyer_siret) == (company.siret, buyer.siret)
    assert (response.request_id, response.lots, response.role) == (request_row.id, ["LOT-0000"], Role.SOLE)
    assert what.answers == ()


def test_a_request_that_is_not_published_is_not_answered(
    session: Session, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> None:
    draft = create_request(session, vault, buyer, now)
    refusal("dume.request_not_published", create_response, session, vault, company, draft, now)


def test_a_response_to_a_file_is_tied_to_nobody(
    session: Session, vault: KeyVault, request_row: Dume, company: Made, buyer: Made, now: datetime
) -> None:
    data, _digest = queries.xml(session, vault, request_row)
    by = company.identity("depositor")
    draft = ResponseDraft(role=Role.SOLE, request_xml=data, operator=operator_of(company))
    row = service.create_response(session, vault, draft, owner=owner_of(by), by=by, now=now)
    assert (row.request_id, row.buyer_organisation_id, row.buyer_siret) == (None, None, buyer.siret)
    assert queries.source_file(session, vault, row) == data


def test_everything_answered_makes_a_valid_response(
    session: Session, vault: KeyVault, request_row: Dume, company: Made, now: datetime
) -> None:
    row = valid_response(session, vault, company, request_row, now)
    content, _digest = queries.xml(session, vault, row)
    assert importing.read(content).document.answers != ()
    assert queries.status_of(row) is Status.VALID


def test_unanswered_questions_keep_a_response_from_being_valid(
    session: Session, vault: KeyVault, response: Dume, company: Made, now: datetime
) -> None:
    checked = service.validate(session, vault, response, by=company.identity("depositor"), now=now)
    assert (checked.ready, queries.status_of(response)) == (False, Status.DRAFT)
    assert "PLI-ANSWER-MISSING" in {finding.rule for finding in checked.findings}


def test_answers_are_set_all_or_none_with_a_pointer_to_each_fault(
    session: Session, vault: KeyVault, response: Dume, company: Made, now: datetime
) -> None:
    by = company.identity("depositor")
    good = answers_for(queries.document(session, vault, response))
    wrong = [
        good[0],
        Given(place=Place(property="C1_EG_nothing/Q1"), value=True),
        replace(good[1], value={"no": "such"}),
        replace(good[2], place=replace(good[2].place, lots=("LOT-0009",))),
    ]
    refused = refusal("dume.answers_refused", service.answer, session, vault, response, wrong, by=by, now=now)
    assert isinstance(refused, Invalid)
    assert [one.field for one in refused.errors] == ["/1/property", "/2/value"]
    lots = refusal(
        "dume.answers_refused", service.answer, session, vault, response, [wrong[0], wrong[3]], by=by, now=now
    )
    assert [one.field for one in lots.errors] == ["/1/lots"]  # type: ignore[attr-defined]  # Invalid
    assert queries.document(session, vault, response).answers == ()


def test_an_answer_is_taken_back_by_nothing(
    session: Session, vault: KeyVault, response: Dume, company: Made, now: datetime
) -> None:
    by = company.identity("depositor")
    given = answers_for(queries.document(session, vault, response))[:3]
    service.answer(session, vault, response, given, by=by, now=now)
    # Indexes that are left out are 1.
    place = Place(property=given[1].place.property)
    what = service.answer(session, vault, response, [Given(place=place)], by=by, now=now)
    assert [one.property for one in what.answers] == [given[0].place.property, given[2].place.property]
    assert {one.provenance.confirmed_by for one in what.answers if one.provenance} == {str(by.person_id)}


def test_a_proposed_value_blocks_until_a_person_confirms_it(
    session: Session, vault: KeyVault, response: Dume, company: Made, now: datetime
) -> None:
    by = company.identity("depositor")
    answer_all(session, vault, response, company, now)
    places = proposed(session, vault, response, now, 2)
    checked = service.validate(session, vault, response, by=by, now=now)
    assert (checked.valid, checked.ready) == (True, False)
    assert [finding.rule for finding in checked.findings] == ["PLI-TO-CONFIRM", "PLI-TO-CONFIRM"]
    shown = service.changes(session, vault, response).items
    assert [(one.place, one.why) for one in shown] == [(place, Why.PROPOSED) for place in places]
    service.confirm(session, vault, response, places, edition=response.edition, by=by, now=now)
    assert service.changes(session, vault, response).items == ()
    assert service.validate(session, vault, response, by=by, now=now).ready


def test_a_confirmation_of_what_changed_since_is_refused(
    session: Session, vault: KeyVault, response: Dume, company: Made, now: datetime
) -> None:
    by = company.identity("depositor")
    answer_all(session, vault, response, company, now)
    places, seen = proposed(session, vault, response, now), response.edition
    refusal(
        "dume.changed_since",
        service.confirm,
        session,
        vault,
        response,
        places,
        edition=seen - 1,
        by=by,
        now=now,
    )
    unknown = [*places, Place(property="C1_EG_nothing/Q1")]
    found = refusal(
        "dume.nothing_to_confirm",
        service.confirm,
        session,
        vault,
        response,
        unknown,
        edition=seen,
        by=by,
        now=now,
    )
    assert [one.field for one in found.errors] == ["/1"]  # type: ignore[attr-defined]  # Invalid


def test_nothing_of_a_response_lies_in_clear(
    session: Session, vault: KeyVault, response: Dume, company: Made, now: datetime
) -> None:
    by = company.identity("depositor")
    operator = replace(operator_of(company), party=replace(operator_of(company).party, name=f"{CANARY} SARL"))
    service.edit_response(session, vault, response, ResponseEdits(operator=operator), by=by, now=now)
    answer_all(session, vault, response, company, now)
    what = queries.document(session, vault, response)
    # A question that is hidden: its answer stays in the draft, sealed like the others.
    words = next(
        one for one in properties(what).values() if one.value_type == "DESCRIPTION" and one.type == "QUESTION"
    )
    told = Given(place=Place(property=words.id), value=f"amende {CANARY}")
    service.answer(session, vault, response, [told], by=by, now=now)
    assert f"amende {CANARY}" in {
        one.value for one in queries.document(session, vault, response).answers if isinstance(one.value, str)
    }
    assert service.validate(session, vault, response, by=by, now=now).ready
    assert CANARY.encode() in queries.xml(session, vault, response)[0]
    stored = session.execute(
        select(DumeRevision.xml, DumeRevision.model, DumeRevision.sealed).where(
            DumeRevision.dume_id == response.id
        )
    ).one()
    assert stored.sealed
    assert all(
        text not in content for text in (CANARY.encode(), b"ResponseIndicator") for content in stored[:2]
    )
    assert not any(CANARY in str(value) for value in vars(response).values())


def test_a_sealed_value_does_not_open_in_another_row(
    session: Session, vault: KeyVault, response: Dume, company: Made, request_row: Dume, now: datetime
) -> None:
    other = create_response(session, vault, company, request_row, now)
    mine = queries.revision(session, response, None, "model")
    theirs = queries.revision(session, other, None, "model")
    mine.model = theirs.model
    session.flush()
    with pytest.raises(Exception, match="does not open"):
        queries.document(session, vault, response)


def test_one_document_per_lot_and_an_answer_of_its_own(
    session: Session, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> None:
    request = publish_request(session, vault, buyer, now, lots=3)
    row = create_response(session, vault, company, request, now, lots=("LOT-0003", "LOT-0001"))
    by = company.identity("depositor")
    assert row.lots == ["LOT-0001", "LOT-0003"]
    what = answer_all(session, vault, row, company, now)
    amount = next(one for one in what.answers if type(one.value).__name__ == "Amount")
    own = Given(
        place=Place(property=amount.property, occurrence=amount.occurrence, lots=("LOT-0003",)),
        value={"value": "77", "currency": "EUR"},
    )
    service.answer(session, vault, row, [own], by=by, now=now)
    checked = service.validate(session, vault, row, by=by, now=now)
    assert checked.ready, checked.findings
    told = {lot: importing.read(content).document for lot, content in queries.documents(session, vault, row)}
    assert {lot: [one.id for one in what.lots] for lot, what in told.items()} == {
        "LOT-0001": ["LOT-0001"],
        "LOT-0003": ["LOT-0003"],
    }
    assert (_amounts(told["LOT-0001"], amount.property), _amounts(told["LOT-0003"], amount.property)) == (
        ["1250000.50"],
        ["77"],
    )
    refusal("dume.lot_unknown", queries.xml, session, vault, row, lot="LOT-0002")


def _amounts(what: Document, identifier: str) -> list[str]:
    return [str(one.value.value) for one in what.answers if one.property == identifier]  # type: ignore[union-attr]  # an amount


def test_a_zip_holds_each_lot_and_says_its_hashes(
    session: Session, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> None:
    import hashlib
    import io
    import json
    import zipfile

    request = publish_request(session, vault, buyer, now, lots=2)
    row = valid_response(session, vault, company, request, now)
    content = queries.export_zip(session, vault, row)
    assert queries.export_zip(session, vault, row) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert [one["lot"] for one in manifest["documents"]] == ["LOT-0001", "LOT-0002"]
        for one in manifest["documents"]:
            assert hashlib.sha256(archive.read(one["file"])).hexdigest() == one["sha256"]


def test_other_lots_bring_their_questions_and_keep_the_answers(
    session: Session, vault: KeyVault, buyer: Made, company: Made, now: datetime
) -> None:
    request = publish_request(session, vault, buyer, now, lots=2)
    row = create_response(session, vault, company, request, now, lots=("LOT-0001",))
    before = answer_all(session, vault, row, company, now)
    edits = ResponseEdits(lots=("LOT-0001", "LOT-0002"))
    service.edit_response(session, vault, row, edits, by=company.identity("depositor"), now=now)
    after = queries.document(session, vault, row)
    assert (row.lots, [lot.id for lot in after.lots]) == (["LOT-0001", "LOT-0002"],) * 2
    assert after.answers == before.answers
    wrong = ResponseEdits(lots=("LOT-0007",))
    refusal(
        "dume.lot_unknown",
        service.edit_response,
        session,
        vault,
        row,
        wrong,
        by=company.identity("depositor"),
        now=now,
    )


def test_a_validated_response_that_is_changed_keeps_its_validated_wording(
    session: Session, vault: KeyVault, request_row: Dume, company: Made, now: datetime
) -> None:
    row = valid_response(session, vault, company, request_row, now)
    sworn = queries.xml(session, vault, row)
    given = [replace(one, value=None) for one in _given(queries.document(session, vault, row))[:1]]
    service.answer(session, vault, row, given, by=company.identity("depositor"), now=now)
    assert (queries.status_of(row), row.revision) == (Status.DRAFT, 2)
    assert queries.xml(session, vault, row, number=1) == sworn
    assert not service.validate(session, vault, row, by=company.identity("depositor"), now=now).ready


def _given(what: Document) -> list[Given]:
    return [
        Given(place=Place(property=one.property, occurrence=one.occurrence, lots=one.lots))
        for one in what.answers
    ]


def test_a_newer_response_of_the_same_company_and_role_replaces(
    session: Session, vault: KeyVault, request_row: Dume, company: Made, other_company: Made, now: datetime
) -> None:
    theirs = valid_response(session, vault, other_company, request_row, now)
    service.publish(session, theirs, by=other_company.identity("depositor"), now=now)
    by = company.identity("depositor")
    rows = [valid_response(session, vault, company, request_row, now) for _each in range(2)]
    lead = valid_response(session, vault, company, request_row, now, role=Role.SUBCONTRACTOR)
    replaced = [service.publish(session, row, by=by, now=now).replaced for row in (rows[0], lead, rows[1])]
    assert replaced == [(), (), (rows[0],)]
    assert queries.status_of(theirs) is Status.PUBLISHED


def test_a_renewed_request_is_offered_never_imposed(
    session: Session, vault: KeyVault, request_row: Dume, response: Dume, buyer: Made, now: datetime
) -> None:
    by = buyer.identity("publisher")
    assert service.changes(session, vault, response).newer is None
    newer = service.renew_request(session, vault, request_row, owner=owner_of(by), by=by, now=now)
    assert service.validate(session, vault, newer, by=by, now=now).ready
    assert service.changes(session, vault, response).newer is None
    service.publish(session, newer, tie=tie(now), by=by, now=now)
    assert service.changes(session, vault, response).newer is newer
    assert response.request_id == request_row.id


def test_relations_decide_who_sees_a_response(
    session: Session,
    vault: KeyVault,
    request_row: Dume,
    response: Dume,
    buyer: Made,
    company: Made,
    other_company: Made,
    now: datetime,
) -> None:
    seen = {
        made.organisation.legal_name: queries.relation(response, organisation_id=made.id, now=now)
        for made in (buyer, company, other_company)
    }
    assert list(seen.values()) == [Relation.WAITING_BUYER, Relation.OWNER, Relation.STRANGER]
    assert queries.relation(response, now=now) is Relation.STRANGER
    assert queries.relation(request_row, organisation_id=company.id, now=now) is Relation.READER


def test_a_draft_behind_a_link_is_its_holders_alone(
    session: Session, vault: KeyVault, request_row: Dume, now: datetime
) -> None:
    owner, secret = link_owner()
    draft = ResponseDraft(role=Role.SOLE, request=request_row)
    row = service.create_response(session, vault, draft, owner=owner, by=None, now=now)
    kept = service.linked(session, row, secret, now=now)
    assert service.resume(session, kept.secret, now=now) is row
    refusal("dume.link_not_found", service.resume, session, kept.secret + "x", now=now)
    assert queries.relation(row, now=now) is Relation.STRANGER
    assert queries.revision(session, row).sealed
