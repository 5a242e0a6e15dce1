"""The request log of a client, as it reads it."""

from datetime import UTC, datetime
from typing import Any

from procurement.core import services
from procurement.core.api import log
from procurement.core.api.models import LoggedRequest
from procurement.core.api.paging import next_cursor, page_of, window
from procurement.core.api.resources import client_of
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import endpoint


@endpoint("core.api.request_log", permission=Permission.API_LOG_READ, methods=("GET",))
def request_log(request: Any) -> dict[str, Any]:
    """List the client's own requests, newest first."""
    services.get(request, log.Buffer).flush()
    asked = window(request)
    rows = log.read(
        request.db, client_of(request), _wanted(request), before=asked.after_id, limit=asked.fetch
    )
    shown = page_of(request, rows, asked, place=lambda row: row.id)
    return {
        "items": [_shown(row) for row in shown],
        "next_cursor": next_cursor(rows, asked, place=lambda row: row.id),
    }


def _wanted(request: Any) -> log.Wanted:
    status = request.GET.get("status")
    if status is not None and not (status.isascii() and status.isdigit() and len(status) == 3):  # noqa: PLR2004  # digits
        raise _refused("status")
    return log.Wanted(
        since=_instant(request, "since"),
        until=_instant(request, "until"),
        status=int(status) if status else None,
        path=request.GET.get("path"),
    )


def _instant(request: Any, name: str) -> datetime | None:
    text = request.GET.get(name)
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise _refused(name)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused(name) from None


def _refused(name: str) -> Invalid:
    message = _(
        "Ce filtre n’a pas la forme attendue : un statut de trois chiffres, un instant avec son fuseau."
    )
    return Invalid("api.filter_invalid", message, errors=(FieldError(name, "api.filter_invalid", message),))


def _shown(row: LoggedRequest) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "at": row.at.isoformat(),
        "method": row.method,
        "path": row.path,
        "status": row.status,
        "code": row.code,
        "milliseconds": row.milliseconds,
        "request_id": row.request_id,
        "version": row.version,
        "user_agent": row.user_agent,
        "request": row.request,
        "response": row.response,
    }
