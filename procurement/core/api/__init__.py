"""What every endpoint for programs shares: bearer tokens, versions, rates, conditions, repeated requests, paging, log.

An endpoint whose permission is a scope (``Permission.API_...``) is one of API clients: it knows bearer tokens alone, no
cookie and so no CSRF. ``@endpoint`` sends it through :mod:`procurement.core.api.door`; ``@contract`` below it says what
it consumes and produces where that is not JSON, and when it goes away::

    @endpoint("dume.api.requests", permission=Permission.API_ACHETEUR_WRITE, methods=("POST",), schema=RequestBody)
    def create(request): ...

Resources of such routes derive from ``ApiResource``; ``conditions``, ``paging`` and ``versions`` are for the views.

Invariants: a client's object is found by that client alone; a kept answer is sealed; the log holds no value.
"""

from typing import Any

from procurement.core.api.conditions import require_match, set_tag, tag
from procurement.core.api.contracts import Contract, Deprecated, contract
from procurement.core.api.paging import Window, page_of, window
from procurement.core.api.resources import ApiResource, client_of

__all__ = [
    "ApiResource",
    "Contract",
    "Deprecated",
    "Window",
    "client_of",
    "contract",
    "page_of",
    "require_match",
    "set_tag",
    "tag",
    "window",
]


def includeme(config: Any) -> None:
    """Register the gate, the request log and its endpoint, and the sweep of what is kept for a while only."""
    config.include("procurement.core.api.gate")
    config.include("procurement.core.api.log")
    config.include("procurement.core.api.sweep")
    config.add_route("core.api.request_log", "/api/v1/request-log", factory=ApiResource)
    config.scan("procurement.core.api.views", categories=("pyramid",))
