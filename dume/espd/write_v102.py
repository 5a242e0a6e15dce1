"""Write a document as ESPD-EDM 1.0.2 (``urn:grow`` ESPDRequest-1 and ESPDResponse-1), with what that version can hold.

Source: ESPD-EDM v1.0.2. It has no requirements of the buyer, one lot only (``0``) and answers inside the questions; a
proof is said in three answers: its address, its code and who issued it.
"""

import re

from lxml import etree

from dume.espd.migrate.countries import alpha_2
from dume.espd.migrate.emit import GROW, NAMESPACES, UUID_SCHEME, Emitter, add, plain, say
from dume.espd.migrate.fill import FilledCriterion, FilledGroup, FilledProperty, Filler, Written, key_of
from dume.espd.migrate.values import as_decimal
from dume.espd.model import (
    Amount,
    Answer,
    Criterion,
    Document,
    Evidence,
    Identifier,
    Kind,
    Legislation,
    Period,
    Reference,
)

_ROOTS = {Kind.REQUEST: "ESPDRequest", Kind.RESPONSE: "ESPDResponse"}
_CUSTOMIZATION = {Kind.REQUEST: "biitrns070", Kind.RESPONSE: "biitrns092"}
_GROW = {"schemeAgencyID": GROW}
_UUID = {
    "schemeID": UUID_SCHEME,
    "schemeAgencyID": GROW,
    "schemeAgencyName": "DG GROW (European Commission)",
    "schemeVersionID": "1.1",
}
_LIST = {"listAgencyID": GROW, "listVersionID": "1.0.2"}
_COUNTRY = {"listID": "CountryCodeIdentifier", "listName": "CountryCodeIdentifier", **_LIST}
_REQUIREMENT = {"schemeID": "CriterionRelatedIDs", "schemeAgencyID": GROW, "schemeVersionID": "1.0"}
_TYPES = {"listID": "ReferencesTypeCodes", "listAgencyID": GROW, "listVersionID": "1.0"}
_LEVELS = {"EU": "EU_DIRECTIVE", "EU_REGULATION": "EU_REGULATION", "EU_DECISION": "EU_DECISION"}
# A notice that is not published yet: the temporary number the Commission's service wrote.
_NO_NOTICE = "0000/S 000-000000"
_NOTICE = re.compile(r"\d{4}/S \d{3}-\d{6}")
_DIRECTIVE = "Directive 2014/24/UE"
TABLE = "1.0.2"


def write(document: Document, written: Written | None = None) -> bytes:
    """Return the XML; `written` receives what is in it."""
    return _Writer(document, written or Written()).write()


class _Writer:
    """One document being written."""

    def __init__(self, document: Document, written: Written) -> None:
        self.document = document
        self.filler = Filler(document, TABLE, written)
        self.emit = Emitter(_COUNTRY, document.header.uuid or document.header.id.value)
        self.proofs = {each.id.value: each for each in document.evidences}
        name = _ROOTS[document.kind]
        namespace = f"urn:grow:names:specification:ubl:schema:xsd:{name}-1"
        self.root = etree.Element(f"{{{namespace}}}{name}", nsmap={"root": namespace, **NAMESPACES})

    def write(self) -> bytes:
        self._header()
        self._parties()
        add(add(self.root, "cac:ProcurementProjectLot"), "cbc:ID", "0", _GROW)
        for number, each in enumerate(self.filler.fill(), 1):
            self._criterion(each, number)
        if self.document.buyer.service_provider is not None:
            self.emit.party(add(self.root, "cac:ServiceProviderParty"), self.document.buyer.service_provider)
        for reference in _references(self.document):
            self.emit.reference(self.root, reference, _UUID, _TYPES)
        etree.indent(self.root)
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8") + b"\n"

    def _header(self) -> None:
        root, header = self.root, self.document.header
        add(root, "cbc:UBLVersionID", "2.1", {"schemeAgencyID": "OASIS-UBL-TC"})
        urn = f"urn:www.cenbii.eu:transaction:{_CUSTOMIZATION[self.document.kind]}:ver3.0"
        bii = {"schemeName": "CustomizationID", "schemeAgencyID": "BII", "schemeVersionID": "3.0"}
        add(root, "cbc:CustomizationID", urn, bii)
        add(root, "cbc:ID", header.uuid or self.emit.uuid("document"), _UUID)
        add(root, "cbc:CopyIndicator", plain(header.copy))
        add(root, "cbc:VersionID", "2018.01.01", _GROW)
        add(root, "cbc:IssueDate", plain(header.issue_date) if header.issue_date else "1970-01-01")
        say(root, "cbc:IssueTime", plain(header.issue_time) if header.issue_time else "")
        folder = header.folder.value or header.id.value
        add(root, "cbc:ContractFolderID", folder, {"schemeAgencyID": "TeD"})

    def _parties(self) -> None:
        self.emit.party(add(self.root, "cac:ContractingParty"), self.document.buyer.party)
        operator = self.document.economic_operator
        if operator is None or self.document.kind is Kind.REQUEST:
            return
        element = add(self.root, "espd:EconomicOperatorParty")
        add(element, "espdb:SMEIndicator", plain(operator.size.lower() != "large"))
        for person in operator.representatives:
            natural = add(element, "espd:RepresentativeNaturalPerson")
            say(natural, "espdb:NaturalPersonRoleDescription", person.role)
            self.emit.person(add(natural, "cac:PowerOfAttorney"), person)
        self.emit.party(element, operator.party)

    def _criterion(self, each: FilledCriterion, number: int) -> None:
        element = add(self.root, "ccv:Criterion")
        scheme = {"schemeID": "CriteriaID", "schemeAgencyID": GROW, "schemeVersionID": "1.0"}
        add(element, "cbc:ID", each.row.id, scheme)
        add(element, "cbc:TypeCode", each.row.code, {"listID": "CriteriaTypeCode", **_LIST})
        add(element, "cbc:Name", each.source.name or each.source.code)
        add(element, "cbc:Description", each.source.description or each.source.name or each.source.code)
        for law in _laws(each.source):
            self._law(element, law)
        for index, group in enumerate(each.groups, 1):
            self._group(element, group, (number, index))

    def _law(self, parent: etree._Element, law: Legislation) -> None:
        element = add(parent, "ccv:LegislationReference")
        add(element, "ccvb:Title", law.title or _DIRECTIVE)
        add(element, "cbc:Description", law.description or law.title or _DIRECTIVE)
        level = _LEVELS.get(law.level, law.level if law.level.endswith("_LEGISLATION") else "EU_DIRECTIVE")
        level = law.level if law.level.startswith("EU_") else level
        names = {"listID": "CriterionJurisdictionLevel", **_LIST}
        add(element, "ccvb:JurisdictionLevelCode", level, names)
        add(element, "ccvb:Article", law.article or "57")
        add(element, "cbc:URI", law.uri or "http://eur-lex.europa.eu/eli/dir/2014/24/oj")

    def _group(self, parent: etree._Element, group: FilledGroup, at: tuple[int, ...]) -> None:
        condition = {"pi": group.row.condition} if group.row.condition else {}
        element = add(parent, "ccv:RequirementGroup", None, condition)
        add(element, "cbc:ID", group.row.id, {"schemeAgencyID": GROW, "schemeVersionID": "1.0"})
        for index, each in enumerate(group.properties, 1):
            self._requirement(element, each, (*at, index))
        for index, inner in enumerate(group.groups, 1):
            self._group(element, inner, (*at, 0, index))

    def _requirement(self, parent: etree._Element, each: FilledProperty, at: tuple[int, ...]) -> None:
        element = add(parent, "ccv:Requirement", None, {"responseDataType": each.row.type})
        add(element, "cbc:ID", each.row.id, _REQUIREMENT)
        add(element, "cbc:Description", each.description or "Votre réponse")
        if not each.answers:
            return
        response = etree.Element(f"{{{NAMESPACES['ccv']}}}Response")
        add(response, "cbc:ID", self.emit.uuid("response", *at), _GROW)
        if self._value(response, each, each.answers[0], at):
            element.append(response)
        elif "#" not in each.row.to:
            self.filler.written.used.discard(key_of(each.answers[0]))

    def _value(
        self, parent: etree._Element, each: FilledProperty, answer: Answer, at: tuple[int, ...]
    ) -> bool:
        """Write an answer in the element its type wants; tell whether there was anything to write."""
        kind, part = each.row.type, each.row.to.partition("#")[2]
        if kind == "EVIDENCE_URL" or part in ("id", "issuer", "uri"):
            return self._proof(parent, kind, part, answer, at)
        value = answer.value
        if isinstance(value, Period):
            return _period(parent, kind, part, value)
        if kind == "CODE_COUNTRY":
            names = {"listID": "CountryCodeIdentifier", **_LIST}
            add(parent, "ccvb:Code", alpha_2(plain(value)), names)
        elif kind == "AMOUNT" and isinstance(value, Amount):
            add(parent, "cbc:Amount", plain(value.value), {"currencyID": value.currency})
        elif kind.startswith("QUANTITY"):
            unit = {"QUANTITY_YEAR": "YEAR", "QUANTITY_INTEGER": "NUMBER"}.get(kind, "")
            text = plain(value)[:4] if kind == "QUANTITY_YEAR" else plain(value)
            if as_decimal(text) is None:
                return False
            add(parent, "cbc:Quantity", text, {"unitCode": unit} if unit else {})
        else:
            names = {
                "INDICATOR": "ccvb:Indicator",
                "DATE": "cbc:Date",
                "PERCENTAGE": "cbc:Percent",
                "CODE": "ccvb:Code",
            }
            add(parent, names.get(kind, "cbc:Description"), plain(value))
        return True

    def _proof(
        self, parent: etree._Element, kind: str, part: str, answer: Answer, at: tuple[int, ...]
    ) -> bool:
        """Write what this answer says of a proof."""
        proof = self.proofs.get((answer.evidences or (plain(answer.value),))[0])
        if proof is None:
            proof = Evidence(Identifier(plain(answer.value)))
        reference = proof.reference
        if kind == "EVIDENCE_URL":
            uri = reference.uri if reference else ""
            element = add(add(parent, "cev:Evidence"), "cev:EvidenceDocumentReference")
            add(element, "cbc:ID", self.emit.uuid("proof", *at), _GROW)
            if uri:
                add(add(add(element, "cac:Attachment"), "cac:ExternalReference"), "cbc:URI", uri)
            return bool(uri)
        if part == "issuer":
            say(parent, "cbc:Description", proof.issuer.name if proof.issuer else "")
        else:
            say(parent, "ccvb:Code", reference.id.value if reference else proof.id.value)
        return len(parent) > 1


def _period(parent: etree._Element, kind: str, part: str, value: Period) -> bool:
    """Write a period: in words where 1.0.2 wants words, or one of its ends."""
    if kind == "PERIOD":
        ends = [plain(day) for day in (value.start, value.end) if day is not None]
        words = value.description or " / ".join(ends)
        if words:
            add(add(parent, "cac:Period"), "cbc:Description", words)
        return bool(words)
    day = value.end if part == "end" else value.start
    if day is not None:
        add(parent, "cbc:Date", plain(day))
    return day is not None


def _laws(criterion: Criterion) -> tuple[Legislation, ...]:
    """Give the legal bases; an exclusion ground must have one."""
    return criterion.legislations or (Legislation(""),)


def _references(document: Document) -> tuple[Reference, ...]:
    """Give the references with exactly one notice: its number, or the temporary one, and the title."""
    others = tuple(each for each in document.header.references if each.type_code != "TED_CN")
    notices = [each for each in document.header.references if each.type_code == "TED_CN"]
    procedure = document.procedure
    notice = notices[0] if notices else Reference(Identifier(_NO_NOTICE), "TED_CN")
    number = notice.id.value if _NOTICE.fullmatch(notice.id.value) else _NO_NOTICE
    descriptions = notice.descriptions or tuple(each for each in (procedure.description,) if each)
    title = notice.title or procedure.title
    return (*others, Reference(Identifier(number), "TED_CN", None, None, notice.uri, title, descriptions))
