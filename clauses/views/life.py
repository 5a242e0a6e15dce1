"""Checks, submission, return, validation; what the consultation says now; the reference date."""

from dataclasses import replace
from typing import Any

from clauses import hooks, queries, service
from clauses.errors import NotReady
from clauses.forms import DateForm, ReasonForm
from clauses.queries import Desk
from clauses.render import html
from clauses.rules.facts import format_value, parse_value
from clauses.rules.readiness import Refusal
from clauses.rules.states import DraftState, Move
from clauses.views.frame import Unsent, chapters, may, shown, url
from clauses.views.people import Names
from clauses.views.usual import standing
from procurement.core import services
from procurement.core.errors import DomainError, Forbidden, Invalid
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.filters import day_in
from procurement.core.web.views import see_other

_VIEW, _EDIT = Permission.CLAUSE_DRAFT_VIEW, Permission.CLAUSE_DRAFT_EDIT
_VALIDATE = Permission.CLAUSE_DRAFT_VALIDATE
_TEMPLATE = "clauses/checks.html"
_FACTS = "clauses/facts.html"
#: What is shown by chapter, or with its own button, rather than line by line.
_GROUPED = frozenset({"clauses.not_acknowledged", "clauses.unknown_clause"})
#: Where each refusal is put right: the kind of its subject.
_OF_A_CLAUSE = frozenset(
    {"clauses.derogation_unanswered", "clauses.not_acknowledged", "clauses.unknown_clause"}
)


@page("clauses.checks", permission=_VIEW, template=_TEMPLATE)
def checks(request: Any) -> dict[str, Any]:
    """Show what stands between the document and its validation, and who may do what."""
    return _shown(request)


@page("clauses.submit", permission=_EDIT, template=_TEMPLATE, methods=("POST",))
def submit(request: Any) -> Any:
    """Hand the document over for validation."""
    try:
        service.submit(request.db, request.context.draft.id, by=request.identity, now=request.now)
    except NotReady as error:
        request.response.status_int = error.status
        return _shown(request)
    request.flash(_("Le document est transmis pour validation."))
    return see_other(url(request, "checks"))


@page("clauses.return", permission=_VALIDATE, template=_TEMPLATE, methods=("POST",))
def give_back(request: Any) -> Any:
    """Give the document back to be written further."""
    form = ReasonForm(request)
    if form.accepted():
        service.return_(
            request.db, request.context.draft.id, form.reason.data, by=request.identity, now=request.now
        )
        request.flash(_("Le document est rendu à la rédaction, avec votre motif."))
        return see_other(url(request, "draft"))
    return _shown(request, form)


@page("clauses.validate", permission=_VALIDATE, template=_TEMPLATE, methods=("POST",))
def validate(request: Any) -> Any:
    """Accept the document."""
    settings: Settings = services.get(request, Settings)
    try:
        service.validate(
            request.db, request.context.draft.id, four_eyes=settings.clauses_four_eyes, by=request.identity,
            now=request.now,
        )  # fmt: skip
    except (NotReady, Forbidden) as error:
        request.response.status_int = error.status
        return _shown(request, refusal=request.translate(error.message, **error.params))
    request.flash(_("Le document est validé. Il peut être joint au dossier."))
    return see_other(url(request, "draft"))


def _shown(request: Any, form: ReasonForm | None = None, refusal: str = "") -> dict[str, Any]:
    draft, desk = request.context.draft, request.context.desk
    settings: Settings = services.get(request, Settings)
    wrote = request.identity.person_id in queries.writers(request.db, draft.id)
    found = desk.refusals() if draft.state in {DraftState.WRITING, DraftState.SUBMITTED} else []
    unread = [one.subject for one in found if one.code == "clauses.not_acknowledged"]
    return shown(
        request, "checks",
        refusals=[(_named(desk, one), where(request, one)) for one in found if one.code not in _GROUPED],
        undecided=[one for one in chapters(desk) if one.unknown] if found else [],
        unread=unread,
        words=_words(request, unread),
        usual=standing(request, desk),
        form=form or ReasonForm(Unsent(request)),
        refusal=refusal,
        may_submit=may(request, draft, Move.SUBMIT),
        may_return=may(request, draft, Move.RETURN),
        may_validate=may(request, draft, Move.VALIDATE),
        own=wrote and settings.clauses_four_eyes,
        name=Names(request.db),
        errors=form.error_list() if form else [],
    )  # fmt: skip


def _words(request: Any, keys: list[str]) -> dict[str, Any]:
    """Return the words of clauses as they stand in the document, to be read before they are taken."""
    trees = {one.id: one for one in request.context.desk.document.clauses}
    elsewhere = url(request, "preview")
    return {
        key: html.clause_fragment(trees[key], level=3, elsewhere=elsewhere) if key in trees else None
        for key in keys
    }


def _named(desk: Desk, one: Refusal) -> Refusal:
    """Name a clause by its title: people do not know its id."""
    known = desk.edition.library.clauses.get(one.subject)
    return (
        replace(one, params={**one.params, "clause": known.title})
        if known and "clause" in one.params
        else one
    )


def where(request: Any, one: Refusal) -> str:
    """Return the page on which a refusal is put right."""
    if one.code == "clauses.open_conflict":
        return url(request, "conflicts")
    desk = request.context.desk
    if one.code in _OF_A_CLAUSE and one.subject in desk.edition.library.clauses:
        return url(request, "clause", clause=one.subject)
    asked = next((q for q in desk.questions if q.fact == one.subject), None)
    clauses = asked.clauses if asked else tuple(
        key for key, found in desk.included.items() if one.subject in found.variables
    )  # fmt: skip
    for number, chapter in enumerate(desk.canvas.chapters, start=1):
        if set(clauses) & set(chapter.clauses):
            return url(request, "chapter", chapter=number, _anchor=one.subject)
    return url(request, "draft")


@page("clauses.facts", permission=_VIEW, template=_FACTS)
def facts(request: Any) -> dict[str, Any]:
    """Show what the consultation says now that the document does not: which clauses would enter and leave."""
    return _facts_shown(request, _date_form(request))


@page("clauses.facts", permission=_EDIT, methods=("POST",))
def apply(request: Any) -> Any:
    """Take over what the consultation says now."""
    source = hooks.fact_source(request.registry)
    service.apply_facts(
        request.db, request.context.draft.id, source=source, by=request.identity, now=request.now
    )
    request.flash(_("Les données de la consultation sont reprises. Vos textes sont gardés."))
    return see_other(url(request, "draft"))


@page("clauses.date", permission=_EDIT, template=_FACTS, methods=("POST",))
def move(request: Any) -> Any:
    """Give another reference date."""
    form = DateForm(request)
    if form.accepted() and form.on.data is not None:
        try:
            service.move_date(
                request.db, request.context.draft.id, form.on.data, by=request.identity, now=request.now
            )
        except DomainError as error:
            form.refuse(error, "on")
        else:
            request.flash(_("La date de référence est changée : relisez les clauses qui en dépendent."))
            return see_other(url(request, "facts"))
    return _facts_shown(request, form)


def _date_form(request: Any) -> DateForm:
    return DateForm(request, data={"on": request.context.draft.reference_date})


def _facts_shown(request: Any, form: DateForm) -> dict[str, Any]:
    draft, desk = request.context.draft, request.context.desk
    found = queries.upstream(request.db, draft, hooks.fact_source(request.registry))
    said = request.context.said
    planned = said.reference_date if said is not None else None
    return shown(
        request, "facts",
        upstream=found,
        changes=[(_label(desk, one.fact), _text(desk, one.fact, one.before), _text(desk, one.fact, one.after)) for one in found.changes],
        known=[(_label(desk, key), _text(desk, key, value)) for key, value in draft.facts.items()],
        planned=planned if planned is not None and planned != draft.reference_date else None,
        regime=queries.regime_changed(request.db, draft, planned) if planned else (),
        form=form,
        day_of=lambda day: day_in(day, request.lang),
    )  # fmt: skip


def _label(desk: Any, key: str) -> str:
    known = desk.edition.library.facts.get(key)
    return known.label.fr if known else key


def _text(desk: Any, key: str, value: Any) -> str:
    """Return a stored fact for people; what this release types otherwise is shown as it is kept."""
    known = desk.edition.library.facts.get(key)
    if value is None or known is None:
        return "" if value is None else str(value)
    try:
        return format_value(known, parse_value(known, value))
    except Invalid:
        return str(value)
