"""Check what the official sheets ask of a 1.0.2 document; they name no rule, so these names (``ESPD1-...``) are ours."""

from collections.abc import Callable, Iterator

from lxml import etree

from dume.espd.model import Kind
from dume.espd.rules_older.facts import CodeList, lists_102, load, lower, names
from dume.espd.rules_older.nodes import Broken, clark, finder, first, own_texts, single, teller, under
from dume.espd.scan import Scan, text_of

ROOTS = {
    Kind.REQUEST: "{urn:grow:names:specification:ubl:schema:xsd:ESPDRequest-1}ESPDRequest",
    Kind.RESPONSE: "{urn:grow:names:specification:ubl:schema:xsd:ESPDResponse-1}ESPDResponse",
}
CRITERION = clark("ccv:Criterion")
GROUP = clark("ccv:RequirementGroup")
REQUIREMENT = clark("ccv:Requirement")
LEGISLATION = clark("ccv:LegislationReference")
REFERENCE = clark("cac:AdditionalDocumentReference")
LOT = clark("cac:ProcurementProjectLot")
OPERATOR = (clark("espd-cac:EconomicOperatorParty"), clark("cac:Party"))
FIXED_RULES = {
    clark("cbc:UBLVersionID"): "ESPD1-UBL-VERSION",
    clark("cbc:CustomizationID"): "ESPD1-CUSTOMIZATION",
    clark("cbc:ProfileID"): "ESPD1-PROFILE",
    clark("cbc:ProfileExecutionID"): "ESPD1-PROFILE-EXECUTION",
}
# What must be filled in, by element: the rule and the child.
ROOT_RULES = (("ESPD1-DOC-ID", "cbc:ID"), ("ESPD1-DOC-DATE", "cbc:IssueDate"))
CRITERION_RULES = (
    ("ESPD1-CRIT-ID", "cbc:ID"),
    ("ESPD1-CRIT-NAME", "cbc:Name"),
    ("ESPD1-CRIT-DESCRIPTION", "cbc:Description"),
    ("ESPD1-CRIT-TYPE", "cbc:TypeCode"),
)
GROUP_RULES = (("ESPD1-GROUP-ID", "cbc:ID"),)
REQUIREMENT_RULES = (("ESPD1-REQ-DESCRIPTION", "cbc:Description"), ("ESPD1-REQ-ID", "cbc:ID"))
LEGISLATION_RULES = (
    ("ESPD1-LEG-URI", "cbc:URI"),
    ("ESPD1-LEG-ARTICLE", "ccv-cbc:Article"),
    ("ESPD1-LEG-LEVEL", "ccv-cbc:JurisdictionLevelCode"),
    ("ESPD1-LEG-TITLE", "ccv-cbc:Title"),
    ("ESPD1-LEG-DESCRIPTION", "cbc:Description"),
)
OPERATOR_RULES = (
    (("cac:PartyIdentification",), "ESPD1-EO-ID", "cbc:ID"),
    (("cac:PartyName",), "ESPD1-EO-NAME", "cbc:Name"),
    (("cac:PostalAddress", "cac:Country"), "ESPD1-EO-COUNTRY", "cbc:IdentificationCode"),
)
# Attribute, value and rule of the identifiers of groups and requirements.
SCHEMES = (
    ("schemeAgencyID", "EU-COM-GROW", "ESPD1-REQ-ID-AGENCY"),
    ("schemeID", "CriterionRelatedIDs", "ESPD1-REQ-ID-SCHEME"),
    ("schemeVersionID", "1.0", "ESPD1-REQ-ID-VERSION"),
)
# Where an answer of each type stands.
ANSWERS = {
    "AMOUNT": "cbc:Amount",
    "CODE": "ccv-cbc:Code",
    "CODE_COUNTRY": "ccv-cbc:Code",
    "DATE": "cbc:Date",
    "DESCRIPTION": "cbc:Description",
    "EVIDENCE_URL": "cev:Evidence",
    "INDICATOR": "ccv-cbc:Indicator",
    "PERCENTAGE": "cbc:Percent",
    "PERIOD": "cac:Period",
    "QUANTITY_INTEGER": "cbc:Quantity",
    "QUANTITY_YEAR": "cbc:Quantity",
    "QUANTITY": "cbc:Quantity",
}
NOTICE_LENGTH = 17
TELLERS: dict[str, Callable[[etree._Element], list[str]]] = {}
answers_of = finder("ccv:Response")
references = finder("cac:AdditionalDocumentReference")
legislations = finder("ccv:LegislationReference")
ids = teller("cbc:ID")
type_codes = teller("cbc:TypeCode")
document_types = finder("cbc:DocumentTypeCode")


def business(scan: Scan) -> Iterator[Broken]:
    """Yield what lacks or is wrong in the document, its references, criteria, groups and requirements."""
    yield from _document(scan)
    yield from _criteria(scan)
    yield from _groups(scan)
    yield from _scheme_of_ids(scan)


def response(scan: Scan) -> Iterator[Broken]:
    """Yield what lacks or is wrong in the operator and its answers."""
    yield from _operator(scan)
    for element in scan.all(REQUIREMENT):
        if under(element, GROUP):
            yield from _answers(element)


def coded(scan: Scan) -> Iterator[Broken]:
    """Yield the codes that do not name their list, its agency and its version."""
    for element in scan.all(*names("1.0.2", scan.kind.value, "coded")):
        lacking = [name for name in ("listID", "listAgencyID", "listVersionID") if name not in element.attrib]
        if lacking:
            yield "ESPD1-CODE-ATTRIBUTES", element, {"attribute": lacking[0], "names": ", ".join(lacking)}


def values(scan: Scan) -> Iterator[Broken]:
    """Yield the codes that are not in their list or name another list."""
    elements, attributes = lists_102(scan.kind.value)
    for tag, of in elements.items():
        for element in scan.all(tag):
            if under(element, *of.parents) and not _in_list(element, of):
                yield f"CL-{of.name}", element, {"value": text_of(element), "list": of.name}
    for element in scan.root.iter(etree.Element):
        for name in element.attrib:
            wanted = attributes.get(str(name))
            value = element.get(name, "")
            if wanted is not None and lower(value) not in (wanted.values or ()):
                yield (
                    f"CL-{wanted.name}",
                    element,
                    {"attribute": str(name), "value": value, "list": wanted.name},
                )


def _in_list(element: etree._Element, of: CodeList) -> bool:
    named = all(element.get(name, expected) == expected for name, expected in of.required.items())
    return named and lower(text_of(element)) in (of.values or ())


def identifiers(scan: Scan) -> Iterator[Broken]:
    """Yield the identifiers without agency, and those whose value is fixed and is not that one."""
    for element in scan.all(*names("1.0.2", scan.kind.value, "identifiers")):
        if not element.get("schemeAgencyID"):
            yield "ESPD1-ID-AGENCY", element, {"attribute": "schemeAgencyID"}
    for name, expected in load("1.0.2")[scan.kind.value]["fixed"].items():
        for element in scan.all(clark(name)):
            if text_of(element) != expected:
                yield FIXED_RULES[clark(name)], element, {"value": text_of(element), "expected": expected}


def _filled(element: etree._Element, path: str) -> bool:
    tell = TELLERS.get(path) or TELLERS.setdefault(path, teller(path))
    return bool(single(tell(element)))


def _lacking(element: etree._Element, rules: tuple[tuple[str, str], ...]) -> Iterator[Broken]:
    for rule, path in rules:
        if not _filled(element, path):
            yield rule, element, {"element": path}


def _document(scan: Scan) -> Iterator[Broken]:
    root = ROOTS[scan.kind]
    for element in scan.all(LOT):
        if under(element, root) and any(given != "0" for given in ids(element)):
            yield "ESPD1-LOT-ZERO", element, {"value": first(ids(element))}
    yield from _lacking(scan.root, ROOT_RULES)
    if not references(scan.root):
        yield "ESPD1-DOC-NOTICE", scan.root, {}
    for element in scan.all(REFERENCE):
        if under(element, root):
            yield from _reference(element)


def _reference(element: etree._Element) -> Iterator[Broken]:
    given = ids(element)
    yield from _lacking(element, (("ESPD1-REF-ID", "cbc:ID"),))
    if not given or not any("TED_CN" in own_texts(code) for code in document_types(element)):
        return
    number = given[0]
    shaped = len(number) == NOTICE_LENGTH and number[4:7] == "/S " and number[10] == "-"
    if len(given) != 1 or not shaped:
        yield "ESPD1-REF-NOTICE", element, {"value": number}


def _criteria(scan: Scan) -> Iterator[Broken]:
    root = ROOTS[scan.kind]
    for element in scan.all(CRITERION):
        if under(element, root):
            yield from _lacking(element, CRITERION_RULES)
            if not legislations(element) and "CRITERION.EXCLUSION." in single(type_codes(element)):
                yield "ESPD1-CRIT-LEGISLATION", element, {}
    for element in scan.all(LEGISLATION):
        if under(element, root, CRITERION):
            yield from _lacking(element, LEGISLATION_RULES)


def _groups(scan: Scan) -> Iterator[Broken]:
    root = ROOTS[scan.kind]
    for element in scan.all(GROUP):
        if under(element, root, CRITERION):
            yield from _lacking(element, GROUP_RULES)
    for element in scan.all(REQUIREMENT):
        if under(element, root, CRITERION, GROUP):
            yield from _lacking(element, REQUIREMENT_RULES)
            if not element.get("responseDataType"):
                yield "ESPD1-REQ-TYPE", element, {"attribute": "responseDataType"}


def _scheme_of_ids(scan: Scan) -> Iterator[Broken]:
    for element in scan.all(clark("cbc:ID")):
        rules: tuple[tuple[str, str, str], ...] = ()
        if under(element, GROUP) or under(element, GROUP, REQUIREMENT):
            rules = SCHEMES
        elif under(element, CRITERION):
            rules = (("schemeAgencyID", "EU-COM-GROW", "ESPD1-CRIT-ID-AGENCY"),)
        for name, expected, rule in rules:
            value = element.get(name, expected)
            if value != expected:
                yield rule, element, {"attribute": name, "value": value, "expected": expected}


def _operator(scan: Scan) -> Iterator[Broken]:
    for steps, rule, child in OPERATOR_RULES:
        *parents, tag = (clark(step) for step in steps)
        for element in scan.all(tag):
            if under(element, ROOTS[scan.kind], *OPERATOR, *parents):
                yield from _lacking(element, ((rule, child),))


def _answers(element: etree._Element) -> Iterator[Broken]:
    given = answers_of(element)
    if len(given) > 1:
        yield "ESPD1-ANSWER-ONE", element, {"count": str(len(given))}
    kind = element.get("responseDataType", "")
    filled = any(answer.find("*") is not None for answer in given)
    if filled and kind in ANSWERS and not _filled(element, f"ccv:Response/{ANSWERS[kind]}"):
        yield "ESPD1-ANSWER-TYPE", element, {"expected": kind}
