"""Check what 2.1.1 asks of a response: mandatory elements, the operator and its role, lots and pre-qualification."""

from collections.abc import Iterator

from lxml import etree

from dume.espd.rules_older import answers_211
from dume.espd.rules_older.criteria_211 import (
    CRITERION,
    PROPERTY,
    codes,
    groups_of,
    ids,
    properties_of,
    subgroups_of,
    types,
)
from dume.espd.rules_older.lists_211 import edition
from dume.espd.rules_older.nodes import Broken, clark, finder, first, single, teller
from dume.espd.rules_older.request_211 import (
    MANDATORY,
    PARTY_COUNTRY,
    PARTY_ID,
    PARTY_NAME,
    PROVIDER,
    criteria,
    lot_ids,
    mandatory,
    parties,
)
from dume.espd.scan import Scan, text_of

# The group where the operator lists the lots it tenders for.
TENDERED_GROUP = "289f39b3-2a15-421a-8050-a29858031f35"
OPERATOR = clark("cac:EconomicOperatorParty")
OPERATOR_RULES = {
    OPERATOR: (
        ("BR-RESP-10-04", PARTY_ID),
        ("BR-RESP-10-05", PARTY_NAME),
        ("BR-RESP-10-06", finder("cbc:IndustryClassificationCode")),
        ("BR-RESP-10-07", PARTY_COUNTRY),
    ),
    PROVIDER: (
        ("BR-RESP-10-09", PARTY_NAME),
        ("BR-RESP-10-10", PARTY_COUNTRY),
        ("BR-RESP-10-11", PARTY_ID),
    ),
}
ROLE_RULES = (
    ("BR-RESP-10-02", finder("cac:EconomicOperatorRole")),
    ("BR-RESP-10-03", finder("cac:EconomicOperatorRole/cbc:RoleCode")),
)
ATTORNEY_RULES = (
    ("BR-RESP-20-01", finder("cac:AgentParty/cac:Person/cbc:FirstName")),
    ("BR-RESP-20-02", finder("cac:AgentParty/cac:Person/cbc:FamilyName")),
    (
        "BR-RESP-20-03",
        finder("cac:AgentParty/cac:Person/cac:ResidenceAddress/cac:Country/cbc:IdentificationCode"),
    ),
)
# The criteria a group leader answers, by the beginning of their code.
LEADER_CRITERIA = (
    ("CRITERION.OTHER.EO_DATA.TOGETHER_WITH_OTHERS", "BR-LAED-10"),
    ("CRITERION.OTHER.EO_DATA.RELIES_ON_OTHER_CAPACITIES", "BR-LEAD-10-S20"),
    ("CRITERION.OTHER.EO_DATA.SUBCONTRACTS_WITH_THIRD_PARTIES", "BR-LEAD-10-S30"),
)
answered = teller("cac:TenderingCriterionResponse/cbc:ValidatedCriterionPropertyID")
response_ids = teller("cbc:ResponseID")
answer_ids = teller("cbc:ValidatedCriterionPropertyID")
group_names = finder("cbc:EconomicOperatorGroupName")
qualifications = finder(
    "cac:EconomicOperatorParty/cac:QualifyingParty/cac:Party/cac:PartyIdentification/cbc:ID"
)
providers = finder("cac:ContractingParty/cac:Party/cac:ServiceProviderParty")


def cardinality(scan: Scan) -> Iterator[Broken]:
    """Yield the mandatory elements that a response lacks."""
    yield from mandatory(scan.root, (*MANDATORY, ("cac:TenderingCriterionResponse", "BR-OTH-04-07")))


def operator(scan: Scan) -> Iterator[Broken]:
    """Yield the rules broken by the operator, its service providers and its representatives."""
    yield from parties(scan, OPERATOR_RULES)
    if scan.by_tag.get(OPERATOR) and edition(scan) == "EXTENDED":
        yield from _required(scan, OPERATOR, ROLE_RULES)
    yield from _required(scan, clark("cac:PowerOfAttorney"), ATTORNEY_RULES)


def _required(scan: Scan, tag: str, rules: tuple[tuple[str, object], ...]) -> Iterator[Broken]:
    for element in scan.all(tag):
        for rule, find in rules:
            if callable(find) and not find(element):
                yield rule, element, {}


def _has_role(scan: Scan, role: str) -> bool:
    """Tell whether exactly one role code of the document, wherever it stands, is `role`."""
    return sum(text_of(element) == role for element in scan.all(clark("cbc:RoleCode"))) == 1


def _top_properties(criterion: etree._Element) -> set[str]:
    return {given for group in groups_of(criterion) for found in properties_of(group) for given in ids(found)}


def tendered_lots(scan: Scan) -> Iterator[Broken]:
    """Yield the lots tendered for that the document does not list (Extended edition)."""
    if edition(scan) != "EXTENDED":
        return
    asked = {
        given
        for criterion in criteria(scan.root)
        if "CRITERION.OTHER.EO_DATA.LOTS_TENDERED" in codes(criterion)
        for group in groups_of(criterion)
        if TENDERED_GROUP in ids(group)
        for found in properties_of(group)
        for given in ids(found)
    }
    known = set(lot_ids(scan.root))
    for element in scan.all(clark("cac:ResponseValue")):
        answer = element.getparent()
        if answer is None or answer.tag != answers_211.ANSWER or not asked.intersection(answer_ids(answer)):
            continue
        if not known.intersection(response_ids(element)):
            quoted = {"value": first(response_ids(element)), "sentence": "BR-LOT-10-OLD"}
            yield "BR-LOT-10", element, quoted


def _is_question(element: etree._Element, given: set[str]) -> bool:
    return "QUESTION" in types(element) and bool(given.intersection(ids(element)))


def _answers_at_top(criterion: etree._Element, given: set[str]) -> bool:
    return any(_is_question(found, given) for group in groups_of(criterion) for found in properties_of(group))


def _answers_below(criterion: etree._Element, given: set[str], *, deep: bool) -> bool:
    """Tell whether a group with a requirement (in depth: with anything but a question) has an answer in a subgroup."""
    for group in groups_of(criterion):
        above = [code for found in properties_of(group) for code in types(found)]
        if not any(code != "QUESTION" if deep else code == "REQUIREMENT" for code in above):
            continue
        for subgroup in subgroups_of(group):
            inside = subgroup.iter(PROPERTY) if deep else iter(properties_of(subgroup))
            if any(_is_question(found, given) for found in inside):
                return True
    return False


def qualified(scan: Scan) -> Iterator[Broken]:
    """Yield the rules broken by what is not answered, a pre-qualification system taken into account."""
    given = set(answered(scan.root))
    registered = bool(qualifications(scan.root))
    if not registered and not _all_answered(scan, "CRITERION.EXCLUSION.", given, deep=False):
        yield "BR-RESP-30", scan.root, {}
    covered = registered and not _has_role(scan, "OENRON")
    complete = _all_answered(scan, "CRITERION.SELECTION.", given, deep=True)
    if not covered and not complete:
        yield "BR-RESP-40", scan.root, {}
    if covered and providers(scan.root) and not complete:
        yield "BR-RESP-80-S10", scan.root, {}
    if covered and not providers(scan.root):
        selection = _of(scan, "CRITERION.SELECTION.")
        if any(_answers_at_top(criterion, given) for criterion in selection):
            yield "BR-RESP-80-S20", scan.root, {}


def _of(scan: Scan, prefix: str) -> list[etree._Element]:
    return [criterion for criterion in criteria(scan.root) if single(codes(criterion)).startswith(prefix)]


def _all_answered(scan: Scan, prefix: str, given: set[str], *, deep: bool) -> bool:
    """Compare counts as the official rule does: a criterion answered at both levels counts twice."""
    concerned = _of(scan, prefix)
    top = sum(_answers_at_top(criterion, given) for criterion in concerned)
    return len(concerned) == top + sum(_answers_below(criterion, given, deep=deep) for criterion in concerned)


def roles(scan: Scan) -> Iterator[Broken]:
    """Yield the rules broken by what the operator's role asks for."""
    given = set(answered(scan.root))
    leader = _has_role(scan, "LE")
    if leader and not group_names(scan.root):
        yield "BR-LEAD-10-S10", scan.root, {}
    if _has_role(scan, "OENRON"):
        asked = {known for found in _of(scan, "CRITERION.SELECTION.") for known in _top_properties(found)}
        if asked & given:
            yield "BR-OENRON-01", scan.root, {}
    if not leader:
        return
    for criterion in scan.all(CRITERION):
        for prefix, rule in LEADER_CRITERIA:
            if single(codes(criterion)).startswith(prefix) and not _top_properties(criterion) & given:
                yield rule, criterion, {}
