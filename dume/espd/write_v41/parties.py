"""Write the buyer, the operator, their people and the references. Pure."""

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
)
from dume.espd.ubl import NO_AGENCY
from dume.espd.write_v41.fragments import Extras, aggregate, code, day, hour, identifier, leaf, optional

Parts = list[tuple[str, str]]


def buyer(value: Buyer, extras: Extras) -> str:
    """Write the contracting party; the schema wants a party whatever is known of it."""
    path = "/cac:ContractingParty"
    inside = f"{path}/cac:Party"
    parts = party_parts(value.party, inside, extras)
    if value.service_provider is not None:
        where = f"{inside}/cac:ServiceProviderParty"
        its_party = party(value.service_provider, f"{where}/cac:Party", extras)
        parts.append(("ServiceProviderParty", aggregate(where, [("Party", its_party)], extras)))
    written = aggregate(inside, parts, extras, always=True)
    return aggregate(
        path,
        [("BuyerProfileURI", optional("BuyerProfileURI", value.profile_uri)), ("Party", written)],
        extras,
    )


def operator(value: EconomicOperator, extras: Extras) -> str:
    """Write the economic operator party."""
    path = "/cac:EconomicOperatorParty"
    role = aggregate(
        f"{path}/cac:EconomicOperatorRole",
        [
            ("RoleCode", code("RoleCode", value.role.value if value.role else "")),
            ("RoleDescription", optional("RoleDescription", value.role_text)),
        ],
        extras,
    )
    inside = f"{path}/cac:Party"
    parts = party_parts(value.party, inside, extras)
    parts.insert(2, ("IndustryClassificationCode", code("IndustryClassificationCode", value.size)))
    parts += [
        ("PowerOfAttorney", _representative(person, f"{inside}/cac:PowerOfAttorney[{index}]", extras))
        for index, person in enumerate(value.representatives, 1)
    ]
    written = aggregate(inside, parts, extras, always=True)
    return aggregate(path, [("EconomicOperatorRole", role), ("Party", written)], extras)


def party(value: Party, path: str, extras: Extras) -> str:
    """Write a party at a path."""
    return aggregate(path, party_parts(value, path, extras), extras, always=True)


def party_parts(value: Party, path: str, extras: Extras) -> Parts:
    """Return the children of a party, in order; the third place is that of the size."""
    parts = [("WebsiteURI", optional("WebsiteURI", value.website)), ("EndpointID", _endpoint(value.endpoint))]
    for index, each in enumerate(value.identifiers, 1):
        where = f"{path}/cac:PartyIdentification[{index}]"
        parts.append(("PartyIdentification", aggregate(where, [("ID", identifier("ID", each))], extras)))
    name = aggregate(f"{path}/cac:PartyName", [("Name", optional("Name", value.name))], extras)
    parts.append(("PartyName", name))
    parts.append(("PostalAddress", address(value.address, f"{path}/cac:PostalAddress", extras)))
    parts.append(("Contact", contact(value.contact, f"{path}/cac:Contact", extras)))
    return parts


def _endpoint(value: Identifier | None) -> str:
    """Write an address for messages; rule BR-OTH-08 wants its scheme."""
    if value is None:
        return ""
    attributes = {"schemeID": value.scheme or NO_AGENCY, "schemeAgencyID": value.agency or NO_AGENCY}
    return leaf("EndpointID", value.value, attributes)


def address(value: Address, path: str, extras: Extras) -> str:
    """Write a postal address at a path."""
    country = aggregate(
        f"{path}/cac:Country", [("IdentificationCode", code("IdentificationCode", value.country))], extras
    )
    parts = [
        ("StreetName", optional("StreetName", value.street)),
        ("CityName", optional("CityName", value.city)),
        ("PostalZone", optional("PostalZone", value.postcode)),
        ("Country", country),
    ]
    return aggregate(path, parts, extras)


def contact(value: Contact, path: str, extras: Extras) -> str:
    """Write a contact at a path."""
    parts = [
        ("Name", optional("Name", value.name)),
        ("Telephone", optional("Telephone", value.telephone)),
        ("Telefax", optional("Telefax", value.telefax)),
        ("ElectronicMail", optional("ElectronicMail", value.email)),
    ]
    return aggregate(path, parts, extras)


def _representative(value: Person, path: str, extras: Extras) -> str:
    """Write a power of attorney with its person."""
    agent = f"{path}/cac:AgentParty"
    where = f"{agent}/cac:Person"
    parts = [
        ("FirstName", optional("FirstName", value.first_name)),
        ("FamilyName", optional("FamilyName", value.family_name)),
        ("BirthDate", day("BirthDate", value.birth_date)),
        ("BirthplaceName", optional("BirthplaceName", value.birth_place)),
        ("Contact", contact(value.contact, f"{where}/cac:Contact", extras)),
        ("ResidenceAddress", address(value.address, f"{where}/cac:ResidenceAddress", extras)),
    ]
    person = aggregate(where, parts, extras, always=True)
    party_written = aggregate(agent, [("Person", person)], extras)
    return aggregate(
        path, [("Description", optional("Description", value.role)), ("AgentParty", party_written)], extras
    )


def reference(value: Reference, path: str, extras: Extras, issuer: str = "") -> str:
    """Write a reference to a document at a path, with its issuer's party as text."""
    attachment = f"{path}/cac:Attachment"
    external = aggregate(
        f"{attachment}/cac:ExternalReference",
        [
            ("URI", optional("URI", value.uri)),
            ("FileName", optional("FileName", value.title)),
            *(("Description", leaf("Description", each)) for each in value.descriptions),
        ],
        extras,
    )
    parts = [
        ("ID", identifier("ID", value.id)),
        ("IssueDate", day("IssueDate", value.issue_date)),
        ("IssueTime", hour("IssueTime", value.issue_time)),
        ("DocumentTypeCode", code("DocumentTypeCode", value.type_code)),
        ("Attachment", aggregate(attachment, [("ExternalReference", external)], extras)),
        ("IssuerParty", issuer),
    ]
    return aggregate(path, parts, extras)


def evidence(value: Evidence, path: str, extras: Extras) -> str:
    """Write an evidence; its issuer stands in its document reference."""
    where = f"{path}/cac:DocumentReference"
    document = ""
    if value.reference is not None:
        issuer = party(value.issuer, f"{where}/cac:IssuerParty", extras) if value.issuer else ""
        document = reference(value.reference, where, extras, issuer)
    parts = [
        ("ID", identifier("ID", value.id)),
        ("Description", optional("Description", value.description)),
        ("ConfidentialityLevelCode", code("ConfidentialityLevelCode", value.confidentiality)),
        ("DocumentReference", document),
    ]
    return aggregate(path, parts, extras)
