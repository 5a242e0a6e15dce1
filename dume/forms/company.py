"""Forms about who answers and who asks: the company, its people, a SIRET, a buyer's request."""

from dataclasses import replace
from typing import Any

from wtforms import FieldList, Form, FormField, SelectField, SelectMultipleField

from dume import wording
from dume.espd.codes import codes
from dume.espd.model import Address, Contact, EconomicOperator, Lot, Person
from dume.forms.texts import named
from procurement.accounts.forms import is_email
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, optional, options

_ASK = ("", _("Choisissez"))


class SiretForm(SecureForm):
    """The company, by its number."""

    siret = line(
        _("SIRET de l’entreprise"),
        _("Indiquez le SIRET : 14 chiffres."),
        hint=_("14 chiffres, avec ou sans espaces. Vous le trouvez sur un extrait Kbis ou une facture."),
    )


class PersonForm(Form):
    """Somebody who may bind the company."""

    first_name = line(_("Prénom"), None)
    family_name = line(_("Nom de famille"), None)
    role = line(_("Fonction"), None, hint=_("Par exemple : gérante, président."))
    country = SelectField(_("Pays de résidence"), [optional()], choices=[])


class CompanyForm(SecureForm):
    """Who answers: name, address, contact, size, the lots, one representative."""

    name = line(_("Nom de l’entreprise"), _("Indiquez le nom de l’entreprise."))
    street = line(_("Numéro et rue"), None)
    postcode = line(_("Code postal"), None, limit=20)
    city = line(_("Commune"), _("Indiquez la commune."))
    country = SelectField(_("Pays"))
    contact = line(_("Personne à contacter"), _("Indiquez une personne à contacter."))
    email = line(
        _("Adresse électronique"), _("Indiquez une adresse électronique."), limit=254, more=[is_email]
    )
    telephone = line(_("Téléphone"), _("Indiquez un numéro de téléphone."), limit=40)
    website = line(_("Site internet"), None)
    size = SelectField(_("Taille de l’entreprise"), [optional()])
    people = FieldList(FormField(PersonForm))
    lots = SelectMultipleField(_("Lots auxquels vous répondez"), [optional()])

    def __init__(
        self, request: Any, operator: EconomicOperator, lots: tuple[Lot, ...], chosen: list[str]
    ) -> None:
        super().__init__(request, data=_start(operator, chosen))
        lang = request.lang
        countries = options([_ASK, *named("country", lang)])
        self.country.choices = countries
        if not self.sent:
            # A blank place at the end: one more can be written without a script.
            self.people.append_entry({"country": ""})
        for person in self.people:
            person.form.country.choices = countries
        sizes = [
            (value, wording.code_label("economic-operator-size", value, lang) or value)
            for value in codes("economic-operator-size").values
        ]
        self.size.choices = options([_ASK, *sizes])
        self.lots.choices = options([(lot.id, f"{lot.id} {lot.title}".strip()) for lot in lots])
        if len(lots) < 2:  # noqa: PLR2004  # Nothing to choose among one.
            del self.lots

    def accepted(self) -> bool:
        """Tell whether the values hold: somebody who is named needs a country (BR-RESP-20-03)."""
        held = super().accepted()
        for person in self.people if self.sent else ():
            named_so = person.form.first_name.data or person.form.family_name.data
            if named_so and not person.form.country.data:
                said = self.request.translate(_("Indiquez le pays de résidence de cette personne."))
                person.form.country.errors = [said]
                self.request.response.status_int, held = 422, False
        return held

    def error_list(self) -> list[tuple[str, str]]:
        """Return the errors of the form, those about people last."""
        inner = [
            (field.id, message) for person in self.people for field in person.form for message in field.errors
        ]
        return [*super().error_list(), *inner]

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
        """Return the representatives; one without a name is taken away."""
        said = [person.form.data for person in self.people]
        blank = [Person()] * max(0, len(said) - len(known.representatives))
        return tuple(
            replace(
                person,
                first_name=one["first_name"] or "",
                family_name=one["family_name"] or "",
                role=one["role"] or "",
                address=replace(person.address, country=one["country"] or ""),
            )
            for person, one in zip((*known.representatives, *blank), said, strict=False)
            if one["first_name"] or one["family_name"]
        )


def _start(operator: EconomicOperator, lots: list[str]) -> dict[str, Any]:
    party = operator.party
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
        "people": [
            {
                "first_name": one.first_name,
                "family_name": one.family_name,
                "role": one.role,
                "country": one.address.country,
            }
            for one in operator.representatives
        ],
        "lots": lots,
    }
