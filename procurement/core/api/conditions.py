"""Conditional requests (RFC 9110, section 13): 304 for what has not changed, 428 and 412 before a change."""

import hashlib
from typing import Any

from pyramid.response import Response

from procurement.core.errors import DomainError
from procurement.core.text import _

#: Methods that change an object which the client has read before.
CHANGES = frozenset({"PATCH", "PUT", "DELETE"})


class PreconditionRequired(DomainError):
    """The client has to say which state it knows."""

    status = 428


class PreconditionFailed(DomainError):
    """The state is not the one that the client knows."""

    status = 412


def tag(*parts: object) -> str:
    """Return an ETag's value (without quotes) for what identifies a state: an id and its revision, a hash."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:32]


def set_tag(request: Any, value: str, *shown: object) -> None:
    """Give the answer the ETag of its state; ``shown`` is what it shows besides, which may change while the state does not."""
    request.response.etag = f"{value}.{tag(*shown)}" if shown else value


def knows(request: Any, value: str) -> bool:
    """Tell whether the client names this state in If-Match, whatever its answer showed besides."""
    named = getattr(request.if_match, "etags", ())
    return value in request.if_match or value in {one.partition(".")[0] for one in named}


def require_header(request: Any, *, always: bool = False) -> None:
    """Refuse a change that does not say which state it starts from (RFC 6585, section 3); ``always`` is for a POST that is one."""
    if (always or request.method in CHANGES) and "If-Match" not in request.headers:
        raise PreconditionRequired(
            "api.precondition_required",
            _(
                "Cette demande modifie un objet : donnez dans l’en-tête If-Match l’ETag de sa dernière lecture. Rien n’a été modifié."
            ),
        )


def require_match(request: Any, value: str, *, always: bool = False) -> None:
    """Refuse a change that starts from another state than ``value``; call it with the row locked."""
    require_header(request, always=always)
    if not knows(request, value):
        raise PreconditionFailed(
            "api.precondition_failed",
            _(
                "Cet objet a changé depuis votre lecture. Rien n’a été modifié : relisez-le, puis recommencez."
            ),
        )


def conclude(request: Any, response: Response) -> Response:
    """Give a read its ETag, and answer 304 without a body when the client has this state already."""
    if request.method not in {"GET", "HEAD"} or response.status_int != 200:  # noqa: PLR2004  # HTTP's own number
        return response
    if response.etag is None and isinstance(response.app_iter, list):
        response.etag = hashlib.sha256(response.body).hexdigest()[:32]
    if response.etag is None or "If-None-Match" not in request.headers:
        return response
    if response.etag not in request.if_none_match:
        return response
    unchanged = Response(status=304)
    unchanged.headers.update(
        {
            name: value
            for name, value in response.headers.items()
            if name not in {"Content-Length", "Content-Type"}
        }
    )
    del unchanged.content_type
    return unchanged
