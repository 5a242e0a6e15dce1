"""Tell the webhooks of whoever holds a DUME what became of it, in the transaction of the deed."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dume.models import Dume
from dume.queries.rows import status_of
from dume.rules import Kind
from procurement.core import webhooks

#: The events of this room; the API's contract lists the same.
EVENTS = {
    "dume.validated": "A DUME was validated: nothing stands against its publication.",
    "dume.published": "A DUME was published; `replaced` names those whose place it took.",
    "dume.replaced": "A newer DUME took the place of this one, which `replaced_by` names.",
    "dume.deleted": "A DUME was deleted; its place is free.",
    "prefill.completed": "Every source of a prefilling has answered or been given up.",
    "consortium.member_changed": "A member of a consortium was invited, joined, left or was removed.",
    "freshness.completed": "After the opening, every source of a response was asked again; the counts say what was found.",
    "parcours.completed": "A person handed over to our pages has validated the DUME and goes back.",
}
_PATHS = {Kind.REQUEST: "dume-acheteur", Kind.RESPONSE: "dume-oe"}


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
    client_id = row.buyer_client_id if buyer else row.client_id
    organisation_id = row.buyer_organisation_id if buyer else row.organisation_id
    if client_id is None and organisation_id is None:
        return
    data = {
        "id_dume": row.id_dume,
        "kind": str(row.kind),
        "status": str(status_of(row)),
        "url": f"/api/v1/{_PATHS[row.kind]}/{row.id_dume}",
        **(more or {}),
    }
    webhooks.emit(session, event, data=data, now=now, client_id=client_id, organisation_id=organisation_id)
