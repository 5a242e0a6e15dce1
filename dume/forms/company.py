"""Forms about who answers and who asks: the company, its people, a SIRET, a buyer's request."""

from dataclasses import replace
from typing import Any

from wtforms import SelectField, SelectMultipleField
from wtforms.validators import Email

from dume import wording
from dume.espd.codes import codes
from dume.espd.model import Address, Contact, EconomicOperator, Lot, Person
from dume.forms.texts import named
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, optional, options

_ASK = ("", _("Choisissez"))
_MAIL = _("Écrivez une adresse électronique, comme nom@exemple.fr.")


class SiretForm(SecureForm):
    """The company, by its number."""

    siret = line(
        _("SIRET de l’entreprise"),
        _("Indiquez le SIRET : 14 chiffres."),
        hint=_("14 chiffres, avec ou sans espaces. Vous le trouvez sur un extrait Kbis ou une facture."),
    )


class CompanyForm(SecureForm):
    """Who answers: name, address, contact, size, the lots, one representative."""

    name = line(_("Nom de l’entreprise"), _("Indiquez le nom de l’entreprise."))
    street = line(_("Numéro et rue"), None)
    postcode = line(_("Code postal"), None, limit=20)
    city = line(_("Commune"), _("Indiquez la commune."))
    country = SelectField(_("Pays"))
    contact = line(_("Personne à contacter"), _("Indiquez une personne à contacter."))
    email = line(
        _("Adresse électronique"), _("Indiquez une adresse électronique."), more=[Email(message=_MAIL)]
    )
    telephone = line(_("Téléphone"), _("Indiquez un numéro de téléphone."), limit=40)
    website = line(_("Site internet"), None)
    size = SelectField(_("Taille de l’entreprise"), [optional()])
    first_name = line(_("Prénom du représentant"), None)
    family_name = line(_("Nom du représentant"), None)
    role = line(_("Fonction du représentant"), None, hint=_("Par exemple : gérante, président."))
    lots = SelectMultipleField(_("Lots auxquels vous répondez"), [optional()])

    def __init__(
        self, request: Any, operator: EconomicOperator, lots: tuple[Lot, ...], chosen: list[str]
    ) -> None:
        super().__init__(request, data=_start(operator, chosen))
        lang = request.lang
        self.country.choices = options([_ASK, *named("country", lang)])
        sizes = [
            (value, wording.code_label("economic-operator-size", value, lang) or value)
            for value in codes("economic-operator-size").values
        ]
        self.size.choices = options([_ASK, *sizes])
        self.lots.choices = options([(lot.id, f"{lot.id} {lot.title}".strip()) for lot in lots])
        if len(lots) < 2:  # noqa: PLR2004  # Nothing to choose among one.
            del self.lots

    def operator(self, known: EconomicOperator) -> EconomicOperator:
        """Return the operator as it is now said; what the form does not ask stays."""
        party = replace(
            known.party,
            name=self.name.data or "",
            website=self.website.data or "",
            address=Address(
                self.street.data or "",
                self.city.data or "",
                self.postcode.data or "",
                self.country.data or "",
            ),
            contact=Contact(
                self.contact.data or "",
                self.telephone.data or "",
                known.party.contact.telefax,
                self.email.data or "",
            ),
        )
        return replace(known, party=party, size=self.size.data or "", representatives=self._people(known))

    def _people(self, known: EconomicOperator) -> tuple[Person, ...]:
        """Return the representatives: the first is the one of the form."""
        first = known.representatives[0] if known.representatives else Person()
        names = (self.first_name.data or "", self.family_name.data or "")
        said = replace(first, first_name=names[0], family_name=names[1], role=self.role.data or "")
        return (said, *known.representatives[1:]) if any(names) else known.representatives[1:]


def _start(operator: EconomicOperator, lots: list[str]) -> dict[str, Any]:
    party = operator.party
    first = operator.representatives[0] if operator.representatives else Person()
    return {
        "name": party.name,
        "street": party.address.street,
        "postcode": party.address.postcode,
        "city": party.address.city,
        "country": party.address.country or "FRA",
        "contact": party.contact.name,
        "email": party.contact.email,
        "telephone": party.contact.telephone,
        "website": party.website,
        "size": operator.size,
        "first_name": first.first_name,
        "family_name": first.family_name,
        "role": first.role,
        "lots": lots,
    }
