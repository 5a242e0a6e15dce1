"""The organisation's own layer: what it makes of the library, what moved above it, and its releases."""

import uuid
from typing import Any

from clauses import errors, queries, service
from clauses.forms import field_of, given_in
from clauses.forms.layers import AdaptForm, LayerReleaseForm, StandOnForm
from clauses.queries import AdaptedState, LayerView, LibraryView
from clauses.queries.adapted import above, allows
from clauses.queries.layers import DEFAULT_VALUE, MODES
from clauses.queries.usual import asked
from clauses.rules.covers import ALL
from clauses.rules.model import Clause, Layer, Library
from clauses.views import covers
from clauses.views.frame import DOCUMENTS, Unsent
from clauses.views.why import LAYERS
from clauses.views.why import MODES as MODE_WORDS
from clauses.views.words import LOCKS
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.seal import Sealer
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.filters import day_in
from procurement.core.web.views import see_other

_VIEW, _EDIT = Permission.CLAUSE_DRAFT_VIEW, Permission.CLAUSE_LIBRARY_EDIT
_LIST, _CLAUSE, _RELEASE = "clauses/layer.html", "clauses/layer_clause.html", "clauses/layer_release.html"
#: What each state is called, and its colour.
STATES = {
    AdaptedState.CURRENT: (_("À jour"), "ok"),
    AdaptedState.DRIFT: (_("La clause a changé au-dessus"), "warn"),
    AdaptedState.ACKNOWLEDGED: (_("Changement au-dessus, pris en compte"), "info"),
    AdaptedState.LOCKED: (_("Le verrou l’interdit désormais"), "err"),
}
#: What a drift says of a clause beside its words.
FIELD_WORDS = {
    "title": _("le titre"),
    "body": _("le texte"),
    "condition": _("la condition"),
    "bases": _("les fondements"),
    "variables": _("les variables"),
    "validity": _("les dates"),
    "lock": _("le verrou"),
    "nature": _("la nature"),
}


@page("clauses.layer", permission=_VIEW, template=_LIST)
def layer(request: Any) -> Any:
    """List the adaptations of the organisation, with their state and what moved above them."""
    for key, route, place in (
        ("clause", "clauses.layer_clause", "clause"),
        ("garde", "clauses.layer_cover", "document"),
    ):
        chosen = request.GET.get(key, "")
        if chosen:
            return see_other(request.route_path(route, **{place: chosen[:80]}))
    return _shown(request, StandOnForm(request))


@page("clauses.layer", permission=_EDIT, template=_LIST, methods=("POST",))
def stand_on(request: Any) -> Any:
    """Begin the organisation's layer, or put it under another one."""
    form = _offered(request, StandOnForm(request))
    if form.accepted():
        parent_id, mine = uuid.UUID(form.above.data), _mine(request)
        by, now = request.identity, request.now
        try:
            if mine is None:
                service.ensure_layer(
                    request.db, Layer.ENTITY, parent_id=parent_id, title=by.organisation_name, by=by, now=now
                )
            else:
                service.stand_on(request.db, mine.id, parent_id, by=by, now=now)
        except DomainError as error:
            form.refuse(error)
        else:
            request.flash(_("C’est enregistré. Choisissez maintenant la clause à adapter."))
            return see_other(request.route_path("clauses.layer"))
    return _shown(request, form)


@page("clauses.layer_clause", permission=_EDIT, template=_CLAUSE)
def clause(request: Any) -> dict[str, Any]:
    """Show a clause as it is above, with a form to adapt it."""
    return _clause_shown(request, AdaptForm(request, data=_known(request)))


@page("clauses.layer_clause", permission=_EDIT, template=_CLAUSE, methods=("POST",))
def adapt(request: Any) -> Any:
    """Adapt a clause; what was typed stays in the page when it is refused."""
    usual = request.POST.get("fact", "")
    form = AdaptForm(Unsent(request), data=_known(request)) if usual else AdaptForm(request)
    _modes(request, form)
    if not usual and not form.accepted():
        return _clause_shown(request, form)
    try:
        service.adapt(
            request.db, _layer_id(request), _usual(request, usual) if usual else _wording(request, form),
            on=request.now.date(), by=request.identity, now=request.now,
        )  # fmt: skip
    except DomainError as error:
        request.response.status_int = error.status
        sentence = request.translate(error.message, **error.params)
        if usual:
            return _clause_shown(request, form, refused={usual: sentence})
        form.add_error("mode" if error.code == "clauses.locked" else "body", sentence)
        return _clause_shown(request, form)
    request.flash(_("L’adaptation est enregistrée. Elle sert aux nouveaux documents une fois publiée."))
    return see_other(request.route_path("clauses.layer"))


@page("clauses.layer_acknowledge", permission=_EDIT, methods=("POST",))
def acknowledge(request: Any) -> Any:
    """Say that one has seen what changed above, and keeps the adaptation."""
    service.acknowledge_drift(
        request.db, _layer_id(request), request.context.override_id, on=request.now.date(), by=request.identity,
        now=request.now,
    )  # fmt: skip
    request.flash(_("C’est noté : l’adaptation est gardée telle quelle."))
    return see_other(request.route_path("clauses.layer"))


@page("clauses.layer_take_back", permission=_EDIT, methods=("POST",))
def take_back(request: Any) -> Any:
    """Withdraw an adaptation: the clause is again what the layer above says."""
    service.take_back(
        request.db, _layer_id(request), request.context.override_id, by=request.identity, now=request.now
    )
    request.flash(_("L’adaptation est retirée. Les documents commencés ne changent pas."))
    return see_other(request.route_path("clauses.layer"))


@page("clauses.layer_release", permission=_EDIT, template=_RELEASE)
def release(request: Any) -> dict[str, Any]:
    """Show what a release of the layer would hold and warn of."""
    form = LayerReleaseForm(request, data={"valid_from": request.now.date()})
    return _release_shown(request, form, _view(request))


@page("clauses.layer_release", permission=_EDIT, template=_RELEASE, methods=("POST",), transaction=False)
def publish(request: Any) -> Any:
    """Check, sign and store the layer: signing may ask a time-stamp authority, so that no transaction waits for it."""
    form = LayerReleaseForm(request)
    database: Database = services.get(request, Database)
    by, now = request.identity, request.now
    with database.read() as session:
        mine = queries.layer_of(session, by.organisation_id)
        if mine is None:
            raise errors.layer_not_found()
        view = queries.layer_view(session, mine.id, on=now.date())
        if not form.accepted() or form.valid_from.data is None:
            return _release_shown(request, form, view)
        try:
            made = service.sign_layer(
                session,
                mine.id,
                form.version.data,
                form.valid_from.data,
                sealer=services.get(request, Sealer),
            )
        except DomainError as error:
            if isinstance(error, errors.ReleaseRefused):
                form.add_error("version", request.translate(error.message, **error.params))
            form.refuse(error, "version")
            return _release_shown(request, form, view)
    try:
        with database.write() as session:
            service.publish_layer(session, made, by=by, now=now)
    except DomainError as error:
        form.refuse(error, "version")
        return _release_shown(request, form, view)
    request.flash(_("La version est signée et publiée : les nouveaux documents la suivent à sa date."))
    return see_other(request.route_path("clauses.layer"))


def _mine(request: Any) -> LibraryView | None:
    return queries.layer_of(request.db, request.identity.organisation_id)


def _layer_id(request: Any) -> uuid.UUID:
    mine = _mine(request)
    if mine is None:
        raise errors.layer_not_found()
    return mine.id


def _view(request: Any) -> LayerView:
    return queries.layer_view(request.db, _layer_id(request), on=request.now.date())


def _offered(request: Any, form: StandOnForm) -> StandOnForm:
    rows = queries.layers_above(request.db, request.identity.organisation_id)
    return form.offer([(str(one.id), one.title) for one in rows])


def _shown(request: Any, form: StandOnForm) -> dict[str, Any]:
    mine = _mine(request)
    if mine is not None and not form.sent:
        form.above.process_data(str(mine.parent_id))
    view = queries.layer_view(request.db, mine.id, on=request.now.date()) if mine else None
    every = view.above.library.clauses.values() if view else ()
    return {
        "form": _offered(request, form),
        "view": view,
        "choices": [(one.id, f"{one.title} ({one.id})") for one in every],
        "cover_choices": [
            (key, request.translate(name)) for key, name in covers.names(view.above.library).items()
        ]
        if view
        else [],
        "may_edit": bool(request.has_permission(_EDIT)),
        "day_of": lambda day: day_in(day, request.lang),
        **_words(),
    }


def _words() -> dict[str, Any]:
    return {
        "STATES": STATES, "MODES": MODE_WORDS, "LAYERS": LAYERS, "FIELD_WORDS": FIELD_WORDS, "BLOCKS": covers.BLOCKS,
        "COVERS": {ALL: covers.EVERY_WORDS, **DOCUMENTS}, "EVERY": covers.EVERY,
    }  # fmt: skip


def _above(request: Any) -> tuple[Clause, Library, LibraryView]:
    """Return the clause of the address as it is above the organisation's layer, its library, and the layer."""
    mine = queries.library(request.db, _layer_id(request))
    found = above(request.db, mine, request.now.date()).library
    key = request.matchdict["clause"]
    if key not in found.clauses:
        raise errors.clause_not_found(key)
    return found.clauses[key], found, mine


def _known(request: Any) -> dict[str, str]:
    """Return the adaptation that stands, for the form."""
    for one in queries.adaptations(request.db, _layer_id(request)):
        if one.clause == request.matchdict["clause"] and one.mode != DEFAULT_VALUE:
            return {"mode": one.mode, "body": one.body}
    return {}


def _modes(request: Any, form: AdaptForm) -> AdaptForm:
    known, _library, mine = _above(request)
    allowed = {mode for mode in MODES if mode != DEFAULT_VALUE and allows(known, mode, layer=mine.layer)}
    return form.offer(allowed, {mode: MODE_WORDS[mode] for mode in MODES if mode != DEFAULT_VALUE})


def _wording(request: Any, form: AdaptForm) -> service.Wording:
    return service.Wording(clause=request.matchdict["clause"], mode=form.mode.data, body=form.body.data or "")


def _usual(request: Any, key: str) -> service.Wording:
    fact = _above(request)[1].facts.get(key)
    if fact is None:
        raise errors.unknown_fact(key)
    body = given_in(request.POST, fact)
    given = body if isinstance(body, str) else ""
    return service.Wording(clause=request.matchdict["clause"], mode=DEFAULT_VALUE, fact=key, body=given)


def _clause_shown(request: Any, form: AdaptForm, refused: dict[str, str] | None = None) -> dict[str, Any]:
    known, found, mine = _above(request)
    kept = queries.adaptations(request.db, mine.id)
    usual = {one.fact: one.body for one in kept if one.mode == DEFAULT_VALUE}
    told = refused or {}
    return {
        "clause": known,
        "form": _modes(request, form),
        "lock": LOCKS[known.lock],
        "rows": [one for one in kept if one.clause == known.id],
        "questions": [
            field_of(found.facts[key], usual.get(key), 0, request.lang, error=told.get(key, ""))
            for key in asked([known], found, mine.layer)
        ],
        "errors": [*form.error_list(), *told.items()],
        **_words(),
    }  # fmt: skip


def _release_shown(request: Any, form: LayerReleaseForm, view: LayerView) -> dict[str, Any]:
    return {"form": form, "view": view, "day_of": lambda day: day_in(day, request.lang), **_words()}
