"""Check which criteria a request has and a response answers, their lots, and what each role must tell."""

from collections.abc import Callable, Iterator

from lxml import etree

from dume.espd.findings import Severity
from dume.espd.model import Version
from dume.espd.rules_41.facts import clark, listed
from dume.espd.rules_41.presence import REQUEST_ROOT, RESPONSE_ROOT
from dume.espd.rules_41.tree import (
    ANSWERED,
    CODE,
    CRITERION,
    GROUP,
    ID,
    PROPERTY,
    RESPONSE,
    ROLE,
    SUBGROUP,
    TYPE,
    Broken,
    Tree,
    one,
)
from dume.espd.scan import text_of

FATAL, WARNING = Severity.FATAL, Severity.WARNING
LOTS = (clark("cac:ProcurementProjectLotReference"), ID)
#: BR-REQ-30: the exclusion grounds that every request has.
ALWAYS = (
    "crime-org", "corruption", "fraud", "terr-offence", "finan-laund", "human-traffic", "tax-pay", "socsec-pay",
)  # fmt: skip
QUALIFYING = tuple(
    clark(name)
    for name in (
        "cac:EconomicOperatorParty",
        "cac:QualifyingParty",
        "cac:Party",
        "cac:PartyIdentification",
        "cbc:ID",
    )
)
PROVIDER = tuple(clark(name) for name in ("cac:ContractingParty", "cac:Party", "cac:ServiceProviderParty"))
GROUP_NAME = clark("cbc:EconomicOperatorGroupName")
#: What a group's lead must tell, by the beginning of the criterion's code.
OF_LEAD = (("eo-group", "BR-LAED-10"), ("relied", "BR-LEAD-10-S20"), ("subco-ent", "BR-LEAD-10-S30"))


def request(tree: Tree) -> Iterator[Broken]:
    """Yield the broken rules about the criteria of a request."""
    for root in tree.all(REQUEST_ROOT):
        criteria = tree.children(root).get(CRITERION, [])
        codes = {text for criterion in criteria for text in tree.texts(criterion, CODE)}
        missing = [code for code in ALWAYS if code not in codes]
        if missing:
            yield Broken("BR-REQ-30", FATAL, root, {"value": ", ".join(missing)})
        if not among(tree, criteria, tree.facts.selection):
            yield Broken("BR-REQ-40", WARNING, root, {})


def lots(tree: Tree) -> Iterator[Broken]:
    """Yield the criteria that name lots and may not, or do not and must."""
    for criterion in tree.all(CRITERION):
        codes = tree.texts(criterion, CODE)
        if len(codes) > 1:
            # A criterion with two codes matches neither rule.
            continue
        code, named = one(codes), tree.has(criterion, *LOTS)
        if listed(code, tree.facts.exclusion):
            if named:
                yield Broken("BR-LOT-40", FATAL, criterion, {"value": code})
        elif listed(code, tree.facts.selection) and not named:
            yield Broken("BR-LOT-41", FATAL, criterion, {"value": code})


def among(tree: Tree, criteria: list[etree._Element], codes: str) -> list[etree._Element]:
    """Return the criteria whose code is in a list."""
    return [criterion for criterion in criteria if listed(one(tree.texts(criterion, CODE)), codes)]


def qualification(tree: Tree) -> Iterator[Broken]:
    """Yield the broken rules about which criteria a response answers."""
    for root in tree.all(RESPONSE_ROOT):
        criteria = tree.children(root).get(CRITERION, [])
        answers = {text_of(found) for found in tree.under((root,), RESPONSE, ANSWERED)}
        registered = tree.has(root, *QUALIFYING)
        if tree.facts.version is Version.V3_3_0 and not registered:
            exclusion = among(tree, criteria, tree.facts.exclusion)
            if len(exclusion) != _answered(tree, exclusion, answers, _by_subgroup_of_requirement):
                yield Broken("BR-RESP-30", FATAL, root, {})
        yield from _selection(tree, root, answers, registered=registered and not plays(tree, "subcont"))


def _selection(tree: Tree, root: etree._Element, answers: set[str], *, registered: bool) -> Iterator[Broken]:
    selection: list[etree._Element] = []
    provider = registered and tree.has(root, *PROVIDER)
    if not registered or provider:
        selection = among(tree, tree.children(root).get(CRITERION, []), tree.facts.selection)
        if len(selection) != _answered(tree, selection, answers, _by_any_subgroup):
            yield Broken("BR-RESP-80-S10" if registered else "BR-RESP-40", WARNING, root, {})
    else:
        selection = among(tree, tree.children(root).get(CRITERION, []), tree.facts.selection)
        if any(tree.texts(found, CODE) for found in selection if _directly(tree, found, answers)):
            yield Broken("BR-RESP-80-S20", WARNING, root, {})


Covers = Callable[[Tree, etree._Element, set[str]], bool]  # noqa: SLF001  # lxml names the class no other way.


def _answered(tree: Tree, criteria: list[etree._Element], answers: set[str], covers: Covers) -> int:
    """Count as the sheet does: the codes of the criteria answered right below, plus those answered further down."""
    direct = [found for found in criteria if _directly(tree, found, answers)]
    further = [
        found for found in criteria if any(covers(tree, group, answers) for group in _groups(tree, found))
    ]
    return sum(len(tree.texts(found, CODE)) for found in (*direct, *further))


def _groups(tree: Tree, criterion: etree._Element) -> list[etree._Element]:
    return tree.children(criterion).get(GROUP, [])


def _directly(tree: Tree, criterion: etree._Element, answers: set[str]) -> bool:
    return any(_question(tree, found, answers) for found in tree.under((criterion,), GROUP, PROPERTY))


def _question(tree: Tree, element: etree._Element, answers: set[str]) -> bool:
    return "QUESTION" in tree.texts(element, TYPE) and not answers.isdisjoint(tree.texts(element, ID))


def _by_subgroup_of_requirement(tree: Tree, group: etree._Element, answers: set[str]) -> bool:
    properties = tree.children(group).get(PROPERTY, ())
    return any("REQUIREMENT" in tree.texts(found, TYPE) for found in properties) and any(
        _question(tree, found, answers) for found in tree.under((group,), SUBGROUP, PROPERTY)
    )


def _by_any_subgroup(tree: Tree, group: etree._Element, answers: set[str]) -> bool:
    properties = tree.children(group).get(PROPERTY, ())
    return any(text != "QUESTION" for found in properties for text in tree.texts(found, TYPE)) and any(
        _question(tree, found, answers)
        for subgroup in tree.children(group).get(SUBGROUP, ())
        for found in subgroup.iter(PROPERTY)
    )


def plays(tree: Tree, role: str) -> bool:
    """Say whether exactly one role code of the document is this one."""
    return sum(text_of(found) == role for found in tree.all(ROLE)) == 1


def roles(tree: Tree) -> Iterator[Broken]:
    """Yield the broken rules about what a group's lead and a subcontractor tell."""
    lead = plays(tree, "group-lead")
    for root in tree.all(RESPONSE_ROOT):
        if lead and GROUP_NAME not in tree.children(root):
            yield Broken("BR-LEAD-10-S10", WARNING, root, {})
        if plays(tree, "subcont") and _answers_whole_criterion(tree, root):
            yield Broken("BR-SUBCONT-01", WARNING, root, {})
    if not lead:
        return
    answers = {text_of(found) for found in tree.under((tree.root,), RESPONSE, ANSWERED)}
    for criterion in tree.all(CRITERION):
        yield from _told_by_lead(tree, criterion, answers)


def _told_by_lead(tree: Tree, criterion: etree._Element, answers: set[str]) -> Iterator[Broken]:
    codes = tree.texts(criterion, CODE)
    rule = next((rule for start, rule in OF_LEAD if len(codes) == 1 and codes[0].startswith(start)), None)
    if rule is None:
        return
    asked = {text_of(found) for found in tree.under((criterion,), GROUP, PROPERTY, ID)}
    if answers.isdisjoint(asked):
        yield Broken(rule, FATAL, criterion, {"value": codes[0]})


def _answers_whole_criterion(tree: Tree, root: etree._Element) -> bool:
    """Do as the sheet does: compare the property an answer names with the whole text of a criterion."""
    criteria = among(tree, tree.children(root).get(CRITERION, []), tree.facts.selection)
    whole = {text_of(criterion) for criterion in criteria}
    return any(text_of(found) in whole for found in tree.under((root,), RESPONSE, ANSWERED))
