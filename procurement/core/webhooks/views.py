"""Endpoints of webhooks (scope ``webhooks:manage``)."""

from typing import Any

from pyramid.response import Response

from procurement.core import services
from procurement.core.api import client_of, page_of, require_match, set_tag, tag, window
from procurement.core.api.paging import next_cursor
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web.views import endpoint
from procurement.core.webhooks import service
from procurement.core.webhooks.models import Attempt, Delivery, DeliveryState, Webhook
from procurement.core.webhooks.schemas import Nothing, WebhookBody, WebhookChanges
from procurement.core.webhooks.sending import Sender

_MANAGE = Permission.API_WEBHOOKS_MANAGE


@endpoint("core.api.webhooks", permission=_MANAGE, methods=("GET",))
def index(request: Any) -> dict[str, Any]:
    """List the client's webhooks, oldest first."""
    asked = window(request)
    rows = service.webhooks(request.db, client_of(request), after=asked.after_id, limit=asked.fetch)
    shown = page_of(request, rows, asked, place=lambda row: row.id)
    return {
        "items": [_shown(row) for row in shown],
        "next_cursor": next_cursor(rows, asked, place=lambda row: row.id),
    }


@endpoint("core.api.webhooks", permission=_MANAGE, methods=("POST",), schema=WebhookBody)
def create(request: Any) -> dict[str, Any]:
    """Subscribe; the secret is in this answer alone."""
    body: WebhookBody = request.validated
    wanted = service.Wanted(url=body.url, events=tuple(body.events), description=body.description)
    vault: KeyVault = services.get(request, KeyVault)
    sender: Sender = services.get(request, Sender)
    hook, secret = service.create(
        request.db, vault, sender.guard, wanted, by=request.identity, now=request.now
    )
    request.response.status_int = 201
    request.response.location = request.route_url("core.api.webhook", webhook=hook.id)
    return {**_tagged(request, hook), "secret": secret}


@endpoint("core.api.webhook", permission=_MANAGE, methods=("GET",))
def show(request: Any) -> dict[str, Any]:
    """Show a webhook, without its secret."""
    return _tagged(request, request.context.hook)


@endpoint("core.api.webhook", permission=_MANAGE, methods=("PATCH",), schema=WebhookChanges)
def change(request: Any) -> dict[str, Any]:
    """Change what the body names (RFC 7396)."""
    hook: Webhook = request.context.hook
    require_match(request, _tag(hook))
    sender: Sender = services.get(request, Sender)
    changes: WebhookChanges = request.validated
    given = changes.model_dump(exclude_unset=True)
    return _tagged(
        request, service.change(request.db, sender.guard, hook, given, by=request.identity, now=request.now)
    )


@endpoint("core.api.webhook", permission=_MANAGE, methods=("DELETE",))
def delete(request: Any) -> Response:
    """Delete a webhook."""
    hook: Webhook = request.context.hook
    require_match(request, _tag(hook))
    service.remove(request.db, hook, by=request.identity, now=request.now)
    return Response(status=204, content_type=None, charset=None)


@endpoint("core.api.webhook_rotate", permission=_MANAGE, methods=("POST",), schema=Nothing)
def rotate(request: Any) -> dict[str, Any]:
    """Give a new secret; the one before signs beside it until the instant in the answer."""
    hook: Webhook = request.context.hook
    vault: KeyVault = services.get(request, KeyVault)
    secret = service.rotate(request.db, vault, hook, by=request.identity, now=request.now)
    return {**_tagged(request, hook), "secret": secret}


@endpoint("core.api.webhook_test", permission=_MANAGE, methods=("POST",), schema=Nothing)
def try_out(request: Any) -> dict[str, Any]:
    """Send a message that means nothing."""
    delivery = service.try_out(request.db, request.context.hook, now=request.now)
    request.response.status_int = 202
    return _delivery(delivery, [])


@endpoint("core.api.webhook_deliveries", permission=_MANAGE, methods=("GET",))
def deliveries(request: Any) -> dict[str, Any]:
    """List what was sent or is on its way, newest first, with every attempt."""
    asked = window(request)
    rows = service.deliveries(
        request.db, request.context.hook.id, state=_state(request), before=asked.after_id, limit=asked.fetch
    )
    shown = page_of(request, rows, asked, place=lambda row: row[0].id)
    return {
        "items": [_delivery(*row) for row in shown],
        "next_cursor": next_cursor(rows, asked, place=lambda row: row[0].id),
    }


@endpoint("core.api.webhook_resend", permission=_MANAGE, methods=("POST",), schema=Nothing)
def resend(request: Any) -> dict[str, Any]:
    """Deliver a message again, under the same id."""
    number = request.context.id_of("delivery")
    delivery = service.resend(request.db, request.context.hook, number, now=request.now)
    request.response.status_int = 202
    return _delivery(delivery, [])


def _state(request: Any) -> DeliveryState | None:
    text = request.GET.get("state")
    if not text:
        return None
    try:
        return DeliveryState(text)
    except ValueError:
        message = _("L’état d’une livraison est pending, delivered, failed ou cancelled.")
        error = FieldError("state", "webhook.state_unknown", message)
        raise Invalid("webhook.state_unknown", message, errors=(error,)) from None


def _tag(hook: Webhook) -> str:
    return tag(hook.id, hook.revision)


def _tagged(request: Any, hook: Webhook) -> dict[str, Any]:
    set_tag(request, _tag(hook))
    return _shown(hook)


def _shown(hook: Webhook) -> dict[str, Any]:
    return {
        "id": str(hook.id),
        "url": hook.url,
        "description": hook.description,
        "events": hook.events,
        "enabled": hook.disabled_at is None,
        "disabled_reason": hook.disabled_reason,
        "created_at": hook.created_at.isoformat(),
        "updated_at": hook.updated_at.isoformat(),
        "previous_secret_until": hook.previous_until.isoformat() if hook.previous_until else None,
    }


def _delivery(row: Delivery, attempts: list[Attempt]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "message_id": row.message_id,
        "event": row.event,
        "state": str(row.state),
        "created_at": row.created_at.isoformat(),
        "next_at": row.next_at.isoformat() if row.next_at else None,
        "delivered_at": row.delivered_at.isoformat() if row.delivered_at else None,
        "attempts": [
            {
                "number": item.number,
                "at": item.at.isoformat(),
                "status": item.status,
                "error": item.error,
                "milliseconds": item.milliseconds,
            }
            for item in attempts
        ],
    }
