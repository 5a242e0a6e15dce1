"""Walk-throughs: a few steps on real pages, each with what must be so afterwards; resumed where one stopped."""

import uuid
from typing import Any

from clauses import errors, queries
from clauses.queries import DraftView
from clauses.queries.editions import edition
from clauses.queries.progress import steps_done
from clauses.queries.releases import in_force
from clauses.routes import consultations_in_view
from clauses.rules.model import Step, Walkthrough
from clauses.rules.states import DraftState
from clauses.service.progress import reach
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

_VIEW = Permission.CLAUSE_DRAFT_VIEW
_TEMPLATE = "clauses/walkthrough.html"
#: Longest number of a step that is read.
_DIGITS = 6


@page("clauses.walkthroughs", permission=_VIEW, template="clauses/walkthroughs.html")
def walkthroughs(request: Any) -> dict[str, Any]:
    """List the walk-throughs with how far one is in each."""
    return {
        "rows": list(_every(request).values()),
        "done": steps_done(request.db, request.identity.person_id),
    }


@page("clauses.walkthrough", permission=_VIEW, template=_TEMPLATE)
def walkthrough(request: Any) -> dict[str, Any]:
    """Show the steps, each with the door to its page."""
    return _shown(request)


@page("clauses.walkthrough", permission=_VIEW, template=_TEMPLATE, methods=("POST",))
def advance(request: Any) -> Any:
    """Note a step done, or begin anew; lead to the next page when the person was on one."""
    found = _found(request)
    text = request.POST.get("etape", "")
    step = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else -1
    if not 0 <= step <= len(found.steps):
        raise errors.walkthrough_step()
    reach(request.db, request.identity.person_id, found.id, step, now=request.now)
    here = request.route_path("clauses.walkthrough", walkthrough=found.id)
    if step == len(found.steps):
        request.flash(_("Parcours terminé. Vous pouvez le reprendre quand vous voulez."))
        return see_other(here)
    if request.POST.get("suite") != "page":
        return see_other(here)
    following = address(request, found, step, _draft(request, request.POST.get("document", "")))
    return see_other(following or here)


def _every(request: Any) -> dict[str, Walkthrough]:
    latest = in_force(request.db, request.now.date(), request.identity.organisation_id)
    return dict(edition(request.db, latest.id).library.walkthroughs) if latest else {}


def _found(request: Any) -> Walkthrough:
    found = _every(request).get(request.matchdict["walkthrough"])
    if found is None:
        raise errors.walkthrough_not_found()
    return found


def _shown(request: Any) -> dict[str, Any]:
    found, draft = _found(request), _draft(request)
    done = steps_done(request.db, request.identity.person_id).get(found.id, 0)
    steps = [(number, one, address(request, found, number, draft)) for number, one in enumerate(found.steps)]
    return {"walkthrough": found, "steps": steps, "done": min(done, len(found.steps)), "draft": draft}


def _draft(request: Any, wanted: str = "") -> DraftView | None:
    """Return the document to walk through: the one in hand, else the organisation's latest that is being written."""
    _total, rows = queries.of_organisation(
        request.db, request.identity.organisation_id, within=consultations_in_view(request), limit=50
    )
    written = [one for one in rows if one.state is DraftState.WRITING]
    return next((one for one in rows if str(one.id) == wanted), written[0] if written else None)


def address(request: Any, found: Walkthrough, number: int, draft: DraftView | None) -> str | None:
    """Return the page of a step, at its anchor; None while there is no document to show it on."""
    step: Step = found.steps[number]
    ids: dict[str, uuid.UUID | int | None] = {}
    if draft is None:
        return request.route_path("clauses.home") if step.page == "clauses.drafts" else None
    if step.page == "clauses.drafts":
        ids["consultation"] = draft.consultation_id
    else:
        ids["draft"] = draft.id
    if step.page == "clauses.chapter":
        ids["chapter"] = _chapter(request, draft, step)
    if None in ids.values():
        return request.route_path("clauses.home") if step.page == "clauses.drafts" else None
    made: str = request.route_path(
        step.page, _anchor=step.anchor, _query={"parcours": found.id, "etape": number}, **ids
    )
    return made


def _chapter(request: Any, draft: DraftView, step: Step) -> int:
    """Return the chapter in which the question of the step's anchor stands, the first when it is no question."""
    library = edition(request.db, draft.release_id).library
    if step.anchor not in library.facts or draft.canvas not in library.canvases:
        return 1
    for number, chapter in enumerate(library.canvases[draft.canvas].chapters, start=1):
        if any(step.anchor in library.clauses[key].variables for key in chapter.clauses):
            return number
    return 1
