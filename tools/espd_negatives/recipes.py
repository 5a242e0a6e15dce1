"""Say, for each official rule of the UBL versions, the one change that breaks it in a sound document."""

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
VALUE_TYPES = {
    "01": "AMOUNT",
    "02": "CODE",
    "03": "CODE_COUNTRY",
    "04": "DATE",
    "05": "DESCRIPTION",
    "06": "EVIDENCE_IDENTIFIER",
    "08": "PERCENTAGE",
    "09": "PERIOD",
    "10": "QUANTITY_INTEGER",
    "11": "QUANTITY_YEAR",
    "12": "QUANTITY",
    "13": "IDENTIFIER",
    "14": "URL",
    "15": "MAXIMUM_AMOUNT",
    "16": "MINIMUM_AMOUNT",
    "17": "MAXIMUM_VALUE_NUMERIC",
    "18": "TRANSLATION_TYPE_CODE",
    "19": "CERTIFICATION_LEVEL_DESCRIPTION",
    "20": "COPY_QUALITY_TYPE_CODE",
    "21": "TIME",
    "22": "ECONOMIC_OPERATOR_IDENTIFIER",
    "25": "QUAL_IDENTIFIER",
    "26": "CODE_BOOLEAN",
}


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


# Selection criteria: by their code in 2.1.1, by their lots in ours since.
SELECTION = (
    "[cac:ProcurementProjectLotReference or starts-with(cbc:CriterionTypeCode, 'CRITERION.SELECTION.')]"
)
TECHNICAL = "CRITERION.SELECTION.TECHNICAL_PROFESSIONAL_ABILITY.TECHNICAL.FACILITIES_FOR_QUALITY"
BOTH: dict[str, Recipe] = {
    "BR-COM-10-01": (REQUEST, write("//cac:AdditionalDocumentReference/cbc:ID", "2026-1"), ()),
    "BR-COM-10-02": (REQUEST, drop("//cac:ExternalReference/cbc:Description[2]"), ()),
    "BR-COM-10-03": (REQUEST, drop("//cac:AdditionalDocumentReference/cbc:DocumentTypeCode"), ()),
    "BR-OTH-01-10": (REQUEST, mark("//cbc:ProcedureCode", "listID", None), ()),
    "BR-OTH-01-11": (REQUEST, mark("//cbc:TypeCode", "listID", None), ()),
    "BR-OTH-01-20": (REQUEST, mark("//cbc:ProcedureCode", "listAgencyID", None), ()),
    "BR-OTH-01-21": (REQUEST, mark("//cbc:TypeCode", "listAgencyID", None), ()),
    "BR-OTH-01-30": (REQUEST, mark("//cbc:ProcedureCode", "listVersionID", None), ()),
    "BR-OTH-01-31": (REQUEST, mark("//cbc:TypeCode", "listVersionID", None), ()),
    "BR-OTH-01-40": (REQUEST, mark("//cbc:TypeCode", "listVersionID", "1.0"), ()),
    "BR-OTH-02": (REQUEST, mark("/*/cbc:ID", "schemeAgencyID", None), ()),
    "BR-OTH-02.": (REQUEST, mark("//cbc:EndpointID", "schemeAgencyID", None), ()),
    "BR-OTH-03": (REQUEST, mark("//cbc:CriterionTypeCode", "listID", "autre"), ()),
    "BR-OTH-04-01": (REQUEST, drop("/*/cbc:UBLVersionID"), ()),
    "BR-OTH-04-02": (REQUEST, drop("/*/cbc:CustomizationID"), OLD),
    "BR-OTH-04-03": (REQUEST, drop("/*/cbc:ID"), ()),
    "BR-OTH-04-04": (REQUEST, drop("/*/cbc:UUID"), ()),
    "BR-OTH-04-05": (REQUEST, drop("/*/cbc:QualificationApplicationTypeCode"), OLD),
    "BR-OTH-04-06": (REQUEST, drop("/*/cac:TenderingCriterion"), ()),
    "BR-OTH-04-07": (RESPONSE, drop("/*/cac:TenderingCriterionResponse"), ()),
    "BR-OTH-05-01": (REQUEST, write("/*/cbc:UBLVersionID", "2.1"), ()),
    "BR-OTH-05-02": (REQUEST, mark("/*/cbc:UBLVersionID", "schemeAgencyID", "autre"), ()),
    "BR-OTH-06-01": (REQUEST, write("/*/cbc:CustomizationID", "autre"), OLD),
    "BR-OTH-06-02": (REQUEST, mark("/*/cbc:CustomizationID", "schemeAgencyID", "autre"), OLD),
    "BR-OTH-07-01": (REQUEST, write("/*/cbc:ProfileID", "4.0"), OLD),
    "BR-OTH-07-02": (REQUEST, mark("/*/cbc:ProfileID", "schemeAgencyID", "autre"), OLD),
    "BR-OTH-08": (REQUEST, mark("//cbc:EndpointID", "schemeID", None), ()),
    "BR-TC-02-01": (REQUEST, drop(CRITERION + "/cbc:ID"), ()),
    "BR-TC-02-02": (REQUEST, write(CRITERION + "/cbc:ID", "inconnu"), ()),
    "BR-TC-03": (REQUEST, drop(CRITERION + "/cbc:CriterionTypeCode"), ()),
    "BR-TC-04": (REQUEST, write(CRITERION + "/cbc:CriterionTypeCode", "autre"), ()),
    "BR-TC-05": (REQUEST, drop(CRITERION + "/cbc:Name"), ()),
    "BR-TC-06": (REQUEST, drop(CRITERION + "/cbc:Description"), ()),
    "BR-TC-07": (REQUEST, first_out(CRITERION + "/cac:TenderingCriterionPropertyGroup"), ()),
    "BR-TC-09": (REQUEST, drop("//cac:Legislation/cbc:Title"), ()),
    "BR-TC-10": (REQUEST, drop("//cac:Legislation/cbc:Description"), ()),
    "BR-TC-11": (REQUEST, drop("//cac:Legislation/cbc:Article"), ()),
    "BR-TC-12": (REQUEST, drop(GROUP + "/cbc:ID"), ()),
    "BR-TC-13": (REQUEST, write(GROUP + "/cbc:ID", "inconnu"), ()),
    "BR-TC-14": (REQUEST, drop(GROUP + "/cbc:PropertyGroupTypeCode"), ()),
    "BR-TC-15-01": (REQUEST, write(GROUP + "/cbc:PropertyGroupTypeCode", "ONFALSE"), ()),
    "BR-TC-15-02": (REQUEST, write(SUBGROUP + "/cbc:PropertyGroupTypeCode", "ON"), ()),
    "BR-TC-16-01": (REQUEST, first_out(GROUP + "/cac:TenderingCriterionProperty"), ()),
    "BR-TC-16-02": (REQUEST, first_out(SUBGROUP + "/cac:TenderingCriterionProperty"), ()),
    "BR-TC-17-01": (REQUEST, first_out(GROUP + "/cac:SubsidiaryTenderingCriterionPropertyGroup"), ()),
    "BR-TC-17-02": (REQUEST, first_out(SUBGROUP + "/cac:SubsidiaryTenderingCriterionPropertyGroup"), ()),
    "BR-TC-18": (REQUEST, drop(PROPERTY + "/cbc:ID"), ()),
    "BR-TC-19": (REQUEST, drop(PROPERTY + "/cbc:Description"), ()),
    "BR-TC-20": (REQUEST, drop(PROPERTY + "/cbc:TypeCode"), ()),
    "BR-TC-20-02": (REQUEST, write(PROPERTY + "/cbc:TypeCode", "LEGISLATION"), ()),
    "BR-TC-21-01": (REQUEST, drop(PROPERTY + "/cbc:ValueDataTypeCode"), ()),
    "BR-TC-21-03": (REQUEST, write(PROPERTY + "/cbc:ValueDataTypeCode", "URL"), ()),
}
ASKING: dict[str, Recipe] = {
    "BR-REQ-20-01": (REQUEST, twice("/*/cac:ContractingParty"), ()),
    "BR-REQ-20-02": (REQUEST, drop(BUYER + "/cac:PartyName"), ()),
    "BR-REQ-20-03": (REQUEST, drop(BUYER + "/cac:PostalAddress"), ()),
    "BR-REQ-20-04": (REQUEST, drop(BUYER + "/cac:PartyIdentification"), ()),
    "BR-REQ-20-05": (REQUEST, drop(PROVIDER + "/cac:PartyIdentification"), ()),
    "BR-REQ-20-06": (REQUEST, drop(PROVIDER + "/cac:PartyName"), ()),
    "BR-REQ-20-07": (REQUEST, drop(PROVIDER + "/cac:PostalAddress"), ()),
    "BR-REQ-30": (REQUEST, first_out("/*/cac:TenderingCriterion"), ()),
    "BR-REQ-40": (REQUEST, drop(CRITERION + SELECTION), ()),
    "BR-REQ-41": (
        REQUEST,
        write("/*/cac:TenderingCriterion[1]/cbc:CriterionTypeCode", "CRITERION.SELECTION.ALL"),
        OLD,
    ),
    "BR-SC-10": (REQUEST, drop("/*/cbc:ProcedureCode"), ()),
    "BR-LOT-40": (REQUEST, lot_of_criterion, FOURS),
    "BR-LOT-41": (REQUEST, drop(CRITERION + "/cac:ProcurementProjectLotReference"), FOURS),
    "BR-LOT-30-S10": (REQUEST, twice("/*/cac:ProcurementProjectLot"), OLD),
    "BR-2P-10-S10_01": (REQUEST, weighted(TECHNICAL, weight=False), OLD),
    "BR-2P-10-S10_02": (REQUEST, weighted("CRITERION.SELECTION.SUITABILITY", weight=True), OLD),
    "BR-2P-10-S20": (
        REQUEST,
        weighted("CRITERION.SELECTION.SUITABILITY", weight=True, method="PASSFAIL"),
        OLD,
    ),
}
BASIC = write("/*/cbc:QualificationApplicationTypeCode", "BASIC")
OLD_ASKING: dict[str, Recipe] = {
    "BR-LOT-40": (REQUEST, unknown_lot, OLD),
    "BR-COM-CL-RESTR-01.01": (
        REQUEST,
        all_of(BASIC, write(PROPERTY + "/cbc:ValueDataTypeCode", "WEIGHT_INDICATOR")),
        OLD,
    ),
    "BR-COM-CL-RESTR-01.02": (REQUEST, BASIC, OLD),
    "BR-COM-CL-RESTR-01.03": (REQUEST, BASIC, OLD),
    "BR-COM-CL-RESTR-01.04": (
        REQUEST,
        write(CRITERION + "/cbc:CriterionTypeCode", "CRITERION.SELECTION.ALL"),
        OLD,
    ),
    "BR-COM-CL-RESTR-01.05": (
        REQUEST,
        all_of(BASIC, in_extension("cbc:BooleanGUIControlType", text="CHECK_BOX_TRUE")),
        OLD,
    ),
    "BR-COM-CL-RESTR-02.02": (
        REQUEST,
        write("/*/cbc:QualificationApplicationTypeCode", "SELFCONTAINED"),
        OLD,
    ),
}
ANSWERING: dict[str, Recipe] = {
    "BR-LAED-10": (
        RESPONSE,
        all_of(leads, unanswered("eo-group")),
        FOURS,
    ),
    "BR-LEAD-10-S10": (RESPONSE, leads, ()),
    "BR-LEAD-10-S20": (RESPONSE, all_of(leads, unanswered("relied")), FOURS),
    "BR-LEAD-10-S30": (RESPONSE, all_of(leads, unanswered("subco-ent")), FOURS),
    "BR-LOT-10": (RESPONSE, twice("/*/cac:ProcurementProjectLot"), FOURS),
    "BR-RESP-10-02": (RESPONSE, drop(OPERATOR + "/cac:EconomicOperatorRole"), ()),
    "BR-RESP-10-03": (RESPONSE, drop(OPERATOR + "//cbc:RoleCode"), ()),
    "BR-RESP-10-04": (RESPONSE, drop(OPERATOR + "/cac:Party/cac:PartyIdentification"), ()),
    "BR-RESP-10-05": (RESPONSE, drop(OPERATOR + "/cac:Party/cac:PartyName"), ()),
    "BR-RESP-10-06": (RESPONSE, drop(OPERATOR + "//cbc:IndustryClassificationCode"), ()),
    "BR-RESP-10-07": (RESPONSE, drop(OPERATOR + "/cac:Party/cac:PostalAddress"), ()),
    "BR-RESP-10-09": (RESPONSE, drop(PROVIDER + "/cac:PartyName"), ()),
    "BR-RESP-10-10": (RESPONSE, drop(PROVIDER + "/cac:PostalAddress"), ()),
    "BR-RESP-10-11": (RESPONSE, drop(PROVIDER + "/cac:PartyIdentification"), ()),
    "BR-RESP-20-01": (RESPONSE, drop("//cac:Person/cbc:FirstName"), ()),
    "BR-RESP-20-02": (RESPONSE, drop("//cac:Person/cbc:FamilyName"), ()),
    "BR-RESP-20-03": (RESPONSE, drop("//cac:ResidenceAddress"), ()),
    "BR-RESP-30": (RESPONSE, unanswered("crime-org"), ("3.3.0",)),
    "BR-RESP-40": (RESPONSE, unanswered("gen-year-to"), FOURS),
    "BR-RESP-80-S10": (RESPONSE, all_of(qualified, unanswered("gen-year-to")), FOURS),
    "BR-RESP-80-S20": (
        RESPONSE,
        all_of(qualified, drop(BUYER + "/cac:ServiceProviderParty"), answers_selection),
        (),
    ),
    "BR-TCR-01-01": (RESPONSE, drop(ANSWER + "/cbc:ValidatedCriterionPropertyID"), ()),
    "BR-TCR-01-02": (RESPONSE, write(ANSWER + "/cbc:ValidatedCriterionPropertyID", "inconnu"), ()),
    "BR-TCR-01-03": (RESPONSE, twice(ANSWER), ("3.3.0", "2.1.1")),
    "BR-TCR-03": (RESPONSE, drop(ANSWER + "/cac:ResponseValue"), ()),
    "BR-TCR-04": (RESPONSE, twice(ANSWER + "/cac:ResponseValue"), ()),
    "BR-TCR-06-01": (RESPONSE, says("true"), ()),
    "BR-TCR-06-02": (RESPONSE, shown_twice("ONTRUE"), ()),
    "BR-TCR-07-01": (RESPONSE, shown_twice("ONFALSE"), ()),
    "BR-TCR-07-02": (RESPONSE, says("true"), ()),
    "BR-TCR-08-07": (RESPONSE, answers_text, ()),
    "BR-TCR-09": (RESPONSE, supplies_unknown_proof, ()),
}
ANSWERING |= {f"BR-TCR-08-{suffix}": (RESPONSE, asks(kind), ()) for suffix, kind in VALUE_TYPES.items()}
OLD_ANSWERING: dict[str, Recipe] = {
    "BR-TCR-08-23": (RESPONSE, asks("LOT_IDENTIFIER"), OLD),
    "BR-TCR-08-24": (RESPONSE, all_of(answers_text, asks_text("WEIGHT_INDICATOR")), OLD),
    "CL-ProfileExecutionID": (REQUEST, write("/*/cbc:ProfileExecutionID", "ESPD-EDMv2.1.1-ZZZ"), OLD),
    "BR-LAED-10": (RESPONSE, all_of(leads, unanswered("CRITERION.OTHER.EO_DATA.TOGETHER")), OLD),
    "BR-LEAD-10-S20": (RESPONSE, all_of(leads, unanswered("CRITERION.OTHER.EO_DATA.RELIES")), OLD),
    "BR-LEAD-10-S30": (RESPONSE, all_of(leads, unanswered("CRITERION.OTHER.EO_DATA.SUBCONTRACTS")), OLD),
    "BR-LOT-10": (RESPONSE, write("/*/cac:ProcurementProjectLot/cbc:ID", "LOT-0009"), OLD),
    "BR-OENRON-01": (RESPONSE, all_of(stands_aside, answers_selection), OLD),
    "BR-RESP-30": (RESPONSE, unanswered("CRITERION.EXCLUSION"), OLD),
    "BR-RESP-40": (RESPONSE, unanswered("CRITERION.SELECTION"), OLD),
    "BR-RESP-80-S10": (RESPONSE, all_of(qualified, unanswered("CRITERION.SELECTION")), OLD),
    "BR-COM-CL-RESTR-02.01": (RESPONSE, write(OPERATOR + "//cbc:RoleCode", "SCLE"), OLD),
}
