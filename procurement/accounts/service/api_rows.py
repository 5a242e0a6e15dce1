"""What the verbs of API clients share: the row held, the journal entry, and the count of changes."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from procurement.accounts.models.clients import ApiClient
from procurement.core import journal
from procurement.core.errors import NotFound
from procurement.core.security import Identity
from procurement.core.text import _


class _Changes:
    """How many changes of clients this process has committed."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, _session: Session) -> None:
        self.count += 1


_changes = _Changes()


def changes_seen() -> int:
    """Return a number that grows with every change of a client committed by this process."""
    return _changes.count


def locked(session: Session, client_id: uuid.UUID) -> ApiClient:
    """Return a client's row, held until the transaction ends; raise NotFound for one that is unknown or revoked."""
    row = session.get(ApiClient, client_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        raise NotFound("client.not_found", _("Ce client de l’API n’existe pas, ou a été révoqué."))
    return row


def note(
    session: Session, row: ApiClient, action: str, data: dict[str, Any], *, by: Identity | None, now: datetime
) -> None:
    """Record a change, and count it once it is committed: nothing remembered of before outlives it."""
    event.listen(session, "after_commit", _changes.add, once=True)
    journal.append(
        session, at=now, actor=by, action=action, subject=row.id, data=data, organisation_id=row.organisation_id
    )  # fmt: skip
