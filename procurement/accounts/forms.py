"""What accounts ask for, one group of questions per page."""

from typing import Any

from wtforms import EmailField, PasswordField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from procurement.accounts.rules import PASSWORD_MAX, PASSWORD_MIN, check_email
from procurement.core.errors import Invalid
from procurement.core.i18n import LANGUAGES
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, at_most, equal_to, line, options, required

_NAME_LIMIT = 120
_LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
_EMAIL_MISSING = _("Écrivez votre adresse électronique.")


def is_email(form: Any, field: Any) -> None:
    """Refuse what is no address of electronic mail."""
    del form
    try:
        check_email(field.data)
    except Invalid as error:
        raise ValidationError(field.gettext(error.message)) from None


def _email(label: str, missing: str, hint: str = "") -> Any:
    return line(label, missing, hint=hint, limit=254, more=(is_email,), kind=EmailField)


def _password(label: str, missing: str, *more: Any, hint: str = "") -> Any:
    # No filter: spaces are part of a password.
    return PasswordField(label, [required(missing), at_most(PASSWORD_MAX * 4), *more], description=hint)


def _new_password() -> Any:
    hint = _(
        "Au moins 12 caractères. Quatre mots sans rapport font un bon mot de passe. Vous pouvez le coller."
    )
    assert str(PASSWORD_MIN) in hint
    return _password(_("Nouveau mot de passe"), _("Choisissez un mot de passe."), hint=hint)


def _again() -> Any:
    return _password(
        _("Le même mot de passe, une seconde fois"),
        _("Écrivez le mot de passe une seconde fois."),
        equal_to("new", _("Les deux mots de passe diffèrent. Écrivez deux fois le même.")),
    )


class SignInForm(SecureForm):
    """Who signs in."""

    email = _email(_("Adresse électronique"), _EMAIL_MISSING)
    password = _password(_("Mot de passe"), _("Écrivez votre mot de passe."))


class CodeForm(SecureForm):
    """The second factor."""

    code = line(
        _("Code à six chiffres"),
        _("Écrivez le code affiché par votre application."),
        hint=_("Ou un de vos codes de secours, avec ou sans tirets."),
        limit=40,
    )


class FirstCodeForm(SecureForm):
    """The code that proves that the application has the key."""

    code = line(_("Code à six chiffres"), _("Écrivez le code affiché par votre application."), limit=20)


class ForgottenForm(SecureForm):
    """Whose password is forgotten."""

    email = _email(_("Adresse électronique de votre compte"), _EMAIL_MISSING)


class NewPasswordForm(SecureForm):
    """A new password, twice."""

    new = _new_password()
    again = _again()


class ChangePasswordForm(SecureForm):
    """The present password and a new one."""

    current = _password(_("Mot de passe actuel"), _("Écrivez votre mot de passe actuel."))
    new = _new_password()
    again = _again()


class CurrentPasswordForm(SecureForm):
    """The present password, asked again before a change that matters."""

    current = _password(_("Mot de passe actuel"), _("Écrivez votre mot de passe actuel."))


class EmailForm(SecureForm):
    """A new address and the present password."""

    email = _email(
        _("Nouvelle adresse électronique"),
        _EMAIL_MISSING,
        _("Un lien y sera envoyé ; l’ancienne sert jusque-là."),
    )
    current = _password(_("Mot de passe actuel"), _("Écrivez votre mot de passe actuel."))


class ProfileForm(SecureForm):
    """Name and language."""

    name = line(
        _("Prénom et nom"), _("Écrivez votre nom, tel que vos collègues le liront."), limit=_NAME_LIMIT
    )
    language = RadioField(
        _("Langue des pages et des courriels"),
        [required(_("Choisissez une langue."))],
        choices=options((code, _LANGUAGE_NAMES[code]) for code in LANGUAGES),
    )


class JoinForm(SecureForm):
    """Somebody new who accepts an invitation."""

    name = line(
        _("Prénom et nom"), _("Écrivez votre nom, tel que vos collègues le liront."), limit=_NAME_LIMIT
    )
    new = _new_password()
    again = _again()


class SiretForm(SecureForm):
    """Which establishment."""

    siret = line(
        _("SIRET, SIREN ou nom de l’entreprise"),
        _("Écrivez le SIRET de l’établissement qui répondra."),
        hint=_("Le SIRET compte 14 chiffres. Les espaces sont acceptés."),
    )


class DeclaredForm(SecureForm):
    """Name and address of an establishment that the registry does not know."""

    legal_name = line(_("Nom légal"), _("Écrivez le nom légal de l’organisation."))
    address = line(_("Adresse"), _("Écrivez le numéro et la voie."))
    postal_code = line(_("Code postal"), _("Écrivez le code postal."), limit=20)
    city = line(_("Ville"), _("Écrivez la ville."), limit=120)


class ApplicantForm(SecureForm):
    """Who registers the company."""

    name = line(_("Prénom et nom"), _("Écrivez votre nom."), limit=_NAME_LIMIT)
    email = _email(
        _("Adresse électronique professionnelle"),
        _EMAIL_MISSING,
        _("Un lien y sera envoyé pour vérifier l’adresse."),
    )


class _Boxes(SelectMultipleField):
    """Several answers as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    #: ``components/forms.html`` shows a field by the name of its type.
    type = "SelectMultipleField"


class RolesForm(SecureForm):
    """Roles, in the whole organisation or in one of its services; the view sets the choices."""

    roles = _Boxes(_("Rôles"), [required(_("Choisissez au moins un rôle."))])
    service = SelectField(
        _("Où ces rôles valent"), choices=options([("", _("Dans toute l’organisation"))]), default=""
    )


class InviteForm(RolesForm):
    """Somebody to invite."""

    name = line(_("Prénom et nom"), _("Écrivez le nom de la personne invitée."), limit=_NAME_LIMIT)
    email = _email(_("Adresse électronique"), _("Écrivez l’adresse de la personne invitée."))


class ServiceForm(SecureForm):
    """A service to add; the view sets the choices."""

    name = line(_("Nom du service"), _("Écrivez le nom du service."))
    parent = SelectField(_("Sous"), choices=[], default="")


class RenameForm(SecureForm):
    """Another name for a service."""

    name = line(_("Nom du service"), _("Écrivez le nom du service."))
