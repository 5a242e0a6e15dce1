"""Prefilling: sources are asked by a job, their statuses may be read live, what they give is only proposed."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dume import errors
from dume.models import Dume, DumeSource
from dume.registry.sources import Level, for_level, source
from dume.rules import Kind, OwnerKind, SourceStatus, Verb
from dume.service.writing import check, lock, note, require
from procurement.accounts.service import api_clients
from procurement.core import ids, jobs
from procurement.core.permissions import Permission
from procurement.core.security import Identity

__all__ = ["FRESHNESS", "PREFILL", "check_freshness", "start_prefill"]

PREFILL, FRESHNESS = "dume.prefill", "dume.freshness"


def start_prefill(
    session: Session,
    row: Dume,
    *,
    level: int = 1,
    sources: Sequence[str] = (),
    recipient: str = "",
    by: Identity | None,
    now: datetime,
) -> uuid.UUID:
    """Ask the sources of a level for a response's company, in a job, and return the id of this prefilling.

    ``recipient`` is the SIRET of the buyer whom protected data are for; level 2 takes it and it must be the buyer of
    this DUME: ``dume.recipient_mismatch`` otherwise. A program is bound to that buyer by its scope and, in production, by
    the buyer's mandate (``client.mandate_missing``). Every source is ``pending`` at once; the form opens meanwhile.
    """
    require(row, Kind.RESPONSE)
    lock(session, row)
    check(row, Verb.EDIT)
    if not row.siret:
        raise errors.no_company()
    if not row.buyer_siret:
        raise errors.no_buyer()
    if level >= Level.PROTECTED:
        _check_recipient(session, row, recipient, by=by, now=now)
    allowed = for_level(level)
    chosen = tuple(dict.fromkeys(source(key).key for key in sources)) or allowed
    if not set(chosen) <= set(allowed):
        raise errors.recipient_mismatch()
    prefill_id = ids.uuid7()
    for key in chosen:
        session.add(_asked(row, prefill_id, key, level, now))
        session.flush()
    payload = {"dume": str(row.id), "prefill": str(prefill_id)}
    jobs.enqueue(session, PREFILL, payload, now=now, priority=50, key=f"{PREFILL}:{prefill_id}")
    data = {"prefill": str(prefill_id), "level": level, "sources": len(chosen)}
    note(session, row, "prefill_started", by=by, now=now, data=data)
    return prefill_id


def _check_recipient(
    session: Session, row: Dume, recipient: str, *, by: Identity | None, now: datetime
) -> None:
    """Refuse protected data to whoever is not bound to the buyer they are for.

    A company asks for itself, in the space of its own. A program needs the scope and the mandate; who holds a link is
    bound to nobody.
    """
    if recipient != row.buyer_siret:
        raise errors.recipient_mismatch()
    if row.owner_kind is OwnerKind.ORGANISATION:
        return
    scope = Permission.API_PREFILL_PROTECTED.scope
    if by is None or scope is None or scope not in by.scopes:
        raise errors.recipient_mismatch()
    api_clients.require_mandate(session, by, recipient, scope, now=now)


def _asked(row: Dume, prefill_id: uuid.UUID, key: str, level: int, now: datetime) -> DumeSource:
    return DumeSource(
        id=ids.uuid7(), dume_id=row.id, prefill=prefill_id, source=key, position=0, level=level, status=SourceStatus.PENDING,
        requested_at=now, as_of="", valid_until="", freshness="", evidence="", document_sha256="", media_type="",
    )  # fmt: skip


def check_freshness(session: Session, row: Dume, *, now: datetime) -> bool:
    """Have the sources of an opened response asked again, for the buyer; tell whether there is any to ask."""
    query = select(DumeSource.id).where(
        DumeSource.dume_id == row.id,
        DumeSource.prefill.is_not(None),
        DumeSource.status == SourceStatus.OBTAINED,
    )
    if session.scalar(query.limit(1)) is None:
        return False
    jobs.enqueue(
        session, FRESHNESS, {"dume": str(row.id)}, now=now, priority=150, key=f"{FRESHNESS}:{row.id}"
    )
    return True
