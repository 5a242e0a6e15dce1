"""Answer programs with JSON and a status of one's own; a view that returns a dict answers 200."""

from typing import Any

from pyramid.response import Response


def json_response(status: int, body: Any, **headers: str) -> Response:
    """Return a JSON answer; names of headers are written with underscores."""
    response = Response(json_body=body, status=status, content_type="application/json", charset="utf-8")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response
