"""Who may open now: asked by the pages and the endpoints of openings alike."""

from typing import Any

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
