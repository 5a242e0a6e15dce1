"""Read what stands around the criteria of a 1.0.2 or 2.1.1 document: header, parties, project, lots, references.

Both versions use the same UBL words, so one reader serves them; every part may be missing.
"""

from dataclasses import dataclass

from lxml import etree

from dume.espd.migrate import values
from dume.espd.migrate.codes import ROLES, SIZES
from dume.espd.migrate.countries import alpha_3
from dume.espd.migrate.lots import LotNames, is_placeholder
from dume.espd.migrate.old import child, children, text
from dume.espd.model import (
    NO_LOT,
    Address,
    Buyer,
    Contact,
    EconomicOperator,
    Header,
    Identifier,
    Lot,
    Party,
    Person,
    Procedure,
    Reference,
    Role,
)
from dume.espd.report import Ledger

# At the root in 2.1.1, in the operator's party in 1.0.2.
GROUP_NAME = "EconomicOperatorGroupName"
NO_COUNTRY = "Les pays sont désignés par leur code à trois lettres."


@dataclass(frozen=True, slots=True)
class BaseReader:
    """Read the parts of a document and tell the ledger."""

    root: etree._Element
    ledger: Ledger
    lots: LotNames

    def take(self, element: etree._Element | None, to: str, *path: str) -> str:
        """Give the text at a path and say that it is kept."""
        found = child(element, *path)
        if found is None:
            return ""
        self.ledger.kept(self.ledger.at(found), to)
        return text(found)

    def identifier(self, element: etree._Element | None, to: str) -> Identifier:
        """Read an identifier with its agency and scheme."""
        if element is None:
            return Identifier("")
        self.ledger.kept(self.ledger.at(element), to)
        for name, part in (("schemeAgencyID", "agency"), ("schemeID", "scheme")):
            self.ledger.kept(self.ledger.at(element, name), f"{to}.{part}")
        return Identifier(
            text(element), element.get("schemeAgencyID", "").strip(), element.get("schemeID", "").strip()
        )

    def header(self) -> Header:
        """Read what identifies the document."""
        root = self.root
        return Header(
            id=self.identifier(child(root, "ID"), "header.id"),
            uuid=self.take(root, "header.uuid", "UUID"),
            copy=self.take(root, "header.copy", "CopyIndicator").lower() == "true",
            folder=self.identifier(child(root, "ContractFolderID"), "header.folder"),
            issue_date=values.as_date(self.take(root, "header.issue_date", "IssueDate")),
            issue_time=values.as_time(self.take(root, "header.issue_time", "IssueTime")),
            previous_version=self.take(root, "header.previous_version", "PreviousVersionID"),
            references=tuple(
                self.reference(each, f"header.references.{number}")
                for number, each in enumerate(children(root, "AdditionalDocumentReference"), 1)
            ),
        )

    def reference(self, element: etree._Element, to: str) -> Reference:
        """Read a reference to a notice, a request or another document."""
        external = child(element, "Attachment", "ExternalReference")
        descriptions = children(external, "Description") if external is not None else []
        descriptions += children(element, "DocumentDescription")
        for each in descriptions:
            self.ledger.kept(self.ledger.at(each), f"{to}.descriptions")
        return Reference(
            id=self.identifier(child(element, "ID"), f"{to}.id"),
            type_code=self.take(element, f"{to}.type_code", "DocumentTypeCode"),
            issue_date=values.as_date(self.take(element, f"{to}.issue_date", "IssueDate")),
            issue_time=values.as_time(self.take(element, f"{to}.issue_time", "IssueTime")),
            uri=self.take(external, f"{to}.uri", "URI"),
            title=self.take(external, f"{to}.title", "FileName"),
            descriptions=tuple(text(each) for each in descriptions if text(each)),
        )

    def buyer(self) -> Buyer:
        """Read the contracting body and its service provider."""
        contracting = child(self.root, "ContractingParty")
        provider = child(self.root, "ServiceProviderParty")
        if provider is None:
            provider = child(contracting, "Party", "ServiceProviderParty")
        return Buyer(
            party=self.party(child(contracting, "Party"), "buyer.party"),
            profile_uri=self.take(contracting, "buyer.profile_uri", "BuyerProfileURI"),
            service_provider=(
                self.party(child(provider, "Party"), "buyer.service_provider")
                if provider is not None
                else None
            ),
        )

    def party(self, element: etree._Element | None, to: str) -> Party:
        """Read a party; all its parts may be missing."""
        if element is None:
            return Party()
        identifications = children(element, "PartyIdentification")
        endpoint = child(element, "EndpointID")
        return Party(
            identifiers=tuple(
                self.identifier(child(each, "ID"), f"{to}.identifiers") for each in identifications
            ),
            name=self.take(element, f"{to}.name", "PartyName", "Name"),
            website=self.take(element, f"{to}.website", "WebsiteURI"),
            endpoint=self.identifier(endpoint, f"{to}.endpoint") if endpoint is not None else None,
            address=self.address(child(element, "PostalAddress"), f"{to}.address"),
            contact=self.contact(child(element, "Contact"), f"{to}.contact"),
        )

    def address(self, element: etree._Element | None, to: str) -> Address:
        """Read an address; the country becomes an alpha-3 code, the post box joins the street."""
        country = child(element, "Country", "IdentificationCode")
        code = text(country)
        if country is not None and code:
            self.ledger.renamed(self.ledger.at(country), f"{to}.country", NO_COUNTRY)
        street = [self.take(element, f"{to}.street", name) for name in ("StreetName", "AdditionalStreetName")]
        number = child(element, "BuildingNumber")
        box = child(element, "Postbox")
        for each in (number, box):
            if each is not None:
                self.ledger.moved(self.ledger.at(each), f"{to}.street", "Réuni avec la rue.")
        parts = (text(number), *street, text(box))
        return Address(
            street=", ".join(part for part in parts if part),
            city=self.take(element, f"{to}.city", "CityName"),
            postcode=self.take(element, f"{to}.postcode", "PostalZone"),
            country=alpha_3(code),
        )

    def contact(self, element: etree._Element | None, to: str) -> Contact:
        """Read whom to write to or call."""
        return Contact(
            name=self.take(element, f"{to}.name", "Name"),
            telephone=self.take(element, f"{to}.telephone", "Telephone"),
            telefax=self.take(element, f"{to}.telefax", "Telefax"),
            email=self.take(element, f"{to}.email", "ElectronicMail"),
        )

    def procedure(self) -> Procedure:
        """Read what is procured."""
        project = child(self.root, "ProcurementProject")
        cpv = (
            [
                each
                for group in (
                    children(project, "MainCommodityClassification", "AdditionalCommodityClassification")
                )
                for each in children(group, "ItemClassificationCode")
            ]
            if project is not None
            else []
        )
        for each in cpv:
            self.ledger.kept(self.ledger.at(each), "procedure.cpv")
        return Procedure(
            code=self.take(self.root, "procedure.code", "ProcedureCode"),
            title=self.take(project, "procedure.title", "Name"),
            description=self.take(project, "procedure.description", "Description"),
            cpv=tuple(text(each) for each in cpv if text(each)),
        )

    def lot_list(self) -> tuple[Lot, ...]:
        """Read the lots; a document without any, or with lot 0, has the one lot LOT-0000."""
        found = []
        for element in children(self.root, "ProcurementProjectLot"):
            identifier = child(element, "ID")
            old = text(identifier)
            new = NO_LOT if is_placeholder(old) else self.lots.name(old)
            if identifier is not None and old:
                say = self.ledger.kept if old == new else self.ledger.renamed
                say(self.ledger.at(identifier), "lots", "" if old == new else f"En 4.1.0 : {new}")
            project = child(element, "ProcurementProject")
            title = self.take(project, "lots.title", "Name")
            found.append(Lot(new, title, self.take(project, "lots.description", "Description")))
        if not found:
            self.ledger.defaulted("/*", "lots", "Un document sans lot a le lot unique LOT-0000.", NO_LOT)
        return tuple({lot.id: lot for lot in reversed(found)}.values())[::-1] or (Lot(NO_LOT),)

    def operator(self) -> EconomicOperator | None:
        """Read the company that answers."""
        element = child(self.root, "EconomicOperatorParty")
        if element is None:
            return None
        party = child(element, "Party")
        role = child(element, "EconomicOperatorRole")
        people = children(element, "RepresentativeNaturalPerson")
        powers = children(party, "PowerOfAttorney") if party is not None else []
        return EconomicOperator(
            party=self.party(party, "economic_operator.party"),
            role=self.role(child(role, "RoleCode")),
            role_text=self.take(role, "economic_operator.role_text", "RoleDescription"),
            size=self.size(child(party, "IndustryClassificationCode")),
            group_name=self.take(self.root, "economic_operator.group_name", GROUP_NAME)
            or self.take(element, "economic_operator.group_name", GROUP_NAME),
            representatives=tuple(
                self.person(each, f"economic_operator.representatives.{number}")
                for number, each in enumerate((*people, *powers), 1)
            ),
        )

    def role(self, element: etree._Element | None) -> Role | None:
        """Read the role of the operator, nothing when its code is unknown."""
        code = text(element)
        role = ROLES.get(code.strip().upper())
        if element is not None and role is not None:
            to = "economic_operator.role"
            self.ledger.renamed(self.ledger.at(element), to, f"En 4.1.0 : {role.value}")
        return role

    def size(self, element: etree._Element | None) -> str:
        """Read the size of the operator."""
        size = SIZES.get(text(element).upper(), "")
        if element is not None and size:
            self.ledger.renamed(self.ledger.at(element), "economic_operator.size", f"En 4.1.0 : {size}")
        return size

    def person(self, element: etree._Element, to: str) -> Person:
        """Read a representative: 1.0.2 wraps the power of attorney, 2.1.1 does not."""
        power = child(element, "PowerOfAttorney")
        if power is None:
            power = element
        person = child(power, "AgentParty", "Person")
        said = [
            self.take(element, f"{to}.role", "NaturalPersonRoleDescription"),
            self.take(power, f"{to}.role", "Description"),
        ]
        return Person(
            first_name=self.take(person, f"{to}.first_name", "FirstName"),
            family_name=self.take(person, f"{to}.family_name", "FamilyName"),
            birth_date=values.as_date(self.take(person, f"{to}.birth_date", "BirthDate")),
            birth_place=self.take(person, f"{to}.birth_place", "BirthplaceName"),
            role=" ; ".join(each for each in said if each),
            address=self.address(child(person, "ResidenceAddress"), f"{to}.address"),
            contact=self.contact(child(person, "Contact"), f"{to}.contact"),
        )
