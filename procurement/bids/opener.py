"""Who may open now: asked by the pages and the endpoints of openings alike."""

from typing import Any

from procurement.accounts.rules import OPENER_PENDING
from procurement.bids import errors
from procurement.bids.queries.tender import Tender
from procurement.bids.service import opening as verbs
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission


def check(request: Any, tender: Tender) -> None:
    """Refuse who may not open now; the attempt is journaled in a transaction of its own."""
    opener = bool(request.has_permission(str(Permission.OPENING_RUN), request.context))
    try:
        verbs.check_opener(tender, opener=opener, by=request.identity, now=request.now)
    except DomainError as error:
        verbs.record_refusal(
            services.get(request, Database), tender, error, by=request.identity, now=request.now
        )
        raise


def stop_pending(request: Any, context: Any) -> None:
    """Tell an opener who has not shown his second factor just that, rather than that he may not come here."""
    if request.identity is None or OPENER_PENDING not in request.identity.roles:
        return
    if not request.has_permission(str(Permission.OPENING_VIEW), context):
        tender, error = context.tender(request.now), errors.second_factor_required()
        database = services.get(request, Database)
        verbs.record_refusal(database, tender, error, by=request.identity, now=request.now)
        raise error
