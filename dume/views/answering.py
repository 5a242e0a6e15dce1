"""The task list of a response, and one page of questions per part: saved as they are, confirmed by who stands behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dume import errors, forms, queries, service, wording
from dume.espd import codec, complete
from dume.espd.model import Answer, AnswerStatus, Document, Provenance
from dume.forms import More, Scope
from dume.forms.fields import EVERY_LOT
from dume.service import Given, Place
from dume.views import parts
from dume.views.doors import Door, door_of, read, shown, vault_of
from dume.views.parts import PartName, PartState
from procurement.core.errors import DomainError, Invalid, NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _, for_count
from procurement.core.web import page
from procurement.core.web.views import see_other

_SAVED = _("C’est enregistré. Vous pouvez continuer plus tard.")
_MORE = _("C’est enregistré. Vos réponses appellent d’autres questions : elles sont affichées.")
_LACKING = _("Cette question attend une réponse.")


@dataclass
class _Page:
    """One page of questions on its way: what was posted, what is refused, what is asked for."""

    posted: Mapping[str, str] | None = None
    errors: dict[str, str] = field(default_factory=dict)
    more: More = field(default_factory=More)


@page("dume.part", permission=Permission.DUME_EDIT, template="dume/part.html", methods=("GET", "POST"))
def part(request: Any) -> Any:
    """Ask the questions of one part, all lots at once."""
    what = read(request)
    state = _part(request, what)
    if request.method == "GET":
        asked = _Page(errors=_owed(request, what) if "controle" in request.GET else {})
        return _show(request, what, state, asked)
    posted = {name: request.POST[name] for name in request.POST if isinstance(request.POST[name], str)}
    if "ajouter" in posted or "autre_lot" in posted:
        more = More(
            frozenset([posted["ajouter"]]) if "ajouter" in posted else frozenset(),
            frozenset([posted["autre_lot"]]) if "autre_lot" in posted else frozenset(),
        )
        return _show(request, what, state, _Page(posted, more=more))
    return _save(request, what, state, posted)


def _part(request: Any, what: Document) -> PartState:
    found = next((one for one in parts.states(what) if one.name.slug == request.matchdict["part"]), None)
    if found is None:
        raise NotFound("dume.part_not_found", _("Cette partie n’existe pas dans ce DUME."))
    return found


def _trees(request: Any, what: Document, state: PartState, asked: _Page) -> list[tuple[forms.Part, ...]]:
    return [
        forms.parts(what, one, lang=request.lang, posted=asked.posted, errors=asked.errors, more=asked.more)
        for one in state.criteria
    ]


def _owed(request: Any, what: Document) -> dict[str, str]:
    """Return a sentence for each question that waits for an answer, by the name of its field."""
    said = request.translate(_LACKING)
    return {Scope(one.property, one.occurrence).name: said for one in complete.missing(what)}


def _show(request: Any, what: Document, state: PartState, asked: _Page) -> dict[str, Any]:
    trees = _trees(request, what, state, asked)
    lang = request.lang
    criteria = [
        {
            "code": one.code,
            "title": wording.criterion_name(one.code, lang) or one.name,
            "text": wording.criterion_text(one.code, lang) or one.description,
            "help": wording.criterion_help(one.code, lang),
            "lots": one.lots if 0 < len(one.lots) < len(what.lots) else (),
            "parts": tree,
            "other_lots": forms.other_lots(what, one),
        }
        for one, tree in zip(state.criteria, trees, strict=True)
    ]
    found = [(one.id, one.error) for tree in trees for one in forms.fields_of(tree) if one.error]
    return shown(
        request,
        what,
        here=state.name.slug,
        part=state,
        criteria=criteria,
        errors=found,
        follow=_next(what, state),
    )


def _next(what: Document, state: PartState) -> PartName | None:
    """Return the part after this one."""
    names = [one.name for one in parts.states(what)]
    after = names.index(state.name) + 1
    return names[after] if after < len(names) else None


def _save(request: Any, what: Document, state: PartState, posted: Mapping[str, str]) -> Any:
    asked = _Page(posted)
    given, taken = _read(request, what, state, asked)
    door = door_of(request)
    if asked.errors:
        return _refuse(request, what, state, asked)
    as_read = posted.get("edition") == str(door.dume.edition)
    try:
        after = _answer(request, door, [*given, *_taken_away(what, posted.get("retirer", ""))]) or what
        _confirm(request, door, after, state, posted, as_read=as_read)
    except Invalid as error:
        _beside(request, asked, error, taken)
        return _refuse(request, what, state, asked)
    return _go_on(request, door, state, what, after, posted)


def _read(request: Any, what: Document, state: PartState, asked: _Page) -> tuple[list[Given], list[Scope]]:
    """Read the posted fields; sentences about what cannot be read go into the page."""
    given: list[Given] = []
    scopes: list[Scope] = []
    for tree in _trees(request, what, state, asked):
        found = forms.read(tree, what.answers)
        for name, error in found.refused.items():
            asked.errors[name] = request.translate(error.message, **error.params)
        for one in found.answers:
            scopes.append(Scope(one.property, one.occurrence, one.lots[0] if one.lots else EVERY_LOT))
            given.append(Given(place=_place(scopes[-1]), value=codec.dump_value(one.value)))
        for scope in found.cleared:
            scopes.append(scope)
            given.append(Given(place=_place(scope)))
    return given, scopes


def _place(scope: Scope) -> Place:
    lots = () if scope.lot == EVERY_LOT else (scope.lot,)
    return Place(property=scope.question, occurrence=scope.occurrence, lots=lots)


def _taken_away(what: Document, key: str) -> list[Given]:
    """Take back the answers of one repetition of a group."""
    path, _bar, indexes = key.partition("|")
    if not path or not all(index.isdecimal() for index in indexes.split(".")):
        return []
    place = tuple(int(index) for index in indexes.split("."))
    return [
        Given(place=_place_of(one))
        for one in what.answers
        if one.property.startswith(f"{path}/") and one.occurrence[: len(place)] == place
    ]


def _place_of(one: Answer) -> Place:
    return Place(property=one.property, occurrence=one.occurrence, lots=one.lots)


def _answer(request: Any, door: Door, given: list[Given]) -> Document | None:
    if not given:
        return None
    return service.answer(request.db, vault_of(request), door.dume, given, by=door.by, now=request.now)


def _confirm(
    request: Any, door: Door, what: Document, state: PartState, posted: Mapping[str, str], *, as_read: bool
) -> None:
    """Confirm the values that were ticked, or all of the part; only as they were read."""
    named = set(request.POST.getall("confirme")) if "confirme" in posted else set()
    every = posted.get("puis") == "confirmer"
    ids = parts.properties_of(state.criteria)
    places = [
        _place_of(one)
        for one in what.answers
        if one.status is not AnswerStatus.CONFIRMED
        and one.property in ids
        and (every or any(_scope(one, lot).name in named for lot in one.lots or (EVERY_LOT,)))
    ]
    if not places:
        return
    if not as_read:
        raise errors.changed_since()
    service.confirm(
        request.db,
        vault_of(request),
        door.dume,
        places,
        edition=door.dume.edition,
        by=door.by,
        now=request.now,
    )


def _scope(one: Answer, lot: str) -> Scope:
    return Scope(one.property, one.occurrence, lot)


def _beside(request: Any, asked: _Page, error: Invalid, scopes: list[Scope]) -> None:
    """Put the refusals of a verb beside the fields they are about."""
    for one in error.errors:
        index = one.field.removeprefix("/").partition("/")[0]
        if index.isdigit() and int(index) < len(scopes):
            asked.errors[scopes[int(index)].name] = request.translate(one.message, **one.params)


def _refuse(request: Any, what: Document, state: PartState, asked: _Page) -> dict[str, Any]:
    request.response.status_int = 422
    return _show(request, what, state, asked)


def _go_on(
    request: Any, door: Door, state: PartState, what: Document, after: Document, posted: Mapping[str, str]
) -> Any:
    """Lead to the questions that the answers have brought up, or on."""
    here = door.url("part", part=state.name.slug)
    ids = parts.properties_of(state.criteria)
    owed = {one.property for one in complete.missing(after)} & ids
    if owed & (complete.visible(after) - complete.visible(what)):
        request.flash(_MORE)
        return see_other(here)
    if "retirer" in posted:
        return see_other(here)
    request.flash(_SAVED)
    follow = _next(after, state)
    if posted.get("puis") == "liste" or follow is None:
        return see_other(door.url("home" if posted.get("puis") == "liste" else "review"))
    return see_other(door.url("part", part=follow.slug))


@page("dume.changes", permission=Permission.DUME_VIEW, template="dume/changes.html")
def changes(request: Any) -> dict[str, Any]:
    """Show « Ce qui a changé »: what is proposed, to be read again or without an answer, and nothing else."""
    what, door = read(request), door_of(request)
    found = service.changes(request.db, vault_of(request), door.dume)
    return shown(
        request,
        what,
        here="changes",
        lines=_gathered(request, [_line(request, door, what, one) for one in found.items]),
        newer=found.newer,
        edition=door.dume.edition,
    )


def _gathered(request: Any, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell the questions of one criterion that wait for an answer as one line, its first question to begin with."""
    kept: list[dict[str, Any]] = []
    first: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line["why"] != service.Why.UNANSWERED:
            kept.append(line)
        elif line["criterion"] not in first:
            first[line["criterion"]] = {**line, "count": 1}
        else:
            first[line["criterion"]]["count"] += 1
    for line in first.values():
        if line["count"] > 1:
            line["label"] = request.translate(_("%(count)s questions"), count=line["count"])
    return [*kept, *first.values()]


def _line(request: Any, door: Door, what: Document, one: service.Change) -> dict[str, Any]:
    place = one.place
    scope = Scope(place.property, place.occurrence, place.lots[0] if place.lots else EVERY_LOT)
    name = parts.part_of(what, one.criterion) if one.criterion else None
    here = door.url("company") if name is None else f"{door.url('part', part=name.slug)}#{scope.id}"
    return {
        "label": forms.operator_label(place.property, request.lang)
        or wording.label(place.property, request.lang),
        "criterion": wording.criterion_name(one.criterion, request.lang) if one.criterion else "",
        "why": str(one.why),
        "value": forms.said(one.value, place.property, request.lang) if one.value is not None else "",
        "source_badge": forms.badge(Provenance(one.source), request.lang)[0] if one.source else "",
        "lots": place.lots,
        "href": here,
        "name": scope.name,
    }


@page("dume.confirm", permission=Permission.DUME_EDIT, methods=("POST",))
def confirm(request: Any) -> Any:
    """Confirm the values ticked on « Ce qui a changé » as they were read there, or refuse what sources say of the company."""
    door = door_of(request)
    scopes = [scope for scope in map(Scope.parse, request.POST.getall("confirme")) if scope is not None]
    places = [_place(scope) for scope in scopes]
    back = door.url("company" if request.POST.get("retour") == "entreprise" else "changes")
    if not places:
        request.flash(_("Cochez au moins une valeur : rien n’a été confirmé."), kind="warning")
        return see_other(back)
    vault, edition = vault_of(request), request.POST.get("edition", "")
    if request.POST.get("decision") == "refuser":
        given = [Given(place=place) for place in places]
        service.answer(request.db, vault, door.dume, given, by=door.by, now=request.now)
        request.flash(_("Les valeurs cochées sont écartées : elles ne figurent pas dans votre DUME."))
        return see_other(back)
    try:
        service.confirm(
            request.db, vault, door.dume, places, edition=int(edition) if edition.isdecimal() else -1,
            by=door.by, now=request.now,
        )  # fmt: skip
    except DomainError as error:
        request.flash(request.translate(error.message, **error.params), kind="warning")
    else:
        sentence = for_count(
            len(places), _("%(count)s valeur confirmée."), _("%(count)s valeurs confirmées.")
        )
        request.flash(sentence, count=len(places))
    return see_other(back)


@page("dume.renew", permission=Permission.DUME_EDIT, methods=("POST",))
def renew(request: Any) -> Any:
    """Bring the response over to the request that took the place of the one it answers."""
    door = door_of(request)
    newer = queries.newer_request(door.dume)
    if newer is not None:
        service.merge_request(request.db, vault_of(request), door.dume, newer, by=door.by, now=request.now)
        request.flash(_("Vos réponses sont reprises. Relisez ce qui suit."))
    return see_other(door.url("changes"))
