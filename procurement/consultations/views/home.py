"""The first page: search, what closes next, and how a bid stays closed."""

from typing import Any

from procurement.consultations import queries
from procurement.core.permissions import Permission
from procurement.core.web import page

_NEXT = 5


@page("home", permission=Permission.PUBLIC, template="core/home.html")
def home(request: Any) -> dict[str, Any]:
    """Show the first page."""
    deadlines = [
        {
            "title": hit.label,
            "url": hit.url,
            "buyer": hit.data["buyer"],
            "closes_at": hit.due_at,
            "reference": hit.data["reference"],
        }
        for hit in queries.next_deadlines(request.db, request.now, _NEXT)
    ]
    return {"deadlines": deadlines}
