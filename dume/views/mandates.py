"""Mandates, on the buyer's side: which clients of vendors may act for it, since when, until when."""

from typing import Any

from dume.forms.vendor import SCOPES, MandateForm
from dume.views.portal import id_of, not_found
from procurement.accounts.queries import clients as known
from procurement.accounts.rules import OrganisationKind
from procurement.accounts.service import api_clients
from procurement.core.errors import DomainError, NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.filters import day_in
from procurement.core.web.views import see_other

_MANAGE = Permission.ORGANISATION_EDIT


def _buyer(request: Any) -> str:
    """Return the SIRET of the buyer one acts for; a company gives no mandate."""
    if request.identity.organisation_kind != OrganisationKind.BUYER:
        raise NotFound("client.mandate_not_found", _("Seul un acheteur donne un mandat."))
    siret: str = request.identity.siret
    return siret


@page("dume.mandates", permission=_MANAGE, template="dume/portal_mandates.html")
def mandates(request: Any) -> dict[str, Any]:
    """List the mandates that the buyer gave, withdrawn ones included."""
    rows = known.mandates_by(request.db, _buyer(request))
    return {
        "rows": rows,
        "scopes": SCOPES,
        "today": request.now.date(),
        "day_of": lambda value: day_in(value, request.lang),
    }


@page(
    "dume.mandate_new", permission=_MANAGE, template="dume/portal_mandate_new.html", methods=("GET", "POST")
)
def record(request: Any) -> Any:
    """Record a mandate for a client, by the identifier that its vendor gave."""
    siret = _buyer(request)
    form = MandateForm(request)
    if form.accepted():
        found = known.client_by_public_id(request.db, form.client.data.strip())
        try:
            if found is None or found.revoked_at is not None:
                raise NotFound(
                    "client.unknown",
                    _("Aucun client ne porte cet identifiant. Vérifiez-le avec votre éditeur."),
                )
            api_clients.record_mandate(
                request.db, found.id, form.signed(siret), by=request.identity, now=request.now
            )
        except DomainError as error:
            form.refuse(error, "client")
            request.response.status_int = 422
        else:
            request.flash(_("Le mandat est enregistré pour %(name)s."), name=found.name)
            return see_other(request.route_path("dume.mandates"))
    return {"form": form}


@page("dume.mandate_end", permission=_MANAGE, methods=("POST",))
def end(request: Any) -> Any:
    """Withdraw a mandate: the client acts for this buyer no more."""
    siret, wanted = _buyer(request), id_of(request, "mandate")
    given = next((pair for pair in known.mandates_by(request.db, siret) if pair[1].id == wanted), None)
    if given is None:
        raise not_found()
    api_clients.withdraw_mandate(request.db, given[0].id, given[1].id, by=request.identity, now=request.now)
    request.flash(_("Le mandat est retiré."))
    return see_other(request.route_path("dume.mandates"))
