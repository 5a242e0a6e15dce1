"""The form of an import."""

from wtforms import FileField

from procurement.core.text import _
from procurement.core.web.forms import SecureForm


class ImportForm(SecureForm):
    """One file."""

    file = FileField(
        _("Fichier de l’avis"),
        description=_("Avis eForms au format XML, 20 Mo au plus : avis de marché, ou de préinformation."),
    )
