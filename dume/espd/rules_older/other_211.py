"""Check what 2.1.1 asks everywhere: fixed identifiers, agencies of identifiers, attributes of codes, references."""

import re
from collections.abc import Iterator

from lxml import etree

from dume.espd.rules_older.facts import names
from dume.espd.rules_older.nodes import Broken, clark, finder, first, own_texts, teller
from dume.espd.scan import SPACE, Scan

NOTICE_NUMBER = re.compile(r"[0-9]{4}/S [0-9]{3}-[0-9]{6}")
REFERENCE = clark("cac:AdditionalDocumentReference")
ENDPOINT = clark("cbc:EndpointID")
# Element, the value and the agency it must have, the two rules.
FIXED = (
    (clark("cbc:UBLVersionID"), "2.2", "OASIS-UBL-TC", "BR-OTH-05-01", "BR-OTH-05-02"),
    (clark("cbc:ProfileID"), "4.1", "CEN-BII", "BR-OTH-07-01", "BR-OTH-07-02"),
)
CUSTOMIZATION = {
    "request": "urn:www.cenbii.eu:transaction:biitrdm070:ver3.0",
    "response": "urn:www.cenbii.eu:transaction:biitrdm092:ver3.0",
}
CODE_ATTRIBUTES = (("listID", "1"), ("listAgencyID", "2"), ("listVersionID", "3"))
ids = finder("cbc:ID")
id_texts = teller("cbc:ID")
document_types = finder("cbc:DocumentTypeCode")
notice_descriptions = finder("cac:Attachment/cac:ExternalReference/cbc:Description")


def check(scan: Scan) -> Iterator[Broken]:
    """Yield the broken rules about references, versions, identifiers and coded elements."""
    for element in scan.all(REFERENCE):
        yield from _reference(element)
    for tag, value, agency, value_rule, agency_rule in FIXED:
        for element in scan.all(tag):
            yield from fixed(element, value, agency, (value_rule, agency_rule))
    yield from _coded(scan)
    yield from _identified(scan)


def customization(scan: Scan) -> Iterator[Broken]:
    """Yield the rules broken by the name of the customization, which differs between requests and responses."""
    for element in scan.all(clark("cbc:CustomizationID")):
        expected = CUSTOMIZATION[scan.kind.value]
        yield from fixed(element, expected, "CEN-BII", ("BR-OTH-06-01", "BR-OTH-06-02"))


def fixed(element: etree._Element, value: str, agency: str, rules: tuple[str, str]) -> Iterator[Broken]:
    """Yield the rules broken by an element that must hold `value` and name `agency`."""
    if value not in own_texts(element):
        quoted = {"value": (element.text or "").strip(), "expected": value, "sentence": f"{rules[0]}-OLD"}
        yield rules[0], element, quoted
    if element.get("schemeAgencyID") != agency:
        quoted = {
            "attribute": "schemeAgencyID",
            "value": element.get("schemeAgencyID", ""),
            "expected": agency,
        }
        yield rules[1], element, quoted


def _reference(element: etree._Element) -> Iterator[Broken]:
    declared = document_types(element)
    notice = any("TED_CN" in own_texts(code) for code in declared)
    if notice and ids(element):
        number = " ".join(first(id_texts(element)).split())
        if len(ids(element)) != 1 or not NOTICE_NUMBER.fullmatch(number):
            yield "BR-COM-10-01", element, {"value": number}
    if notice and len(notice_descriptions(element)) != 2:  # noqa: PLR2004 - the title and the reference
        yield "BR-COM-10-02", element, {}
    if not declared:
        yield "BR-COM-10-03", element, {}


def _coded(scan: Scan) -> Iterator[Broken]:
    for key, last in (("plain", "0"), ("versioned", "1")):
        for element in scan.all(*names("2.1.1", "coded", key)):
            for attribute, digit in CODE_ATTRIBUTES:
                if attribute not in element.attrib:
                    yield f"BR-OTH-01-{digit}{last}", element, {"attribute": attribute}
            version = element.get("listVersionID", "")
            if key == "versioned" and not version.startswith(("2.", "02.")):
                yield "BR-OTH-01-40", element, {"attribute": "listVersionID", "value": version}


def _identified(scan: Scan) -> Iterator[Broken]:
    exempt = {tag for tag, *_ in FIXED}
    for element in scan.all(*names("2.1.1", "identifiers")):
        if element.tag not in exempt and not element.get("schemeAgencyID", "").strip(SPACE):
            yield "BR-OTH-02", element, {"attribute": "schemeAgencyID"}
    for element in scan.all(ENDPOINT):
        if "schemeID" not in element.attrib:
            yield "BR-OTH-08", element, {"attribute": "schemeID"}
        if not element.get("schemeAgencyID", "").strip(SPACE):
            yield "BR-OTH-02.", element, {"attribute": "schemeAgencyID"}
