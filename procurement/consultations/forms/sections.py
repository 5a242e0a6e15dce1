"""The sections of a draft as forms; ``fields()`` gives what the service saves."""

import re
from typing import Any

from wtforms import BooleanField, RadioField, SelectMultipleField
from wtforms.validators import ValidationError

from procurement.consultations import rules, service
from procurement.consultations.forms.texts import cents, euros, full_cpv, holds, lines, split
from procurement.consultations.rules import BuyerCategory, ConsultationView, LotView, Nature, Technique
from procurement.core import money
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, paragraph, required

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class CreateForm(SecureForm):
    """Begin a draft."""

    title = line(_("Intitulé"), _("Donnez un intitulé à la consultation."), limit=300)


class IdentityForm(SecureForm):
    """Section « identity »."""

    title = line(_("Intitulé"), _("Donnez un intitulé à la consultation."), limit=300)
    description = paragraph(
        _("Objet"),
        _("Décrivez l’objet en quelques phrases."),
        hint=_("Ce que vous achetez, où et pour combien de temps, en mots simples."),
    )
    cpv = line(
        _("Code CPV principal"),
        _("Indiquez le code CPV principal."),
        limit=20,
        hint=_("8 chiffres, par exemple 45421000-4."),
        more=[holds(service.known_cpv)],
    )
    cpv_more = line(
        _("Autres codes CPV"),
        None,
        hint=_("Séparés par des virgules."),
        more=[holds(service.known_cpv, several=True)],
    )
    nuts = line(
        _("Lieux d’exécution"),
        _("Indiquez le lieu d’exécution."),
        hint=_("Noms de départements ou codes NUTS, séparés par des virgules."),
        more=[holds(service.known_nuts, several=True)],
    )
    estimated = line(
        _("Valeur estimée, en euros hors taxes"), None, limit=30, more=[holds(money.parse_amount)]
    )

    @classmethod
    def start(cls, consultation: ConsultationView) -> dict[str, Any]:
        """Return the values that the form begins with."""
        return {
            "title": consultation.title,
            "description": consultation.description,
            "cpv": full_cpv(consultation.cpv),
            "cpv_more": ", ".join(full_cpv(code) for code in consultation.cpv_more),
            "nuts": ", ".join(consultation.nuts),
            "estimated": euros(consultation.estimated_cents),
        }

    def fields(self) -> service.Identification:
        """Return what is saved."""
        more = [service.known_cpv(text) for text in split(self.cpv_more.data)]
        main = service.known_cpv(self.cpv.data)
        return service.Identification(
            title=self.title.data,
            description=self.description.data,
            cpv=main,
            cpv_more=tuple(code for code in dict.fromkeys(more) if code != main),
            nuts=tuple(dict.fromkeys(service.known_nuts(text) for text in split(self.nuts.data))),
            estimated_cents=cents(self.estimated.data),
        )


class ProcedureForm(SecureForm):
    """Section « procedure »."""

    procedure = RadioField(_("Procédure"), [required(_("Choisissez la procédure."))])
    nature = RadioField(
        _("Type de contrat"),
        [required(_("Choisissez le type de contrat."))],
        choices={str(item): item.label for item in Nature},
    )
    buyer_category = RadioField(
        _("Catégorie d’acheteur"),
        [required(_("Choisissez la catégorie d’acheteur."))],
        choices={str(item): item.label for item in BuyerCategory},
        description=_("Les seuils européens dépendent de cette catégorie."),
    )
    techniques = SelectMultipleField(
        _("Techniques d’achat"), choices={str(item): item.label for item in Technique}
    )
    single_envelope = BooleanField(
        _("Une seule enveloppe pour la candidature et l’offre (procédure adaptée)")
    )

    def __init__(self, request: Any, **more: Any) -> None:
        super().__init__(request, **more)
        self.procedure.choices = {item.code: item.label(request.lang) for item in rules.procedures().values()}

    @classmethod
    def start(cls, consultation: ConsultationView) -> dict[str, Any]:
        """Return the values that the form begins with."""
        return {
            "procedure": consultation.procedure_code,
            "nature": consultation.nature,
            "buyer_category": consultation.buyer_category,
            "techniques": [str(item) for item in consultation.techniques],
            "single_envelope": consultation.single_envelope,
        }

    def fields(self) -> service.ProcedureChoice:
        """Return what is saved."""
        chosen = rules.procedure(self.procedure.data)
        return service.ProcedureChoice(
            procedure=chosen.code,
            nature=Nature(self.nature.data),
            buyer_category=BuyerCategory(self.buyer_category.data),
            techniques=tuple(map(Technique, self.techniques.data or ())),
            single_envelope=bool(self.single_envelope.data) and chosen.single_envelope_allowed,
        )


class AllotmentForm(SecureForm):
    """Section « lots »: whether there are any."""

    allotted = RadioField(
        _("Le marché est-il alloti ?"),
        [required(_("Dites si le marché est alloti."))],
        choices={"yes": _("Oui, en lots séparés"), "no": _("Non, en un seul marché")},
        description=_("L’allotissement est la règle (CCP, article L2113-10)."),
    )
    no_lots_reason = paragraph(
        _("Motif de l’absence de lots"), None, hint=_("Demandé si le marché n’est pas alloti.")
    )

    @classmethod
    def start(cls, consultation: ConsultationView) -> dict[str, Any]:
        """Return the values that the form begins with."""
        words = {True: "yes", False: "no", None: None}
        return {"allotted": words[consultation.allotted], "no_lots_reason": consultation.no_lots_reason}

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for the reason when there are no lots."""
        good: bool = super().validate(extra_validators)
        if good and self.allotted.data == "no" and not self.no_lots_reason.data:
            text = _("Donnez le motif de l’absence d’allotissement (CCP, article L2113-11).")
            self.add_error("no_lots_reason", self.request.translate(text))
            return False
        return good

    def fields(self) -> service.Allotment:
        """Return what is saved."""
        alone = self.allotted.data == "no"
        return service.Allotment(
            allotted=not alone, no_lots_reason=self.no_lots_reason.data or "" if alone else ""
        )


class LotForm(SecureForm):
    """One lot."""

    title = line(_("Intitulé du lot"), _("Donnez un intitulé au lot."), limit=300)
    description = paragraph(_("Description"), None)
    cpv = line(_("Code CPV du lot"), None, limit=20, more=[holds(service.known_cpv)])
    estimated = line(
        _("Valeur estimée, en euros hors taxes"), None, limit=30, more=[holds(money.parse_amount)]
    )
    pieces = paragraph(
        _("Pièces demandées pour ce lot"), None, hint=_("Une par ligne, par exemple : Mémoire technique.")
    )

    @classmethod
    def start(cls, lot: LotView) -> dict[str, Any]:
        """Return the values that the form begins with."""
        return {
            "title": lot.title,
            "description": lot.description,
            "cpv": full_cpv(lot.cpv),
            "estimated": euros(lot.estimated_cents),
            "pieces": "\n".join(piece.label for piece in lot.pieces),
        }

    def fields(self) -> service.LotFields:
        """Return what is saved."""
        return service.LotFields(
            title=self.title.data,
            description=self.description.data or "",
            cpv=service.known_cpv(self.cpv.data) if self.cpv.data else None,
            estimated_cents=cents(self.estimated.data),
            pieces=lines(self.pieces.data),
        )


class LabelForm(SecureForm):
    """What a document is, in words."""

    label = line(_("Libellé"), None, hint=_("Par exemple : Règlement de la consultation."))


class IdentifyForm(SecureForm):
    """Who takes the documents, when he wishes to say so."""

    organisation_name = line(_("Entreprise"), _("Donnez le nom de votre entreprise."))
    name = line(_("Nom"), None)
    email = line(_("Adresse électronique"), _("Donnez une adresse électronique."), limit=254)

    def validate_email(self, field: Any) -> None:
        """Refuse what is no address."""
        if not _EMAIL.fullmatch(field.data or ""):
            text = _("Écrivez une adresse complète, par exemple nom@entreprise.fr.")
            raise ValidationError(field.gettext(text))
