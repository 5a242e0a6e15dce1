"""The company of a response: its SIRET, what the sources say of it, live, and what it says of itself."""

from datetime import datetime
from typing import Any

from dume import forms, queries, service
from dume.espd.model import EconomicOperator
from dume.forms.company import CompanyForm, SiretForm
from dume.queries import SourceView
from dume.registry.sources import SOURCES
from dume.rules import SourceStatus
from dume.service.operator import proposed_operator
from dume.views.doors import Door, door_of, read, shown, vault_of
from procurement.accounts.registry import CompanyRegistry
from procurement.core import ids, services
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import endpoint, page
from procurement.core.web.filters import day_in, instant_in
from procurement.core.web.views import see_other

#: What each status of a source is called, its colour, and what it means for the company.
STATUSES = {
    SourceStatus.PENDING: (_("En cours"), "run", _("La réponse s’affiche ici dès qu’elle arrive.")),
    SourceStatus.OBTAINED: (_("Réponse reçue"), "ok", ""),
    SourceStatus.NOT_FOUND: (
        _("Rien trouvé"),
        "info",
        _(
            "Rien pour ce SIRET, ou pas encore. Cela ne dit rien de votre entreprise et l’acheteur ne le voit pas."
        ),
    ),
    SourceStatus.NO_RIGHT: (
        _("Pas d’accès"),
        "info",
        _("Cette source ne répond pas ici. Répondez vous-même."),
    ),
    SourceStatus.LEGAL_BLOCK: (
        _("Non communiqué"),
        "info",
        _("La loi retient cette information. Répondez vous-même."),
    ),
    SourceStatus.UNAVAILABLE: (
        _("Source en panne"),
        "warn",
        _("Réessayez plus tard, ou répondez vous-même."),
    ),
    SourceStatus.TIMEOUT: (
        _("Pas de réponse à temps"),
        "warn",
        _("Réessayez plus tard, ou répondez vous-même."),
    ),
    SourceStatus.BAD_PARAMETER: (_("Sans objet"), "info", _("Cette source ne concerne pas ce SIRET.")),
    SourceStatus.SKIPPED: (_("Non demandé"), "info", ""),
}


@page("dume.company", permission=Permission.DUME_EDIT, template="dume/company.html", methods=("GET", "POST"))
def company(request: Any) -> Any:
    """Say who answers, and for which lots."""
    what, door = read(request), door_of(request)
    operator = what.economic_operator or EconomicOperator(role=door.dume.role)
    form = CompanyForm(request, operator, _lots(request, door), list(door.dume.lots))
    if form.accepted():
        edits = service.ResponseEdits(
            operator=form.operator(operator), lots=tuple(form.lots.data or ()) if "lots" in form else None
        )
        try:
            service.edit_response(
                request.db, vault_of(request), door.dume, edits, by=door.by, now=request.now
            )
        except DomainError as error:
            form.refuse(error)
        else:
            request.flash(_("C’est enregistré. Vous pouvez continuer plus tard."))
            return see_other(door.url())
    waiting = [
        {
            "name": forms.Scope(one.place.property, one.place.occurrence).name,
            "label": forms.operator_label(one.place.property, request.lang),
            "value": forms.said(one.value, one.place.property, request.lang),
            "badge": forms.badge(one.provenance, request.lang)[0],
        }
        for one in proposed_operator(request.db, vault_of(request), door.dume)
    ]
    return shown(
        request, what, here="company", form=form, waiting=waiting, siret_form=SiretForm(request),
        edition=door.dume.edition, entity=_entity(request, door),
    )  # fmt: skip


def _lots(request: Any, door: Door) -> Any:
    """Return the lots of the request answered: those not tendered for as well."""
    asked = door.dume.request
    what = read(request) if asked is None else queries.document(request.db, vault_of(request), asked)
    return what.lots


def _entity(request: Any, door: Door) -> Any:
    """Return what the directory knows of the SIRET, to be recognised by who typed it."""
    return services.get(request, CompanyRegistry).find(door.dume.siret) if door.dume.siret else None


@page("dume.siret", permission=Permission.DUME_EDIT, template="dume/siret.html", methods=("GET", "POST"))
def siret(request: Any) -> Any:
    """Take the SIRET and ask the sources; the form opens meanwhile."""
    what, door = read(request), door_of(request)
    start = {"siret": door.dume.siret or (request.identity.siret if door.own else "")}
    form = SiretForm(request, data=start)
    if form.accepted():
        try:
            door.count()
            number = ids.siret(form.siret.data)
            service.name_company(
                request.db, vault_of(request), door.dume, number, by=door.by, now=request.now
            )
        except DomainError as error:
            form.refuse(error, "siret")
        else:
            _ask_sources(request, door)
            return see_other(door.url("sources"))
    return shown(request, what, here="sources", form=form)


def _ask_sources(request: Any, door: Door) -> None:
    """Launch the prefilling; what prevents it is said, and prevents nothing else."""
    level = door.level
    recipient = door.dume.buyer_siret if level > 1 else ""
    try:
        service.start_prefill(
            request.db, door.dume, level=level, recipient=recipient, by=door.by, now=request.now
        )
    except DomainError as error:
        request.flash(request.translate(error.message, **error.params), kind="warning")


@page("dume.sources", permission=Permission.DUME_VIEW, template="dume/sources.html")
def sources(request: Any) -> dict[str, Any]:
    """Show where each source stands; a script asks again while some have not answered."""
    what, door = read(request), door_of(request)
    found, pending = _progress(request, door)
    return shown(request, what, here="sources", sources=found, pending=pending, entity=_entity(request, door))


@endpoint("dume.sources_json", permission=Permission.DUME_VIEW, methods=("GET",))
def sources_json(request: Any) -> dict[str, Any]:
    """Return where each source stands, as the page says it."""
    found, pending = _progress(request, door_of(request))
    return {"pending": pending, "sources": found}


def _progress(request: Any, door: Door) -> tuple[list[dict[str, Any]], int]:
    """Return the sources and how many are still awaited: at least one until what they say is proposed."""
    found = [_source(request, one) for one in queries.prefill(request.db, door.dume)]
    pending = sum(one["pending"] for one in found)
    return found, pending or int(service.prefill_underway(request.db, door.dume))


def _source(request: Any, one: SourceView) -> dict[str, Any]:
    word, kind, more = STATUSES[one.status]
    known = SOURCES.get(one.source)
    return {
        "source": one.source,
        "title": request.translate(known.title) if known is not None else one.source,
        "status": str(one.status),
        "pending": one.status is SourceStatus.PENDING,
        "word": request.translate(word),
        "kind": kind,
        "more": request.translate(more) if more else _dates(request, one),
    }


def _dates(request: Any, one: SourceView) -> str:
    """Return from when what a source said is, and until when it holds."""
    said = []
    if one.as_of:
        said.append(request.translate(_("Données du %(day)s."), day=_day(one.as_of, request.lang)))
    elif one.obtained_at:
        when = instant_in(one.obtained_at, request.lang)
        said.append(request.translate(_("Reçu le %(instant)s."), instant=when))
    if one.valid_until:
        said.append(
            request.translate(_("Valable jusqu’au %(day)s."), day=_day(one.valid_until, request.lang))
        )
    return " ".join(said)


def _day(text: str, lang: str) -> str:
    return day_in(datetime.fromisoformat(text).date(), lang)
