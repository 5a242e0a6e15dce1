"""Deadlines and deposit rules of a draft as forms; ``fields()`` gives what the service saves."""

from datetime import date, datetime, time
from typing import Any

from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, TimeField

from procurement.consultations import rules, service
from procurement.consultations.forms.texts import lines, split
from procurement.consultations.rules import ConsultationView, Envelope, Limits, Relation
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, optional, paragraph, required

_MIB = 1 << 20
_TIME_FORMATS = ["%H:%M:%S", "%H:%M"]


class DatesForm(SecureForm):
    """Section « dates »: a wall time and its zone, turned into one instant."""

    zone = SelectField(_("Fuseau horaire"), choices=dict(rules.ZONES))
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
        shorter = procedure.grounds() if procedure else ()
        grounds = {item.ground: f"{item.label} ({item.source})" for item in shorter}
        self.deadline_ground.choices = {"": _("Aucun : le délai normal"), **grounds}

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
        choices={str(item): item.label for item in Relation},
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
            *service.numbered_pieces("candidature", lines(self.pieces_candidature.data)),
            *service.numbered_pieces("offre", lines(self.pieces_offre.data)),
        )
        return service.DepositRules(
            limits=limits, relations=tuple(map(Relation, self.relations.data or ())), pieces=pieces
        )
