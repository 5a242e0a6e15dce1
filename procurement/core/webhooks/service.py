"""The verbs of webhooks: subscribe, change, rotate the secret, try, repeat, delete."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from procurement.core import journal
from procurement.core.api.resources import not_found
from procurement.core.errors import Conflict, FieldError, Invalid
from procurement.core.ids import uuid7
from procurement.core.security import Identity
from procurement.core.text import _, line
from procurement.core.vault import KeyVault
from procurement.core.webhooks import signature
from procurement.core.webhooks.addresses import AddressRefused, Guard, refused_url
from procurement.core.webhooks.events import TEST, declared, queue, schedule
from procurement.core.webhooks.models import Attempt, Delivery, DeliveryState, Webhook

#: The old secret signs beside the new one for this long after a rotation.
OVERLAP = timedelta(hours=24)
#: Webhooks of one client.
MOST = 20


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a webhook is to be; no event means all."""

    url: str
    events: tuple[str, ...] = ()
    description: str = ""


def create(
    session: Session, vault: KeyVault, guard: Guard, wanted: Wanted, *, by: Identity, now: datetime
) -> tuple[Webhook, str]:
    """Register an address; return it with its secret, which is shown once."""
    assert by.client_id is not None
    held = select(func.count()).select_from(Webhook)
    owned = Webhook.client_id == by.client_id, Webhook.deleted_at.is_(None)
    if (session.scalar(held.where(*owned)) or 0) >= MOST:
        raise Conflict(
            "webhook.too_many", _("Un client a au plus %(most)s webhooks. Supprimez-en un."), most=MOST
        )
    secret = signature.new_secret()
    hook_id = uuid7()
    hook = Webhook(
        id=hook_id,
        client_id=by.client_id,
        organisation_id=by.organisation_id,
        url=_checked(guard, wanted.url),
        events=_known(wanted.events),
        description=line(wanted.description, field="/description"),
        secret_sealed=vault.seal(session, by.client_id, _purpose(hook_id), secret.encode()),
        revision=1,
        created_at=now,
        updated_at=now,
    )
    session.add(hook)
    session.flush()
    _note(session, hook, "core:webhook:created", {"url": hook.url, "events": hook.events}, by=by, now=now)
    return hook, secret


def change(
    session: Session, guard: Guard, hook: Webhook, changes: dict[str, Any], *, by: Identity, now: datetime
) -> Webhook:
    """Apply changes of ``url``, ``events``, ``description``, ``enabled`` to a webhook held by ``locked``."""
    if "url" in changes:
        hook.url = _checked(guard, changes["url"])
    if "events" in changes:
        hook.events = _known(changes["events"])
    if "description" in changes:
        hook.description = line(changes["description"], field="/description")
    if "enabled" in changes:
        hook.disabled_at = None if changes["enabled"] else (hook.disabled_at or now)
        hook.disabled_reason = None if changes["enabled"] else (hook.disabled_reason or "client")
    _touch(hook, now=now)
    _note(session, hook, "core:webhook:changed", {"members": sorted(changes)}, by=by, now=now)
    return hook


def rotate(session: Session, vault: KeyVault, hook: Webhook, *, by: Identity, now: datetime) -> str:
    """Give a webhook a new secret; the one before signs beside it for a day."""
    secret = signature.new_secret()
    hook.previous_sealed, hook.previous_until = hook.secret_sealed, now + OVERLAP
    hook.secret_sealed = vault.seal(session, hook.client_id, _purpose(hook.id), secret.encode())
    _touch(hook, now=now)
    _note(session, hook, "core:webhook:rotated", {}, by=by, now=now)
    return secret


def remove(session: Session, hook: Webhook, *, by: Identity, now: datetime) -> None:
    """Delete a webhook; what was on its way to it is not sent any more."""
    hook.deleted_at = now
    hook.secret_sealed, hook.previous_sealed, hook.previous_until = b"", None, None
    _touch(hook, now=now)
    _note(session, hook, "core:webhook:deleted", {}, by=by, now=now)


def adopt(session: Session, client_id: uuid.UUID, organisation_id: uuid.UUID) -> None:
    """Have a client's webhooks hear of the organisation that the client now belongs to."""
    session.execute(
        update(Webhook).where(Webhook.client_id == client_id).values(organisation_id=organisation_id)
    )


def try_out(session: Session, hook: Webhook, *, now: datetime) -> Delivery:
    """Send a webhook a message that means nothing."""
    if hook.disabled_at is not None:
        raise Conflict("webhook.disabled", _("Ce webhook est désactivé : réactivez-le d’abord."))
    return queue(session, hook, TEST, data={"webhook": str(hook.id)}, now=now)


def resend(session: Session, hook: Webhook, delivery_id: uuid.UUID, *, now: datetime) -> Delivery:
    """Deliver a message again, under the same id, in a new round of attempts."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.webhook_id != hook.id:
        raise not_found()
    if hook.disabled_at is not None:
        raise Conflict("webhook.disabled", _("Ce webhook est désactivé : réactivez-le d’abord."))
    delivery.state, delivery.tries, delivery.next_at, delivery.delivered_at = (
        DeliveryState.PENDING,
        0,
        now,
        None,
    )
    schedule(session, delivery, now=now)
    return delivery


def secrets_of(session: Session, vault: KeyVault, hook: Webhook, *, now: datetime) -> list[str]:
    """Return the secrets that sign now: the current one and, during a rotation, the one before."""
    sealed = [hook.secret_sealed]
    if hook.previous_sealed is not None and hook.previous_until is not None and now < hook.previous_until:
        sealed.append(hook.previous_sealed)
    return [vault.open(session, hook.client_id, _purpose(hook.id), item).decode() for item in sealed]


def find(session: Session, client_id: uuid.UUID, webhook_id: uuid.UUID, *, lock: bool = False) -> Webhook:
    """Return a client's own webhook; raise NotFound for one that is another's or deleted."""
    hook = session.get(Webhook, webhook_id, with_for_update=lock, populate_existing=lock)
    if hook is None or hook.client_id != client_id or hook.deleted_at is not None:
        raise not_found()
    return hook


def webhooks(
    session: Session, client_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> Sequence[Webhook]:
    """Return a client's webhooks, oldest first."""
    query = select(Webhook).where(Webhook.client_id == client_id, Webhook.deleted_at.is_(None))
    if after is not None:
        query = query.where(Webhook.id > after)
    return session.scalars(query.order_by(Webhook.id).limit(limit)).all()


def deliveries(
    session: Session, webhook_id: uuid.UUID, *, state: DeliveryState | None, before: uuid.UUID | None, limit: int
) -> list[tuple[Delivery, list[Attempt]]]:  # fmt: skip
    """Return a webhook's deliveries with their attempts, newest first."""
    query = select(Delivery).where(Delivery.webhook_id == webhook_id)
    if state is not None:
        query = query.where(Delivery.state == state)
    if before is not None:
        query = query.where(Delivery.id < before)
    rows = session.scalars(query.order_by(Delivery.id.desc()).limit(limit)).all()
    made: dict[uuid.UUID, list[Attempt]] = {row.id: [] for row in rows}
    for attempt in session.scalars(
        select(Attempt).where(Attempt.delivery_id.in_(made)).order_by(Attempt.number)
    ):
        made[attempt.delivery_id].append(attempt)
    return [(row, made[row.id]) for row in rows]


def _checked(guard: Guard, url: str) -> str:
    try:
        guard.check(url)
    except AddressRefused:
        raise refused_url() from None
    return url


def _known(events: Iterable[str]) -> list[str]:
    asked = sorted(set(events))
    unknown = set(asked) - set(declared())
    if unknown:
        message = _("Ces événements n’existent pas : %(unknown)s. Les événements sont : %(known)s.")
        params = {"unknown": ", ".join(sorted(unknown)), "known": ", ".join(declared())}
        error = FieldError("/events", "webhook.event_unknown", message, params)
        raise Invalid("webhook.event_unknown", message, errors=(error,), **params)
    return asked


def _purpose(hook_id: uuid.UUID) -> str:
    return f"webhook-secret:{hook_id}"


def _touch(hook: Webhook, *, now: datetime) -> None:
    hook.revision += 1
    hook.updated_at = now


def _note(
    session: Session, hook: Webhook, action: str, data: dict[str, Any], *, by: Identity, now: datetime
) -> None:
    journal.append(session, at=now, actor=by, action=action, subject=hook.id, data=data)
