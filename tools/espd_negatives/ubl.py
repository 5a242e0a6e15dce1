"""Build the smallest sound request and response of 4.1.0, 4.0.0, 3.3.0 and 2.1.1 out of the facts of each version."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from itertools import count
from json import loads
from typing import Any

from .tree import Node, found, node, root_of

ROOT = "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplication{kind}-2"
EXCLUSION = (
    "crime-org",
    "corruption",
    "fraud",
    "terr-offence",
    "finan-laund",
    "human-traffic",
    "tax-pay",
    "socsec-pay",
)
WANTED = {
    "request": (*EXCLUSION, "prof-regist", "gen-year-to"),
    "response": ("crime-org", "prof-regist", "gen-year-to", "eo-group", "relied", "subco-ent"),
}
OTHER = "CRITERION.OTHER.EO_DATA."
WANTED_2 = {
    "request": (
        "CRITERION.EXCLUSION.",
        "CRITERION.SELECTION.ECONOMIC_FINANCIAL_STANDING.TURNOVER.GENERAL_YEARLY",
    ),
    "response": (
        "CRITERION.EXCLUSION.CONVICTIONS.PARTICIPATION_IN_CRIMINAL_ORGANISATION",
        "CRITERION.SELECTION.ECONOMIC_FINANCIAL_STANDING.TURNOVER.GENERAL_YEARLY",
        OTHER + "TOGETHER_WITH_OTHERS",
        OTHER + "RELIES_ON_OTHER_CAPACITIES",
        OTHER + "SUBCONTRACTS_WITH_THIRD_PARTIES",
        OTHER + "LOTS_TENDERED",
        OTHER + "REGISTERED_IN_OFFICIAL_LIST",
    ),
}
LOT = "LOT-0000"


@dataclass
class Maker:
    """A version and what its documents are made of; identifiers of properties count up."""

    version: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Return the built facts of the version."""
        text = files("dume.espd.data").joinpath(f"rules-{self.version}.json").read_text(encoding="utf-8")
        loaded: dict[str, Any] = loads(text)
        return loaded

    @property
    def old(self) -> bool:
        """Whether the version is 2.1.1, which has its own codes."""
        return self.version == "2.1.1"

    @property
    def taxonomy(self) -> dict[str, Any]:
        """Return the taxonomy; that of the Extended edition in 2.1.1."""
        known: dict[str, Any] = self.facts["taxonomy"]
        return known["EXTENDED"] if self.old else known  # type: ignore[no-any-return]  # JSON

    def identifier(self, name: str, value: str, agency: str = "PLI") -> Node:
        """Return an identifier with its agency."""
        return node(name, value, schemeAgencyID=agency)

    def code(self, name: str, value: str) -> Node:
        """Return a coded element with the attributes its version wants."""
        attributes = {"listID": "list", "listAgencyID": "OP", "listVersionID": self.version}
        for rule in self.facts["attributes"]:
            if rule["context"].rpartition("/")[2] == name:
                wanted = rule["required"]
                attributes |= {key: wanted[key] for key in attributes if key in wanted}
        return node(name, value, **attributes)

    def request(self) -> Node:
        """Return a request."""
        return root_of(ROOT.format(kind="Request"), "QualificationApplicationRequest", self._parts("request"))

    def response(self) -> Node:
        """Return a response that answers each of its criteria."""
        return root_of(
            ROOT.format(kind="Response"), "QualificationApplicationResponse", self._parts("response")
        )

    def _parts(self, kind: str) -> list[Node]:
        criteria = [self._criterion(key, kind) for key in self._wanted(kind)]
        reference = node("cac:AdditionalDocumentReference", self._reference())
        answers = [answer for criterion in criteria for answer in self._answers(criterion)]
        tail = (
            [*criteria, reference]
            if kind == "request"
            else [*criteria, *answers, reference, self._evidence()]
        )
        return [*self._header(kind), *self._parties(kind), *self._object(), *tail]

    def _header(self, kind: str) -> list[Node]:
        transaction = {"request": "070", "response": "092"}[kind]
        old = [
            self.identifier(
                "cbc:CustomizationID",
                f"urn:www.cenbii.eu:transaction:biitrdm{transaction}:ver3.0",
                "CEN-BII",
            ),
            self.identifier("cbc:ProfileID", "4.1", "CEN-BII"),
        ]
        profile = "ESPD-EDMv2.1.1-EXTENDED" if self.old else f"ESPD-EDMv{self.version}"
        edition = [self.code("cbc:QualificationApplicationTypeCode", "EXTENDED")]
        return [
            self.identifier("cbc:UBLVersionID", "2.2" if self.old else "2.3", "OASIS-UBL-TC"),
            *(old if self.old else []),
            self.identifier("cbc:ProfileExecutionID", profile, "OP"),
            self.identifier("cbc:ID", "PLI-1"),
            node("cbc:CopyIndicator", "false"),
            self.identifier("cbc:UUID", "01930000-0000-7000-8000-000000000001"),
            self.identifier("cbc:ContractFolderID", "2026-000001"),
            node("cbc:IssueDate", "2026-11-02"),
            self.identifier("cbc:VersionID", self.version, "OP"),
            self.code("cbc:ProcedureCode", "RESTRICTED"),
            *(edition if self.old else []),
            *([self.code("cbc:WeightingTypeCode", "PERCENTAGE")] if self.old else []),
        ]

    def _party(self, *more: Node, size: bool = False) -> Node:
        country = self.code("cbc:IdentificationCode", "FR" if self.old else "FRA")
        industry = [self.code("cbc:IndustryClassificationCode", "SME" if self.old else "sme")] if size else []
        return node(
            "cac:Party",
            [
                node("cbc:EndpointID", "pli@example.org", schemeID="EMAIL", schemeAgencyID="OP"),
                *industry,
                node("cac:PartyIdentification", [self.identifier("cbc:ID", "00000001800010")]),
                node("cac:PartyName", [node("cbc:Name", "Commune de Pli")]),
                node("cac:PostalAddress", [node("cac:Country", [country])]),
                *more,
            ],
        )

    def _parties(self, kind: str) -> list[Node]:
        buyer = node("cac:ContractingParty", [self._party(node("cac:ServiceProviderParty", [self._party()]))])
        if kind == "request":
            return [buyer]
        country = self.code("cbc:IdentificationCode", "FR" if self.old else "FRA")
        person = node(
            "cac:Person",
            [
                node("cbc:FirstName", "Ada"),
                node("cbc:FamilyName", "Martin"),
                node("cac:ResidenceAddress", [node("cac:Country", [country])]),
            ],
        )
        attorney = node("cac:PowerOfAttorney", [node("cac:AgentParty", [person])])
        role = self.code("cbc:RoleCode", "GM" if self.old else "sole-tenderer")
        operator = [node("cac:EconomicOperatorRole", [role]), self._party(attorney, size=True)]
        return [buyer, node("cac:EconomicOperatorParty", operator)]

    def _object(self) -> list[Node]:
        codes = [self.code("cbc:ProcurementTypeCode", "WORKS"), self.code("cbc:ProcurementSubTypeCode", "1")]
        lot = [self.identifier("cbc:ID", LOT)]
        return [
            node("cac:ProcurementProject", [node("cbc:Name", "Travaux"), *(codes if self.old else [])]),
            node("cac:ProcurementProjectLot", lot),
        ]

    def _reference(self) -> list[Node]:
        described = [node("cbc:Description", "Avis"), node("cbc:Description", "2026/S 001-000001")]
        return [
            self.identifier("cbc:ID", "2026/S 001-000001"),
            self.code("cbc:DocumentTypeCode", "TED_CN"),
            node("cac:Attachment", [node("cac:ExternalReference", described)]),
        ]

    def _evidence(self) -> Node:
        level = "CONFIDENTIAL" if self.old else "PUBLIC"
        return node(
            "cac:Evidence",
            [self.identifier("cbc:ID", "PROOF-1"), self.code("cbc:ConfidentialityLevelCode", level)],
        )

    def _wanted(self, kind: str) -> list[str]:
        known = {code: key for key, (code, _groups) in self.taxonomy["criteria"].items()}
        if self.old:
            return [
                known[code] for start in WANTED_2[kind] for code in sorted(known) if code.startswith(start)
            ]
        return [known[code] for code in WANTED[kind]]

    def _criterion(self, key: str, kind: str) -> Node:
        code = self.taxonomy["criteria"][key][0]
        selection = code in self.facts.get("listed", {}).get("selection", ())
        lots = [node("cac:ProcurementProjectLotReference", [self.identifier("cbc:ID", LOT)])]
        law = [node("cbc:Title", "Loi"), node("cbc:Description", "Texte"), node("cbc:Article", "L. 2141-1")]
        method = [self.code("cbc:EvaluationMethodTypeCode", "PASSFAIL")]
        made = node(
            "cac:TenderingCriterion",
            [
                self.identifier("cbc:ID", key),
                self.code("cbc:CriterionTypeCode", code),
                node("cbc:Name", code),
                node("cbc:Description", code),
                *(method if self.old else []),
                *(lots if selection and kind == "request" else []),
                node("cac:Legislation", law),
                *self._groups(key, "groups", "cac:TenderingCriterionPropertyGroup"),
            ],
        )
        if code.endswith("LOTS_TENDERED"):
            # Its group id is shared with criteria that ask for yes or no.
            found(made, ".//cbc:ValueDataTypeCode")[0].text = "LOT_IDENTIFIER"
        return made

    def _groups(self, parent: str, kind: str, name: str) -> Iterator[Node]:
        below = "cac:SubsidiaryTenderingCriterionPropertyGroup"
        for key, entry in self.taxonomy[kind].items():
            if parent in entry["parents"]:
                code, properties, subgroups = entry["parents"][parent]
                inside = list(self._groups(key, "subgroups", below))
                # In 3.3.0 groups of one parent share their id: the facts keep one, the count says how many.
                while inside and len(inside) < subgroups:
                    inside.append(list(self._groups(key, "subgroups", below))[-1])
                head = [self.identifier("cbc:ID", key), self.code("cbc:PropertyGroupTypeCode", code)]
                asked = [self._property(entry, at) for at in range(properties)]
                yield node(name, [*head, *asked, *inside])

    def _property(self, entry: dict[str, Any], at: int) -> Node:
        kind = entry["types"][at % len(entry["types"])]
        value_type = entry["value_types"][at % len(entry["value_types"])]
        more = (
            [self.code("cbc:ValueCurrencyCode", "EUR")] if value_type in {"AMOUNT", "MINIMUM_AMOUNT"} else []
        )
        if value_type == "CODE" and kind == "REQUIREMENT":
            more.append(self.code("cbc:ExpectedCode", "01"))
        return node(
            "cac:TenderingCriterionProperty",
            [
                self.identifier("cbc:ID", f"P{next(self.numbers)}"),
                node("cbc:Description", "Question"),
                self.code("cbc:TypeCode", kind),
                self.code("cbc:ValueDataTypeCode", value_type),
                *more,
            ],
        )

    def _answers(self, criterion: Node) -> Iterator[Node]:
        """Answer the questions at the top; where there is none, those below that are always shown."""
        groups = list(criterion.iterfind("{*}TenderingCriterionPropertyGroup"))
        top = any(_text(asked, "TypeCode") == "QUESTION" for group in groups for asked in _properties(group))
        for group in groups:
            yield from self._answer_group(group, deep=not top)

    def _answer_group(self, group: Node, *, deep: bool) -> Iterator[Node]:
        questions = [asked for asked in _properties(group) if _text(asked, "TypeCode") == "QUESTION"]
        for asked in questions:
            yield self.answer(_text(asked, "ID"), _text(asked, "ValueDataTypeCode"))
        yes_or_no = any(_text(asked, "ValueDataTypeCode") == "INDICATOR" for asked in questions)
        for below in group.iterfind("{*}SubsidiaryTenderingCriterionPropertyGroup"):
            condition = _text(below, "PropertyGroupTypeCode")
            if (condition == "ONFALSE" and yes_or_no) or (condition == "ON*" and deep):
                yield from self._answer_group(below, deep=deep)

    def answer(self, key: str, value_type: str) -> Node:
        """Return an answer of a value type to a property."""
        number = self.identifier("cbc:ID", f"A-{key}")
        return node(
            "cac:TenderingCriterionResponse",
            [number, self.identifier("cbc:ValidatedCriterionPropertyID", key), self._value(value_type)],
        )

    def _value(self, value_type: str) -> Node:
        if value_type == "PERIOD":
            return node("cac:ApplicablePeriod", [node("cbc:StartDate", "2025-01-01")])
        if value_type == "EVIDENCE_IDENTIFIER":
            return node("cac:EvidenceSupplied", [self.identifier("cbc:ID", "PROOF-1")])
        values = {
            "INDICATOR": node("cbc:ResponseIndicator", "false"),
            "DATE": node("cbc:ResponseDate", "2025-01-01"),
            "AMOUNT": node("cbc:ResponseAmount", "1000", currencyID="EUR"),
            "CODE": self.code("cbc:ResponseCode", "01"),
            "LOT_IDENTIFIER": self.identifier("cbc:ResponseID", LOT),
            "QUANTITY_INTEGER": node("cbc:ResponseQuantity", "1"),
        }
        if value_type.endswith("IDENTIFIER"):
            value_type = "LOT_IDENTIFIER"
        value = values.get(value_type)
        inside = node("cbc:Description", "Texte") if value is None else value
        return node("cac:ResponseValue", [self.identifier("cbc:ID", "V"), inside])


def _properties(group: Node) -> Iterator[Node]:
    return group.iterfind("{*}TenderingCriterionProperty")


def _text(element: Node, local: str) -> str:
    return element.findtext(f"{{*}}{local}") or ""
