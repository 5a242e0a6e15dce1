"""Check the codes of a 2.1.1 document: the attributes that name the list, the value, its use in Basic or Extended."""

from collections.abc import Iterator

from dume.espd.rules_older.facts import CodeList, attribute_lists, load, lower, value_lists
from dume.espd.rules_older.nodes import Broken, clark, single, teller, under
from dume.espd.scan import Scan, text_of

# By element: its parents in the official context, the list that tells where a code may be used, the rule.
USES = {
    clark("cbc:ValueDataTypeCode"): ((), "ResponseDataType", "BR-COM-CL-RESTR-01.01"),
    clark("cbc:WeightingTypeCode"): ((), "WeightingType", "BR-COM-CL-RESTR-01.02"),
    clark("cbc:EvaluationMethodTypeCode"): (
        (clark("cac:TenderingCriterion"),),
        "EvaluationMethodType",
        "BR-COM-CL-RESTR-01.03",
    ),
    clark("cbc:CriterionTypeCode"): ((), "ESPD-CriteriaTaxonomy_V2.1.1", "BR-COM-CL-RESTR-01.04"),
    clark("cbc:BooleanGUIControlType"): ((), "BooleanGUIControlType", "BR-COM-CL-RESTR-01.05"),
}
STATUSES = {
    clark("cbc:RoleCode"): (
        (clark("cac:EconomicOperatorParty"), clark("cac:EconomicOperatorRole")),
        "EORoleType",
        "BR-COM-CL-RESTR-02.01",
    ),
    clark("cbc:QualificationApplicationTypeCode"): (
        (),
        "QualificationApplicationType",
        "BR-COM-CL-RESTR-02.02",
    ),
}
application_types = teller("cbc:QualificationApplicationTypeCode")


def edition(scan: Scan) -> str:
    """Return EXTENDED or BASIC: which of the two editions of 2.1.1 the document follows."""
    declared = single(application_types(scan.root)).upper()
    return "EXTENDED" if declared in {"EXTENDED", "SELFCONTAINED"} else "BASIC"


def attributes(scan: Scan) -> Iterator[Broken]:
    """Yield the attributes that name another list than the expected one; an absent attribute is allowed."""
    for tag, of in attribute_lists().items():
        yield from _attributes(scan, tag, of)


def values(scan: Scan) -> Iterator[Broken]:
    """Yield the codes that are not in their list, whatever their case."""
    for tag, of in value_lists().items():
        for element in scan.all(tag):
            if under(element, *of.parents) and lower(text_of(element)) not in (of.values or ()):
                yield f"CL-{of.name}", element, {"value": text_of(element), "list": of.name}


def _attributes(scan: Scan, tag: str, of: CodeList) -> Iterator[Broken]:
    for element in scan.all(tag):
        if not under(element, *of.parents):
            continue
        for name, expected in of.required.items():
            if element.get(name, expected) != expected:
                quoted = {"attribute": name, "value": element.get(name, ""), "expected": expected}
                yield "BR-OTH-03", element, quoted


def restrictions(scan: Scan) -> Iterator[Broken]:
    """Yield the codes that the edition of the document does not use, and those that are no longer used."""
    known = load("2.1.1")["restrictions"]
    wanted = edition(scan)
    for tag, (parents, name, rule) in USES.items():
        uses = known["context"][name]
        for element in scan.all(tag):
            value = text_of(element)
            if under(element, *parents) and value in uses and wanted not in uses[value]:
                yield rule, element, {"value": value, "expected": uses[value]}
    for tag, (parents, name, rule) in STATUSES.items():
        states = known["status"][name]
        for element in scan.all(tag):
            value = text_of(element)
            if under(element, *parents) and states.get(value, "ACTIVE") != "ACTIVE":
                yield rule, element, {"value": value}
