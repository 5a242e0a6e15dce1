"""What stands behind a door at first: the task list of a response, or what a request asks; and the beginning and end of a hand-over."""

from typing import Any

from dume import queries, service
from dume.espd.model import Document
from dume.espd.taxonomy import taxonomy
from dume.forms.asking import chosen, criteria_lines
from dume.rendering import sections
from dume.routes import cookie_name
from dume.rules import Kind
from dume.views.doors import Door, door_of, read, shown, vault_of
from dume.views.tools import begin_response
from procurement.core import rate, services
from procurement.core.errors import Invalid
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

_TEMPLATES = "procurement.templates:dume/"
#: The sections of the request's criteria, by their tags.
SECTIONS = (
    (_("Motifs d’exclusion"), "exclusion"),
    (_("Critères de sélection"), "selection"),
    (_("Autres questions"), "other"),
)


@page("dume.home", permission=Permission.DUME_VIEW, template="dume/home.html")
def home(request: Any) -> Any:
    """Show the task list of a response, or what a request asks; or what a hand-over is about, before it begins."""
    door = door_of(request)
    if door.handed_over and not request.context.begun:
        request.override_renderer = f"{_TEMPLATES}handover.html"
        return {"door": door, "handover": request.context.handover, "row": request.context.handover.dume}
    what = read(request)
    if door.dume.kind is Kind.REQUEST:
        request.override_renderer = f"{_TEMPLATES}draft_request.html"
    return shown(
        request,
        what,
        here="home",
        what_sections=sections(what, request.lang) if door.dume.kind is Kind.REQUEST else (),
        newer=queries.newer_request(door.dume) if door.dume.kind is Kind.RESPONSE else None,
        asked_sources=bool(queries.prefill(request.db, door.dume)),
        imported=queries.report(request.db, vault_of(request), door.dume, 1) is not None,
    )


@page("dume.begin", permission=Permission.PUBLIC, methods=("POST",))
def begin(request: Any) -> Any:
    """Take a hand-over up: from now on it is open in this browser only."""
    door = door_of(request)
    begun = service.begin_handover(request.db, door.key, now=request.now)
    answer = see_other(door.url())
    settings: Settings = services.get(request, Settings)
    answer.set_cookie(
        cookie_name(door.key), begun.secret, path=f"/{door.name}/{door.key}", httponly=True, samesite="Lax",
        secure=settings.base_url.startswith("https://"),
    )  # fmt: skip
    return answer


@page("dume.end", permission=Permission.DUME_EDIT, template="dume/handover_done.html", methods=("POST",))
def end(request: Any) -> Any:
    """End a hand-over whose DUME is validated: the link is dead, the way back is shown."""
    door = door_of(request)
    if not door.handed_over:
        return see_other(door.url())
    row = door.dume
    back = service.complete_handover(request.db, request.context.handover, now=request.now)
    return {"row": row, "back": back}


@page(
    "dume.criteria", permission=Permission.DUME_EDIT, template="dume/criteria.html", methods=("GET", "POST")
)
def criteria(request: Any) -> Any:
    """Choose the criteria of a request, their lots and their thresholds."""
    door = door_of(request)
    what = read(request)
    if request.method == "GET":
        return _criteria(request, what, {})
    found, refused = chosen(what, request.POST, request.translate)
    if not refused:
        try:
            service.choose_criteria(
                request.db, vault_of(request), door.dume, found, by=door.by, now=request.now
            )
        except Invalid as error:
            refused = {"contenu": request.translate(error.message, **error.params)}
        else:
            request.flash(_("Les critères sont enregistrés."))
            return see_other(door.url())
    request.response.status_int = 422
    return _criteria(request, what, refused)


def _criteria(request: Any, what: Document, refused: dict[str, str]) -> dict[str, Any]:
    posted = request.POST if request.method == "POST" else None
    rows = criteria_lines(what, request.lang, posted=posted, errors=refused)
    by_kind = _by_kind(rows)
    sections = [(title, by_kind[kind]) for title, kind in SECTIONS]
    found = [(f"s-{name.replace('|', '-').replace('/', '-')}", said) for name, said in refused.items()]
    return shown(request, what, here="criteria", sections=sections, errors=found)


def _by_kind(rows: list[Any]) -> dict[str, list[Any]]:
    kinds: dict[str, list[Any]] = {kind: [] for _title, kind in SECTIONS}
    for one in rows:
        kinds[taxonomy().by_code[one.code].kind].append(one)
    return kinds


@page("dume.respond_here", permission=Permission.DUME_EDIT, methods=("POST",))
def respond_here(request: Any) -> Any:
    """Begin a response to the request that stands behind this door, behind a link of its own."""
    door = door_of(request)
    rate.check(request, "dume.tools")
    content, _digest = queries.xml(request.db, vault_of(request), door.dume)
    row, secret = begin_response(request, content)
    service.linked(request.db, row, secret, now=request.now)
    return see_other(Door(request, "dume/brouillon", secret).url("siret"))
