"""What came second: shown beside what stands, kept whole whatever is chosen."""

from typing import Any

from clauses import errors, queries, service
from clauses.forms.answers import revision_in
from clauses.forms.texts import as_text
from clauses.queries import Conflict, Desk
from clauses.render.words import text_changes
from clauses.service.answers import TEXT
from clauses.views.frame import shown, url
from clauses.views.people import Names
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

_TEMPLATE = "clauses/conflict.html"
KEPT_BOTH = _(
    "Quelqu’un a enregistré autre chose pendant que vous écriviez. Les deux textes sont gardés : choisissez."
)


def kept_anyway(request: Any, lost: Conflict) -> Any:
    """Lead to the page of both texts; what lost is committed with this answer."""
    request.flash(KEPT_BOTH, kind="warning")
    return see_other(url(request, "conflict", conflict=lost.id))


@page("clauses.conflicts", permission=Permission.CLAUSE_DRAFT_VIEW, template="clauses/conflicts.html")
def conflicts(request: Any) -> dict[str, Any]:
    """List every text that lost, settled or not: all of them can be read again."""
    draft = request.context.draft
    open_ids = {one.id for one in queries.conflicts(request.db, draft.id)}
    rows = queries.conflicts(request.db, draft.id, settled=True)[::-1]
    named = [(one, name_of(request.context.desk, one), one.id in open_ids) for one in rows]
    return shown(request, "conflicts", rows=named, name=Names(request.db))


@page("clauses.conflict", permission=Permission.CLAUSE_DRAFT_VIEW, template=_TEMPLATE)
def conflict(request: Any) -> dict[str, Any]:
    """Show both texts, their difference, and the three ways to go on."""
    return _shown(request)


@page("clauses.conflict", permission=Permission.CLAUSE_DRAFT_EDIT, template=_TEMPLATE, methods=("POST",))
def settle(request: Any) -> Any:
    """Keep what stands, take what lost, or write a third text."""
    found = _found(request)
    choice = request.POST.get("choice", "")
    try:
        if choice not in {"keep", "take", "merged"}:
            raise errors.reason_missing()
        result = service.settle(
            request.db, request.context.draft.id, found.id,
            service.Settlement(choice == "keep", request.POST.get("merged") if choice == "merged" else None),
            revision=revision_in(request.POST, found.subject), by=request.identity, now=request.now,
        )  # fmt: skip
        _require_settled(result)
    except DomainError as error:
        request.response.status_int = error.status
        sentence = request.translate(error.message, **error.params)
        return _shown(request, [("choice", sentence)], request.POST.get("merged", ""))
    request.flash(_("C’est réglé. L’autre texte reste dans l’historique."))
    return see_other(url(request, "draft"))


def _require_settled(result: service.SaveResult) -> None:
    if result.conflict is not None:
        raise errors.Changed


def name_of(desk: Desk, found: Conflict) -> str:
    """Return the title of what two people wrote at once."""
    library = desk.edition.library
    if found.field == TEXT:
        return library.clauses[found.subject].title if found.subject in library.clauses else found.subject
    return library.facts[found.subject].label.fr if found.subject in library.facts else found.subject


def _found(request: Any) -> Conflict:
    wanted = request.matchdict["conflict"]
    rows = queries.conflicts(request.db, request.context.draft.id, settled=True)
    found = next((one for one in rows if str(one.id) == wanted), None)
    if found is None:
        raise errors.conflict_not_found()
    return found


def _shown(
    request: Any, refused: list[tuple[str, str]] | None = None, merged: str | None = None
) -> dict[str, Any]:
    found = _found(request)
    draft = request.context.draft
    current = _current(request.context.desk, found)
    given = as_text(found.given)
    return shown(
        request, "conflict",
        conflict=found,
        title=name_of(request.context.desk, found),
        is_text=found.field == TEXT,
        current=current,
        revision=service.revision_of(request.db, draft.id, found.subject),
        given=given,
        difference_parts=text_changes(current, given),
        merged=given if merged is None else merged,
        open=any(one.id == found.id for one in queries.conflicts(request.db, draft.id)),
        name=Names(request.db),
        errors=refused or [],
    )  # fmt: skip


def _current(desk: Desk, found: Conflict) -> str:
    """Return what stands now, which may have moved on since the conflict."""
    draft = desk.draft
    if found.field == TEXT:
        library = desk.edition.library.clauses.get(found.subject)
        own = draft.texts.get(found.subject)
        return own if own is not None else (library.body.strip() if library else "")
    kept = draft.answers.get(found.subject)
    return as_text(kept.value if kept else None)
