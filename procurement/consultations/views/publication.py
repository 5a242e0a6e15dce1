"""Check, preview, publish; then history and withdrawal register."""

from typing import Any

from pyramid.response import Response

from procurement.accounts import queries as accounts
from procurement.consultations import hooks, queries, service
from procurement.consultations.errors import NotReady
from procurement.consultations.rules import State
from procurement.consultations.service.indexing import stamp
from procurement.consultations.views import dumes
from procurement.consultations.views.drafting import task_list
from procurement.consultations.views.public import shown
from procurement.consultations.views.search import csv_response
from procurement.core import journal
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page, paging
from procurement.core.web.views import see_other

_VIEW = Permission.CONSULTATION_VIEW
_LINES = 50
#: Journal action -> what it is called.
ACTIONS = {
    "consultations:consultation:created": _("Brouillon créé"),
    "consultations:consultation:imported": _("Brouillon créé depuis un avis"),
    "consultations:consultation:edited": _("Section modifiée"),
    "consultations:consultation:published": _("Consultation publiée"),
    "consultations:consultation:deadline_extended": _("Date limite reportée"),
    "consultations:consultation:opened": _("Plis ouverts"),
    "consultations:document:added": _("Document ajouté"),
    "consultations:document:labelled": _("Libellé d’un document modifié"),
    "consultations:document:removed": _("Document retiré"),
    "consultations:document:withdrawn": _("Dossier téléchargé"),
}


@page("consultations.check", permission=_VIEW, template="consultations/check.html")
def check(request: Any) -> Any:
    """Show what would be published, and what forbids it."""
    consultation = request.context.consultation
    if consultation.state(request.now) is not State.DRAFT:
        return see_other(request.route_path("consultations.published", reference=consultation.reference))
    reasons = service.refusals(request.db, consultation, now=request.now, hooks=hooks.found(request.registry))
    return _checked(request, reasons)


@page(
    "consultations.publish",
    permission=Permission.CONSULTATION_PUBLISH,
    template="consultations/check.html",
    methods=("POST",),
)
def publish(request: Any) -> Any:
    """Publish, once; a second click leads to the same page."""
    consultation = request.context.consultation
    more = dumes.stored(request, consultation)
    try:
        service.publish(
            request.db,
            consultation.id,
            by=request.identity,
            now=request.now,
            hooks=hooks.found(request.registry),
            more=more,
        )
    except NotReady as error:
        dumes.forget(request, more)
        request.response.status_int = error.status
        return _checked(request, error.refusals)
    return see_other(request.route_path("consultations.published", reference=consultation.reference))


def _checked(request: Any, reasons: Any) -> dict[str, Any]:
    consultation = request.context.consultation
    documents = queries.documents(request.db, consultation.id)
    return {
        **shown(request, consultation, documents),
        "tasks": task_list(request),
        "reasons": reasons,
        "may_publish": bool(request.has_permission(Permission.CONSULTATION_PUBLISH)),
    }


@page("consultations.preview", permission=_VIEW, template="consultations/show.html")
def preview(request: Any) -> dict[str, Any]:
    """Show the public page as it would be."""
    consultation = request.context.consultation
    documents = queries.documents(request.db, consultation.id)
    return {**shown(request, consultation, documents), "preview": True}


@page("consultations.published", permission=_VIEW, template="consultations/published.html")
def published(request: Any) -> Any:
    """Confirm the publication: reference, instant, what comes next."""
    consultation = request.context.consultation
    if consultation.published_at is None:
        return see_other(request.route_path("consultations.check", reference=consultation.reference))
    return {"consultation": consultation}


@page("consultations.history", permission=_VIEW, template="consultations/history.html")
def history(request: Any) -> dict[str, Any]:
    """Show what the journal holds on this consultation (annexe 7: history of events)."""
    consultation = request.context.consultation
    entries = journal.history(request.db, consultation.id)
    actors = {entry.actor_id for entry in entries if entry.actor_id is not None}
    people = {key: accounts.person(request.db, key) for key in actors}
    rows = [
        {
            "at": entry.at,
            "what": request.translate(ACTIONS[entry.action]) if entry.action in ACTIONS else entry.action,
            "who": person.name if entry.actor_id and (person := people[entry.actor_id]) else "",
            "detail": ", ".join(str(value) for key, value in entry.data.items() if key in _TOLD and value),
            "number": entry.number,
        }
        for entry in entries
        if entry.action in ACTIONS
    ]
    return {"consultation": consultation, "rows": rows}


#: Members of a journal entry that mean something to a reader.
_TOLD = ("title", "section", "lot", "path", "label", "reference", "closes_at", "before", "after")


@page("consultations.register", permission=Permission.REGISTER_VIEW, template="consultations/register.html")
def register(request: Any) -> dict[str, Any]:
    """Show who took the tender documents."""
    consultation = request.context.consultation
    number = paging.asked(request)
    first = paging.offset(number, size=_LINES)
    total, lines = queries.withdrawals(request.db, consultation.id, offset=first, limit=_LINES)
    return {
        "consultation": consultation,
        "lines": lines,
        "paging": paging.Page(number, total, _LINES),
        "page_url": lambda wanted: paging.address(request, [], page=str(wanted)),
    }


@page("consultations.register_csv", permission=Permission.REGISTER_VIEW)
def register_csv(request: Any) -> Response:
    """Give the withdrawal register as a table."""
    consultation = request.context.consultation
    _total, lines = queries.withdrawals(request.db, consultation.id)
    head = [_("Date et heure (UTC)"), _("Terminé"), _("Version"), _("Document")]
    head += [_("Entreprise"), _("Nom"), _("Adresse électronique")]
    table = [[request.translate(text) for text in head]]
    anonymous = request.translate(_("anonyme"))
    for line in lines:
        who = anonymous if line.anonymous else line.organisation_name
        ended = stamp(line.completed_at) or ""
        table.append([stamp(line.at) or "", ended, str(line.version), line.what, who, line.name, line.email])
    return csv_response(table, f"retraits-{consultation.reference}.csv")
