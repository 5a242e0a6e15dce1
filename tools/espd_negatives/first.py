"""Build a sound request and response of 1.0.2, and the one change per rule that breaks it."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from json import loads
from typing import Any

from .changes import REQUEST, RESPONSE, Recipe, drop, mark, write
from .tree import Node, found, node, root_of

ROOT = "urn:grow:names:specification:ubl:schema:xsd:ESPD{kind}-1"
TRANSACTION = {REQUEST: "070", RESPONSE: "092"}
REQUIREMENT = "//ccv:RequirementGroup/ccv:Requirement"
# A requirement of each type and its answer.
VALUES: tuple[tuple[str, str, str], ...] = (
    ("INDICATOR", "ccv-cbc:Indicator", "false"),
    ("DATE", "cbc:Date", "2025-01-01"),
    ("DESCRIPTION", "cbc:Description", "Texte"),
)


class FirstMaker:
    """Make the documents of 1.0.2."""

    version = "1.0.2"
    old = True

    def lists(self, kind: str) -> dict[str, dict[str, str]]:
        """Return by element the attributes that its list requires."""
        text = files("dume.espd.data").joinpath("rules-1.0.2.json").read_text(encoding="utf-8")
        facts: dict[str, Any] = loads(text)[kind]
        return {rule["context"].rpartition("/")[2]: rule["required"] for rule in facts["values"]}

    def request(self) -> Node:
        """Return a request."""
        return self._document(REQUEST)

    def response(self) -> Node:
        """Return a response."""
        return self._document(RESPONSE)

    def _document(self, kind: str) -> Node:
        local = f"ESPD{kind.capitalize()}"
        reference = node(
            "cac:AdditionalDocumentReference",
            [
                identifier("cbc:ID", "2026/S 001-000001"),
                node("cbc:DocumentTypeCode", "TED_CN", **listed("ReferencesTypeCodes")),
            ],
        )
        operator = node("espd-cac:EconomicOperatorParty", self._operator(kind))
        # The answers of both kinds stand in the criteria.
        return root_of(
            ROOT.format(kind=kind.capitalize()),
            local,
            [
                *self._header(kind),
                node("cac:ContractingParty", [self._party(kind)]),
                *([operator] if kind == RESPONSE else []),
                node("cac:ProcurementProjectLot", [identifier("cbc:ID", "0")]),
                self._criterion(kind),
                reference,
            ],
        )

    def _header(self, kind: str) -> Iterator[Node]:
        yield identifier("cbc:UBLVersionID", "2.1")
        yield identifier(
            "cbc:CustomizationID", f"urn:www.cenbii.eu:transaction:biitrns{TRANSACTION[kind]}:ver3.0"
        )
        yield identifier("cbc:ProfileID", "ESPD")
        yield identifier("cbc:ProfileExecutionID", "QT")
        yield identifier("cbc:ID", "PLI-1")
        yield node("cbc:CopyIndicator", "false")
        yield identifier("cbc:VersionID", "2026.11.02")
        yield node("cbc:IssueDate", "2026-11-02")
        yield identifier("cbc:ContractFolderID", "2026-000001")

    def _party(self, kind: str) -> Node:
        country = node("cbc:IdentificationCode", "FR", **self.lists(kind)["cbc:IdentificationCode"])
        return node(
            "cac:Party",
            [
                node("cac:PartyIdentification", [identifier("cbc:ID", "00000001800010")]),
                node("cac:PartyName", [node("cbc:Name", "Commune de Pli")]),
                node("cac:PostalAddress", [node("cac:Country", [country])]),
            ],
        )

    def _operator(self, kind: str) -> list[Node]:
        if kind == REQUEST:
            return []
        role = self.lists(kind)["espd-cbc:EconomicOperatorRoleCode"]
        return [
            node("espd-cbc:EconomicOperatorRoleCode", "SC", **role),
            node("espd-cbc:SMEIndicator", "true"),
            self._party(kind),
        ]

    def _criterion(self, kind: str) -> Node:
        lists = self.lists(kind)
        level = node(
            "ccv-cbc:JurisdictionLevelCode", "EU_DIRECTIVE", **lists["ccv-cbc:JurisdictionLevelCode"]
        )
        law = [
            node("ccv-cbc:Title", "Loi"),
            node("cbc:Description", "Texte"),
            level,
            node("ccv-cbc:Article", "57"),
            node("cbc:URI", "https://example.org/"),
        ]
        return node(
            "ccv:Criterion",
            [
                identifier("cbc:ID", "005eb9ed-1347-4ca3-bb29-9bc0db64e1ab", "EU-COM-GROW"),
                node("cbc:TypeCode", "CRITERION.EXCLUSION.CONVICTIONS.FRAUD", **lists["cbc:TypeCode"]),
                node("cbc:Name", "Fraude"),
                node("cbc:Description", "Fraude"),
                node("ccv:LegislationReference", law),
                node(
                    "ccv:RequirementGroup",
                    [
                        related("7c637c0c-7703-4389-ba52-02997a055bd7"),
                        *(self._requirement(kind, *value) for value in VALUES),
                    ],
                ),
            ],
        )

    def _requirement(self, kind: str, value_type: str, name: str, value: str) -> Node:
        answer = node("ccv:Response", [node(name, value)])
        inside = [related("974c8196-9d1c-419c-9ca9-45bb9f5fd59a"), node("cbc:Description", "Question")]
        inside += [answer] if kind == RESPONSE else []
        return node("ccv:Requirement", inside, responseDataType=value_type)


def identifier(name: str, value: str, agency: str = "PLI") -> Node:
    """Return an identifier with its agency."""
    return node(name, value, schemeAgencyID=agency)


def related(value: str) -> Node:
    """Return the identifier of a group or a requirement."""
    scheme = {"schemeID": "CriterionRelatedIDs", "schemeAgencyID": "EU-COM-GROW", "schemeVersionID": "1.0"}
    return node("cbc:ID", value, **scheme)


def listed(name: str) -> dict[str, str]:
    """Return the attributes of a code that no rule compares with a list."""
    return {"listID": name, "listAgencyID": "EU-COM-GROW", "listVersionID": "1.0"}


def _lacking(prefix: str, path: str, children: dict[str, str]) -> dict[str, Recipe]:
    return {
        f"ESPD1-{prefix}-{key}": (REQUEST, drop(f"{path}/{child}"), ()) for key, child in children.items()
    }


def answers_twice(root: Node, _maker: object) -> None:
    """Give a second, empty answer to a requirement."""
    found(root, "//ccv:Response")[0].addnext(node("ccv:Response"))


LAW = {
    "URI": "cbc:URI",
    "ARTICLE": "ccv-cbc:Article",
    "LEVEL": "ccv-cbc:JurisdictionLevelCode",
    "TITLE": "ccv-cbc:Title",
    "DESCRIPTION": "cbc:Description",
}
CRITERION = {"ID": "cbc:ID", "NAME": "cbc:Name", "DESCRIPTION": "cbc:Description", "TYPE": "cbc:TypeCode"}
OPERATOR = "//espd-cac:EconomicOperatorParty/cac:Party"
FIRST: dict[str, Recipe] = {
    **_lacking("LEG", "//ccv:LegislationReference", LAW),
    **_lacking("CRIT", "//ccv:Criterion", CRITERION),
    "ESPD1-ANSWER-ONE": (RESPONSE, answers_twice, ()),
    "ESPD1-ANSWER-TYPE": (RESPONSE, mark(REQUIREMENT, "responseDataType", "PERIOD"), ()),
    "ESPD1-CODE-ATTRIBUTES": (REQUEST, mark("//cbc:TypeCode", "listID", None), ()),
    "ESPD1-CRIT-ID-AGENCY": (REQUEST, mark("//ccv:Criterion/cbc:ID", "schemeAgencyID", "autre"), ()),
    "ESPD1-CRIT-LEGISLATION": (REQUEST, drop("//ccv:LegislationReference"), ()),
    "ESPD1-CUSTOMIZATION": (REQUEST, write("/*/cbc:CustomizationID", "autre"), ()),
    "ESPD1-DOC-DATE": (REQUEST, drop("/*/cbc:IssueDate"), ()),
    "ESPD1-DOC-ID": (REQUEST, drop("/*/cbc:ID"), ()),
    "ESPD1-DOC-NOTICE": (REQUEST, drop("/*/cac:AdditionalDocumentReference"), ()),
    "ESPD1-EO-COUNTRY": (RESPONSE, drop(OPERATOR + "//cbc:IdentificationCode"), ()),
    "ESPD1-EO-ID": (RESPONSE, drop(OPERATOR + "/cac:PartyIdentification/cbc:ID"), ()),
    "ESPD1-EO-NAME": (RESPONSE, drop(OPERATOR + "/cac:PartyName/cbc:Name"), ()),
    "ESPD1-GROUP-ID": (REQUEST, drop("//ccv:RequirementGroup/cbc:ID"), ()),
    "ESPD1-ID-AGENCY": (REQUEST, mark("/*/cbc:ID", "schemeAgencyID", None), ()),
    "ESPD1-LOT-ZERO": (REQUEST, write("//cac:ProcurementProjectLot/cbc:ID", "1"), ()),
    "ESPD1-PROFILE": (REQUEST, write("/*/cbc:ProfileID", "autre"), ()),
    "ESPD1-PROFILE-EXECUTION": (REQUEST, write("/*/cbc:ProfileExecutionID", "autre"), ()),
    "ESPD1-REF-ID": (REQUEST, drop("//cac:AdditionalDocumentReference/cbc:ID"), ()),
    "ESPD1-REF-NOTICE": (REQUEST, write("//cac:AdditionalDocumentReference/cbc:ID", "2026-1"), ()),
    "ESPD1-REQ-DESCRIPTION": (REQUEST, drop(REQUIREMENT + "/cbc:Description"), ()),
    "ESPD1-REQ-ID": (REQUEST, drop(REQUIREMENT + "/cbc:ID"), ()),
    "ESPD1-REQ-ID-AGENCY": (REQUEST, mark(REQUIREMENT + "/cbc:ID", "schemeAgencyID", "autre"), ()),
    "ESPD1-REQ-ID-SCHEME": (REQUEST, mark(REQUIREMENT + "/cbc:ID", "schemeID", "autre"), ()),
    "ESPD1-REQ-ID-VERSION": (REQUEST, mark(REQUIREMENT + "/cbc:ID", "schemeVersionID", "2.0"), ()),
    "ESPD1-REQ-TYPE": (REQUEST, mark(REQUIREMENT, "responseDataType", None), ()),
    "ESPD1-UBL-VERSION": (REQUEST, write("/*/cbc:UBLVersionID", "2.3"), ()),
}


def with_code(name: str, attributes: dict[str, str]) -> Callable[[Node, object], None]:
    """Add to the buyer's address, or to the document, a coded element whose code is in no list."""

    def change(root: Node, _maker: object) -> None:
        root.append(node(name, "ZZZ", **attributes))

    return change
