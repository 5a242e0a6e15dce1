"""Who somebody is to a DUME: its owner, the buyer it is for, or nobody."""

import uuid
from datetime import datetime
from enum import StrEnum

from dume import rules
from dume.models import Dume
from dume.queries.rows import status_of
from dume.rules import Kind, OpeningFacts, Status


class Relation(StrEnum):
    """What a DUME is to who asks."""

    OWNER = "owner"
    BUYER = "buyer"
    """The buyer a response is for, once it is opened."""
    WAITING_BUYER = "waiting_buyer"
    """The same before the opening: nothing of it may be shown, not even that it exists."""
    READER = "reader"
    """Anybody, for a request that is published."""
    STRANGER = "stranger"


def opening_facts(row: Dume) -> OpeningFacts:
    """Return what decides whether the buyer may read a response."""
    asked = row.request
    return OpeningFacts(
        published_at=row.published_at,
        deleted_at=row.deleted_at,
        deposited=row.deposit_id is not None,
        opened_at=row.opened_at,
        closes_at=asked.closes_at if asked else row.closes_at,
        request_opened_at=asked.opened_at if asked else None,
    )


def relation(
    row: Dume,
    *,
    organisation_id: uuid.UUID | None = None,
    client_id: uuid.UUID | None = None,
    now: datetime,
) -> Relation:
    """Return what a DUME is to an organisation or to a client; a link's draft is its holder's alone."""
    if _is(row.organisation_id, organisation_id) or _is(row.client_id, client_id):
        return Relation.OWNER
    if row.kind is Kind.REQUEST:
        return Relation.READER if status_of(row) in {Status.PUBLISHED, Status.REPLACED} else Relation.STRANGER
    if _is(row.buyer_organisation_id, organisation_id) or _is(row.buyer_client_id, client_id):
        opened = rules.buyer_may_read(opening_facts(row), now)
        return Relation.BUYER if opened else Relation.WAITING_BUYER
    return Relation.STRANGER


def _is(held: uuid.UUID | None, asking: uuid.UUID | None) -> bool:
    return held is not None and held == asking
