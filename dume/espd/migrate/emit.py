"""Write the parties, references and plain values that versions 1.0.2 and 2.1.1 share; only their attributes differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from dume.espd.migrate.countries import alpha_2
from dume.espd.model import Address, Contact, Identifier, Party, Person, Reference

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMESPACES = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
    "ccv": "urn:isa:names:specification:ubl:schema:xsd:CCV-CommonAggregateComponents-1",
    "ccvb": "urn:isa:names:specification:ubl:schema:xsd:CCV-CommonBasicComponents-1",
    "cev": "urn:isa:names:specification:ubl:schema:xsd:CEV-CommonAggregateComponents-1",
    "espd": "urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonAggregateComponents-1",
    "espdb": "urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonBasicComponents-1",
}
GROW = "EU-COM-GROW"
UUID_SCHEME = "ISO/IEC 9834-8:2008 - 4UUID"
Attributes = Mapping[str, str]


def add(
    parent: etree._Element, name: str, text: str | None = None, attributes: Attributes | None = None
) -> etree._Element:
    """Add a child named with a prefix (``cbc:ID``), with a text and attributes."""
    prefix, _, local = name.partition(":")
    element = etree.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{local}", dict(attributes or {}))
    element.text = text
    return element


def say(parent: etree._Element, name: str, text: str, attributes: Attributes | None = None) -> None:
    """Add a child unless its text is empty."""
    if text:
        add(parent, name, text, attributes)


def prune(element: etree._Element) -> None:
    """Remove an element that holds nothing."""
    parent = element.getparent()
    if len(element) == 0 and not element.text and parent is not None:
        parent.remove(element)


@dataclass(frozen=True, slots=True)
class Emitter:
    """Write the shared parts with one version's attributes."""

    country_list: Attributes
    seed: str

    def uuid(self, *names: object) -> str:
        """Give the identifier of a part of this document: always the same for the same part."""
        return str(uuid5(NAMESPACE_URL, "/".join(("urn:espd", self.seed, *(str(name) for name in names)))))

    def identifier(self, parent: etree._Element, name: str, value: Identifier) -> None:
        """Write an identifier; an agency is always named."""
        scheme = {"schemeID": value.scheme} if value.scheme else {}
        say(parent, name, value.value, {**scheme, "schemeAgencyID": value.agency or GROW})

    def party(
        self, parent: etree._Element, value: Party, *, size: str = "", attributes: Attributes | None = None
    ) -> etree._Element:
        """Write a party."""
        element = add(parent, "cac:Party")
        say(element, "cbc:WebsiteURI", value.website)
        if value.endpoint is not None:
            scheme = {"schemeID": value.endpoint.scheme or "URI"}
            say(
                element,
                "cbc:EndpointID",
                value.endpoint.value,
                {**scheme, "schemeAgencyID": value.endpoint.agency or GROW},
            )
        say(element, "cbc:IndustryClassificationCode", size, attributes)
        for each in value.identifiers:
            self.identifier(add(element, "cac:PartyIdentification"), "cbc:ID", each)
        if value.name:
            add(add(element, "cac:PartyName"), "cbc:Name", value.name)
        self.address(element, "cac:PostalAddress", value.address)
        self.contact(element, value.contact)
        return element

    def address(self, parent: etree._Element, name: str, value: Address) -> None:
        """Write an address with the alpha-2 code of its country."""
        element = add(parent, name)
        say(element, "cbc:StreetName", value.street)
        say(element, "cbc:CityName", value.city)
        say(element, "cbc:PostalZone", value.postcode)
        if value.country:
            code = alpha_2(value.country)
            add(add(element, "cac:Country"), "cbc:IdentificationCode", code, self.country_list)
        prune(element)

    def contact(self, parent: etree._Element, value: Contact) -> None:
        """Write a contact."""
        element = add(parent, "cac:Contact")
        say(element, "cbc:Name", value.name)
        say(element, "cbc:Telephone", value.telephone)
        say(element, "cbc:Telefax", value.telefax)
        say(element, "cbc:ElectronicMail", value.email)
        prune(element)

    def person(self, power: etree._Element, value: Person) -> None:
        """Write a representative in a power of attorney."""
        person = add(add(power, "cac:AgentParty"), "cac:Person")
        say(person, "cbc:FirstName", value.first_name)
        say(person, "cbc:FamilyName", value.family_name)
        say(person, "cbc:BirthDate", value.birth_date.isoformat() if value.birth_date else "")
        say(person, "cbc:BirthplaceName", value.birth_place)
        self.contact(person, value.contact)
        self.address(person, "cac:ResidenceAddress", value.address)

    def reference(
        self, parent: etree._Element, value: Reference, scheme: Attributes, types: Attributes
    ) -> None:
        """Write a reference to a notice, a request or another document."""
        element = add(parent, "cac:AdditionalDocumentReference")
        add(element, "cbc:ID", value.id.value, scheme)
        say(element, "cbc:IssueDate", value.issue_date.isoformat() if value.issue_date else "")
        say(element, "cbc:IssueTime", value.issue_time.isoformat() if value.issue_time else "")
        add(element, "cbc:DocumentTypeCode", value.type_code or "TED_CN", types)
        attachment = add(element, "cac:Attachment")
        external = add(attachment, "cac:ExternalReference")
        say(external, "cbc:URI", value.uri)
        say(external, "cbc:FileName", value.title)
        for each in value.descriptions:
            add(external, "cbc:Description", each)
        prune(external)
        prune(attachment)


def plain(value: object) -> str:
    """Write a plain value as XML text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(getattr(value, "value", value))
