"""Check the answers of a 2.1.1 response: each refers to one property, with one value of the type it asks for."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from dume.espd.rules_older.criteria_211 import (
    PROPERTY,
    SUBGROUP,
    group_types,
    ids,
    properties_of,
)
from dume.espd.rules_older.nodes import Broken, Unfinished, clark, finder, first, own_texts, teller
from dume.espd.scan import SPACE, Scan, text_of

ANSWER = clark("cac:TenderingCriterionResponse")
EVIDENCE = clark("cac:Evidence")
coded_types = finder("cbc:ValueDataTypeCode")
answer_ids = teller("cbc:ValidatedCriterionPropertyID")
values = finder("cac:ResponseValue")
periods = finder("cac:ApplicablePeriod")
evidences = finder("cac:EvidenceSupplied")
evidence_ids = teller("cac:EvidenceSupplied/cbc:ID")
indicators = finder("cac:ResponseValue/cbc:ResponseIndicator")
quantities = finder("cac:ResponseValue/cbc:ResponseQuantity")
# By value type: the rule and where the value stands; a unit when the quantity must have it.
SHAPES = {
    "AMOUNT": ("01", "cac:ResponseValue/cbc:ResponseAmount"),
    "CODE": ("02", "cac:ResponseValue/cbc:ResponseCode"),
    "CODE_COUNTRY": ("03", "cac:ResponseValue/cbc:ResponseCode"),
    "DATE": ("04", "cac:ResponseValue/cbc:ResponseDate"),
    "DESCRIPTION": ("05", "cac:ResponseValue/cbc:Description"),
    "EVIDENCE_IDENTIFIER": ("06", "cac:EvidenceSupplied/cbc:ID"),
    "INDICATOR": ("07", "cac:ResponseValue/cbc:ResponseIndicator"),
    "PERCENTAGE": ("08", "cac:ResponseValue/cbc:ResponseQuantity"),
    "PERIOD": ("09", "cac:ApplicablePeriod"),
    "QUANTITY_INTEGER": ("10", "cac:ResponseValue/cbc:ResponseQuantity"),
    "QUANTITY_YEAR": ("11", "cac:ResponseValue/cbc:ResponseQuantity"),
    "QUANTITY": ("12", "cac:ResponseValue/cbc:ResponseQuantity"),
    "IDENTIFIER": ("13", "cac:ResponseValue/cbc:ResponseID"),
    "URL": ("14", "cac:ResponseValue/cbc:ResponseURI"),
    "MAXIMUM_AMOUNT": ("15", "cac:ResponseValue/cbc:ResponseAmount"),
    "MINIMUM_AMOUNT": ("16", "cac:ResponseValue/cbc:ResponseAmount"),
    "MAXIMUM_VALUE_NUMERIC": ("17", "cac:ResponseValue/cbc:ResponseNumeric"),
    "TRANSLATION_TYPE_CODE": ("18", "cac:ResponseValue/cbc:ResponseCode"),
    "CERTIFICATION_LEVEL_DESCRIPTION": ("19", "cac:ResponseValue/cbc:Description"),
    "COPY_QUALITY_TYPE_CODE": ("20", "cac:ResponseValue/cbc:ResponseCode"),
    "TIME": ("21", "cac:ResponseValue/cbc:ResponseTime"),
    "ECONOMIC_OPERATOR_IDENTIFIER": ("22", "cac:ResponseValue/cbc:ResponseID"),
    "LOT_IDENTIFIER": ("23", "cac:ResponseValue/cbc:ResponseID"),
    "WEIGHT_INDICATOR": ("24", "cac:ResponseValue/cbc:ResponseIndicator"),
    "QUAL_IDENTIFIER": ("25", "cac:ResponseValue/cbc:ResponseID"),
    "CODE_BOOLEAN": ("26", "cac:ResponseValue/cbc:ResponseCode"),
}
FINDERS = {path: finder(path) for _suffix, path in SHAPES.values()}
UNITS = {"PERCENTAGE": "PERCENTAGE", "QUANTITY_YEAR": "YEAR"}
TRUTHS = {"true": True, "1": True, "false": False, "0": False}
# By condition of a subgroup: the answer above that shows it, the rules when it lacks or wrongly has an answer.
CONDITIONS = {
    "ONTRUE": (True, "BR-TCR-06-01", "BR-TCR-06-02"),
    "ONFALSE": (False, "BR-TCR-07-01", "BR-TCR-07-02"),
}


def check(scan: Scan) -> Iterator[Broken]:
    """Yield the broken rules about answers."""
    types: dict[str, list[list[str]]] = {}
    for element in scan.all(PROPERTY):
        for given in dict.fromkeys(ids(element)):
            types.setdefault(given, []).append(_kinds(element))
    proofs = Counter(given for element in scan.all(EVIDENCE) for given in ids(element))
    answers: dict[str, list[etree._Element]] = {}
    for element in scan.all(ANSWER):
        for given in dict.fromkeys(answer_ids(element)):
            answers.setdefault(given, []).append(element)
        yield from _answer(element, types, proofs)
    counts = {given: len(found) for given, found in answers.items()}
    yield from _repeated(scan, counts)
    yield from _shown(scan, answers)


def _kinds(element: etree._Element) -> list[str]:
    """Return the value types of a property, one per text node: the sheet compares each, a comment cuts one in two."""
    return [text for code in coded_types(element) for text in own_texts(code)]


def _repeated(scan: Scan, counts: dict[str, int]) -> Iterator[Broken]:
    for element in scan.all(PROPERTY):
        for identifier in element.findall(clark("cbc:ID")):
            if counts.get(text_of(identifier), 0) > 1:
                quoted = {"value": text_of(identifier), "count": str(counts[text_of(identifier)])}
                yield "BR-TCR-01-03", identifier, quoted


def _answer(
    element: etree._Element, types: dict[str, list[list[str]]], proofs: Counter[str]
) -> Iterator[Broken]:
    given = answer_ids(element)
    quoted = {"value": first(given)}
    if not given:
        yield "BR-TCR-01-01", element, {}
    others = len(periods(element)) + len(evidences(element))
    if not ((not values(element) and others == 1) or (values(element) and not others)):
        yield "BR-TCR-03", element, quoted
    if len(values(element)) > 1:
        yield "BR-TCR-04", element, quoted | {"count": str(len(values(element)))}
    expected = [found for known in dict.fromkeys(given) for found in types.get(known, ())]
    if given and len(expected) != 1:
        yield "BR-TCR-01-02", element, quoted | {"count": str(len(expected))}
    if evidences(element) and sum(proofs[known] for known in set(evidence_ids(element))) != 1:
        yield "BR-TCR-09", element, {"value": first(evidence_ids(element))}
    for kind in dict.fromkeys(kind for kinds in expected for kind in kinds):
        suffix, path = SHAPES.get(kind, ("", ""))
        if suffix and not _holds(element, kind, path):
            yield f"BR-TCR-08-{suffix}", element, {"expected": kind, "value": first(given)}


def _holds(element: etree._Element, kind: str, path: str) -> bool:
    found = FINDERS[path](element)
    return any(UNITS[kind] == value.get("unitCode") for value in found) if kind in UNITS else bool(found)


def _shown(scan: Scan, answers: dict[str, list[etree._Element]]) -> Iterator[Broken]:
    for group in scan.all(SUBGROUP):
        rules = [CONDITIONS[code] for code in group_types(group) if code in CONDITIONS]
        parent = group.getparent()
        if not rules or parent is None:
            continue
        above = {given for found in properties_of(parent) for given in ids(found)}
        said = {
            _truth(text_of(indicator))
            for given in above
            for answer in answers.get(given, ())
            for indicator in indicators(answer)
        }
        for found in properties_of(group):
            yield from _conditional(found, rules[0], said, answers)


def _truth(written: str) -> bool:
    try:
        return TRUTHS[written.strip(SPACE)]
    except KeyError:
        raise Unfinished from None


def _conditional(
    element: etree._Element,
    rule: tuple[bool, str, str],
    said: set[bool],
    answers: dict[str, list[etree._Element]],
) -> Iterator[Broken]:
    shown, lacking, unwanted = rule
    count = len({answer for given in ids(element) for answer in answers.get(given, ())})
    if shown in said and count != 1:
        yield lacking, element, {"value": first(ids(element))}
    if (not shown) in said and count:
        yield unwanted, element, {"value": first(ids(element))}
