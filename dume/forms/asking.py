"""Forms of a buyer's request made without an account: who asks, what is bought, the lots, the criteria and their thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wtforms import RadioField, SelectField

from dume import wording
from dume.espd.complete import Choice, Mode, Requirements
from dume.espd.complete.showing import below
from dume.espd.model import (
    Address,
    Buyer,
    Contact,
    Criterion,
    Document,
    Identifier,
    Lot,
    Party,
    Procedure,
    Property,
    PropertyType,
    Value,
)
from dume.espd.taxonomy import TaxonomyProperty, strip, taxonomy
from dume.forms.fields import WIDGETS, Widget
from dume.forms.texts import value_of, written
from procurement.accounts.forms import is_email
from procurement.core import ids
from procurement.core.errors import DomainError
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, options, paragraph

#: Values of a requirement that a person fills in here; the others are explained in the description of the criterion.
_ASKED = frozenset((Widget.AMOUNT, Widget.NUMBER, Widget.YEARS, Widget.PERCENTAGE, Widget.TEXT, Widget.URL))
_MOST_LOTS = 300
_REQUIRED = (
    "crime-org",
    "corruption",
    "fraud",
    "terr-offence",
    "finan-laund",
    "human-traffic",
    "tax-pay",
    "socsec-pay",
)


#: The European codes of procedures, in plain words.
_PROCEDURES = (
    ("open", _("Ouverte")),
    ("restricted", _("Restreinte")),
    ("neg-w-call", _("Avec négociation")),
    ("comp-dial", _("Dialogue compétitif")),
    ("innovation", _("Partenariat d’innovation")),
    ("oth-mult", _("Adaptée, ou autre procédure")),
)


class RequestForm(SecureForm):
    """What a buyer says once: itself, what it buys, the lots, and how the criteria are chosen."""

    mode = RadioField(
        _("Comment choisir les critères ?"),
        choices=options(
            [
                (Mode.SIMPLIFIED, _("Simplifié : les critères usuels, en un clic")),
                (Mode.STANDARD, _("Standard : je choisis les critères et les seuils")),
            ]
        ),
        default=Mode.SIMPLIFIED,
    )
    siret = line(_("SIRET de l’acheteur"), _("Indiquez le SIRET de l’acheteur : 14 chiffres."))
    name = line(_("Nom de l’acheteur"), _("Indiquez le nom de l’acheteur."))
    city = line(_("Commune"), _("Indiquez la commune de l’acheteur."))
    contact = line(
        _("Service ou personne à contacter"), _("Indiquez un service ou une personne à contacter.")
    )
    email = line(
        _("Adresse électronique"), _("Indiquez une adresse électronique."), limit=254, more=[is_email]
    )
    telephone = line(_("Téléphone"), _("Indiquez un numéro de téléphone."), limit=40)
    website = line(
        _("Adresse internet du profil d’acheteur"),
        _("Indiquez une adresse internet."),
        hint=_("Elle commence par https://"),
    )
    reference = line(_("Référence de la consultation"), None, hint=_("Celle que verront les entreprises."))
    title = line(_("Objet du marché"), _("Indiquez l’objet du marché."), limit=300)
    description = paragraph(_("Description du marché"), _("Décrivez le marché en une phrase ou deux."))
    procedure = SelectField(_("Procédure"))
    cpv = line(_("Code CPV"), _("Indiquez le code CPV : 8 chiffres."), limit=12)
    lots = paragraph(
        _("Lots"),
        None,
        hint=_("Un titre de lot par ligne, dans l’ordre. Rien si le marché n’est pas alloti."),
    )

    def __init__(self, request: Any, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(request, data=data)
        self.procedure.choices = options(_PROCEDURES)

    def number(self) -> str:
        """Return the SIRET in its normal form; raise Invalid."""
        return ids.siret(self.siret.data)

    def buyer(self) -> Buyer:
        """Return who asks."""
        party = Party(
            identifiers=(Identifier(self.number(), scheme="NATIONAL"),),
            name=self.name.data,
            website=self.website.data,
            endpoint=Identifier(self.email.data, scheme="EM"),
            address=Address("", self.city.data, "", "FRA"),
            contact=Contact(self.contact.data, self.telephone.data, "", self.email.data),
        )
        return Buyer(party=party, profile_uri=self.website.data)

    def what(self) -> Procedure:
        """Return what is bought."""
        return Procedure(self.procedure.data, self.title.data, self.description.data, (self.cpv.data[:8],))

    def parts(self) -> tuple[Lot, ...]:
        """Return the lots, numbered in their order."""
        titles = [title.strip() for title in (self.lots.data or "").splitlines() if title.strip()]
        return tuple(
            Lot(f"LOT-{number:04d}", title[:300]) for number, title in enumerate(titles[:_MOST_LOTS], 1)
        )


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value that the buyer may require: the name of its field, its label, what stands in it."""

    path: str
    name: str
    label: str
    widget: str
    text: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A criterion that may be chosen, with its thresholds, and the lots it is for."""

    code: str
    name: str
    help: str
    chosen: bool
    kept: bool
    lots: tuple[str, ...]
    thresholds: tuple[Threshold, ...]


def criteria_lines(
    what: Document, lang: str, *, posted: Any = None, errors: Mapping[str, str] | None = None
) -> list[CriterionLine]:
    """Return every criterion, with what the request or the person who posts says of it."""
    known = {one.code: one for one in what.criteria}
    chosen = set(posted.getall("critere")) if posted is not None else set(known)
    return [
        CriterionLine(
            code=one.code,
            name=wording.criterion_name(one.code, lang),
            help=wording.criterion_text(one.code, lang),
            chosen=one.code in chosen or one.code in _REQUIRED,
            kept=one.code in _REQUIRED,
            lots=_lots(known.get(one.code), one.code, what, posted),
            thresholds=tuple(
                _threshold(entry, known.get(one.code), lang, posted, errors or {})
                for entry in one.properties()
                if _may_be_asked(entry)
            )
            if one.kind == "selection"
            else (),
        )
        for one in taxonomy().criteria
    ]


def _lots(held: Criterion | None, code: str, what: Document, posted: Any) -> tuple[str, ...]:
    if posted is not None:
        return tuple(posted.getall(f"lots|{code}"))
    return held.lots if held is not None and held.lots else tuple(lot.id for lot in what.lots)


def _may_be_asked(entry: TaxonomyProperty) -> bool:
    return entry.type is PropertyType.REQUIREMENT and WIDGETS.get(entry.value_type) in _ASKED


def _threshold(
    entry: TaxonomyProperty, held: Criterion | None, lang: str, posted: Any, errors: Mapping[str, str]
) -> Threshold:
    name = f"seuil|{entry.path}"
    first = next((one for one in _properties(held) if one.path == entry.path), None)
    value = first.expected if first is not None else None
    text = (
        posted.get(name, "")
        if posted is not None
        else written(value).get("", "")
        if value is not None
        else ""
    )
    return Threshold(
        entry.path,
        name,
        wording.label(entry.path, lang),
        WIDGETS[entry.value_type],
        text,
        errors.get(name, ""),
    )


def _properties(held: Criterion | None) -> list[Property]:
    return [one for group in held.groups for one in below(group)] if held is not None else []


def chosen(what: Document, posted: Any, translate: Any) -> tuple[tuple[Choice, ...], dict[str, str]]:
    """Read the criteria that were ticked; sentences about what cannot be read come beside, by field."""
    errors: dict[str, str] = {}
    lots = [lot.id for lot in what.lots]
    found = []
    for one in criteria_lines(what, "fr", posted=posted):
        if not one.chosen:
            continue
        values: dict[str, Value] = {}
        for threshold in one.thresholds:
            _read(threshold, values, errors, translate)
        own = tuple(lot for lot in one.lots if lot in lots)
        requirements = (Requirements(values=values),) if values else ()
        found.append(Choice(one.code, own if 0 < len(own) < len(lots) else (), requirements))
    return tuple(found), errors


def _read(threshold: Threshold, values: dict[str, Value], errors: dict[str, str], translate: Any) -> None:
    known = taxonomy().properties[strip(threshold.path)]
    try:
        value = value_of(Widget(threshold.widget), known.value_type, {"": threshold.text}, threshold.path)
    except DomainError as error:
        errors[threshold.name] = translate(error.message, **error.params)
        return
    if value is not None:
        values[threshold.path] = value
