"""The workstation test (annexe 7, article 1-II): time and an upload that is thrown away; no account, nothing kept."""

from typing import Any

from pyramid.response import Response

from procurement.bids.errors import LengthRequired
from procurement.core import rate, services
from procurement.core.api.answers import json_response
from procurement.core.clock import Clock
from procurement.core.errors import TooLarge
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import endpoint
from signing.strict import instant_text

#: What the test sends to measure the line.
MOST = 10 << 20
_PIECE = 1 << 18


def _now(request: Any) -> str:
    clock: Clock = services.get(request, Clock)
    return instant_text(clock.now())


@endpoint("bids.api.clock", permission=Permission.PUBLIC, methods=("GET",))
def tell_time(request: Any) -> Response:
    """Give the server's time, by which lateness is judged."""
    return json_response(200, {"now": _now(request)}, Cache_Control="no-store")


@endpoint("bids.api.workstation_time", permission=Permission.PUBLIC, methods=("GET",))
def server_time(request: Any) -> Response:
    """Give the server's time to the workstation test."""
    return json_response(200, {"server_time": _now(request)}, Cache_Control="no-store")


@endpoint(
    "bids.api.workstation_upload",
    permission=Permission.PUBLIC,
    methods=("POST",),
    csrf=False,
    transaction=False,
    most=None,
)
def swallow(request: Any) -> Response:
    """Read at most 10 MiB and forget them."""
    rate.check(request, "bids.workstation")
    if request.content_length is None:
        raise LengthRequired(
            "bid.length_required", _("La taille de l’envoi n’est pas annoncée. Rien n’a été gardé.")
        )
    if request.content_length > MOST:
        raise TooLarge(
            "bid.workstation_too_large",
            _("L’essai du poste n’envoie pas plus de 10 Mio. Rien n’a été gardé."),
        )
    body, taken = request.body_file, 0
    while piece := body.read(_PIECE):
        taken += len(piece)
    return json_response(200, {"bytes": taken}, Cache_Control="no-store")
