"""What the official rules do not see is told to the person, and forbids to validate."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dume.espd import own_rules
from dume.espd.codes import code_lists
from dume.espd.findings import Severity
from dume.espd.model import (
    Address,
    Amount,
    Answer,
    AnswerStatus,
    Code,
    Document,
    Evidence,
    Identifier,
    Period,
    Provenance,
    Role,
)
from dume.espd.own_rules.index import properties
from dume.espd.taxonomy import taxonomy
from dume.espd.write_v41 import write
from dume.wording import finding
from tests.vectors.dume.documents import documents

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
OWN = documents()
SIRET = "00000001800010"


def sound(document: Document) -> Document:
    """Return a document with a SIRET that exists: the buyer's of the set is a made-up one."""
    party = replace(document.buyer.party, identifiers=(Identifier(SIRET, "SIRET"),))
    return replace(document, buyer=replace(document.buyer, party=party, service_provider=None))


def told(document: Document) -> list[tuple[str, str, str]]:
    return [(found.rule, found.severity.value, found.path) for found in own_rules.check(document, NOW)]


def new(document: Document, before: Document) -> list[tuple[str, str, str]]:
    known = told(before)
    return [found for found in told(document) if found not in known]


@pytest.fixture
def response() -> Document:
    return sound(OWN["response-sole"])


@pytest.fixture
def request_() -> Document:
    return sound(OWN["request-two-lots"])


@pytest.mark.parametrize("name", ["request-simplified", "request-two-lots", "response-sole", "response-full"])
def test_a_complete_document_is_left_in_peace(name):
    assert told(sound(OWN[name])) == []


def with_answer(document: Document, **changes: object) -> tuple[Document, int]:
    at = next(at for at, answer in enumerate(document.answers) if isinstance(answer.value, bool))
    answers = list(document.answers)
    answers[at] = replace(answers[at], **changes)
    return replace(document, answers=tuple(answers)), at


def test_a_question_without_an_answer_is_told(response):
    first = response.answers[0]
    lacking = replace(response, answers=response.answers[1:])
    missing = [found for found in own_rules.check(lacking, NOW) if found.rule == "PLI-ANSWER-MISSING"]
    assert [found.params["property"] for found in missing] == [first.property]
    assert missing[0].severity is Severity.WARNING


def test_a_proposed_answer_is_nobodys_claim(response):
    changed, at = with_answer(response, status=AnswerStatus.PROPOSED)
    assert new(changed, response) == [("PLI-TO-CONFIRM", "warning", f"/answers/{at}")]


@pytest.mark.parametrize(
    ("until", "stale"),
    [("2027-02-28T23:59:59+00:00", True), ("2027-03-01T00:00:00+00:00", False), ("", False), ("hier", False)],
)
def test_an_expired_proof_makes_an_answer_stale(response, until, stale):
    changed, at = with_answer(response, provenance=Provenance("urssaf", valid_until=until))
    expected = [("PLI-STALE", "warning", f"/answers/{at}")] if stale else []
    assert new(changed, response) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Period(date(2026, 2, 1), date(2026, 1, 1)), ("PLI-DATE-ORDER", "warning")),
        (Amount(Decimal(-1), "EUR"), ("PLI-NUMBER-RANGE", "info")),
        (Amount(Decimal(1), "ECU9"), ("PLI-CODE-UNKNOWN", "warning")),
        (Decimal(101), ("PLI-NUMBER-RANGE", "info")),
    ],
)
def test_an_impossible_value_is_told(response, value, expected):
    changed = replace(response, answers=(*response.answers, Answer("autre", value)))
    assert new(changed, response) == [(*expected, f"/answers/{len(response.answers)}/value")]


@pytest.mark.parametrize("value", [Decimal(100), Decimal(0), Period(date(2026, 1, 1), date(2026, 1, 1))])
def test_a_value_at_the_bound_is_allowed(response, value):
    changed = replace(response, answers=(*response.answers, Answer("autre", value)))
    assert new(changed, response) == []


def test_a_document_of_tomorrow_is_told(request_):
    changed = replace(request_, header=replace(request_.header, issue_date=NOW.date() + timedelta(days=1)))
    assert new(changed, request_) == [("PLI-DATE-ORDER", "warning", "/header/issue_date")]


def test_a_person_born_tomorrow_is_told(response):
    operator = response.economic_operator
    person = replace(operator.representatives[0], birth_date=date(2027, 3, 2))
    changed = replace(response, economic_operator=replace(operator, representatives=(person,)))
    place = "/economic_operator/representatives/0/birth_date"
    assert new(changed, response) == [("PLI-DATE-ORDER", "warning", place)]


@pytest.mark.parametrize(
    ("identifier", "country", "wrong"),
    [
        (Identifier("00000001800011", "SIRET"), "FRA", True),
        (Identifier("000 000 018 00010", "SIRET"), "FRA", False),
        (Identifier("1234", scheme="SIRET"), "BEL", True),
        (Identifier("00000001800011"), "BEL", False),
        (Identifier("00000001800011"), "FRA", True),
        (Identifier("FR00999999999", "VIES"), "FRA", False),
    ],
)
def test_a_wrong_siret_is_told(request_, identifier, country, wrong):
    party = replace(request_.buyer.party, identifiers=(identifier,), address=Address(country=country))
    changed = replace(request_, buyer=replace(request_.buyer, party=party))
    expected = [("PLI-SIRET", "warning", "/buyer/party/identifiers/0/value")] if wrong else []
    assert new(changed, request_) == expected


def test_an_unknown_country_size_or_cpv_is_told(response):
    operator = replace(response.economic_operator, size="gigantic")
    party = replace(operator.party, address=replace(operator.party.address, country="FR"))
    changed = replace(
        response,
        economic_operator=replace(operator, party=party),
        procedure=replace(response.procedure, cpv=("45210000", "4521")),
    )
    assert new(changed, response) == [
        ("PLI-CODE-UNKNOWN", "warning", "/economic_operator/party/address/country"),
        ("PLI-CODE-UNKNOWN", "warning", "/economic_operator/size"),
        ("PLI-CODE-UNKNOWN", "warning", "/procedure/cpv/1"),
    ]


def test_a_coded_answer_is_looked_up_in_its_list():
    document = sound(OWN["response-full"])
    asked = properties(document)
    at = next(
        at
        for at, answer in enumerate(document.answers)
        if isinstance(answer.value, Code)
        and taxonomy().property(asked[answer.property].property.path).code_list in code_lists()
    )
    answers = list(document.answers)
    answers[at] = replace(answers[at], value=Code("ZZZZ"))
    found = new(replace(document, answers=tuple(answers)), document)
    assert found == [("PLI-CODE-UNKNOWN", "warning", f"/answers/{at}/value")]


def test_a_lot_that_is_not_of_the_procedure_is_told(request_):
    criterion = replace(request_.criteria[0], lots=("LOT-0001", "LOT-0009"))
    changed = replace(request_, criteria=(criterion, *request_.criteria[1:]))
    assert new(changed, request_) == [("PLI-LOT-UNKNOWN", "warning", "/criteria/0/lots/1")]


def test_an_evidence_nobody_quotes_is_information(response):
    changed = replace(response, evidences=(*response.evidences, Evidence(Identifier("PREUVE-9"))))
    place = f"/evidences/{len(response.evidences)}"
    assert new(changed, response) == [("PLI-EVIDENCE-UNUSED", "info", place)]


def test_a_subcontractor_nobody_relies_on_has_no_selection_to_answer(response):
    operator = replace(response.economic_operator, role=Role.SUBCONTRACTOR)
    found = {
        found.params["criterion"]
        for found in own_rules.check(replace(response, economic_operator=operator), NOW)
        if found.rule == "PLI-SUBCONT-SELECTION"
    }
    assert "gen-year-to" in found
    assert "crime-org" not in found


def test_information_does_not_block(response):
    changed = replace(response, evidences=(*response.evidences, Evidence(Identifier("PREUVE-9"))))
    assert own_rules.blocking(changed, NOW) == ()
    proposed, _at = with_answer(changed, status=AnswerStatus.PROPOSED)
    assert [found.rule for found in own_rules.blocking(proposed, NOW)] == ["PLI-TO-CONFIRM"]


def test_the_bytes_of_a_document_are_judged_as_the_document():
    document = OWN["request-simplified"]
    found = own_rules.check_file(write(document), NOW)
    assert [finding_.rule for finding_ in found] == ["PLI-SIRET"]


@pytest.mark.parametrize("rule", own_rules.RULES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_rule_of_ours_says_what_to_do(rule, lang):
    quoted = {"property": "p", "criterion": "c", "value": "v", "list": "l", "date": "d"}
    sentence = finding(rule, lang, **quoted)
    assert sentence.endswith(".")
    assert "…" not in sentence
