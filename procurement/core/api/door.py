"""What a request of the API goes through on its way to the view and back."""

from collections.abc import Callable
from email.utils import format_datetime
from typing import Any

from pyramid.httpexceptions import HTTPNotAcceptable, HTTPUnsupportedMediaType
from pyramid.renderers import render_to_response
from pyramid.response import Response

from procurement.core.api import conditions, idempotency
from procurement.core.api.contracts import Contract, Deprecated


def enter(request: Any, terms: Contract) -> None:
    """Refuse what the endpoint neither gives (406) nor takes (415), and a change without its condition (428)."""
    if not request.accept.acceptable_offers(list(terms.produces)):
        raise HTTPNotAcceptable
    if _has_body(request) and request.content_type not in terms.consumes:
        raise HTTPUnsupportedMediaType
    if terms.conditional:
        conditions.require_header(request)


def answer(request: Any, terms: Contract, run: Callable[[], Any]) -> Response:
    """Run the view (once per idempotency key) and finish its answer."""

    def rendered() -> Response:
        value = run()
        if isinstance(value, Response):
            return value
        return render_to_response("json", value, request=request, response=request.response)

    repeatable = request.method == "POST" and terms.idempotent and request.identity is not None
    response = idempotency.once(request, rendered) if repeatable else rendered()
    if terms.deprecated is not None:
        announce_end(response, terms.deprecated)
    return conditions.conclude(request, response)


def announce_end(response: Response, deprecated: Deprecated) -> None:
    """Say that the endpoint goes away (RFC 9745, RFC 8594)."""
    response.headers["Deprecation"] = f"@{int(deprecated.since.timestamp())}"
    response.headers["Sunset"] = format_datetime(deprecated.sunset, usegmt=True)
    links = [response.headers["Link"]] if "Link" in response.headers else []
    response.headers["Link"] = ", ".join([*links, f'<{deprecated.link}>; rel="deprecation"'])


def _has_body(request: Any) -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers
