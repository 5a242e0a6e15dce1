"""Who am I, for pages that go on after a session has ended."""

from typing import Any

from pyramid.csrf import get_csrf_token

from procurement.core.permissions import Permission
from procurement.core.web.views import endpoint


@endpoint("accounts.api.session", permission=Permission.ACCOUNT_EDIT, methods=("GET",))
def session(request: Any) -> dict[str, Any]:
    """Say who is signed in and for whom, with a fresh CSRF token; 401 for nobody."""
    who = request.identity
    request.response.headers["Cache-Control"] = "no-store"
    return {
        "csrf_token": get_csrf_token(request),
        "person": who.name,
        "organisation": {
            "id": str(who.organisation_id) if who.organisation_id else None,
            "name": who.organisation_name,
            "kind": who.organisation_kind,
            "siret": who.siret,
        },
        "roles": sorted(who.roles),
    }
