"""One clause of a document: its words, their difference to the library's, the reasons in full, remarks."""

import uuid
from typing import Any

from clauses import errors, service
from clauses.forms import DerogationForm, RemarkForm
from clauses.forms.answers import revision_in
from clauses.queries import OwnClause
from clauses.render import html
from clauses.render.words import text_changes
from clauses.rules.model import Lock
from clauses.views.frame import Unsent, chapters, shown, url
from clauses.views.kept import kept_anyway
from clauses.views.people import Names
from clauses.views.why import OUTCOMES, why
from clauses.views.wizard import conflict_response
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import endpoint, page
from procurement.core.web.views import see_other

_VIEW, _EDIT = Permission.CLAUSE_DRAFT_VIEW, Permission.CLAUSE_DRAFT_EDIT
_TEMPLATE = "clauses/clause.html"
LOCKS = {
    Lock.TEXT: _("Texte verrouillé par la bibliothèque : vous pouvez ajouter à la suite, rien d’autre."),
    Lock.PRESENCE: _("La bibliothèque demande que cette clause soit présente. Ses mots peuvent changer."),
    Lock.NONE: "",
}


@page("clauses.clause", permission=_VIEW, template=_TEMPLATE)
def clause(request: Any) -> dict[str, Any]:
    """Show a clause with everything about it."""
    return _shown(request)


@page("clauses.text", permission=_EDIT, template=_TEMPLATE, methods=("POST",))
def save(request: Any) -> Any:
    """Save the words by the button."""
    try:
        result = _save(request)
    except DomainError as error:
        request.response.status_int = error.status
        return _shown(
            request, typed=request.POST.get("body", ""), refused=[("body", _sentence(request, error))]
        )
    if result.conflict is not None:
        return kept_anyway(request, result.conflict)
    request.flash(_("Le texte est enregistré."))
    return see_other(_here(request))


@endpoint("clauses.text_auto", permission=_EDIT, methods=("POST",))
def autosave(request: Any) -> Any:
    """Save the words while they are typed: 412 with both when somebody saved meanwhile."""
    result = _save(request)
    if result.conflict is not None:
        return conflict_response(request, result)
    return {"revision": result.revision, "saved_at": request.now.isoformat()}


@page("clauses.revert", permission=_EDIT, template=_TEMPLATE, methods=("POST",))
def revert(request: Any) -> Any:
    """Go back to the library's words; one's own stay in the history."""
    key = request.matchdict["clause"]
    result = service.save_text(
        request.db, request.context.draft.id, key, None, revision=revision_in(request.POST, key),
        by=request.identity, now=request.now,
    )  # fmt: skip
    if result.conflict is not None:
        return kept_anyway(request, result.conflict)
    request.flash(_("Le texte de la bibliothèque est rétabli. Le vôtre reste dans l’historique."))
    return see_other(_here(request))


@page("clauses.derogation", permission=_EDIT, template=_TEMPLATE, methods=("POST",))
def derogation(request: Any) -> Any:
    """Say whether one's own words depart from the CCAG."""
    form = DerogationForm(request)
    if form.accepted():
        try:
            service.say_derogation(
                request.db, request.context.draft.id, request.matchdict["clause"],
                derogates=form.derogates.data == "oui", article=form.article.data or "", by=request.identity,
                now=request.now,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error, "article")
        else:
            request.flash(_("C’est noté : l’article des dérogations suit."))
            return see_other(_here(request))
    return _shown(request, derogation=form, refused=form.error_list())


@page("clauses.acknowledge", permission=_EDIT, methods=("POST",))
def acknowledge(request: Any) -> Any:
    """Say that one has read a clause no lawyer has validated, and takes it as it is."""
    key = request.matchdict["clause"]
    service.acknowledge(request.db, request.context.draft.id, key, by=request.identity, now=request.now)
    request.flash(_("C’est noté : vous avez lu cette clause et la retenez."))
    return see_other(_back(request))


@page("clauses.remark", permission=_VIEW, template=_TEMPLATE, methods=("POST",))
def remark(request: Any) -> Any:
    """Write a remark."""
    form = RemarkForm(request)
    if form.accepted():
        service.comment(
            request.db, request.context.draft.id, form.remark.data, clause=request.matchdict["clause"],
            by=request.identity, now=request.now,
        )  # fmt: skip
        request.flash(_("La remarque est enregistrée."))
        return see_other(_here(request))
    return _shown(request, remark=form, refused=form.error_list())


@page("clauses.remark_close", permission=_EDIT, methods=("POST",))
def close_remark(request: Any) -> Any:
    """Close a remark."""
    service.resolve_comment(
        request.db, request.context.draft.id, uuid.UUID(request.matchdict["remark"]), by=request.identity,
        now=request.now,
    )  # fmt: skip
    request.flash(_("La remarque est réglée."))
    return see_other(_here(request))


def _save(request: Any) -> service.SaveResult:
    key = request.matchdict["clause"]
    return service.save_text(
        request.db, request.context.draft.id, key, request.POST.get("body", ""),
        revision=revision_in(request.POST, key), by=request.identity, now=request.now,
    )  # fmt: skip


def _sentence(request: Any, error: DomainError) -> str:
    text: str = request.translate(error.message, **error.params)
    return text


def _here(request: Any) -> str:
    return url(request, "clause", clause=request.matchdict["clause"])


def _back(request: Any) -> str:
    """Return to the checks when the button was pressed there."""
    return (
        url(request, "checks", _anchor="non-lues")
        if request.POST.get("retour") == "controles"
        else _here(request)
    )


def _shown(
    request: Any,
    *,
    typed: str | None = None,
    refused: list[tuple[str, str]] | None = None,
    derogation: DerogationForm | None = None,
    remark: RemarkForm | None = None,
) -> dict[str, Any]:
    key, desk = request.matchdict["clause"], request.context.desk
    known, own = desk.edition.library.clauses.get(key), desk.draft.clauses.get(key)
    if known is None and own is None:
        raise errors.clause_not_found(key)
    body = own.body if own and own.body is not None else (known.body.strip() if known else "")
    tree = next((one for one in desk.document.clauses if one.id == key), None)
    reasons = why(desk, key)
    remarks = [one for one in service.comments(request.db, desk.draft.id) if one.clause == key]
    return shown(
        request, "clause",
        key=key,
        clause=known,
        title=known.title if known else (own.local_title or key if own else key),
        own=own,
        revision=revision_in(request.POST, key) if typed is not None else (own.revision if own else 0),
        body=body if typed is None else typed,
        difference_parts=text_changes(known.body.strip(), body) if known and own and own.body is not None else [],
        lock=LOCKS[known.lock] if known else "",
        why=reasons,
        OUTCOMES=OUTCOMES,
        words=html.clause_fragment(tree, level=3, elsewhere=url(request, "preview")) if tree else None,
        number=next((one.number for one in chapters(desk) if key in one.chapter.clauses), None),
        derogation=derogation or _derogation(request, own),
        derogation_asked=own is not None and own.body is not None,
        remarks=remarks,
        remark=remark or RemarkForm(Unsent(request)),
        name=Names(request.db),
        errors=refused or [],
    )  # fmt: skip


def _derogation(request: Any, own: OwnClause | None) -> DerogationForm:
    said = {True: "oui", False: "non"}.get(own.derogates) if own and own.derogates is not None else None
    data = {"derogates": said, "article": own.derogated_article if own else ""}
    return DerogationForm(Unsent(request), data=data)
