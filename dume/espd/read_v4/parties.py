"""Read the buyer, the operator, their people and the references. Pure."""

from dume.espd.model import (
    Address,
    Buyer,
    Contact,
    EconomicOperator,
    Evidence,
    Identifier,
    Party,
    Person,
    Reference,
    Role,
)
from dume.espd.read_v4.nodes import Node, clock, day


def buyer(node: Node) -> Buyer:
    """Read the contracting party."""
    inside = node.one("Party")
    provider = None
    if inside.has("ServiceProviderParty"):
        outer = inside.one("ServiceProviderParty")
        inner = outer.one("Party")
        provider = party(inner)
        inner.close()
        outer.close()
    value = Buyer(party(inside), node.text("BuyerProfileURI"), provider)
    inside.close()
    node.close()
    return value


def operator(node: Node, group_name: str) -> EconomicOperator:
    """Read the economic operator party."""
    role = node.one("EconomicOperatorRole")
    inside = node.one("Party")
    value = EconomicOperator(
        role=role.value("RoleCode", _role),
        role_text=role.text("RoleDescription"),
        size=inside.word("IndustryClassificationCode"),
        representatives=inside.each("PowerOfAttorney", _representative),
        party=party(inside),
        group_name=group_name,
    )
    for each in (role, inside, node):
        each.close()
    return value


def _role(code: str) -> Role | None:
    return Role(code) if code in set(Role) else None


def party(node: Node) -> Party:
    """Read what every party has; the caller closes the node."""
    name = node.one("PartyName")
    value = Party(
        identifiers=node.each("PartyIdentification", _identification),
        name=name.filled("Name"),
        website=node.text("WebsiteURI"),
        endpoint=node.identifier("EndpointID"),
        address=address(node.one("PostalAddress")),
        contact=contact(node.one("Contact")),
    )
    name.close()
    return value


def _identification(node: Node) -> Identifier | None:
    value = node.identifier("ID")
    node.close()
    return value


def address(node: Node) -> Address:
    """Read a postal address."""
    country = node.one("Country")
    value = Address(
        node.text("StreetName"),
        node.text("CityName"),
        node.text("PostalZone"),
        country.word("IdentificationCode"),
    )
    country.close()
    node.close()
    return value


def contact(node: Node) -> Contact:
    """Read a contact."""
    value = Contact(
        node.text("Name"), node.text("Telephone"), node.text("Telefax"), node.text("ElectronicMail")
    )
    node.close()
    return value


def _representative(node: Node) -> Person:
    """Read a power of attorney: the person and what he may do."""
    agent = node.one("AgentParty")
    person = agent.one("Person")
    value = Person(
        first_name=person.filled("FirstName"),
        family_name=person.filled("FamilyName"),
        birth_date=person.value("BirthDate", day),
        birth_place=person.text("BirthplaceName"),
        role=node.text("Description"),
        address=address(person.one("ResidenceAddress")),
        contact=contact(person.one("Contact")),
    )
    for each in (person, agent, node):
        each.close()
    return value


def reference(node: Node) -> Reference | None:
    """Read a reference to a document; without an identifier it is none."""
    identifier = node.identifier("ID")
    if identifier is None:
        return None
    attachment = node.one("Attachment")
    external = attachment.one("ExternalReference")
    value = Reference(
        id=identifier,
        type_code=node.word("DocumentTypeCode"),
        issue_date=node.value("IssueDate", day),
        issue_time=node.value("IssueTime", clock),
        uri=external.text("URI"),
        title=external.text("FileName"),
        descriptions=external.texts("Description"),
    )
    for each in (external, attachment, node):
        each.close()
    return value


def evidence(node: Node) -> Evidence | None:
    """Read an evidence; its issuer stands in its document reference."""
    identifier = node.identifier("ID")
    if identifier is None:
        return None
    document, issuer = None, None
    if node.has("DocumentReference"):
        inside = node.one("DocumentReference")
        if inside.has("IssuerParty"):
            party_node = inside.one("IssuerParty")
            issuer = party(party_node)
            party_node.close()
        document = reference(inside)
        if document is None:
            return None
    value = Evidence(
        identifier, node.word("ConfidentialityLevelCode"), document, issuer, node.text("Description")
    )
    node.close()
    return value
