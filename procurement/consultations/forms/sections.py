"""The sections of a draft as forms; ``fields()`` gives what the service saves."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import ValidationError

from procurement.consultations import rules, service
from procurement.consultations.rules import (
    BuyerCategory,
    ConsultationView,
    Envelope,
    Limits,
    LotView,
    Nature,
    Relation,
    Technique,
)
from procurement.core import codes, money
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, optional, paragraph, required

_MIB = 1 << 20
_SPLIT = re.compile(r"[,;\n]+")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def _holds(check: Callable[[str], object], *, several: bool = False) -> Callable[[Any, Any], None]:
    """Return a validator that says in a sentence what ``check`` refuses."""

    def validate(form: Any, field: Any) -> None:
        del form
        texts = split(field.data) if several else [field.data] if field.data else []
        for text in texts:
            try:
                check(text)
            except Invalid as error:
                sentence = field.gettext(error.message)
                raise ValidationError(sentence % error.params if error.params else sentence) from None

    return validate


def split(text: str | None) -> list[str]:
    """Return what is between commas, semicolons or line ends."""
    return [part.strip() for part in _SPLIT.split(text or "") if part.strip()]


def _cents(text: str | None) -> int | None:
    return money.to_cents(money.parse_amount(text)) if text else None


def _euros(cents: int | None) -> str:
    return str(money.from_cents(cents)).replace(".", ",") if cents is not None else ""


def _full(code: str | None) -> str:
    entry = codes.cpv(code) if code else None
    return entry.full if entry else code or ""


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
        more=[_holds(service.known_cpv)],
    )
    cpv_more = line(
        _("Autres codes CPV"),
        None,
        hint=_("Séparés par des virgules."),
        more=[_holds(service.known_cpv, several=True)],
    )
    nuts = line(
        _("Lieux d’exécution"),
        _("Indiquez le lieu d’exécution."),
        hint=_("Noms de départements ou codes NUTS, séparés par des virgules."),
        more=[_holds(service.known_nuts, several=True)],
    )
    estimated = line(
        _("Valeur estimée, en euros hors taxes"), None, limit=30, more=[_holds(money.parse_amount)]
    )

    @classmethod
    def start(cls, consultation: ConsultationView) -> dict[str, Any]:
        """Return the values that the form begins with."""
        return {
            "title": consultation.title,
            "description": consultation.description,
            "cpv": _full(consultation.cpv),
            "cpv_more": ", ".join(_full(code) for code in consultation.cpv_more),
            "nuts": ", ".join(consultation.nuts),
            "estimated": _euros(consultation.estimated_cents),
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
            estimated_cents=_cents(self.estimated.data),
        )


class ProcedureForm(SecureForm):
    """Section « procedure »."""

    procedure = RadioField(_("Procédure"), [required(_("Choisissez la procédure."))])
    nature = RadioField(
        _("Type de contrat"),
        [required(_("Choisissez le type de contrat."))],
        choices=[(str(item), item.label) for item in Nature],
    )
    buyer_category = RadioField(
        _("Catégorie d’acheteur"),
        [required(_("Choisissez la catégorie d’acheteur."))],
        choices=[(str(item), item.label) for item in BuyerCategory],
        description=_("Les seuils européens dépendent de cette catégorie."),
    )
    techniques = SelectMultipleField(
        _("Techniques d’achat"), choices=[(str(item), item.label) for item in Technique]
    )
    single_envelope = BooleanField(
        _("Une seule enveloppe pour la candidature et l’offre (procédure adaptée)")
    )

    def __init__(self, request: Any, **more: Any) -> None:
        super().__init__(request, **more)
        self.procedure.choices = [
            (item.code, item.label(request.lang)) for item in rules.procedures().values()
        ]

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
        choices=[("yes", _("Oui, en lots séparés")), ("no", _("Non, en un seul marché"))],
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
    cpv = line(_("Code CPV du lot"), None, limit=20, more=[_holds(service.known_cpv)])
    estimated = line(
        _("Valeur estimée, en euros hors taxes"), None, limit=30, more=[_holds(money.parse_amount)]
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
            "cpv": _full(lot.cpv),
            "estimated": _euros(lot.estimated_cents),
            "pieces": "\n".join(piece.label for piece in lot.pieces),
        }

    def fields(self) -> service.LotFields:
        """Return what is saved."""
        return service.LotFields(
            title=self.title.data,
            description=self.description.data or "",
            cpv=service.known_cpv(self.cpv.data) if self.cpv.data else None,
            estimated_cents=_cents(self.estimated.data),
            pieces=_lines(self.pieces.data),
        )


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(row.split()) for row in (text or "").splitlines() if row.strip()))


_TIME_FORMATS = ["%H:%M:%S", "%H:%M"]


class DatesForm(SecureForm):
    """Section « dates »: a wall time and its zone, turned into one instant."""

    zone = SelectField(_("Fuseau horaire"), choices=list(rules.ZONES.items()))
    closes_at_date = DateField(
        _("Date limite de remise des plis"), [required(_("Donnez la date limite de remise des plis."))]
    )
    closes_at_time = TimeField(
        _("Heure limite"), [required(_("Donnez l’heure limite, avec les secondes."))], format=_TIME_FORMATS
    )
    questions_at_date = DateField(_("Date limite des questions"), [optional()])
    questions_at_time = TimeField(_("Heure limite des questions"), [optional()], format=_TIME_FORMATS)
    deadline_ground = SelectField(_("Motif d’un délai plus court"))
    deadline_reason = paragraph(_("Justification de ce motif"), None)

    def __init__(self, request: Any, consultation: ConsultationView, **more: Any) -> None:
        super().__init__(request, **more)
        procedure = consultation.procedure
        grounds = (
            [(item.ground, f"{item.label} ({item.source})") for item in procedure.grounds()]
            if procedure
            else []
        )
        self.deadline_ground.choices = [("", _("Aucun : le délai normal")), *grounds]

    @classmethod
    def start(cls, consultation: ConsultationView) -> dict[str, Any]:
        """Return the values that the form begins with."""
        values: dict[str, Any] = {
            "zone": consultation.zone,
            "deadline_ground": consultation.deadline_ground or "",
            "deadline_reason": consultation.deadline_reason,
        }
        for name, instant in (
            ("closes_at", consultation.closes_at),
            ("questions_at", consultation.questions_at),
        ):
            if instant is not None:
                day, at = rules.local_parts(instant, consultation.zone)
                values |= {f"{name}_date": date.fromisoformat(day), f"{name}_time": time.fromisoformat(at)}
        return values

    def add_error(self, field: str | None, message: str) -> None:
        """Show what is said of an instant beside its date."""
        super().add_error(f"{field}_date" if field in {"closes_at", "questions_at"} else field, message)

    def moment_error(self, name: str) -> str | None:
        """Return the first sentence about an instant."""
        found = [*self[f"{name}_date"].errors, *self[f"{name}_time"].errors]
        return str(found[0]) if found else None

    def fields(self) -> service.Dates:
        """Return what is saved; raise Invalid beside the field for a time that is no instant."""
        closes_at = self._instant("closes_at")
        assert closes_at is not None
        return service.Dates(
            closes_at=closes_at,
            zone=self.zone.data,
            questions_at=self._instant("questions_at"),
            deadline_ground=self.deadline_ground.data or None,
            deadline_reason=self.deadline_reason.data or "",
        )

    def _instant(self, name: str) -> datetime | None:
        day, at = self[f"{name}_date"].data, self[f"{name}_time"].data
        if day is None and at is None:
            return None
        if day is None or at is None:
            text = _("Donnez la date et l’heure.")
            raise Invalid(
                "deadline.incomplete", text, errors=(FieldError(name, "deadline.incomplete", text),)
            )
        try:
            return rules.resolve(day, at, self.zone.data)
        except Invalid as error:
            detail = FieldError(name, error.code, error.message, error.params)
            raise Invalid(error.code, error.message, errors=(detail,), **error.params) from None


class DepositForm(SecureForm):
    """Section « deposit »: sizes in mebibytes, as they are announced."""

    file_bytes = IntegerField(
        _("Taille maximale d’un fichier, en Mo"), [required(_("Donnez la taille maximale d’un fichier."))]
    )
    files = IntegerField(
        _("Nombre maximal de fichiers"), [required(_("Donnez le nombre maximal de fichiers."))]
    )
    total_bytes = IntegerField(
        _("Taille maximale d’un pli, en Mo"), [required(_("Donnez la taille maximale d’un pli."))]
    )
    types = line(
        _("Formats acceptés"), None, limit=300, hint=_("Par exemple : pdf, docx, xlsx, zip. Vide : tous.")
    )
    relations = SelectMultipleField(
        _("Une entreprise qui a déjà déposé peut"),
        choices=[(str(item), item.label) for item in Relation],
    )
    pieces_candidature = paragraph(_("Pièces de candidature demandées"), None, hint=_("Une par ligne."))
    pieces_offre = paragraph(_("Pièces d’offre demandées, tous lots"), None, hint=_("Une par ligne."))

    @classmethod
    def start(cls, consultation: ConsultationView) -> dict[str, Any]:
        """Return the values that the form begins with."""
        limits = consultation.limits
        return {
            "file_bytes": limits.file_bytes // _MIB,
            "files": limits.files,
            "total_bytes": limits.total_bytes // _MIB,
            "types": ", ".join(limits.types),
            "relations": [str(item) for item in consultation.relations],
            **{
                f"pieces_{kind}": "\n".join(
                    item.label for item in consultation.pieces if item.envelope == kind
                )
                for kind in (Envelope.CANDIDATURE, Envelope.OFFRE)
            },
        }

    def fields(self) -> service.DepositRules:
        """Return what is saved."""
        limits = Limits(
            file_bytes=(self.file_bytes.data or 0) * _MIB,
            files=self.files.data or 0,
            total_bytes=(self.total_bytes.data or 0) * _MIB,
            types=tuple(dict.fromkeys(text.lower().lstrip(".") for text in split(self.types.data))),
        )
        pieces = (
            *service.numbered_pieces("candidature", _lines(self.pieces_candidature.data)),
            *service.numbered_pieces("offre", _lines(self.pieces_offre.data)),
        )
        return service.DepositRules(
            limits=limits, relations=tuple(map(Relation, self.relations.data or ())), pieces=pieces
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
