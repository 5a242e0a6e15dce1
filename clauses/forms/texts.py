"""The small forms of drafts: begin one, say why, move its date, say whether one departs from the CCAG."""

from typing import Any

from wtforms import DateField, RadioField

from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, options, paragraph, required

_TITLE = 300
_ARTICLE = 120


class BeginForm(SecureForm):
    """Begin a document, or make one of another: which canvas, for the consultation or for one lot."""

    canvas = RadioField(
        _("Quel document rédigez-vous ?"), [required(_("Choisissez un document."))], choices=[]
    )
    lot = RadioField(_("Pour quoi ?"), [], choices=[])
    title = line(
        _("Titre"), None, limit=_TITLE, hint=_("Laissez vide pour reprendre le nom du document et du lot.")
    )

    def offer(self, canvases: list[tuple[str, str]], lots: list[tuple[str, str]]) -> "BeginForm":
        """Say what may be chosen; the consultation as a whole comes first."""
        self.canvas.choices = options(canvases)
        self.lot.choices = options([("", _("Toute la consultation")), *lots])
        if not self.sent:
            self.lot.process_data("")
        return self


class ReasonForm(SecureForm):
    """Say why a document is given back."""

    reason = paragraph(
        _("Motif du retour"),
        _("Dites pourquoi en une phrase : ce motif reste dans l’historique."),
        hint=_("La personne qui rédige le lira. Il reste dans l’historique."),
    )


class RemarkForm(SecureForm):
    """A remark on a clause."""

    remark = paragraph(
        _("Remarque"), _("Écrivez votre remarque."), hint=_("Elle n’entre pas dans le document.")
    )


class DateForm(SecureForm):
    """The reference date: dispatch of the notice, else the planned launch."""

    on = DateField(
        _("Date de référence"),
        [required(_("Donnez une date."))],
        description=_("Envoi de l’avis, sinon lancement prévu : les seuils et les clauses en dépendent."),
    )


class DerogationForm(SecureForm):
    """Say whether one's own words depart from the CCAG."""

    derogates = RadioField(
        _("Votre texte s’écarte-t-il du CCAG ?"),
        [required(_("Répondez oui ou non."))],
        choices=options([("non", _("Non")), ("oui", _("Oui"))]),
    )
    article = line(
        _("Article du CCAG"), None, limit=_ARTICLE, hint=_("Par exemple : 14.1. Si vous répondez oui.")
    )


def as_text(value: Any) -> str:
    """Return a stored answer as one text to read, whatever its shape."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(as_text(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} : {as_text(one)}" for key, one in value.items())
    return str(value)
