"""Change a sound document of a UBL version in one way: the words in which the recipes are written."""

from collections.abc import Callable
from copy import deepcopy

from .tree import Node, found, node
from .ubl import Maker

Change = Callable[[Node, Maker], None]
# Kind of document, the change, and the versions it is for (none: all).
Recipe = tuple[str, Change, tuple[str, ...]]
REQUEST, RESPONSE = "request", "response"
FOURS = ("4.1.0", "4.0.0", "3.3.0")
OLD = ("2.1.1",)
CRITERION, GROUP = "//cac:TenderingCriterion", "//cac:TenderingCriterionPropertyGroup"
SUBGROUP, PROPERTY = "//cac:SubsidiaryTenderingCriterionPropertyGroup", "//cac:TenderingCriterionProperty"
ANSWER = "//cac:TenderingCriterionResponse"
TRUE_ANSWER = ANSWER + "[cac:ResponseValue/cbc:ResponseIndicator]"
OPERATOR = "/*/cac:EconomicOperatorParty"
BUYER = "/*/cac:ContractingParty/cac:Party"
PROVIDER = "//cac:ServiceProviderParty/cac:Party"


def drop(*paths: str) -> Change:
    """Remove all elements at the paths."""

    def change(root: Node, _maker: Maker) -> None:
        for path in paths:
            for element in found(root, path):
                parent = element.getparent()
                assert parent is not None
                parent.remove(element)

    return change


def write(path: str, text: str) -> Change:
    """Give the first element at a path another text."""

    def change(root: Node, _maker: Maker) -> None:
        found(root, path)[0].text = text

    return change


def mark(path: str, name: str, value: str | None) -> Change:
    """Give the first element at a path another attribute, or take it away."""

    def change(root: Node, _maker: Maker) -> None:
        element = found(root, path)[0]
        if value is None:
            element.attrib.pop(name, None)
        else:
            element.set(name, value)

    return change


def twice(path: str) -> Change:
    """Repeat the first element at a path."""

    def change(root: Node, _maker: Maker) -> None:
        element = found(root, path)[0]
        element.addnext(deepcopy(element))

    return change


def first_out(path: str) -> Change:
    """Remove the first element at a path only."""

    def change(root: Node, _maker: Maker) -> None:
        element = found(root, path)[0]
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def all_of(*changes: Change) -> Change:
    """Do several changes."""

    def change(root: Node, maker: Maker) -> None:
        for each in changes:
            each(root, maker)

    return change


def says(value: str) -> Change:
    """Answer all indicators with `value`."""

    def change(root: Node, _maker: Maker) -> None:
        for element in found(root, "//cbc:ResponseIndicator"):
            element.text = value

    return change


def leads(root: Node, maker: Maker) -> None:
    """Make the operator lead a group."""
    found(root, OPERATOR + "//cbc:RoleCode")[0].text = "LE" if maker.old else "group-lead"


def stands_aside(root: Node, maker: Maker) -> None:
    """Make the operator a subcontractor nobody relies on."""
    found(root, OPERATOR + "//cbc:RoleCode")[0].text = "OENRON" if maker.old else "subcont"


def qualified(root: Node, maker: Maker) -> None:
    """Register the operator in a pre-qualification system."""
    number = node("cac:PartyIdentification", [maker.identifier("cbc:ID", "Q-1")])
    party = node("cac:QualifyingParty", [node("cac:Party", [number])])
    found(root, OPERATOR)[0].insert(0, party)


def unanswered(start: str) -> Change:
    """Take away the answers to the criterion whose code begins with `start`."""

    def change(root: Node, _maker: Maker) -> None:
        path = f"{CRITERION}[starts-with(cbc:CriterionTypeCode, '{start}')]{PROPERTY}/cbc:ID"
        keys = {element.text for element in found(root, path)}
        for element in found(root, ANSWER):
            if element.findtext("{*}ValidatedCriterionPropertyID") in keys:
                root.remove(element)

    return change


def answers_selection(root: Node, maker: Maker) -> None:
    """Make the first property of a selection criterion a question and answer it."""
    selection = "CRITERION.SELECTION." if maker.old else "gen-year-to"
    path = (
        f"{CRITERION}[starts-with(cbc:CriterionTypeCode, '{selection}')]/cac:TenderingCriterionPropertyGroup"
    )
    asked = found(root, path + "/cac:TenderingCriterionProperty")[0]
    found(asked, "cbc:TypeCode")[0].text = "QUESTION"
    key = asked.findtext("{*}ID") or ""
    found(root, ANSWER)[0].addprevious(maker.answer(key, "DESCRIPTION"))


def asks(value_type: str) -> Change:
    """Ask for another type of value than the one an answer gives."""

    def change(root: Node, _maker: Maker) -> None:
        key = found(root, TRUE_ANSWER + "/cbc:ValidatedCriterionPropertyID")[0].text
        path = f"{PROPERTY}[cbc:ID='{key}']/cbc:ValueDataTypeCode"
        found(root, path)[0].text = value_type

    return change


def answers_text(root: Node, _maker: Maker) -> None:
    """Answer a yes or no question with a text."""
    value = found(root, TRUE_ANSWER + "/cac:ResponseValue")[0]
    value.remove(found(value, "cbc:ResponseIndicator")[0])
    value.append(node("cbc:Description", "Oui"))


def asks_text(value_type: str) -> Change:
    """Ask for another type of value where a text was answered."""

    def change(root: Node, _maker: Maker) -> None:
        key = found(root, ANSWER + "[cac:ResponseValue/cbc:Description]/cbc:ValidatedCriterionPropertyID")[
            0
        ].text
        found(root, f"{PROPERTY}[cbc:ID='{key}']/cbc:ValueDataTypeCode")[0].text = value_type

    return change


def lot_of_criterion(root: Node, maker: Maker) -> None:
    """Restrict an exclusion ground to a lot, which the rules forbid."""
    exclusion = found(root, CRITERION + "[cbc:CriterionTypeCode='crime-org']/cac:Legislation")[0]
    exclusion.addprevious(
        node("cac:ProcurementProjectLotReference", [maker.identifier("cbc:ID", "LOT-0000")])
    )


def unknown_lot(root: Node, maker: Maker) -> None:
    """Name a lot that the document does not list, in the group that tells the lots of a criterion."""
    group = found(root, GROUP)[0]
    found(group, "cbc:ID")[0].text = "a53561d5-6614-4dbe-987e-b96f35387f46"
    asked = found(group, "cac:TenderingCriterionProperty")[0]
    found(asked, "cbc:TypeCode")[0].text = "REQUIREMENT"
    found(asked, "cbc:ValueDataTypeCode")[0].text = "LOT_IDENTIFIER"
    asked.append(maker.identifier("cbc:ExpectedID", "LOT-9999"))


def weighted(start: str, *, weight: bool, method: str = "WEIGHTED") -> Change:
    """Weigh a criterion, with or without its weight."""

    def change(root: Node, _maker: Maker) -> None:
        criterion = found(root, CRITERION)[0]
        found(criterion, "cbc:CriterionTypeCode")[0].text = start
        element = found(criterion, "cbc:EvaluationMethodTypeCode")[0]
        element.text = method
        if weight:
            element.addprevious(node("cbc:WeightNumeric", "10"))

    return change


def shown_twice(condition: str) -> Change:
    """Answer a question that the answer above hides, or forget one that it shows (``ONTRUE``, ``ONFALSE``)."""

    def change(root: Node, maker: Maker) -> None:
        answered = {key.text for key in found(root, ANSWER + "/cbc:ValidatedCriterionPropertyID")}
        for group in found(root, f"{SUBGROUP}[cbc:PropertyGroupTypeCode='{condition}']"):
            above = {key.text for key in group.iterfind("../{*}TenderingCriterionProperty/{*}ID")}
            below = [key.text or "" for key in group.iterfind("{*}TenderingCriterionProperty/{*}ID")]
            if above & answered and condition == "ONTRUE":
                found(root, ANSWER)[0].addprevious(maker.answer(below[0], "DESCRIPTION"))
                return
            if above & answered and set(below) & answered:
                drop(f"{ANSWER}[cbc:ValidatedCriterionPropertyID='{below[0]}']")(root, maker)
                return
        raise LookupError(condition)

    return change


def supplies_unknown_proof(root: Node, maker: Maker) -> None:
    """Answer with a proof that the document does not list."""
    value = found(root, ANSWER + "/cac:ResponseValue")[0]
    value.addnext(node("cac:EvidenceSupplied", [maker.identifier("cbc:ID", "inconnue")]))
    drop_one(value)


def drop_one(element: Node) -> None:
    """Take an element out of its parent."""
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def in_extension(*names: str, text: str) -> Change:
    """Write an element that UBL has not into an extension, where the schema lets it be."""

    def change(root: Node, _maker: Maker) -> None:
        content = node(names[-1], text)
        for name in (*reversed(names[:-1]), "ext:ExtensionContent"):
            content = node(name, [content])
        root.insert(0, node("ext:UBLExtensions", [node("ext:UBLExtension", [content])]))

    return change


def asks_occupation(root: Node, maker: Maker) -> None:
    """Ask for an occupation that does not exist, in the group that the rule about occupations names."""
    group = found(root, GROUP)[0]
    found(group, "cbc:ID")[0].text = "C25_SC_prof-regist/RG1/RSG1"
    found(group, "cac:TenderingCriterionProperty")[0].append(maker.code("cbc:ExpectedCode", "ZZZ"))
