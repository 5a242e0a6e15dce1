"""Work out what a change of a draft will ask for, before its write transaction begins: SQLite has one writer.

Nothing is decided here. A verb finds the work done where the draft still is what it was when this read it (``queries.desk``
compares the two, field by field), and does it itself where it is not.
"""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy.orm import Session

from clauses import hooks, queries
from clauses.forms import DateForm
from clauses.queries import DraftView
from clauses.queries.releases import newer_release, of_everybody
from clauses.queries.upgrades import plan_upgrade
from clauses.service.drafts import kept_facts, reworded
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.web.views import BODY_BYTES, SAFE


def work_out(request: Any, draft_id: uuid.UUID, mine: Callable[[DraftView], bool]) -> None:
    """Do the work of an unsafe request on a draft that is ``mine``; what is refused, the verb refuses."""
    if request.method in SAFE:
        return
    database: Database = services.get(request, Database)
    with database.read() as session:
        found = queries.view(session, draft_id)
        if not mine(found):
            return
        queries.edition(session, found.release_id)
        work = _WORK.get(request.matched_route.name)
        if work is not None and _may_be_read(request):
            # What cannot be read, or is refused, the view says; the last two are JSON's and an unknown encoding's.
            with suppress(DomainError, ValueError, RecursionError, LookupError):
                work(request, session, found)


def _may_be_read(request: Any) -> bool:
    """Tell whether a body is short, and says so: nobody has asked yet who sends it."""
    return request.content_length is not None and request.content_length <= BODY_BYTES


def _checks(_request: Any, session: Session, draft: DraftView) -> None:
    queries.desk(session, draft).refusals()


def _date(request: Any, session: Session, draft: DraftView) -> None:
    on = DateForm(request).on.data
    if on is not None:
        reworded(session, draft, reference_date=on)


def _facts(request: Any, session: Session, draft: DraftView) -> None:
    if draft.consultation_id is not None:
        source = hooks.fact_source(request.registry)
        said = hooks.facts_of(source, session, draft.consultation_id, draft.lot_id)
        fresh = kept_facts(queries.edition(session, draft.release_id), said.values)
        reworded(session, draft, facts=fresh)


def _upgrade(_request: Any, session: Session, draft: DraftView) -> None:
    found = newer_release(session, draft)
    if found is not None:
        plan_upgrade(session, draft.id, found.id)


def _api_upgrade(request: Any, session: Session, draft: DraftView) -> None:
    """Plan the upgrade that a client names; what its body says otherwise is read, and refused, by its contract."""
    body = request.json_body
    version = body.get("release") if isinstance(body, dict) else None
    found = of_everybody(session, version) if isinstance(version, str) else None
    if found is not None and found.id != draft.release_id:
        plan_upgrade(session, draft.id, found.id)


#: By route. Where a draft is held against everything that it has to fulfil, or becomes another.
_WORK: Mapping[str, Callable[[Any, Session, DraftView], None]] = {
    "clauses.submit": _checks,
    "clauses.validate": _checks,
    "clauses.api.submit": _checks,
    "clauses.api.validate": _checks,
    "clauses.date": _date,
    "clauses.facts": _facts,
    "clauses.upgrade": _upgrade,
    "clauses.api.upgrade": _api_upgrade,
}
