"""Declare events, and emit them in the transaction of the deed."""

import json
import re
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from procurement.core import jobs
from procurement.core.ids import uuid7
from procurement.core.webhooks.models import Delivery, DeliveryState, Webhook

DELIVER = "webhooks.deliver"
TEST = "webhook.test"
#: A message is thin: it says what happened to what, and where to read more.
PAYLOAD_BYTES = 20_000
_PRIORITY = 150
_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
_declared: set[str] = {TEST}


def declare(*events: str) -> None:
    """Make events known, each called ``room.happened``; said again, they stay."""
    for event in events:
        if not _NAME.fullmatch(event):
            raise ValueError(f"{event!r} is no name of an event: room.happened")
    _declared.update(events)


def declared() -> tuple[str, ...]:
    """Return every event, in alphabetical order."""
    return tuple(sorted(_declared))


def emit(
    session: Session,
    event: str,
    *,
    data: dict[str, Any],
    now: datetime,
    client_id: uuid.UUID | None = None,
    organisation_id: uuid.UUID | None = None,
) -> int:
    """Send an event to the webhooks of a client, of an organisation's clients, or of both; return how many.

    ``data`` names the object and its state (type, id, status, URL), never its content. LookupError for an event that no
    room declared, ValueError for a message that is too long: both are faults of the caller.
    """
    if event not in _declared:
        raise LookupError(f"no room declared the event {event}")
    owners = []
    if client_id is not None:
        owners.append(Webhook.client_id == client_id)
    if organisation_id is not None:
        owners.append(Webhook.organisation_id == organisation_id)
    if not owners:
        return 0
    query = select(Webhook).where(or_(*owners), Webhook.deleted_at.is_(None), Webhook.disabled_at.is_(None))
    hooks = [hook for hook in session.scalars(query) if not hook.events or event in hook.events]
    for hook in hooks:
        queue(session, hook, event, data=data, now=now)
    return len(hooks)


def queue(session: Session, hook: Webhook, event: str, *, data: dict[str, Any], now: datetime) -> Delivery:
    """Put one event on its way to one address."""
    payload = json.dumps(
        {"type": event, "timestamp": now.isoformat(), "data": data}, ensure_ascii=False, separators=(",", ":")
    )
    if len(payload.encode()) >= PAYLOAD_BYTES:
        raise ValueError(f"the message of {event} is longer than {PAYLOAD_BYTES} bytes")
    delivery_id = uuid7()
    delivery = Delivery(
        id=delivery_id,
        webhook_id=hook.id,
        message_id=f"msg_{delivery_id.hex}",
        event=event,
        payload=payload,
        state=DeliveryState.PENDING,
        tries=0,
        next_at=now,
        created_at=now,
    )
    session.add(delivery)
    schedule(session, delivery, now=now)
    return delivery


def schedule(session: Session, delivery: Delivery, *, now: datetime) -> None:
    """Have a delivery attempted when it is due."""
    payload = {"delivery": str(delivery.id)}
    jobs.enqueue(session, DELIVER, payload, now=now, run_at=delivery.next_at, priority=_PRIORITY)
