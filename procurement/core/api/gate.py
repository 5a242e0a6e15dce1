"""The gate of API routes, before their object is looked for: rate, version, and the note for the request log."""

import time
from typing import Any

from pyramid.events import BeforeTraversal
from pyramid.response import Response

from procurement.core import rate
from procurement.core.api import log, versions
from procurement.core.security import is_bearer

RATE, PUBLIC_RATE = "api", "api.public"


def arrive(event: Any) -> None:
    """Count the request, choose its version, and arrange that its answer is marked and logged."""
    request = event.request
    if not (is_bearer(request) or _is_public(request)):
        return
    request.api_started = time.perf_counter()
    request.api_version = versions.latest()
    request.add_response_callback(_leave)
    who = request.identified
    if who is not None and who.client_id is not None:
        rate.check(request, RATE, str(who.client_id))
    else:
        rate.check(request, PUBLIC_RATE)
    request.api_version = versions.chosen(request)


def _is_public(request: Any) -> bool:
    route = getattr(request, "matched_route", None)
    return bool(route and route.name in request.registry.get("pli.public_api", ()))


def _leave(request: Any, response: Response) -> None:
    response.headers[versions.HEADER] = request.api_version
    response.headers.setdefault("Vary", "Accept, Accept-Language, Authorization, Pli-Version")
    log.note(request, response)


def includeme(config: Any) -> None:
    """Declare the rates and listen to arrivals."""
    config.add_rate(RATE, "600 per minute")
    config.add_rate(PUBLIC_RATE, "120 per minute")
    config.add_subscriber(arrive, BeforeTraversal)
