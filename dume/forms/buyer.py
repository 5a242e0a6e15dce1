"""The form about who asks, in a request that goes with a consultation."""

from dataclasses import replace
from typing import Any

from dume.espd.model import Address, Buyer, Contact, Identifier
from procurement.accounts.forms import is_email
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line


class BuyerForm(SecureForm):
    """Whom companies may ask, and where the buyer is; its name and SIRET are those of the organisation."""

    contact = line(
        _("Service ou personne à contacter"), _("Indiquez un service ou une personne à contacter.")
    )
    email = line(_("Adresse électronique"), _("Indiquez une adresse électronique."), more=[is_email])
    telephone = line(_("Téléphone"), _("Indiquez un numéro de téléphone."), limit=40)
    website = line(
        _("Adresse internet du profil d’acheteur"),
        _("Indiquez une adresse internet."),
        hint=_("Elle commence par https://"),
    )
    street = line(_("Numéro et rue"), None)
    postcode = line(_("Code postal"), None, limit=20)
    city = line(_("Commune"), _("Indiquez la commune de l’acheteur."))

    @staticmethod
    def start(buyer: Buyer) -> dict[str, Any]:
        """Return what stands in the fields at first."""
        party = buyer.party
        return {
            "contact": party.contact.name,
            "email": party.contact.email,
            "telephone": party.contact.telephone,
            "website": buyer.profile_uri or party.website,
            "street": party.address.street,
            "postcode": party.address.postcode,
            "city": party.address.city,
        }

    def buyer(self, known: Buyer) -> Buyer:
        """Return the buyer as it is now said; what the form does not ask stays."""
        party = known.party
        contact = Contact(
            self.contact.data or "", self.telephone.data or "", party.contact.telefax, self.email.data or ""
        )
        address = Address(
            self.street.data or "", self.city.data or "", self.postcode.data or "", party.address.country
        )
        said = replace(
            party,
            website=self.website.data or "",
            endpoint=Identifier(self.email.data or "", scheme="EM"),
            address=address,
            contact=contact,
        )
        return replace(known, party=said, profile_uri=self.website.data or "")
