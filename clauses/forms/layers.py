"""The forms of a layer: what it stands on, what it makes of a clause, its release."""

from collections.abc import Iterable, Mapping

from wtforms import DateField, RadioField

from clauses.queries.layers import MODES
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, options, paragraph, required

_VERSION = 40
_BODY = 20_000


class StandOnForm(SecureForm):
    """Say what the layer of the organisation stands on."""

    above = RadioField(_("Sur quoi s’appuient vos adaptations ?"), [required(_("Choisissez une couche."))])

    def offer(self, above: list[tuple[str, str]]) -> "StandOnForm":
        """Say what may be chosen."""
        self.above.choices = options(above)
        if not self.sent and above and not self.above.data:
            self.above.process_data(above[0][0])
        return self


class AdaptForm(SecureForm):
    """Say what the organisation makes of a clause."""

    mode = RadioField(
        _("Que faites-vous de cette clause ?"), [required(_("Choisissez une des possibilités."))]
    )
    body = paragraph(
        _("Votre texte"), None, limit=_BODY,
        hint=_(
            "Un paragraphe par bloc, « - » pour une liste, **gras**, *italique*. Laissez les mots entre accolades : ils sont "
            "remplacés par les réponses. Sans objet pour masquer la clause."
        ),
    )  # fmt: skip

    def offer(self, allowed: Iterable[str], words: Mapping[str, str]) -> "AdaptForm":
        """Offer what the lock leaves; what it forbids is still read, so that the refusal says why."""
        shown = [mode for mode in MODES if mode in allowed]
        posted = str(self.request.POST.get("mode", "")) if self.sent else ""
        if posted in words and posted not in shown:
            shown.append(posted)
        self.mode.choices = options((mode, words[mode]) for mode in shown)
        return self


class LayerReleaseForm(SecureForm):
    """Release the layer."""

    version = line(
        _("Numéro de version"), _("Donnez un numéro, par exemple 2026.1."), limit=_VERSION,
        hint=_("Par exemple 2026.1. Un numéro ne sert qu’une fois."),
    )  # fmt: skip
    valid_from = DateField(
        _("Premier jour où elle sert"),
        [required(_("Donnez une date."))],
        description=_("Les documents commencés à partir de ce jour la suivent ; les autres gardent la leur."),
    )
