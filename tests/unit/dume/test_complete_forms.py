"""Requests from choices, responses by role, what is shown and missing, answers all or none, one lot at a time."""

from dataclasses import replace
from decimal import Decimal

import pytest

from dume.espd.complete import (
    Choice,
    Mode,
    Requirements,
    exported,
    for_lot,
    missing,
    request,
    response,
    visible,
    with_answers,
)
from dume.espd.model import Amount, Answer, AnswerStatus, Code, Extra, Identifier, Kind, Role
from dume.espd.taxonomy import taxonomy
from procurement.core.errors import Invalid
from tests.vectors.dume.documents import (
    BUYER,
    LOTS,
    OPERATOR,
    PROCEDURE,
    TURNOVER,
    documents,
    header,
    properties,
)

OWN = documents()
CRIME = "C1_EG_crime-org"
EVERY = tuple(Choice(each.code) for each in taxonomy().criteria)


def asked(*choices: Choice, lots=LOTS):
    """Return a request with these choices."""
    return request(choices, BUYER, PROCEDURE, lots, header=header("x"))


def begun(document, role=Role.SOLE, **more):
    """Return a response to a request, without answers."""
    return response(document, role, OPERATOR, header=header("y"), **more)


def test_simplified_request_asks_the_usual_criteria():
    codes = [
        each.code for each in request((), BUYER, PROCEDURE, (), Mode.SIMPLIFIED, header=header("x")).criteria
    ]
    exclusion = [each.code for each in taxonomy().criteria if each.kind == "exclusion"]
    assert len(exclusion) == 24
    assert codes == [*exclusion, "gen-year-to", "year-manpower"]


def test_criteria_stand_in_the_order_of_the_taxonomy():
    assert [each.code for each in asked(Choice("sme"), Choice("fraud")).criteria] == ["fraud", "sme"]


def test_selection_criterion_names_its_lots_and_exclusion_ground_none():
    criteria = asked(Choice("fraud"), Choice("gen-year-to"), Choice("finan-rat", ("LOT-0002",))).criteria
    assert [(each.code, each.lots) for each in criteria] == [
        ("fraud", ()),
        ("gen-year-to", ("LOT-0001", "LOT-0002")),
        ("finan-rat", ("LOT-0002",)),
    ]


def test_request_without_lots_is_of_the_one_lot():
    document = asked(Choice("gen-year-to"), lots=())
    assert [lot.id for lot in document.lots] == ["LOT-0000"]
    assert document.criteria[0].lots == ("LOT-0000",)


def test_every_property_has_a_sentence_in_the_language():
    for lang in ("fr", "en"):
        document = request(EVERY, BUYER, PROCEDURE, (), header=header("x"), lang=lang)
        assert [each.id for each in properties(document).values() if not each.description] == []
        assert [each.code for each in document.criteria if not each.name or not each.description] == []


def test_requirements_per_lot_are_copies_with_their_own_ids():
    sets = tuple(
        Requirements((lot.id,), {TURNOVER: Amount(Decimal(n), "EUR")}) for n, lot in enumerate(LOTS, 1)
    )
    groups = asked(Choice("gen-year-to", requirements=sets)).criteria[0].groups
    assert [(each.path, each.occurrence) for each in groups] == [
        ("C29_SC_gen-year-to/RG1", n) for n in (1, 2)
    ]
    ids = [entry.id for group in groups for inner in (group, *group.groups) for entry in inner.properties]
    assert len(ids) == len(set(ids))
    found = {
        entry.id: entry.expected
        for group in groups
        for entry in group.groups[0].properties
        if entry.path == TURNOVER
    }
    assert found == {
        f"{TURNOVER}/R1/R1/R1": Amount(Decimal(1), "EUR"),
        f"{TURNOVER}/R2/R1/R1": Amount(Decimal(2), "EUR"),
    }


@pytest.mark.parametrize(
    ("choice", "pointer", "code"),
    [
        (Choice("nothing"), "/0/code", "dume.criterion_unknown"),
        (Choice("fraud", ("LOT-0009",)), "/0/lots", "dume.lot_unknown"),
        (
            Choice("gen-year-to", requirements=(Requirements(("LOT-0009",)),)),
            "/0/requirements/0/lots",
            "dume.lot_unknown",
        ),
        (
            Choice("gen-year-to", requirements=(Requirements((), {"C1_x/Q1": True}),)),
            "/0/requirements/0/values/C1_x~1Q1",
            "dume.property_unknown",
        ),
        (
            Choice("gen-year-to", requirements=(Requirements((), {TURNOVER: "beaucoup"}),)),
            f"/0/requirements/0/values/{TURNOVER.replace('/', '~1')}",
            "dume.value_refused",
        ),
    ],
)
def test_choice_that_does_not_fit_is_refused_with_its_place(choice, pointer, code):
    with pytest.raises(Invalid) as caught:
        asked(choice)
    assert caught.value.code == "dume.choices_refused"
    assert [(each.field, each.code) for each in caught.value.errors] == [(pointer, code)]


def test_criterion_chosen_twice_is_refused():
    with pytest.raises(Invalid) as caught:
        asked(Choice("fraud"), Choice("fraud"))
    assert [each.field for each in caught.value.errors] == ["/1/code"]


def test_response_takes_the_buyer_part_from_the_request():
    origin = OWN["request-with-extras"]
    document = begun(origin)
    assert document.kind is Kind.RESPONSE
    assert (document.buyer, document.procedure, document.lots) == (
        origin.buyer,
        origin.procedure,
        origin.lots,
    )
    assert document.criteria == origin.criteria
    assert document.header.references[-1].type_code == "ESPD_REQUEST"
    assert document.header.references[-1].id == origin.header.id
    assert document.economic_operator == replace(OPERATOR, role=Role.SOLE)
    assert [each.parent for each in document.extras] == [each.parent for each in origin.extras if each.parent]


@pytest.mark.parametrize("role", [Role.SOLE, Role.LEAD, Role.MEMBER])
def test_tenderer_is_asked_everything(role):
    assert begun(OWN["request-everything"], role).criteria == OWN["request-everything"].criteria


def kinds(document):
    """Return the codes of the selection criteria of a document, and of the others that are no exclusion ground."""
    by_code = taxonomy().by_code
    found = [(by_code[each.code].kind, each.code) for each in document.criteria]
    return [code for kind, code in found if kind == "selection"], [
        code for kind, code in found if kind == "other"
    ]


def test_subcontractor_is_not_asked_selection_criteria():
    assert kinds(begun(OWN["request-everything"], Role.SUBCONTRACTOR)) == (
        [],
        ["shelt-worksh", "registered", "staff-red", "sme"],
    )


def test_company_relied_upon_is_asked_what_it_is_relied_upon_for():
    document = begun(OWN["request-everything"], Role.RELIED_UPON, relied_on=frozenset({"finan-rat"}))
    assert kinds(document)[0] == ["finan-rat"]


def test_extras_follow_their_criterion_when_others_go():
    origin = asked(*EVERY)
    place = [each.code for each in origin.criteria].index("sme") + 1
    extra = Extra(f"/cac:TenderingCriterion[{place}]", 0, "<a/>")
    document = begun(replace(origin, extras=(extra,)), Role.SUBCONTRACTOR)
    assert document.extras == (replace(extra, parent=f"/cac:TenderingCriterion[{len(document.criteria)}]"),)


def test_question_below_an_indicator_is_hidden_until_it_is_answered():
    document = begun(asked(Choice("crime-org")))
    below = f"{CRIME}/QG1/QSG1/Q1"
    assert f"{CRIME}/QG1/Q1" in visible(document)
    assert below not in visible(document)
    assert below not in visible(with_answers(document, [Answer(f"{CRIME}/QG1/Q1", value=False)]))
    assert below in visible(with_answers(document, [Answer(f"{CRIME}/QG1/Q1", value=True)]))


def test_missing_lists_what_is_shown_and_asked():
    document = begun(asked(Choice("crime-org")))
    assert [(each.property, each.occurrence, each.criterion) for each in missing(document)] == [
        (f"{CRIME}/QG1/Q1", (1,), "crime-org")
    ]
    yes = with_answers(document, [Answer(f"{CRIME}/QG1/Q1", value=True)])
    assert [each.property.removeprefix(f"{CRIME}/QG1/QSG1/") for each in missing(yes)] == [
        "Q1", "Q2", "Q3", "Q4", "QSG1/Q1",
    ]  # fmt: skip
    no = with_answers(document, [Answer(f"{CRIME}/QG1/Q1", value=False)])
    assert missing(no) == ()


def test_second_conviction_is_asked_whole():
    document = begun(asked(Choice("crime-org")))
    answers = [Answer(f"{CRIME}/QG1/Q1", value=True), Answer(f"{CRIME}/QG1/QSG1/Q2", "Vol", (2,))]
    places = [(each.property[-2:], each.occurrence) for each in missing(with_answers(document, answers))]
    assert places == [("Q1", (2, 1)), ("Q3", (2, 1)), ("Q4", (2, 1)), ("Q1", (2, 1))]


@pytest.mark.parametrize("name", [name for name in OWN if name.startswith("response")])
def test_our_responses_lack_nothing(name):
    assert missing(OWN[name]) == ()


def test_answer_for_one_lot_leaves_the_other_to_answer():
    document = begun(asked(Choice("crime-org")))
    one = with_answers(document, [Answer(f"{CRIME}/QG1/Q1", value=False, lots=("LOT-0001",))])
    assert [each.property for each in missing(one)] == [f"{CRIME}/QG1/Q1"]
    two = with_answers(one, [Answer(f"{CRIME}/QG1/Q1", value=False, lots=("LOT-0002",))])
    assert missing(two) == ()


def test_answers_are_set_in_the_order_of_the_questions_and_replaced_in_place():
    document = begun(asked(Choice("crime-org"), Choice("fraud")))
    first = with_answers(
        document, [Answer("C3_EG_fraud/QG1/Q1", value=True), Answer(f"{CRIME}/QG1/Q1", value=True)]
    )
    again = with_answers(first, [Answer(f"{CRIME}/QG1/Q1", value=False, status=AnswerStatus.PROPOSED)])
    assert again.answers == (
        Answer(f"{CRIME}/QG1/Q1", value=False, occurrence=(1,), status=AnswerStatus.PROPOSED),
        Answer("C3_EG_fraud/QG1/Q1", value=True, occurrence=(1,)),
    )


def test_code_and_proof_are_completed():
    document = begun(OWN["request-everything"])
    answers = [
        Answer("C7_EG_tax-pay/RG1/QSG1/QSG1/Q1", Code("FRA")),
        Answer("C1_EG_crime-org/QG2/QSG1/Q1", Identifier("P1", "PLI")),
    ]
    proof, country = with_answers(document, answers).answers
    assert country.value == Code("FRA", "http://publications.europa.eu/resource/authority/country")
    assert proof.evidences == ("P1",)


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ([Answer("C9_x", value=True)], [("/0/property", "dume.property_unknown")]),
        ([Answer(f"{CRIME}/QG1/Q1", "oui")], [("/0/value", "dume.value_refused")]),
        ([Answer(f"{CRIME}/QG1/Q1", True, (0,))], [("/0/occurrence", "dume.occurrence_refused")]),  # A value.
        ([Answer(f"{CRIME}/QG1/Q1", True, (2,))], [("/0/occurrence", "dume.occurrence_refused")]),  # A value.
        (
            [Answer(f"{CRIME}/QG1/Q1", True, (1, 1))],
            [("/0/occurrence", "dume.occurrence_refused")],
        ),  # A value.
        ([Answer(f"{CRIME}/QG1/Q1", value=True, lots=("LOT-0009",))], [("/0/lots", "dume.lot_unknown")]),
        ([Answer(f"{CRIME}/QG1/Q1", value=True)] * 2, [("/1", "dume.answer_twice")]),
        (
            [Answer(f"{CRIME}/QG1/Q1", value=True), Answer("C9_x", value=True), Answer("C8_x", value=True)],
            [("/1/property", "dume.property_unknown"), ("/2/property", "dume.property_unknown")],
        ),
    ],
)
def test_answers_that_do_not_fit_are_refused_together(given, places):
    with pytest.raises(Invalid) as caught:
        with_answers(begun(asked(Choice("crime-org"))), given)
    assert caught.value.code == "dume.answers_refused"
    assert [(each.field, each.code) for each in caught.value.errors] == places


def test_hidden_answer_stays_in_the_draft_and_is_not_exported():
    document = begun(asked(Choice("crime-org")))
    yes = with_answers(
        document, [Answer(f"{CRIME}/QG1/Q1", value=True), Answer(f"{CRIME}/QG1/QSG1/Q2", "Vol")]
    )
    no = with_answers(yes, [Answer(f"{CRIME}/QG1/Q1", value=False)])
    assert [each.property for each in no.answers] == [f"{CRIME}/QG1/Q1", f"{CRIME}/QG1/QSG1/Q2"]
    assert [each.property for each in exported(no).answers] == [f"{CRIME}/QG1/Q1"]
    assert exported(yes) == yes


def test_lot_sees_its_requirements_and_its_answers():
    origin = OWN["request-per-lot"]
    document = begun(origin)
    name = f"{CRIME}/QG1/Q1"
    both = with_answers(document, [Answer(name, value=False), Answer(name, value=True, lots=("LOT-0002",))])
    first, second = for_lot(both, "LOT-0001"), for_lot(both, "LOT-0002")
    assert [lot.id for lot in second.lots] == ["LOT-0002"]
    assert [each.value for each in first.answers] == [False]
    assert [(each.value, each.lots) for each in second.answers] == [(True, ("LOT-0002",))]
    amounts = [entry.expected for entry in properties(second).values() if entry.path == TURNOVER]
    assert amounts == [Amount(Decimal("250000.50"), "EUR")]
    assert {each.lots for each in second.criteria} == {(), ("LOT-0002",)}


def test_lot_has_only_the_criteria_that_hold_for_it():
    document = asked(Choice("fraud"), Choice("finan-rat", ("LOT-0002",)))
    assert [each.code for each in for_lot(document, "LOT-0001").criteria] == ["fraud"]
    assert [each.code for each in for_lot(document, "LOT-0002").criteria] == ["fraud", "finan-rat"]
