"""The official rules of 4.1.0, odd as they are: what they check, what they miss, where they stop.

Each case was seen with the official sheets; ``tests/contract/test_native_equals_saxon.py`` compares both at large.
"""

import copy
from collections.abc import Callable
from functools import cache

import pytest
from lxml import etree

from dume.espd.findings import Finding
from dume.espd.model import Kind, Version
from dume.espd.rules_41 import check
from dume.espd.rules_41.answers import holds
from dume.espd.rules_41.facts import facts_of, listed
from dume.espd.rules_41.tree import SheetStopped
from dume.espd.scan import scan
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import requests, responses

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
Change = Callable[[etree._Element], None]


@cache
def made() -> dict[str, bytes]:
    asked = requests()
    return {
        "request": write(asked["request-simplified"]),
        "response": write(responses(asked)["response-convicted"]),
    }


def found(kind: str, change: Change | None = None, version: Version = Version.V4_1_0) -> list[Finding]:
    root = etree.fromstring(made()[kind])
    if change is not None:
        change(root)
    return list(check(scan(root, version, Kind(kind))))


def broken(kind: str, change: Change | None = None) -> list[tuple[str, str]]:
    return [(each.rule, each.severity.value) for each in found(kind, change)]


def the(root: etree._Element, path: str) -> etree._Element:
    element = root.find(path.replace("cac:", CAC).replace("cbc:", CBC))
    assert element is not None
    return element


def write_text(path: str, text: str) -> Change:
    def change(root: etree._Element) -> None:
        the(root, path).text = text

    return change


def set_attribute(path: str, name: str, value: str) -> Change:
    return lambda root: the(root, path).set(name, value)


def lose_attribute(path: str, name: str) -> Change:
    def change(root: etree._Element) -> None:
        del the(root, path).attrib[name]

    return change


def remove(path: str) -> Change:
    def change(root: etree._Element) -> None:
        element = the(root, path)
        element.getparent().remove(element)

    return change


def twice(path: str) -> Change:
    def change(root: etree._Element) -> None:
        element = the(root, path)
        element.addnext(copy.deepcopy(element))

    return change


def criterion(root: etree._Element, code: str) -> etree._Element:
    codes = root.iter(f"{CBC}CriterionTypeCode")
    return next(each.getparent() for each in codes if each.text == code)


def recode(code: str, other: str) -> Change:
    def change(root: etree._Element) -> None:
        the(criterion(root, code), "cbc:CriterionTypeCode").text = other

    return change


def without_lots(code: str) -> Change:
    def change(root: etree._Element) -> None:
        for lot in criterion(root, code).findall(f"{CAC}ProcurementProjectLotReference"):
            lot.getparent().remove(lot)

    return change


def with_lot(code: str) -> Change:
    def change(root: etree._Element) -> None:
        lot = etree.SubElement(criterion(root, code), f"{CAC}ProcurementProjectLotReference")
        etree.SubElement(lot, f"{CBC}ID", schemeAgencyID="OP").text = "LOT-0001"

    return change


def both(*changes: Change) -> Change:
    def change(root: etree._Element) -> None:
        for each in changes:
            each(root)

    return change


@pytest.mark.parametrize("kind", ["request", "response"])
def test_document_of_ours_breaks_no_rule(kind):
    assert broken(kind) == []


COUNTRY = ".//cac:Country/cbc:IdentificationCode"
REQUESTS = {
    "a code in other letters is the same code": (write_text(COUNTRY, "fra"), []),
    "a code of two letters is none": (write_text(COUNTRY, "FR"), [("CL-country", "fatal")]),
    "white space around a code makes it another": (write_text(COUNTRY, " FRA"), [("CL-country", "fatal")]),
    "an attribute of a list may be absent": (set_attribute(COUNTRY, "listName", "country"), []),
    "an attribute of a list may not be another": (
        set_attribute(COUNTRY, "listName", "Country"),
        [("BR-OTH-03", "fatal")],
    ),
    "a mandatory attribute that is another is told twice": (
        set_attribute(".//cbc:TypeCode", "listVersionID", "3.3.0"),
        [("BR-OTH-03", "fatal"), ("BR-OTH-01-40", "fatal")],
    ),
    "the currency of an amount is never looked at": (set_attribute(".//cbc:Name", "languageID", "??"), []),
    "the scheme of an identifier is never looked at": (
        set_attribute(".//cac:PartyIdentification/cbc:ID", "schemeID", "??"),
        [],
    ),
    "an agency of white space is none": (
        set_attribute("cbc:UUID", "schemeAgencyID", " \t"),
        [("BR-OTH-02", "fatal")],
    ),
    "the agency of the UBL version has its own rule": (
        lose_attribute("cbc:UBLVersionID", "schemeAgencyID"),
        [("BR-OTH-05-02", "fatal")],
    ),
    "the agency of an endpoint has a rule with a dot": (
        lose_attribute(".//cbc:EndpointID", "schemeAgencyID"),
        [("BR-OTH-02.", "fatal")],
    ),
    "the scheme of an endpoint is an error": (
        lose_attribute(".//cbc:EndpointID", "schemeID"),
        [("BR-OTH-08", "error")],
    ),
    "the code of the procedure is not in a list": (write_text("cbc:ProcedureCode", "n'importe quoi"), []),
    "a second buyer is a warning": (
        twice("cac:ContractingParty"),
        [("BR-REQ-20-01", "warning")],
    ),
    "a buyer without identifier is a warning": (
        both(remove(".//cac:PartyIdentification"), remove(".//cac:PartyIdentification")),
        [("BR-REQ-20-04", "warning")],
    ),
    "an exclusion ground in other letters is missing": (
        recode("fraud", "FRAUD"),
        [("BR-TC-04", "fatal"), ("BR-REQ-30", "fatal")],
    ),
    "an exclusion ground has no lot": (with_lot("crime-org"), [("BR-LOT-40", "fatal")]),
    "the new spelling of an exclusion ground may have a lot": (with_lot("misrepresent"), []),
    "a selection criterion has a lot": (without_lots("gen-year-to"), [("BR-LOT-41", "fatal")]),
    "the new spelling of a selection criterion needs no lot": (
        both(without_lots("gen-year-to"), recode("gen-year-to", "authorisation")),
        [("BR-TC-04", "fatal")],
    ),
    "an unknown criterion is told once": (
        write_text("cac:TenderingCriterion/cbc:ID", "?"),
        [("BR-TC-02-02", "fatal"), ("BR-TC-13", "fatal"), ("BR-TC-13", "fatal")],
    ),
}


@pytest.mark.parametrize("name", list(REQUESTS))
def test_request_breaks_these_rules(name):
    change, expected = REQUESTS[name]
    assert broken("request", change) == expected


def test_criterion_without_code_counts_as_an_exclusion_ground_and_as_a_selection_criterion():
    """The official list holds two separators in a row between two codes, and so an empty code is found in it."""

    def change(root: etree._Element) -> None:
        for code in ("gen-year-to", "year-manpower"):
            recode(code, "")(root)

    rules = broken("request", change)
    # No BR-REQ-40: two selection criteria are counted. They have lots, which an exclusion ground may not.
    assert sorted(rules) == [("BR-LOT-40", "fatal")] * 2 + [("BR-TC-04", "fatal")] * 2


def test_empty_code_is_in_every_list_and_an_unknown_one_in_none():
    among = facts_of(Version.V4_1_0).selection
    assert [listed(code, among) for code in ("gen-year-to", "GEN-YEAR-TO", "", "gen", "authorisation")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def answer_to(root: etree._Element, property_id: str) -> etree._Element:
    answers = root.findall(f"{CAC}TenderingCriterionResponse")
    return next(
        each for each in answers if each.findtext(f"{CBC}ValidatedCriterionPropertyID") == property_id
    )


CONVICTED = "C1_EG_crime-org/QG1/Q1"
DATE = "C1_EG_crime-org/QG1/QSG1/Q1"


def answered(property_id: str, text: str) -> Change:
    def change(root: etree._Element) -> None:
        the(answer_to(root, property_id), "cac:ResponseValue")[-1].text = text

    return change


def unanswered(property_id: str) -> Change:
    def change(root: etree._Element) -> None:
        root.remove(answer_to(root, property_id))

    return change


def test_answer_after_a_yes_is_wanted():
    assert broken("response", unanswered(DATE)) == [("BR-TCR-06-01", "fatal")]


def test_answers_after_a_no_are_unwanted():
    rules = broken("response", answered(CONVICTED, "0"))
    assert set(rules) == {("BR-TCR-06-02", "fatal")}


def test_neither_yes_nor_no_stops_the_sheet_and_nothing_else():
    rules = broken("response", both(answered(CONVICTED, "peut-être"), remove("cac:ProcurementProjectLot")))
    assert rules == [("BR-LOT-10", "fatal"), ("PLI-SHEET-STOPPED", "info")]


@pytest.mark.parametrize(
    ("texts", "truth", "expected"),
    [
        (["true"], True, True),
        ([" 1\n"], True, True),
        (["0", "false"], True, False),
        ([], False, False),
        (["true", "?"], True, True),
        (["?", "true"], True, None),
        (["TRUE"], True, None),
        ([""], False, None),
    ],
)
def test_text_is_a_boolean_or_stops_the_sheet(texts, truth, expected):
    if expected is None:
        with pytest.raises(SheetStopped):
            holds(texts, truth)
    else:
        assert holds(texts, truth) is expected


def test_second_lot_in_a_response_is_refused():
    assert broken("response", twice("cac:ProcurementProjectLot")) == [("BR-LOT-10", "fatal")]


def test_answer_of_another_type_is_told_with_the_type_wanted():
    def change(root: etree._Element) -> None:
        value = the(answer_to(root, DATE), "cac:ResponseValue")
        value.remove(value[-1])

    (finding,) = found("response", change)
    assert (finding.rule, finding.params["expected"], finding.params["value"]) == (
        "BR-TCR-08-04",
        "DATE",
        DATE,
    )


def test_answer_to_nothing_is_told():
    rules = broken(
        "response", write_text("cac:TenderingCriterionResponse/cbc:ValidatedCriterionPropertyID", "?")
    )
    assert ("BR-TCR-01-02", "fatal") in rules


def test_evidence_that_is_nowhere_is_told():
    rules = broken("response", write_text(".//cac:EvidenceSupplied/cbc:ID", "?"))
    assert rules == [("BR-TCR-09", "fatal")]


def test_unanswered_exclusion_ground_breaks_a_rule_of_3_3_0_only():
    """BR-RESP-30 is switched off since 4.0.0: the official rules do not see an exclusion ground without an answer."""
    assert "BR-RESP-30" not in [rule for rule, _ in broken("response", unanswered(CONVICTED))]
    rules = [each.rule for each in found("response", unanswered(CONVICTED), Version.V3_3_0)]
    assert "BR-RESP-30" in rules


def test_second_answer_breaks_a_rule_of_3_3_0_only():
    change = twice("cac:TenderingCriterionResponse")
    assert broken("response", change) == []
    assert "BR-TCR-01-03" in [each.rule for each in found("response", change, Version.V3_3_0)]


def test_subcontractor_may_answer_selection_criteria():
    """BR-SUBCONT-01 compares an identifier with the whole text of a criterion, and so never speaks."""
    assert broken("response", write_text(".//cbc:RoleCode", "subcont")) == []


def test_lead_must_name_the_group_but_two_leads_need_not():
    assert broken("response", write_text(".//cbc:RoleCode", "group-lead")) == [("BR-LEAD-10-S10", "warning")]
    two = both(write_text(".//cbc:RoleCode", "group-lead"), twice("cac:EconomicOperatorParty"))
    assert broken("response", two) == []


def test_two_identifiers_stop_the_sheet_of_criteria():
    rules = broken("request", twice("cac:TenderingCriterion/cbc:ID"))
    assert rules == [("PLI-SHEET-STOPPED", "info")]


def test_two_types_stop_the_sheet_only_where_it_compares_them():
    """In an unknown group there is nothing to compare with, and the sheet goes on."""
    path = "cac:TenderingCriterion/cac:TenderingCriterionPropertyGroup"
    two = twice(f"{path}/cac:TenderingCriterionProperty/cbc:TypeCode")
    assert ("PLI-SHEET-STOPPED", "info") in broken("request", two)
    rules = broken("request", both(two, write_text(f"{path}/cbc:ID", "?")))
    assert ("PLI-SHEET-STOPPED", "info") not in rules
    assert ("BR-TC-13", "fatal") in rules


def test_finding_names_its_place_with_positions():
    (finding,) = found("request", without_lots("year-manpower"))
    assert finding.path == "/espd-req:QualificationApplicationRequest/cac:TenderingCriterion[26]"
    assert finding.params["value"] == "year-manpower"
