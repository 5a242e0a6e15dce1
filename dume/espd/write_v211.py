"""Write a document as ESPD-EDM 2.1.1 extended (UBL 2.2), with what that version can hold.

Source: ESPD-EDM v2.1.1. The criteria keep the identifiers of its taxonomy; questions get identifiers of their own,
derived from the document's, so that the same document always gives the same bytes.
"""

from lxml import etree

from dume.espd.migrate.codes import OLD_PROCEDURES, OLD_ROLES
from dume.espd.migrate.countries import alpha_2
from dume.espd.migrate.emit import GROW, NAMESPACES, UUID_SCHEME, Emitter, add, plain, say
from dume.espd.migrate.fill import FilledCriterion, FilledGroup, FilledProperty, Filler, Written
from dume.espd.model import NO_LOT, Amount, Answer, Code, Document, Evidence, Kind, Period, Value

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_ROOTS = {Kind.REQUEST: "QualificationApplicationRequest", Kind.RESPONSE: "QualificationApplicationResponse"}
_CUSTOMIZATION = {Kind.REQUEST: "biitrdm070", Kind.RESPONSE: "biitrdm092"}
_V = {"listAgencyID": GROW, "listVersionID": "2.1.1"}
_TAXONOMY = {"schemeID": "CriteriaTaxonomy", "schemeAgencyID": GROW, "schemeVersionID": "2.1.1"}
_UUID = {"schemeID": UUID_SCHEME, "schemeAgencyID": GROW, "schemeVersionID": "2.1.1"}
_CEN = {"schemeAgencyID": "CEN-BII", "schemeVersionID": "2.1.1"}
_COUNTRY = {
    "listID": "CountryCodeIdentifier",
    "listAgencyID": "ISO",
    "listName": "CountryCodeIdentifier",
    "listVersionID": "1.0",
}
_KINDS = {"Q": "QUESTION", "R": "REQUIREMENT", "C": "CAPTION"}
_TEXT = {"Q": "Votre réponse", "R": "Exigence de l’acheteur", "C": "Information"}
TABLE = "2.1.1"
UNSAID = "Non renseigné"
# "Is this information available electronically?": the official rules count it as the answer to a national ground.
PROOF_GROUP = "7458d42a-e581-4640-9283-34ceb3ad4345"


def write(document: Document, written: Written | None = None) -> bytes:
    """Return the XML; `written` receives what is in it."""
    return _Writer(document, written or Written()).write()


class _Writer:
    """One document being written."""

    def __init__(self, document: Document, written: Written) -> None:
        self.document = document
        self.filler = Filler(document, TABLE, written)
        self.emit = Emitter(_COUNTRY, document.header.uuid or document.header.id.value)
        name = _ROOTS[document.kind]
        spaces = {"root": f"{_UBL}{name}-2", "cac": NAMESPACES["cac"], "cbc": NAMESPACES["cbc"]}
        self.root = etree.Element(f"{{{spaces['root']}}}{name}", nsmap=spaces)
        self.responses: list[tuple[str, Answer, str]] = []
        self.national = False

    def write(self) -> bytes:
        self._header()
        self._parties()
        self._project()
        for number, each in enumerate(self.filler.fill(), 1):
            self._criterion(each, number)
        for identifier, answer, value_type in self.responses:
            self._response(identifier, answer, value_type)
        self._references()
        for evidence in self.document.evidences if self.document.kind is Kind.RESPONSE else ():
            self._evidence(evidence)
        etree.indent(self.root)
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8") + b"\n"

    def _header(self) -> None:
        root, header, kind = self.root, self.document.header, self.document.kind
        add(root, "cbc:UBLVersionID", "2.2", {"schemeAgencyID": "OASIS-UBL-TC"})
        urn = f"urn:www.cenbii.eu:transaction:{_CUSTOMIZATION[kind]}:ver3.0"
        add(root, "cbc:CustomizationID", urn, _CEN)
        add(root, "cbc:ProfileID", "4.1", _CEN)
        self.emit.identifier(root, "cbc:ID", header.id)
        add(root, "cbc:CopyIndicator", plain(header.copy))
        add(root, "cbc:UUID", header.uuid, _UUID)
        self.emit.identifier(root, "cbc:ContractFolderID", header.folder)
        say(root, "cbc:IssueDate", plain(header.issue_date) if header.issue_date else "")
        say(root, "cbc:IssueTime", plain(header.issue_time) if header.issue_time else "")
        if kind is Kind.RESPONSE and self._group_name():
            add(root, "cbc:EconomicOperatorGroupName", self._group_name())
        add(root, "cbc:VersionID", "2.1.1", {"schemeAgencyID": GROW, "schemeVersionID": "2.1.1"})
        code = OLD_PROCEDURES.get(self.document.procedure.code.lower(), "OTHER")
        add(
            root,
            "cbc:ProcedureCode",
            code,
            {"listID": "ProcedureType", "listAgencyID": "EU-COM-OP", "listVersionID": "1.0"},
        )
        types = {"listID": "QualificationApplicationType", **_V}
        add(root, "cbc:QualificationApplicationTypeCode", "Extended", types)

    def _group_name(self) -> str:
        """Give the name of the group, which 4.1.0 also asks as a question."""
        operator = self.document.economic_operator
        if operator is not None and operator.group_name:
            return operator.group_name
        asked = "C59_OT_eo-group/QG1/QSG1/Q3"
        return next((plain(each.value) for each in self.document.answers if each.property == asked), "")

    def _parties(self) -> None:
        buyer, operator = self.document.buyer, self.document.economic_operator
        contracting = add(self.root, "cac:ContractingParty")
        say(contracting, "cbc:BuyerProfileURI", buyer.profile_uri)
        party = self.emit.party(contracting, buyer.party)
        if buyer.service_provider is not None:
            self.emit.party(add(party, "cac:ServiceProviderParty"), buyer.service_provider)
        if operator is None or self.document.kind is Kind.REQUEST:
            return
        element = add(self.root, "cac:EconomicOperatorParty")
        if operator.role is not None:
            role = add(element, "cac:EconomicOperatorRole")
            add(role, "cbc:RoleCode", OLD_ROLES[operator.role], {"listID": "EORoleType", **_V})
            say(role, "cbc:RoleDescription", operator.role_text)
        sizes = {"listID": "EOIndustryClassificationCode", **_V}
        party = self.emit.party(
            element, operator.party, size=(operator.size or "SME").upper(), attributes=sizes
        )
        for person in operator.representatives:
            power = add(party, "cac:PowerOfAttorney")
            say(power, "cbc:Description", person.role)
            self.emit.person(power, person)

    def _project(self) -> None:
        procedure = self.document.procedure
        project = add(self.root, "cac:ProcurementProject")
        say(project, "cbc:Name", procedure.title)
        say(project, "cbc:Description", procedure.description)
        for code in procedure.cpv:
            add(
                add(project, "cac:MainCommodityClassification"),
                "cbc:ItemClassificationCode",
                code,
                {"listID": "CPV", "listAgencyID": "EU-COM-OP", "listVersionID": "213/2008"},
            )
        if len(project) == 0:
            self.root.remove(project)
        for lot in self.document.lots:
            element = add(self.root, "cac:ProcurementProjectLot")
            add(element, "cbc:ID", lot_name(lot.id), {"schemeAgencyID": GROW})

    def _criterion(self, each: FilledCriterion, number: int) -> None:
        element = add(self.root, "cac:TenderingCriterion")
        self.national = each.row.code.endswith("NATIONAL.OTHER") and self.document.kind is Kind.RESPONSE
        add(element, "cbc:ID", each.row.id, _TAXONOMY)
        add(element, "cbc:CriterionTypeCode", each.row.code, {"listID": "CriteriaTypeCode", **_V})
        add(element, "cbc:Name", each.source.name or each.source.code)
        add(element, "cbc:Description", each.source.description or each.source.name or each.source.code)
        for index, base in enumerate(each.source.legislations, 1):
            law = add(element, "cac:Legislation")
            add(law, "cbc:ID", self.emit.uuid(each.row.id, "law", index), _TAXONOMY)
            add(law, "cbc:Title", base.title or base.description or base.id)
            add(law, "cbc:Description", base.description or base.title or base.id)
            say(law, "cbc:JurisdictionLevel", base.level)
            say(law, "cbc:Article", base.article)
            say(law, "cbc:URI", base.uri)
        for index, group in enumerate(each.groups, 1):
            self._group(element, "cac:TenderingCriterionPropertyGroup", group, (number, index), said=None)

    def _group(
        self, parent: etree._Element, name: str, group: FilledGroup, at: tuple[int, ...], *, said: bool | None
    ) -> None:
        """Write a group; what it must answer because of the indicator above is never left without an answer."""
        element = add(parent, name)
        must = {"ONTRUE": said is True, "ONFALSE": said is False}.get(group.row.condition, False)
        must = must or (group.row.id == PROOF_GROUP and self.national)
        add(element, "cbc:ID", group.row.id, _TAXONOMY)
        add(element, "cbc:PropertyGroupTypeCode", group.row.condition, {"listID": "PropertyGroupType", **_V})
        for index, each in enumerate(group.properties, 1):
            self._property(element, each, (*at, index), must=must)
        said = indicator(group.properties)
        for index, inner in enumerate(group.groups, 1):
            self._group(
                element, "cac:SubsidiaryTenderingCriterionPropertyGroup", inner, (*at, 0, index), said=said
            )

    def _unsaid(self, each: FilledProperty) -> tuple[Answer, ...]:
        """Give a value that claims nothing for a question 4.1.0 does not ask; nothing for a type that has none."""
        value = _UNSAID.get(each.row.type)
        if value is None or each.row.kind != "Q":
            return ()
        self.filler.written.added.append(
            (each.row.to or each.row.id, plain(getattr(value, "description", value)))
        )
        return (Answer(each.row.id, value),)

    def _property(
        self, parent: etree._Element, each: FilledProperty, at: tuple[int, ...], *, must: bool
    ) -> None:
        """Write a property once, and once more for each further expected value."""
        for copy, expected in enumerate(each.expected or (None,)):
            element = add(parent, "cac:TenderingCriterionProperty")
            identifier = self.emit.uuid("property", *at, copy)
            add(element, "cbc:ID", identifier, _TAXONOMY)
            add(element, "cbc:Description", each.description or _TEXT[each.row.kind])
            add(element, "cbc:TypeCode", _KINDS[each.row.kind], {"listID": "CriterionElementType", **_V})
            add(element, "cbc:ValueDataTypeCode", each.row.type, {"listID": "ResponseDataType", **_V})
            if expected is not None and each.row.kind == "R":
                _expected(element, expected, each.row.type)
            answers = each.answers or (self._unsaid(each) if must else ())
            if copy == 0 and answers:
                self.responses.append((identifier, answers[0], each.row.type))

    def _response(self, identifier: str, answer: Answer, value_type: str) -> None:
        if value_type == "NONE":
            return
        element = add(self.root, "cac:TenderingCriterionResponse")
        add(element, "cbc:ID", self.emit.uuid("response", identifier), _UUID)
        add(element, "cbc:ValidatedCriterionPropertyID", identifier, _TAXONOMY)
        value = answer.value
        if value_type == "EVIDENCE_IDENTIFIER":
            supplied = add(element, "cac:EvidenceSupplied")
            agency = getattr(value, "agency", "") or GROW
            add(supplied, "cbc:ID", (answer.evidences or (plain(value),))[0], {"schemeAgencyID": agency})
        elif isinstance(value, Period):
            _period(element, value)
        else:
            holder = add(element, "cac:ResponseValue")
            add(holder, "cbc:ID", self.emit.uuid("value", identifier), _UUID)
            _value(holder, value, value_type)

    def _references(self) -> None:
        scheme = {"schemeID": UUID_SCHEME, "schemeAgencyID": GROW, "schemeVersionID": "2.1.1"}
        types = {"listID": "DocRefContentType", **_V}
        for each in self.document.header.references:
            self.emit.reference(self.root, each, scheme, types)

    def _evidence(self, evidence: Evidence) -> None:
        element = add(self.root, "cac:Evidence")
        self.emit.identifier(element, "cbc:ID", evidence.id)
        say(element, "cbc:Description", evidence.description)
        level = "PUBLIC" if evidence.confidentiality.upper() == "PUBLIC" else "CONFIDENTIAL"
        add(element, "cbc:ConfidentialityLevelCode", level, {"listID": "ConfidentialityLevel", **_V})
        if evidence.reference is None:
            return
        document = add(element, "cac:DocumentReference")
        self.emit.identifier(document, "cbc:ID", evidence.reference.id)
        if evidence.reference.uri:
            external = add(add(document, "cac:Attachment"), "cac:ExternalReference")
            add(external, "cbc:URI", evidence.reference.uri)
        if evidence.issuer is not None and evidence.issuer.name:
            add(add(add(document, "cac:IssuerParty"), "cac:PartyName"), "cbc:Name", evidence.issuer.name)


def indicator(properties: tuple[FilledProperty, ...]) -> bool | None:
    """Give what the indicator of a group says, nothing when there is none or it says nothing."""
    said = [each.answers[0].value for each in properties if each.row.type == "INDICATOR" and each.answers]
    return said[0] if said and isinstance(said[0], bool) else None


_UNSAID: dict[str, Value] = {
    "DESCRIPTION": UNSAID,
    "CODE": Code(UNSAID),
    "PERIOD": Period(description=UNSAID),
    "URL": "https://non-renseigne.invalid/",
    "ECONOMIC_OPERATOR_IDENTIFIER": UNSAID,
    "INDICATOR": False,
}


def lot_name(lot: str) -> str:
    """Give a lot its 2.1.1 name: a number, 0 without allotment."""
    return "0" if lot == NO_LOT else lot.removeprefix("LOT-").lstrip("0") or lot


def _expected(element: etree._Element, value: Value, value_type: str) -> None:
    """Write what the buyer expects."""
    if isinstance(value, Period):
        _period(element, value)
    elif isinstance(value, Amount):
        add(element, "cbc:ExpectedAmount", plain(value.value), {"currencyID": value.currency})
    elif isinstance(value, Code):
        name = "BooleanGUIControlType" if value_type == "CODE_BOOLEAN" else value.list_id or "CPV"
        add(element, "cbc:ExpectedCode", value.value, {"listID": name, **_V})
    elif value_type == "LOT_IDENTIFIER":
        add(element, "cbc:ExpectedID", lot_name(plain(value)), {"schemeAgencyID": GROW})
    elif value_type.startswith("QUANTITY"):
        add(element, "cbc:ExpectedValueNumeric", plain(value))
    elif value_type in ("DESCRIPTION", "URL"):
        add(element, "cbc:ExpectedDescription", plain(value))


def _period(parent: etree._Element, value: Period) -> None:
    element = add(parent, "cac:ApplicablePeriod")
    say(element, "cbc:StartDate", plain(value.start) if value.start else "")
    say(element, "cbc:EndDate", plain(value.end) if value.end else "")
    say(element, "cbc:Description", value.description)


def _value(parent: etree._Element, value: Value, value_type: str) -> None:
    """Write an answer in the element its type wants."""
    text = plain(value)
    if value_type == "DESCRIPTION":
        add(parent, "cbc:Description", text)
    elif value_type == "INDICATOR":
        add(parent, "cbc:ResponseIndicator", text)
    elif isinstance(value, Amount):
        add(parent, "cbc:ResponseAmount", text, {"currencyID": value.currency})
    elif value_type == "CODE_COUNTRY":
        names = {**_COUNTRY, "listName": "ISO-1-ALPHA-2"}
        add(parent, "cbc:ResponseCode", alpha_2(text), names)
    elif value_type.startswith("CODE"):
        roles = {role.value: old for role, old in OLD_ROLES.items()}
        add(parent, "cbc:ResponseCode", roles.get(text, text), {"listID": "EORoleType", **_V})
    elif value_type == "DATE":
        add(parent, "cbc:ResponseDate", text)
    elif value_type.endswith("IDENTIFIER"):
        add(parent, "cbc:ResponseID", text, {"schemeAgencyID": getattr(value, "agency", "") or GROW})
    elif value_type == "URL":
        add(parent, "cbc:ResponseURI", text)
    else:
        units = {"PERCENTAGE": "PERCENTAGE", "QUANTITY_YEAR": "YEAR"}
        unit = units.get(value_type, "")
        add(parent, "cbc:ResponseQuantity", text, {"unitCode": unit} if unit else {})
