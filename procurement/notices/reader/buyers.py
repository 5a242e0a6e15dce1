"""Read who buys: the notice names organisations once and refers to them elsewhere."""

from lxml import etree

from procurement.core import ids
from procurement.core.errors import Invalid
from procurement.core.text import _
from procurement.notices.reader.draft import Address, Buyer
from procurement.notices.reader.report import NS, Place
from procurement.notices.reader.values import EXTENSION, Source

__all__ = ["read_buyers"]


def read_buyers(source: Source) -> tuple[Buyer, ...]:
    """Return the buyers in the order of the notice, the first being the lead."""
    companies = _companies(source)
    buyers: dict[str, Buyer] = {}
    for party in source.root.iterfind("cac:ContractingParty", NS):
        leaf = source.first(party, "cac:Party/cac:PartyIdentification/cbc:ID")
        if leaf is None:
            continue
        reference, place = (leaf.text or "").strip(), Place(f"buyers[{len(buyers)}].reference", _("Acheteur"))
        if reference in buyers:
            source.doubt([leaf], place, _("Acheteur cité deux fois : repris une seule fois."))
        elif reference not in companies:
            source.doubt([leaf], place, _("Cet acheteur n’est décrit nulle part dans l’avis : à compléter."))
            buyers[reference] = Buyer(reference)
        else:
            company, its_id = companies[reference]
            source.take([leaf, its_id], place)
            buyers[reference] = _buyer(source, party, company, reference, f"buyers[{len(buyers)}]")
    return tuple(buyers.values())


def _companies(source: Source) -> dict[str, tuple[etree._Element, etree._Element]]:
    """Return the companies of the notice and the leaf of their identifier; the first of an identifier counts."""
    found: dict[str, tuple[etree._Element, etree._Element]] = {}
    path = f"{EXTENSION}/efac:Organizations/efac:Organization/efac:Company"
    for company in source.root.iterfind(path, NS):
        leaf = source.first(company, "cac:PartyIdentification/cbc:ID")
        if leaf is not None:
            found.setdefault((leaf.text or "").strip(), (company, leaf))
    return found


def _buyer(
    source: Source, party: etree._Element, company: etree._Element, reference: str, scope: str
) -> Buyer:
    siret, company_id = _company_id(source, company, scope)
    contact = "cac:Contact"
    return Buyer(
        reference=reference,
        name=source.line(company, "cac:PartyName/cbc:Name", Place(f"{scope}.name", _("Nom de l’acheteur"))),
        siret=siret,
        company_id=company_id,
        address=_address(source, company, scope),
        contact=source.line(company, f"{contact}/cbc:Name", Place(f"{scope}.contact", _("Point de contact"))),
        email=source.line(
            company, f"{contact}/cbc:ElectronicMail", Place(f"{scope}.email", _("Adresse électronique"))
        ),
        telephone=source.line(
            company, f"{contact}/cbc:Telephone", Place(f"{scope}.telephone", _("Téléphone"))
        ),
        website=source.url(company, "cbc:WebsiteURI", Place(f"{scope}.website", _("Site web"))),
        profile_url=source.url(
            party, "cbc:BuyerProfileURI", Place(f"{scope}.profile_url", _("Profil d’acheteur"))
        ),
        legal_type=source.line(
            party,
            "cac:ContractingPartyType/cbc:PartyTypeCode[@listName='buyer-legal-type']",
            Place(f"{scope}.legal_type", _("Catégorie d’acheteur")),
        ),
        activity=source.line(
            party,
            "cac:ContractingActivity/cbc:ActivityTypeCode",
            Place(f"{scope}.activity", _("Activité principale")),
        ),
    )


def _company_id(source: Source, company: etree._Element, scope: str) -> tuple[str | None, str]:
    """Return the SIRET among the identifiers, if one is valid, and the identifier kept."""
    leaves = source.leaves(company, "cac:PartyLegalEntity/cbc:CompanyID")
    if not leaves:
        return None, ""
    place = Place(f"{scope}.siret", _("SIRET de l’acheteur"))
    for leaf in leaves:
        try:
            number = ids.siret(leaf.text or "")
        except Invalid:
            continue
        source.take([leaf], place)
        return number, (leaf.text or "").strip()
    source.doubt(leaves[:1], place, _("Cet identifiant n’est pas un SIRET valide : à vérifier."))
    return None, (leaves[0].text or "").strip()


def _address(source: Source, company: etree._Element, scope: str) -> Address:
    postal = "cac:PostalAddress"
    street = (
        source.line(company, f"{postal}/cbc:{name}", Place(f"{scope}.address.street", _("Rue")))
        for name in ("StreetName", "AdditionalStreetName")
    )
    nuts = source.nuts(
        company, f"{postal}/cbc:CountrySubentityCode", Place(f"{scope}.address.nuts", _("Code NUTS"))
    )
    country = Place(f"{scope}.address.country", _("Pays"))
    return Address(
        street=", ".join(part for part in street if part),
        postcode=source.line(
            company, f"{postal}/cbc:PostalZone", Place(f"{scope}.address.postcode", _("Code postal"))
        ),
        city=source.line(company, f"{postal}/cbc:CityName", Place(f"{scope}.address.city", _("Ville"))),
        nuts=nuts[0] if nuts else "",
        country=source.line(company, f"{postal}/cac:Country/cbc:IdentificationCode", country),
    )
