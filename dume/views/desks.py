"""The addresses of the pages of the platform: a buyer's request, a consortium, a vendor's clients."""

from typing import Any

from dume import routes
from procurement.accounts.routes import ActiveOrganisation
from procurement.core import services
from procurement.core.settings import Settings

_REQUEST = "/acheteur/dume/{id_dume}"
#: Pages of a request, by the end of their route's name.
_REQUEST_PAGES = {
    "request": "",
    "request_buyer": "/acheteur",
    "request_criteria": "/criteres",
    "request_criterion": "/criteres/{code}",
    "request_review": "/relire",
    "request_report": "/rapport",
    "request_copy": "/copie/{form}",
    "request_renew": "/nouvelle-version",
    "request_publish": "/publier",
    "request_delete": "/supprimer",
}
_CONSORTIUM = "/groupement/espace/{consortium}"
_CLIENT = "/organisation/api/{client}"
_CLIENT_PAGES = {
    "client": "",
    "client_settings": "/reglages",
    "client_state": "/etat",
    "client_revoke": "/revoquer",
    "client_key_new": "/cles",
    "client_key_revoke": "/cles/{key}/revoquer",
    "client_log": "/journal",
    "client_try": "/essai",
    "client_webhooks": "/webhooks",
    "client_webhook_new": "/webhooks/nouveau",
    "client_webhook": "/webhooks/{webhook}",
    "client_webhook_rotate": "/webhooks/{webhook}/secret",
    "client_webhook_test": "/webhooks/{webhook}/essai",
    "client_webhook_switch": "/webhooks/{webhook}/activite",
    "client_webhook_delete": "/webhooks/{webhook}/supprimer",
    "client_webhook_resend": "/webhooks/{webhook}/envois/{delivery}",
}


def includeme(config: Any) -> None:
    """Add the routes."""
    for name, tail in _REQUEST_PAGES.items():
        config.add_route(f"dume.{name}", f"{_REQUEST}{tail}", factory=routes.request_by_id)
    config.add_route("dume.public", "/dume/publie/{id_dume}", factory=routes.published_request)
    config.add_route("dume.public_copy", "/dume/publie/{id_dume}/{form}", factory=routes.published_request)
    _consortia(config)
    _clients(config)
    for name in ("requests", "copies", "consortium", "portal", "portal_webhooks", "mandates"):
        config.scan(f"dume.views.{name}", categories=("pyramid",))


def _consortia(config: Any) -> None:
    config.add_rate("dume.invitations", "30 per hour")
    config.add_route("dume.consortia", "/groupement", factory=routes.own_space)
    config.add_route("dume.consortium_start", "/groupement/nouveau/{id_dume}", factory=routes.response_by_id)
    for name, tail in (
        ("consortium", ""),
        ("consortium_invite", "/inviter"),
        ("consortium_remove", "/membres/{member}/retirer"),
        ("consortium_leave", "/quitter"),
    ):
        config.add_route(f"dume.{name}", f"{_CONSORTIUM}{tail}", factory=routes.consortium_by_id)
    config.add_route("dume.invitation", "/groupement/{token}", factory=routes.invitation)


def _clients(config: Any) -> None:
    from dume.views.portal import own_client

    config.add_route("dume.clients", "/organisation/api", factory=ActiveOrganisation)
    config.add_route("dume.client_new", "/organisation/api/nouveau", factory=ActiveOrganisation)
    config.add_route("dume.mandates", "/organisation/mandats", factory=ActiveOrganisation)
    config.add_route("dume.mandate_new", "/organisation/mandats/nouveau", factory=ActiveOrganisation)
    config.add_route(
        "dume.mandate_end", "/organisation/mandats/{mandate}/retirer", factory=ActiveOrganisation
    )
    for name, tail in _CLIENT_PAGES.items():
        config.add_route(f"dume.{name}", f"{_CLIENT}{tail}", factory=own_client)
    settings: Settings = services.find(config.registry, Settings)
    if settings.sandbox:
        config.add_route("dume.sandbox_key", "/dume/cle")
        config.scan("dume.views.sandbox", categories=("pyramid",))
