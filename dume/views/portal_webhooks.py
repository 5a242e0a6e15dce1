"""Webhooks of a client, by hand: list, register, rotate, try, deliveries and their repetition."""

from dataclasses import replace
from typing import Any

from dume.forms.vendor import WebhookForm
from dume.views.portal import back, id_of, refuse, vault_of
from procurement.core import services
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.security import Identity
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.webhooks import service
from procurement.core.webhooks.models import DeliveryState, Webhook
from procurement.core.webhooks.sending import Sender

_BOTH = ("GET", "POST")
_MANAGE = Permission.ORGANISATION_EDIT
_DELIVERIES = 50
#: What the state of a delivery is called, and its colour.
STATES = {
    DeliveryState.PENDING: (_("En attente"), "run"),
    DeliveryState.DELIVERED: (_("Remis"), "ok"),
    DeliveryState.FAILED: (_("Abandonné"), "err"),
    DeliveryState.CANCELLED: (_("Annulé"), "info"),
}


def _for_client(request: Any) -> Identity:
    """Return who acts, for the client whose webhooks these are."""
    identity: Identity = request.identity
    return replace(identity, client_id=request.context.client.id)


def _hook(request: Any, *, lock: bool = False) -> Webhook:
    return service.find(request.db, request.context.client.id, id_of(request, "webhook"), lock=lock)


def _secret(request: Any, hook: Webhook, secret: str) -> Any:
    """Show the secret that signs the messages, once."""
    request.override_renderer = "procurement.templates:dume/portal_webhook_secret.html"
    request.response.headers["Cache-Control"] = "no-store"
    return {"client": request.context.client, "hook": hook, "secret": secret}


def _to_hook(request: Any, hook: Webhook) -> Any:
    return back(request, "client_webhook", webhook=hook.id)


@page("dume.client_webhooks", permission=_MANAGE, template="dume/portal_webhooks.html")
def index(request: Any) -> dict[str, Any]:
    """List the addresses of the client that hear of events."""
    found = service.webhooks(request.db, request.context.client.id, after=None, limit=service.MOST)
    return {"client": request.context.client, "hooks": found, "most": service.MOST}


@page("dume.client_webhook_new", permission=_MANAGE, template="dume/portal_webhook_new.html", methods=_BOTH)
def create(request: Any) -> Any:
    """Register an address, and show the secret that signs its messages."""
    form = WebhookForm(request)
    if form.accepted():
        sender: Sender = services.get(request, Sender)
        wanted = service.Wanted(
            url=form.url.data, events=tuple(form.events.data or ()), description=form.description.data or ""
        )
        try:
            hook, secret = service.create(
                request.db, vault_of(request), sender.guard, wanted, by=_for_client(request), now=request.now
            )
        except DomainError as error:
            refuse(form, error, "url")
        else:
            return _secret(request, hook, secret)
    return {"client": request.context.client, "form": form}


@page("dume.client_webhook", permission=_MANAGE, template="dume/portal_webhook.html", methods=_BOTH)
def show(request: Any) -> Any:
    """Show an address with its deliveries; change what it hears of."""
    hook = _hook(request, lock=request.method == "POST")
    form = WebhookForm(request, hook)
    if form.accepted():
        sender: Sender = services.get(request, Sender)
        changes = {
            "url": form.url.data,
            "events": form.events.data or [],
            "description": form.description.data or "",
        }
        try:
            service.change(request.db, sender.guard, hook, changes, by=_for_client(request), now=request.now)
        except DomainError as error:
            refuse(form, error, "url")
        else:
            request.flash(_("Le webhook est modifié."))
            return _to_hook(request, hook)
    rows = service.deliveries(request.db, hook.id, state=None, before=None, limit=_DELIVERIES)
    return {
        "client": request.context.client,
        "hook": hook,
        "form": form,
        "deliveries": rows,
        "states": STATES,
        "most": _DELIVERIES,
    }


@page(
    "dume.client_webhook_rotate",
    permission=_MANAGE,
    template="dume/portal_webhook_secret.html",
    methods=("POST",),
)
def rotate(request: Any) -> Any:
    """Give a new secret; the one before signs beside it for a day."""
    hook = _hook(request, lock=True)
    secret = service.rotate(request.db, vault_of(request), hook, by=_for_client(request), now=request.now)
    return _secret(request, hook, secret)


@page("dume.client_webhook_test", permission=_MANAGE, methods=("POST",))
def try_out(request: Any) -> Any:
    """Send a message that means nothing."""
    hook = _hook(request, lock=True)
    service.try_out(request.db, hook, now=request.now)
    request.flash(
        _("Un message d’essai est en route. Son résultat paraît ci-dessous dans quelques secondes.")
    )
    return _to_hook(request, hook)


@page("dume.client_webhook_switch", permission=_MANAGE, methods=("POST",))
def switch(request: Any) -> Any:
    """Switch an address off, or on again."""
    hook = _hook(request, lock=True)
    sender: Sender = services.get(request, Sender)
    changes = {"enabled": hook.disabled_at is not None}
    service.change(request.db, sender.guard, hook, changes, by=_for_client(request), now=request.now)
    request.flash(_("Le webhook est modifié."))
    return _to_hook(request, hook)


@page("dume.client_webhook_delete", permission=_MANAGE, methods=("POST",))
def delete(request: Any) -> Any:
    """Delete an address; nothing more is sent to it."""
    hook = _hook(request, lock=True)
    service.remove(request.db, hook, by=_for_client(request), now=request.now)
    request.flash(_("Le webhook est supprimé. Plus rien ne lui est envoyé."))
    return back(request, "client_webhooks")


@page("dume.client_webhook_resend", permission=_MANAGE, methods=("POST",))
def resend(request: Any) -> Any:
    """Deliver a message again, under the same id."""
    hook = _hook(request, lock=True)
    service.resend(request.db, hook, id_of(request, "delivery"), now=request.now)
    request.flash(_("Le message est remis en route, sous le même identifiant."))
    return _to_hook(request, hook)
