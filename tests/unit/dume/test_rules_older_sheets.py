"""The rules of 2.1.1 and 1.0.2: their weights, their oddities, and the sentence of each."""

import os
from pathlib import Path

import pytest
from lxml import etree

from dume.espd.findings import Severity
from dume.espd.model import Kind
from dume.espd.rules_older.severities import severity_211
from dume.espd.validate import validate
from dume.wording import finding
from tests.pace import brief
from tools.espd.older import build
from tools.espd_negatives.build import negatives, sound
from tools.espd_negatives.tree import NAMESPACES

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
DATA = Path(__file__).resolve().parents[3] / "dume" / "espd" / "data"


def rules(data: bytes) -> list[str]:
    found = [one.rule for one in validate(data).findings if not one.rule.startswith("PLI-")]
    return sorted(found)


def changed(version: str, kind: str, path: str, text: str) -> bytes:
    root = etree.fromstring(sound(version, kind))
    found = root.xpath(path, namespaces=NAMESPACES)
    found[0].text = text
    return etree.tostring(root)


@pytest.mark.parametrize("version", ["2.1.1", "1.0.2"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_finding_of_the_negative_set_says_what_to_do(version, lang):
    mute = set()
    for negative in negatives(version):
        for one in validate(negative.data).findings:
            sentence = finding(one.params.get("sentence", one.rule), lang, **one.params)
            if not sentence or "…" in sentence:
                mute.add(one.rule)
    assert mute == set()


@pytest.mark.parametrize(
    ("rule", "kind", "weight"),
    [
        ("BR-OTH-06-01", Kind.REQUEST, Severity.FATAL),
        ("BR-OTH-06-01", Kind.RESPONSE, Severity.ERROR),
        ("BR-RESP-10-04", Kind.RESPONSE, Severity.ERROR),
        ("BR-OTH-08", Kind.REQUEST, Severity.ERROR),
        ("BR-REQ-30", Kind.REQUEST, Severity.WARNING),
        ("CL-CurrencyCode", Kind.REQUEST, Severity.FATAL),
    ],
)
def test_a_rule_of_2_1_1_weighs_what_its_sheet_says(rule, kind, weight):
    assert severity_211(rule, kind) is weight


def test_codes_are_compared_whatever_their_case():
    assert rules(changed("2.1.1", "request", "//cac:Country/cbc:IdentificationCode", "fr")) == []
    assert rules(changed("1.0.2", "request", "//cac:Country/cbc:IdentificationCode", "fr")) == []


def test_an_attribute_is_compared_in_1_0_2_and_never_visited_in_2_1_1():
    old, first = etree.fromstring(sound("2.1.1", "request")), etree.fromstring(sound("1.0.2", "request"))
    for root in (old, first):
        root.xpath("//cbc:Description", namespaces=NAMESPACES)[0].set("currencyID", "ZZZ")
    assert "CL-CurrencyCode" not in rules(etree.tostring(old))
    assert "CL-CurrencyCode" in rules(etree.tostring(first))


def test_an_element_that_stands_twice_silences_its_sheet_and_no_other():
    root = etree.fromstring(sound("2.1.1", "request"))
    group = root.xpath("//cac:TenderingCriterionPropertyGroup/cbc:ID", namespaces=NAMESPACES)[0]
    twin = etree.fromstring(etree.tostring(group))
    twin.text, twin.tail = "inconnu", None
    group.addnext(twin)
    root.xpath("//cbc:EndpointID", namespaces=NAMESPACES)[0].attrib.pop("schemeID")
    assert rules(etree.tostring(root)) == ["BR-OTH-08", "XSD"]


def test_the_profile_version_of_ubl_never_reaches_the_rule_on_agencies():
    root = etree.fromstring(sound("2.1.1", "request"))
    root.xpath("/*/cbc:UBLVersionID", namespaces=NAMESPACES)[0].attrib.pop("schemeAgencyID")
    assert rules(etree.tostring(root)) == ["BR-OTH-05-02"]


@pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")
def test_the_facts_are_what_the_kits_give():
    built = build(Path(KIT))
    assert {name: (DATA / name).read_bytes() for name in built} == built


def test_thousands_of_findings_side_by_side_are_placed_in_one_walk():
    root = etree.fromstring(sound("1.0.2", "request"))
    criterion = root.xpath("//ccv:Criterion", namespaces=NAMESPACES)[0]
    criterion.xpath("cbc:ID", namespaces=NAMESPACES)[0].attrib.clear()
    for _ in range(3000):
        criterion.addnext(etree.fromstring(etree.tostring(criterion)))
    with brief(10):  # a square of the time took a minute
        found = [one for one in validate(etree.tostring(root)).findings if one.rule == "ESPD1-ID-AGENCY"]
    assert [found[0].path, found[-1].path] == [
        "/espd-req:ESPDRequest/ccv:Criterion[1]/cbc:ID/@schemeAgencyID",
        "/espd-req:ESPDRequest/ccv:Criterion[3001]/cbc:ID/@schemeAgencyID",
    ]
