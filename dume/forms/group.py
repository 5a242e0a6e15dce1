"""Forms of a consortium: its name, a company to invite."""

from collections.abc import Iterable
from typing import Any

from wtforms import RadioField, SelectMultipleField

from dume.rules import Role
from dume.service import Guest
from procurement.accounts.forms import is_email
from procurement.core import ids
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, optional, options, required

#: The roles one is invited for, in plain words.
ROLES = (
    (Role.MEMBER, _("Cotraitant : membre du groupement")),
    (Role.RELIED_UPON, _("Entreprise sur les capacités de laquelle vous vous appuyez")),
    (Role.SUBCONTRACTOR, _("Sous-traitant, sans que vous vous appuyiez sur ses capacités")),
)


class NameForm(SecureForm):
    """The name of a consortium."""

    name = line(
        _("Nom du groupement"),
        _("Donnez un nom au groupement."),
        hint=_("Par exemple : groupement Isoléa, Vertical."),
    )


class GuestForm(SecureForm):
    """A company to invite."""

    name = line(_("Nom de l’entreprise"), _("Indiquez le nom de l’entreprise."))
    email = line(
        _("Adresse électronique"),
        _("Indiquez l’adresse de la personne qui remplira le DUME de cette entreprise."),
        more=[is_email],
    )
    siret = line(
        _("SIRET"),
        None,
        limit=40,
        hint=_("14 chiffres. S’il est donné, cette entreprise seule peut accepter."),
    )
    role = RadioField(_("Rôle"), [required(_("Choisissez un rôle."))], choices=options(ROLES))
    criteria = SelectMultipleField(_("Critères qu’elle apporte"), [optional()])

    def __init__(self, request: Any, criteria: Iterable[tuple[str, str]]) -> None:
        super().__init__(request)
        self.criteria.choices = options(criteria)

    def guest(self, language: str) -> Guest:
        """Return the company as the service takes it; raise ``siret.*``."""
        role = Role(self.role.data)
        return Guest(
            role=role,
            email=self.email.data or "",
            name=self.name.data or "",
            siret=ids.siret(self.siret.data) if self.siret.data else "",
            criteria=tuple(self.criteria.data or ()) if role is Role.RELIED_UPON else (),
            language=language,
        )
