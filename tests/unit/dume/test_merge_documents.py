"""A request and an older response make a new response: the buyer's part is the request's, each old answer is accounted for."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dume.espd.merge import Merged, MergeRefused, merge
from dume.espd.model import (
    Amount,
    AnswerStatus,
    Criterion,
    Document,
    Group,
    Identifier,
    Lot,
    Provenance,
)
from tests.vectors.dume.documents import documents

OWN = documents()
REQUEST, OLD = OWN["request-simplified"], OWN["response-simplified"]
TODAY = date(2026, 11, 23)


def merged(request: Document, old: Document) -> Merged:
    """Merge, and check that each old answer is in exactly one list."""
    done = merge(request, old, today=TODAY)
    assert Counter((*done.carried, *done.to_review, *done.unmatched)) == Counter(
        each.property for each in old.answers
    )
    return done


def required(criterion: Criterion, amount: Amount) -> Criterion:
    """Change every minimum amount a criterion requires."""

    def change(group: Group) -> Group:
        properties = tuple(
            replace(each, expected=amount) if each.value_type == "MINIMUM_AMOUNT" else each
            for each in group.properties
        )
        return replace(group, properties=properties, groups=tuple(change(each) for each in group.groups))

    return replace(criterion, groups=tuple(change(each) for each in criterion.groups))


@pytest.mark.parametrize("request_name", [name for name in OWN if name.startswith("request")])
@pytest.mark.parametrize(
    "old_name", ["response-simplified", "response-sole", "response-full", "response-lead"]
)
def test_buyer_part_is_the_requests_value_for_value(request_name: str, old_name: str) -> None:
    request, old = OWN[request_name], OWN[old_name]
    document = merged(request, old).document
    assert (document.buyer, document.procedure, document.lots, document.criteria) == (
        request.buyer,
        request.procedure,
        request.lots,
        request.criteria,
    )
    assert document.economic_operator == old.economic_operator
    assert document.header.references[-1].id.value == request.header.id.value


def test_same_request_carries_everything_with_origin_and_age() -> None:
    done = merged(REQUEST, OLD)
    assert (done.to_review, done.unmatched) == ((), ())
    assert [(each.property, each.value, each.status) for each in done.document.answers] == [
        (each.property, each.value, each.status) for each in OLD.answers
    ]
    issued = OLD.header.issue_date.isoformat() if OLD.header.issue_date else ""
    source = f"dume:{OLD.header.uuid}"
    assert {each.provenance for each in done.document.answers} == {Provenance(source=source, as_of=issued)}


def test_own_origin_of_an_answer_is_kept() -> None:
    origin = Provenance("urssaf/attestation_vigilance", as_of="2026-01-01", valid_until="2027-01-01")
    old = replace(OLD, answers=(replace(OLD.answers[0], provenance=origin), *OLD.answers[1:]))
    assert merged(REQUEST, old).document.answers[0].provenance == origin


def test_expired_proof_is_to_review() -> None:
    origin = Provenance("urssaf/attestation_vigilance", valid_until="2026-11-22")
    old = replace(OLD, answers=(replace(OLD.answers[0], provenance=origin), *OLD.answers[1:]))
    done = merged(REQUEST, old)
    assert done.to_review == (OLD.answers[0].property,)
    assert done.document.answers[0].status is AnswerStatus.TO_REVIEW


def test_changed_requirement_is_to_review_in_its_criterion_only() -> None:
    amount = Amount(Decimal(987654), "EUR")
    criteria = tuple(
        required(each, amount) if each.code == "gen-year-to" else each for each in REQUEST.criteria
    )
    done = merged(replace(REQUEST, criteria=criteria), OLD)
    assert {each.split("/")[0] for each in done.to_review} == {"C29_SC_gen-year-to"}
    assert set(done.to_review) == {each.property for each in OLD.answers if each.property.startswith("C29_")}


def test_question_no_longer_asked_is_listed_not_carried() -> None:
    criteria = tuple(each for each in REQUEST.criteria if each.code != "crime-org")
    done = merged(replace(REQUEST, criteria=criteria), OLD)
    assert {each.split("/")[0] for each in done.unmatched} == {"C1_EG_crime-org"}
    assert not [each for each in done.document.answers if each.property.startswith("C1_")]


def test_answer_for_a_lot_that_is_gone_is_left_behind() -> None:
    first, second, *rest = OLD.answers
    old = replace(
        OLD,
        answers=(replace(first, lots=("LOT-0007",)), replace(second, lots=("LOT-0001", "LOT-0007")), *rest),
    )
    done = merged(replace(REQUEST, lots=(Lot("LOT-0001"), Lot("LOT-0002"))), old)
    assert done.unmatched == (first.property,)
    assert done.to_review == (second.property,)
    assert done.document.answers[0].lots == ("LOT-0001",)


def test_only_proofs_that_a_carried_answer_names_are_kept() -> None:
    old = OWN["response-full"]
    done = merged(OWN["request-simplified"], old)
    named = {
        name
        for each in done.document.answers
        for name in (*each.evidences, getattr(each.value, "value", ""))
        if isinstance(each.value, Identifier)
    }
    assert {each.id.value for each in done.document.evidences} <= named
    assert 0 < len(done.document.evidences) < len(old.evidences)


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [(REQUEST, REQUEST, "dume.merge_needs_response"), (OLD, OLD, "dume.merge_needs_request")],
)
def test_two_documents_of_one_kind_are_refused(one: Document, other: Document, code: str) -> None:
    with pytest.raises(MergeRefused) as refused:
        merge(one, other, today=TODAY)
    assert refused.value.code == code
