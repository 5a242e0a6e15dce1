"""Deliver messages: ten attempts over about 75 hours; an address that is gone is left alone."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from procurement.core import journal
from procurement.core.clock import outside
from procurement.core.ids import uuid7
from procurement.core.jobs import JobContext
from procurement.core.vault import KeyVault
from procurement.core.webhooks import signature
from procurement.core.webhooks.events import DELIVER, schedule
from procurement.core.webhooks.models import Attempt, Delivery, DeliveryState, Webhook
from procurement.core.webhooks.sending import Sender, Sent
from procurement.core.webhooks.service import secrets_of

__all__ = ["DELIVER", "PAUSES", "deliver", "sweep"]

#: Pauses before the second, third ... tenth attempt: 75 h 35 min in all.
PAUSES = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
#: Deliveries and their attempts are kept this long.
KEPT = timedelta(days=90)
_GONE = 410
_BATCH = 500


@dataclass(frozen=True)
class _Message:
    url: str
    headers: dict[str, str]
    body: bytes


def deliver(context: JobContext, payload: dict[str, Any]) -> None:
    """Make the attempt that is due; a second job for the same delivery finds nothing to do."""
    delivery_id = uuid.UUID(payload["delivery"])
    with context.database.read() as session:
        message = _message(context, session, delivery_id)
    if message is None:
        with context.database.write() as session:
            _cancel(session, delivery_id)
        return
    sender: Sender = context.find(Sender)
    sent = sender.post(message.url, message.headers, message.body)
    with context.database.write() as session:
        _record(session, delivery_id, sent, now=context.clock.now())


def _message(context: JobContext, session: Session, delivery_id: uuid.UUID) -> _Message | None:
    """Return what is to be sent now, None when nothing is."""
    delivery = session.get(Delivery, delivery_id)
    now = context.clock.now()
    if delivery is None or delivery.state is not DeliveryState.PENDING:
        return None
    if delivery.next_at is None or delivery.next_at > now:
        return None
    hook = session.get_one(Webhook, delivery.webhook_id)
    if not _active(hook):
        return None
    body = delivery.payload.encode()
    keys = secrets_of(session, context.find(KeyVault), hook, now=now)
    # The receiver compares the time with its own clock: a sandbox that stands elsewhere must not confuse it.
    signed = signature.headers(delivery.message_id, body, keys, moment=int(outside().timestamp()))
    return _Message(hook.url, {**signed, "Content-Type": "application/json"}, body)


def _active(hook: Webhook) -> bool:
    return hook.deleted_at is None and hook.disabled_at is None


def _cancel(session: Session, delivery_id: uuid.UUID) -> None:
    """Give up a delivery whose webhook is no more, or rests."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.state is not DeliveryState.PENDING:
        return
    if not _active(session.get_one(Webhook, delivery.webhook_id)):
        delivery.state, delivery.next_at = DeliveryState.CANCELLED, None


def _record(session: Session, delivery_id: uuid.UUID, sent: Sent, *, now: datetime) -> None:
    """Note an attempt and what follows from it."""
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
    made = session.scalar(select(func.count()).select_from(Attempt).where(Attempt.delivery_id == delivery_id))
    session.add(
        Attempt(
            id=uuid7(),
            delivery_id=delivery_id,
            number=(made or 0) + 1,
            at=now,
            milliseconds=sent.milliseconds,
            status=sent.status,
            error=sent.error,
        )
    )
    delivery.tries += 1
    delivery.next_at = None
    if sent.ok:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now
    elif sent.status == _GONE:
        delivery.state = DeliveryState.FAILED
        _disable(session, delivery.webhook_id, now=now)
    elif delivery.tries > len(PAUSES):
        delivery.state = DeliveryState.FAILED
    else:
        delivery.next_at = now + PAUSES[delivery.tries - 1]
        schedule(session, delivery, now=now)


def _disable(session: Session, webhook_id: uuid.UUID, *, now: datetime) -> None:
    hook = session.get_one(Webhook, webhook_id, with_for_update=True)
    if hook.disabled_at is not None:
        return
    hook.disabled_at, hook.disabled_reason, hook.updated_at = now, "gone", now
    hook.revision += 1
    journal.append(
        session, at=now, actor=None, action="core:webhook:disabled", subject=hook.id,
        data={"reason": "gone", "client": str(hook.client_id)}, organisation_id=hook.organisation_id,
    )  # fmt: skip


def sweep(session: Session, now: datetime) -> None:
    """Forget old deliveries, and webhooks deleted before them."""
    old = session.scalars(
        select(Delivery.id).where(Delivery.created_at < now - KEPT, Delivery.state != DeliveryState.PENDING).limit(_BATCH)
    ).all()  # fmt: skip
    session.execute(delete(Attempt).where(Attempt.delivery_id.in_(old)))
    session.execute(delete(Delivery).where(Delivery.id.in_(old)))
