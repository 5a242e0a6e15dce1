"""Forms of the vendors' portal: a client, its settings, a webhook, a buyer's mandate."""

from typing import Any

from wtforms import DateField, SelectMultipleField

from procurement.accounts.forms import is_email
from procurement.accounts.queries.clients import Client
from procurement.accounts.service.api_clients import Signed
from procurement.core.permissions import scopes
from procurement.core.text import _
from procurement.core.web.forms import SecureForm, line, optional, options, paragraph, required
from procurement.core.webhooks import declared

_ONE_PER_LINE = _("Une adresse par ligne, en https://. Rien si vous n’utilisez pas le parcours hébergé.")
#: What each scope lets a client do.
SCOPES = {
    "acheteur:analyse": _("déclarer l’ouverture, lire les réponses ensuite"),
    "acheteur:publish": _("publier un DUME d’acheteur"),
    "acheteur:read": _("lire les DUME d’acheteur"),
    "acheteur:write": _("écrire les DUME d’acheteur"),
    "clauses:read": _("lire la bibliothèque de clauses et évaluer des faits"),
    "drafts:read": _("lire ses pièces de marché"),
    "drafts:write": _("écrire ses pièces de marché"),
    "facade:use": _("appeler les opérations nommées comme celles de Service DUME"),
    "log:read": _("lire le journal de ses requêtes"),
    "oe:publish": _("publier un DUME d’entreprise"),
    "oe:read": _("lire les DUME d’entreprise"),
    "oe:write": _("écrire les DUME d’entreprise"),
    "parcours:write": _("envoyer une personne sur nos pages et la reprendre"),
    "prefill:protected": _("préremplir aussi avec les données protégées"),
    "prefill:public": _("préremplir avec les données publiques"),
    "webhooks:manage": _("gérer les webhooks"),
}


def scope_options(known: Any = None) -> Any:
    """Return the scopes as choices, each with what it lets one do."""
    names = sorted(scopes()) if known is None else known
    return options([(name, SCOPES.get(name, name)) for name in names])


def _scopes(missing: str) -> Any:
    return SelectMultipleField(_("Droits"), [required(missing)])


class SettingsForm(SecureForm):
    """What a client may ask for, and where people may be sent back."""

    scopes = _scopes(_("Choisissez au moins un droit."))
    return_urls = paragraph(_("Adresses de retour"), None, hint=_ONE_PER_LINE)

    def __init__(self, request: Any, client: Client | None = None) -> None:
        start = {
            "scopes": list(client.scopes) if client else sorted(scopes()),
            "return_urls": "\n".join(client.return_urls) if client else "",
        }
        super().__init__(request, data=start)
        self.scopes.choices = scope_options()

    def urls(self) -> tuple[str, ...]:
        """Return the addresses, one per line."""
        lines = (self.return_urls.data or "").splitlines()
        return tuple(text.strip() for text in lines if text.strip())


class ClientForm(SettingsForm):
    """A new client."""

    name = line(
        _("Nom du client"),
        _("Donnez un nom à ce client."),
        limit=120,
        hint=_("Par exemple : place de marché, recette."),
    )
    email = line(
        _("Adresse de l’équipe technique"),
        _("Indiquez une adresse électronique."),
        more=[is_email],
    )


class KeyForm(SecureForm):
    """A further key."""

    label = line(_("À quoi sert cette clé"), None, limit=120, hint=_("Par exemple : serveur de production."))


class SandboxForm(SecureForm):
    """Who asks for a key of the sandbox."""

    email = line(_("Adresse électronique"), _("Indiquez une adresse électronique."), more=[is_email])
    name = line(_("Nom de votre logiciel"), None, limit=120)


class WebhookForm(SecureForm):
    """An address that hears of events."""

    url = line(
        _("Adresse"), _("Indiquez une adresse en https://."), limit=2000, hint=_("Publique, en https://.")
    )
    description = line(_("Description"), None)
    events = SelectMultipleField(
        _("Événements"), [optional()], description=_("Aucun coché : tous les événements sont envoyés.")
    )

    def __init__(self, request: Any, hook: Any = None) -> None:
        start = (
            {"url": hook.url, "description": hook.description, "events": list(hook.events)} if hook else None
        )
        super().__init__(request, data=start)
        self.events.choices = options([(name, name) for name in declared() if name != "webhook.test"])


class MandateForm(SecureForm):
    """A mandate that a buyer gives to a client."""

    client = line(
        _("Identifiant du client"),
        _("Indiquez l’identifiant du client."),
        hint=_("Votre éditeur vous le donne. Il commence par pli-"),
    )
    signatory = line(
        _("Signataire du mandat"), _("Indiquez qui a signé le mandat."), hint=_("Nom et fonction.")
    )
    signed_on = DateField(_("Signé le"), [required(_("Indiquez la date de signature."))])
    ends_on = DateField(_("Valable jusqu’au"), [optional()])
    scopes = _scopes(_("Choisissez au moins un droit."))

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        # A mandate is about acting for a buyer: the rest is the client's own affair.
        self.scopes.choices = scope_options(
            [name for name in sorted(scopes()) if name.startswith(("acheteur:", "prefill:"))]
        )

    def signed(self, siret: str) -> Signed:
        """Return the mandate as the service takes it."""
        assert self.signed_on.data is not None  # The form asked for it.
        return Signed(
            siret=siret,
            signatory=self.signatory.data or "",
            signed_on=self.signed_on.data,
            scopes=tuple(self.scopes.data or ()),
            ends_on=self.ends_on.data,
        )
