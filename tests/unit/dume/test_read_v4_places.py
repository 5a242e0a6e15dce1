"""What a 4.1.0 document says beyond the model is kept with its place, and odd identifiers as they are written."""

from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from dume.espd.importing import read
from dume.espd.model import Amount, Answer, Condition, Extra, Identifier, PropertyType, Quantity
from dume.espd.report import Change
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import documents

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC, CBC = f"{{{UBL}CommonAggregateComponents-2}}", f"{{{UBL}CommonBasicComponents-2}}"
NS = {"cac": CAC[1:-1], "cbc": CBC[1:-1]}
OWN = documents()


def tree(name: str) -> etree._Element:
    """Return one of our documents as XML to be changed."""
    return etree.fromstring(write(OWN[name]))


def again(root: etree._Element):
    """Return what is read from a changed document."""
    return read(etree.tostring(root))


def response_to(root: etree._Element, ending: str) -> etree._Element:
    """Return the response whose question ends so."""
    for each in root.iterfind("cac:TenderingCriterionResponse", NS):
        if each.findtext("cbc:ValidatedCriterionPropertyID", "", NS).endswith(ending):
            return each
    raise AssertionError(ending)


def test_occurrence_is_read_from_the_response_id():
    years = [
        each.occurrence
        for each in OWN["response-two-years"].answers
        if each.property == "C29_SC_gen-year-to/RG1/RSG1/QSG2/Q1"
    ]
    read_years = [
        each.occurrence
        for each in again(tree("response-two-years")).document.answers
        if each.property == "C29_SC_gen-year-to/RG1/RSG1/QSG2/Q1"
    ]
    assert years == read_years == [(1, 1, 1, 1), (1, 1, 2, 1)]


def test_odd_response_ids_are_kept_and_counted_in_document_order():
    root = tree("response-two-years")
    name = "C29_SC_gen-year-to/RG1/RSG1/QSG2/Q1"
    for number, each in enumerate(root.iterfind("cac:TenderingCriterionResponse", NS)):
        if each.findtext("cbc:ValidatedCriterionPropertyID", "", NS) == name:
            each.find("cbc:ID", NS).text = f"r-{number}"
    found = [each for each in again(root).document.answers if each.property == name]
    assert [each.occurrence for each in found] == [(1, 1, 1, 1), (2, 1, 1, 1)]
    assert all(each.id.startswith("r-") for each in found)
    assert read(write(again(root).document)).document == again(root).document


def test_response_without_an_id_gets_the_one_of_the_pattern():
    root = tree("response-simplified")
    answer = response_to(root, "C1_EG_crime-org/QG1/Q1")
    answer.remove(answer.find("cbc:ID", NS))
    first = again(root).document.answers[0]
    assert (first.property, first.occurrence, first.id) == ("C1_EG_crime-org/QG1/Q1", (1,), "")
    assert b">C1_EG_crime-org/QG1/Q1/R1<" in write(again(root).document)


@pytest.mark.parametrize(
    ("element", "text"),
    [("ResponseIndicator", "peut-être"), ("ResponseDate", "hier"), ("ResponseAmount", "beaucoup")],
)
def test_response_that_says_nothing_readable_is_kept_as_it_is(element, text):
    root = tree("response-simplified")
    value = response_to(root, "C1_EG_crime-org/QG1/Q1").find("cac:ResponseValue", NS)
    value.remove(value.find("cbc:ResponseIndicator", NS))
    etree.SubElement(value, f"{CBC}{element}").text = text
    found = again(root)
    assert len(found.document.answers) == len(OWN["response-simplified"].answers) - 1
    assert [(each.parent, each.position) for each in found.document.extras] == [("", 0)]
    assert f">{text}<" in found.document.extras[0].xml
    assert f">{text}<".encode() in write(found.document)


def test_answer_of_another_type_than_its_question_is_kept_as_it_is():
    root = tree("response-simplified")
    value = response_to(root, "C1_EG_crime-org/QG1/Q1").find("cac:ResponseValue", NS)
    value.remove(value.find("cbc:ResponseIndicator", NS))
    etree.SubElement(value, f"{CBC}Description").text = "oui"
    assert [each.parent for each in again(root).document.extras] == [""]


def test_unknown_element_comes_back_at_its_place():
    root = tree("request-simplified")
    party = root.find("cac:ContractingParty/cac:Party", NS)
    tax = etree.fromstring(
        f'<t:PartyTaxScheme xmlns:t="{CAC[1:-1]}"><t:TaxScheme><b:ID xmlns:b="{CBC[1:-1]}">VAT</b:ID>'
        "</t:TaxScheme></t:PartyTaxScheme>"
    )
    party.insert([each.tag for each in party].index(f"{CAC}Contact"), tax)
    document = again(root).document
    assert [(each.parent, each.position) for each in document.extras] == [
        ("/cac:ContractingParty/cac:Party", 0)
    ]
    written = etree.fromstring(write(document)).find("cac:ContractingParty/cac:Party", NS)
    names = [etree.QName(each).localname for each in written]
    assert names[-3:] == ["PostalAddress", "PartyTaxScheme", "Contact"]
    assert read(write(document)).document == document


def test_signature_is_kept_to_the_byte():
    signature = (
        '<cac:Signature xmlns:cac="' + CAC[1:-1] + '"><cbc:ID xmlns:cbc="' + CBC[1:-1] + '">s</cbc:ID>'
        '<ds:X xmlns:ds="urn:x">\n  <ds:Y a="1"></ds:Y>\n</ds:X></cac:Signature>'
    )
    root = tree("request-simplified")
    root.append(etree.fromstring(signature))
    document = again(root).document
    assert document.extras == (Extra("", 0, signature),)
    assert write(document).endswith(signature.encode() + b"</QualificationApplicationRequest>\n")


def test_extra_of_a_criterion_stays_with_it():
    root = tree("request-simplified")
    third = root.findall("cac:TenderingCriterion", NS)[2]
    weight = etree.Element(f"{CBC}WeightNumeric")
    weight.text = "0.5"
    third.insert(4, weight)
    assert [each.parent for each in again(root).document.extras] == ["/cac:TenderingCriterion[3]"]


def test_other_prefixes_say_the_same():
    root = write(OWN["response-sole"])
    other = root.replace(b"cac:", b"a:").replace(b"cbc:", b"ns2:")
    other = other.replace(b"xmlns:cac=", b"xmlns:a=").replace(b"xmlns:cbc=", b"xmlns:ns2=")
    found = read(other)
    assert found.document == OWN["response-sole"]
    assert found.report.summary["lost"] == 0


def test_empty_name_is_kept_for_the_rule_that_wants_it_there():
    root = tree("request-simplified")
    root.find("cac:ContractingParty/cac:Party/cac:PartyName/cbc:Name", NS).text = None
    document = again(root).document
    assert document.buyer.party.name == ""
    assert b"<cac:PartyName><cbc:Name" in write(document)
    named = replace(
        document, buyer=replace(document.buyer, party=replace(document.buyer.party, name="Ville"))
    )
    assert (
        etree.fromstring(write(named)).xpath(
            "count(//cac:ContractingParty//cbc:Name[. = 'Ville'])", namespaces=NS
        )
        == 1
    )
    assert (
        len(
            etree.fromstring(write(named)).findall(
                "cac:ContractingParty/cac:Party/cac:PartyName/cbc:Name", NS
            )
        )
        == 1
    )


def test_requirement_and_its_group_are_read():
    criterion = next(each for each in OWN["request-per-lot"].criteria if each.code == "gen-year-to")
    found = next(
        each for each in again(tree("request-per-lot")).document.criteria if each.code == "gen-year-to"
    )
    assert found == criterion
    assert [(each.occurrence, each.condition) for each in found.groups] == [
        (1, Condition.ALWAYS),
        (2, Condition.ALWAYS),
    ]
    second = found.groups[1]
    assert (second.properties[0].id, second.properties[0].expected) == (
        "C29_SC_gen-year-to/RG1/RQ1/R2/R1",
        Identifier("LOT-0002", "OP"),
    )
    amount = next(each for each in second.groups[0].properties if each.path.endswith("RQ3"))
    assert (amount.type, amount.expected) == (PropertyType.REQUIREMENT, Amount(Decimal("250000.50"), "EUR"))


def test_zone_of_a_day_is_dropped_and_said():
    data = write(OWN["request-simplified"]).replace(b"2027-01-11<", b"2027-01-11+01:00<")
    found = read(data)
    assert found.document.header.issue_date == OWN["request-simplified"].header.issue_date
    assert [(each.kind, each.value) for each in found.report.items if each.kind is not Change.KEPT] == [
        (Change.RETYPED, "2027-01-11+01:00")
    ]


def test_number_of_years_is_in_years():
    document = replace(OWN["response-full"], extras=())
    years = [
        each.value
        for each in document.answers
        if isinstance(each.value, Quantity) and each.value.unit == "YEAR"
    ]
    assert years
    assert [Answer("x", each) for each in years] == [
        Answer("x", each.value)
        for each in read(write(document)).document.answers
        if isinstance(each.value, Quantity) and each.value.unit == "YEAR"
    ]
