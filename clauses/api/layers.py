"""What a buyer's layer makes of the library, and where the library has moved since: read only, by the buyer's mandate.

Adapting is somebody's act: the pages and ``pli clauses layer`` name the person; a program has none to name.
"""

from typing import Any

from clauses import errors, queries
from procurement.accounts import queries as accounts
from procurement.accounts.rules import OrganisationKind
from procurement.accounts.service import api_clients
from procurement.core import ids
from procurement.core.permissions import Permission
from procurement.core.web.views import endpoint

_READ = Permission.API_CLAUSES_READ


@endpoint("clauses.api.overrides", permission=_READ, methods=("GET",))
def overrides(request: Any) -> dict[str, Any]:
    """List the adaptations of a buyer with their state, and word by word what changed above each."""
    siret = ids.siret(request.GET.get("siret", ""))
    assert _READ.scope is not None
    api_clients.require_mandate(
        request.db, request.identity, siret, _READ.scope, now=request.now, always=True
    )
    found = accounts.organisation_by_siret(request.db, siret, OrganisationKind.BUYER)
    layer = queries.layer_of(request.db, found.id) if found else None
    if layer is None:
        raise errors.layer_not_found()
    view = queries.layer_view(request.db, layer.id, on=request.now.date())
    return {**view.as_json(), "items": [one.as_json() for one in view.rows]}
