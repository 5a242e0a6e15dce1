"""The company's own space: its responses, a new one for a published request, an earlier one taken over."""

from typing import Any

from dume import errors, queries, service
from dume.espd.model import Kind, Role
from dume.queries import Filter, Slot
from dume.rules import Status
from dume.service import ResponseDraft
from dume.service.owners import owner_of
from dume.views.doors import OWN, Door, vault_of
from procurement.accounts.rules import OrganisationKind
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

_SIZE = 50
#: What each status is called, and its colour.
STATUSES = {
    Status.DRAFT: (_("Brouillon"), "todo"),
    Status.VALID: (_("Validé"), "ok"),
    Status.PUBLISHED: (_("Joint à un pli"), "ok"),
    Status.REPLACED: (_("Remplacé"), "info"),
    Status.DELETED: (_("Supprimé"), "info"),
}
_ROLES = {
    Role.SOLE: _("Vous répondez seul"),
    Role.LEAD: _("Vous êtes mandataire d’un groupement"),
    Role.MEMBER: _("Vous êtes membre d’un groupement"),
    Role.RELIED_UPON: _("Une autre entreprise s’appuie sur vos capacités"),
    Role.SUBCONTRACTOR: _("Vous êtes sous-traitant"),
}


@page("dume.own_list", permission=Permission.DUME_VIEW, template="dume/own_list.html")
def own_list(request: Any) -> dict[str, Any]:
    """List the responses of the company one acts for."""
    rows = _responses(request)
    return {
        "rows": [
            {"row": one, "status": STATUSES[queries.status_of(one)], "door": Door(request, OWN, one.id_dume)}
            for one in rows
        ]
    }


def _responses(request: Any) -> list[Any]:
    whose = Slot(organisation_id=request.identity.organisation_id)
    return queries.search(request.db, whose, Filter(kind=Kind.RESPONSE), limit=_SIZE)


@page(
    "dume.own_start", permission=Permission.DUME_EDIT, template="dume/own_start.html", methods=("GET", "POST")
)
def own_start(request: Any) -> Any:
    """Begin a response to a published request, alone or in a role, with the answers of an earlier one if wanted."""
    asked = request.context.dume
    if request.identity.organisation_kind != OrganisationKind.COMPANY:
        raise errors.company_only()
    what = queries.document(request.db, vault_of(request), asked)
    earlier = [one for one in _responses(request) if queries.status_of(one) is not Status.DELETED]
    found: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            return _start(request, asked, earlier)
        except DomainError as error:
            found.append(("contenu", request.translate(error.message, **error.params)))
            request.response.status_int = error.status
    return {"asked": asked, "what": what, "earlier": earlier, "roles": _ROLES, "errors": found}


def _start(request: Any, asked: Any, earlier: list[Any]) -> Any:
    said = request.POST.get("role", Role.SOLE)
    chosen = request.POST.get("reprendre", "")
    reuse = next((one for one in earlier if one.id_dume == chosen), None)
    draft = ResponseDraft(
        role=Role(said) if said in set(_ROLES) else Role.SOLE,
        request=asked,
        lots=tuple(request.POST.getall("lots")),
        reuse=reuse,
    )
    row = service.create_response(
        request.db,
        vault_of(request),
        draft,
        owner=owner_of(request.identity),
        by=request.identity,
        now=request.now,
    )
    door = Door(request, OWN, row.id_dume)
    return see_other(door.url("changes" if reuse is not None else "siret"))
