"""The buyer's list of consultations."""

from typing import Any

from procurement.consultations import queries, rules
from procurement.consultations.rules import State
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page, paging

_SIZE = 50
#: What each state is called, and its colour.
STATES = {
    State.DRAFT: (_("Brouillon"), "todo"),
    State.SCHEDULED: (_("Programmée"), "info"),
    State.OPEN: (_("Ouverte"), "open"),
    State.CLOSED: (_("Close"), "warn"),
    State.ANALYSIS: (_("Plis ouverts"), "run"),
    State.DECIDED: (_("Décidée"), "info"),
    State.COMPLETED: (_("Terminée"), "ok"),
    State.ABANDONED: (_("Abandonnée"), "err"),
    State.ARCHIVED: (_("Archivée"), "info"),
}
_SORTS = ("recent", "deadline", "reference", "title")


@page(
    "consultations.buyer_list",
    permission=Permission.CONSULTATION_VIEW,
    template="consultations/buyer_list.html",
)
def buyer_list(request: Any) -> dict[str, Any]:
    """List the organisation's consultations, drafts included."""
    chosen = request.GET.get("etat", "")
    states = (State(chosen),) if chosen in list(State) else ()
    sort = request.GET.get("tri") if request.GET.get("tri") in _SORTS else "recent"
    number = paging.asked(request)
    organisation = request.identity.organisation_id
    total, rows = queries.buyer_list(
        request.db,
        organisation,
        request.now,
        states=states,
        sort=sort,
        offset=paging.offset(number, size=_SIZE),
        limit=_SIZE,
    )
    kept = [("etat", chosen)] if states else []
    sorted_by = [("tri", sort)] if sort != "recent" else []
    return {
        "rows": rows,
        "counts": queries.state_counts(request.db, organisation, request.now),
        "states": STATES,
        "chosen": chosen if states else "",
        "sort": sort,
        "sort_url": lambda name: paging.address(request, kept, tri=name),
        "paging": paging.Page(number, total, _SIZE),
        "page_url": lambda wanted: paging.address(request, kept + sorted_by, page=str(wanted)),
        "procedure_labels": {item.code: item.label(request.lang) for item in rules.procedures().values()},
    }
