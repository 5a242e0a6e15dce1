"""The wizard: chapter by chapter, the questions that are left, the clauses that they bring, and why or why not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyramid.response import Response

from clauses import errors, queries, service
from clauses.forms.answers import REVISION, FactField, field_of, given_in, revision_in
from clauses.queries import Desk
from clauses.render import html
from clauses.render import tree as trees
from clauses.rules.evaluate import Outcome
from clauses.rules.facts import format_value
from clauses.rules.model import Clause, Fact
from clauses.rules.questions import Reason, facts_of
from clauses.views import usual
from clauses.views.frame import ChapterState, chapters, shown, url
from clauses.views.kept import KEPT_BOTH, kept_anyway
from clauses.views.why import OUTCOMES, Why, why
from procurement.core.errors import DomainError, Invalid, NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import endpoint, page
from procurement.core.web.views import see_other

_VIEW, _EDIT = Permission.CLAUSE_DRAFT_VIEW, Permission.CLAUSE_DRAFT_EDIT
#: Most clauses that a question names as waiting for it.
_WAITING = 4


@dataclass(frozen=True)
class Shown:
    """A clause of the chapter: its reasons, and its words where it stands in the document."""

    key: str
    clause: Clause
    why: Why | None
    tree: trees.Clause | None
    words: Any
    edited: bool
    pending: bool
    acknowledged: bool
    derogation_asked: bool


@page("clauses.chapter", permission=_VIEW, template="clauses/chapter.html")
def chapter(request: Any) -> dict[str, Any]:
    """Show a chapter: what is asked, what stands in it, what does not, and why."""
    return _shown(request, {})


@page("clauses.chapter", permission=_EDIT, template="clauses/chapter.html", methods=("POST",))
def save(request: Any) -> Any:
    """Save every answer of the page at once: what the browser does field by field, for those without JavaScript."""
    desk, refused, lost = request.context.desk, {}, None
    for key in _asked_in(request.POST):
        fact = desk.edition.library.facts.get(key)
        if fact is None or _untouched(request, desk, fact):
            continue
        try:
            result = _save(request, fact)
        except Invalid as error:
            refused[key] = (given_in(request.POST, fact), _sentence(request, error))
        else:
            lost = lost or result.conflict
    if refused:
        return _shown_again(request, refused, lost)
    if lost is not None:
        return kept_anyway(request, lost)
    if usual.pressed(request):
        return _habit_changed(request)
    request.flash(_("C’est enregistré. Vous pouvez continuer plus tard."))
    return see_other(_next(request))


def _habit_changed(request: Any) -> Any:
    """Keep or forget a usual answer once the page is saved; a refusal stands at its question."""
    library, key = request.context.desk.edition.library, usual.pressed(request)
    try:
        usual.change(request, library)
    except DomainError as error:
        if key not in library.facts:
            raise
        typed = given_in(request.POST, library.facts[key])
        return _shown_again(request, {key: (typed, _sentence(request, error))}, None)
    return see_other(url(request, "chapter", chapter=request.matchdict["chapter"], _anchor=key))


def _shown_again(request: Any, refused: dict[str, tuple[Any, str]], lost: Any) -> dict[str, Any]:
    """Show the page with what was refused as it was typed; the other answers, and what lost, are committed all the same."""
    request.response.status_int = 422
    request.response.headers["X-Tm"] = "commit"
    if lost is not None:
        request.flash(KEPT_BOTH, kind="warning")
    request.context.renew()
    return _shown(request, refused)


@endpoint("clauses.answer", permission=_EDIT, methods=("POST",))
def answer(request: Any) -> Any:
    """Save one answer as soon as it is given: 412 with both when somebody answered meanwhile."""
    key = request.matchdict["fact"]
    fact = request.context.desk.edition.library.facts.get(key)
    if fact is None:
        raise errors.unknown_fact(key)
    result = _save(request, fact)
    if result.conflict is not None:
        return conflict_response(request, result)
    left = queries.desk(request.db, result.draft).questions
    return {"revision": result.revision, "left": len(left), "saved_at": request.now.isoformat()}


def conflict_response(request: Any, result: service.SaveResult) -> Response:
    """Answer 412, and have what lost committed all the same."""
    lost = result.conflict
    assert lost is not None
    sentence = request.translate(errors.Stale(current="", given="", revision=0, event_id=lost.id).message)
    body = {
        "code": "clauses.stale",
        "detail": sentence,
        "revision": result.revision,
        "conflict": url(request, "conflict", conflict=lost.id),
    }
    response = Response(json_body=body, status=412, content_type="application/problem+json", charset="utf-8")
    response.headers["X-Tm"] = "commit"
    return response


def _save(request: Any, fact: Fact) -> service.SaveResult:
    return service.save_answer(
        request.db, request.context.draft.id, fact.key, given_in(request.POST, fact),
        revision=revision_in(request.POST, fact.key), by=request.identity, now=request.now,
    )  # fmt: skip


def _untouched(request: Any, desk: Desk, fact: Fact) -> bool:
    """Tell whether the usual answer of a layer stands as it was shown: it then stays the layer's, and follows it."""
    layers = desk.edition.defaults.get(fact.key)
    return (
        layers is not None and fact.key not in desk.draft.answers and given_in(request.POST, fact) == layers
    )


def _sentence(request: Any, error: DomainError) -> str:
    text: str = request.translate(error.message, **error.params)
    return text


def _asked_in(post: Any) -> list[str]:
    return list(dict.fromkeys(name.removeprefix(REVISION) for name in post if name.startswith(REVISION)))


def _next(request: Any) -> str:
    """Return the page that the pressed button leads to."""
    number = int(request.matchdict["chapter"])
    last = len(request.context.desk.canvas.chapters)
    wanted = {"suivant": number + 1, "precedent": number - 1}.get(request.POST.get("puis", ""), number)
    if not 1 <= wanted <= last:
        return url(request, "draft")
    return url(request, "chapter", chapter=wanted)


def _shown(request: Any, refused: dict[str, tuple[Any, str]]) -> dict[str, Any]:
    desk = request.context.desk
    every = chapters(desk)
    number = int(request.matchdict["chapter"])
    if number > len(every):
        raise NotFound("clauses.no_chapter", _("Ce document n’a pas de chapitre de ce numéro."))
    state = every[number - 1]
    asked = list(_questions(request, desk, state, refused))
    held = {one.key for one in asked}
    elsewhere = url(request, "preview")
    values = shown(
        request, "chapter",
        chapter=state, number=number, OUTCOMES=OUTCOMES,
        asked=asked,
        answered=list(_answered(request, desk, state, refused, held)),
        source=list(_from_source(desk, state, request.lang)),
        inside=[_clause(desk, key, elsewhere) for key in state.included],
        waiting=[_clause(desk, key, elsewhere) for key in state.unknown],
        outside=[_clause(desk, key, elsewhere) for key in state.excluded],
        hidden=[one for one in desk.edition.hidden if one.chapters.get(desk.draft.canvas) == number],
        outline=desk.document.chapters,
        errors=[(key, text) for key, (_value, text) in refused.items()],
    )  # fmt: skip
    values["focus"] = _focus(request, values)
    return values


def _focus(request: Any, values: dict[str, Any]) -> Shown | None:
    """Return the clause whose reasons stand beside: the one asked for, else the first that waits, or stands."""
    every = [*values["waiting"], *values["inside"], *values["outside"]]
    wanted = request.GET.get("clause", "")
    return next((one for one in every if one.key == wanted), every[0] if every else None)


def _questions(
    request: Any, desk: Desk, state: ChapterState, refused: dict[str, tuple[Any, str]]
) -> Iterator[FactField]:
    mine = set(state.chapter.clauses)
    for one in desk.questions:
        waiting = [key for key in one.clauses if key in mine]
        if waiting:
            titles = [desk.edition.library.clauses[key].title for key in waiting[:_WAITING]]
            why_asked = "decides" if one.reason is Reason.CONDITION else "fills"
            yield _field(request, desk, one.fact, refused, why=why_asked, clauses=tuple(titles))


def _answered(
    request: Any, desk: Desk, state: ChapterState, refused: dict[str, tuple[Any, str]], held: Iterable[str]
) -> Iterator[FactField]:
    buttons = usual.habits(request, desk)
    for key in _facts(desk, state):
        given = desk.draft.answers.get(key)
        answered = given is not None and given.value is not None
        stands = key not in desk.draft.facts and (answered or key in desk.usual)
        # What was refused stays in the page, even when another answer of the same page made the question go.
        if key not in held and (key in refused or stands):
            yield _field(request, desk, key, refused, habit=buttons.get(key, ""))


def _from_source(desk: Desk, state: ChapterState, lang: str) -> Iterator[tuple[str, str]]:
    """Give what the consultation says, or a computation: label and value."""
    facts = desk.edition.library.facts
    for key in _facts(desk, state):
        # What the consultation says stands, whatever was answered before it did.
        answered = key in desk.draft.answers or key in desk.usual
        if key in desk.values and (key in desk.draft.facts or not answered):
            yield facts[key].label.within(lang), format_value(facts[key], desk.values[key])


def _facts(desk: Desk, state: ChapterState) -> list[str]:
    known = desk.edition.library
    every = (key for clause in state.chapter.clauses for key in facts_of(known.clauses[clause]))
    return [key for key in dict.fromkeys(every) if key in known.facts]


def _field(request: Any, desk: Desk, key: str, refused: dict[str, tuple[Any, str]], **more: Any) -> FactField:
    kept = desk.draft.answers.get(key)
    value = kept.value if kept else desk.edition.defaults.get(key)
    typed, error = refused.get(key, (value, ""))
    revision = revision_in(request.POST, key) if error else (kept.revision if kept else 0)
    if key in desk.usual:
        more["usual"] = desk.usual[key].source.title
    elif kept is not None and kept.usual_of is not None:
        # It stays that person's while the question has no object, and may have one again.
        more["usual"] = desk.people.get(kept.usual_of, "")
    said = request.context.said
    narrowed = said.narrowed.get(key) if said is not None else None
    return field_of(
        desk.edition.library.facts[key], typed, revision, request.lang, error=error, narrowed=narrowed, **more
    )


def _clause(desk: Desk, key: str, elsewhere: str) -> Shown:
    known, own = desk.edition.library.clauses[key], desk.draft.clauses.get(key)
    tree = next((one for one in desk.document.clauses if one.id == key), None)
    edited = own is not None and own.body is not None
    return Shown(
        key=key,
        clause=known,
        why=why(desk, key),
        tree=tree,
        words=html.clause_fragment(tree, level=3, elsewhere=elsewhere) if tree is not None else None,
        edited=edited,
        pending=not known.legal_status.validated,
        acknowledged=own is not None and own.acknowledged_at is not None,
        derogation_asked=edited
        and own is not None
        and own.derogates is None
        and desk.outcomes[key] is Outcome.INCLUDED,
    )
