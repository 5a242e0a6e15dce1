"""Make a document of another, compare two, bring one to a new release, take over what was changed in Word."""

from typing import Any

from clauses import errors, hooks, queries, service
from clauses.forms import BeginForm
from clauses.queries import DraftView
from clauses.queries.editions import edition
from clauses.queries.releases import newer_release
from clauses.queries.upgrades import plan_upgrade
from clauses.render.readback import Outcome, Provenance
from clauses.render.words import text_changes
from clauses.routes import consultations_in_view
from clauses.rules.states import EventKind
from clauses.rules.upgrade import Decision, Situation
from clauses.service.upgrading import Choice, undo_upgrade, upgrade_draft
from clauses.views import carried
from clauses.views.desk import beginning_of, choices_of
from clauses.views.frame import shown, url
from clauses.views.usual import tell_carried
from procurement.core import services
from procurement.core.errors import DomainError, Invalid
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _, for_count
from procurement.core.web import page
from procurement.core.web.views import see_other

_VIEW, _EDIT = Permission.CLAUSE_DRAFT_VIEW, Permission.CLAUSE_DRAFT_EDIT
_UPGRADE, _READBACK = "clauses/upgrade.html", "clauses/readback.html"
#: Largest Word file, and what a form adds around it, in bytes.
FILE_BYTES = 20 << 20
_MARGIN = 64 << 10
SITUATIONS = {
    Situation.SAME: _("Votre texte est celui de la nouvelle version"),
    Situation.TAKE: _("Le nouveau texte est repris"),
    Situation.KEEP: _("Votre texte est gardé"),
    Situation.DECIDE: _("Modifiée des deux côtés : à vous de choisir"),
    Situation.WITHDRAWN: _("Retirée de la bibliothèque : le texte reste, comme clause propre à ce marché"),
    Situation.ADDED: _("Nouvelle clause"),
}
STATES = {
    "same": (_("Identique"), "ok"),
    "changed": (_("Différente"), "warn"),
    "added": (_("Seulement dans l’autre"), "info"),
    "removed": (_("Seulement dans celui-ci"), "info"),
}
BACK = {
    Outcome.UNCHANGED: (_("Inchangée"), "ok"),
    Outcome.MODIFIED: (_("Modifiée"), "warn"),
    Outcome.MISSING: (_("Absente du fichier"), "err"),
    Outcome.MOVED: (_("Déplacée"), "info"),
    Outcome.CONFLICT: (_("Modifiée des deux côtés : à vous de choisir"), "err"),
    Outcome.GONE: (_("N’est plus dans le document"), "info"),
}
#: What is said of where a file comes from, where its text before the changes is not known.
ORIGINS = {
    Provenance.LOST: _(
        "Ce fichier a été exporté d’une version de ce document dont le texte n’est plus gardé : il est comparé au document "
        "d’aujourd’hui. Ce que vous avez modifié dans Pli depuis apparaît comme une modification du fichier. Rien n’est coché."
    ),
    Provenance.OTHER: _(
        "Ce fichier vient d’un autre document. Il est comparé à celui-ci, mais rien n’est coché : vérifiez que c’est bien le "
        "fichier que vous vouliez envoyer."
    ),
    Provenance.UNKNOWN: _(
        "Ce fichier ne dit pas de quelle version du document il vient : il est comparé au document d’aujourd’hui. Ce que vous "
        "avez modifié dans Pli depuis l’export apparaît comme une modification du fichier. Rien n’est coché."
    ),
}


@page("clauses.duplicate", permission=_EDIT, template="clauses/duplicate.html", methods=("GET", "POST"))
def duplicate(request: Any) -> Any:
    """Make a document of this one, for another lot of the consultation, or for the whole."""
    draft, said = request.context.draft, request.context.said
    if draft.consultation_id is None or said is None:
        raise errors.draft_not_found()
    canvases, lots = choices_of(request.context.desk.edition, said)
    canvas = [one for one in canvases if one[0] == draft.canvas] or canvases
    form = BeginForm(request, data={"canvas": canvas[0][0] if canvas else ""}).offer(canvas, lots)
    if form.accepted():
        try:
            made = service.duplicate(
                request.db, draft.id, beginning_of(form, draft.consultation_id),
                source=hooks.fact_source(request.registry), by=request.identity, now=request.now,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            return _duplicated(request, made)
    return shown(request, "duplicate", form=form)


def _duplicated(request: Any, made: service.Duplicated) -> Any:
    facts = request.context.desk.edition.library.facts
    names = ", ".join(facts[key].label.fr for key in made.dropped if key in facts)
    if names:
        sentence = _("Le document est créé. Ces réponses sont à redonner : %(names)s.")
        request.flash(sentence, kind="warning", names=names)
    else:
        request.flash(_("Le document est créé, avec vos réponses et vos textes."))
    tell_carried(request, made.draft.id)
    return see_other(request.route_path("clauses.draft", draft=made.draft.id))


@page("clauses.compare", permission=_VIEW, template="clauses/compare.html")
def compare(request: Any) -> dict[str, Any]:
    """Compare with another document of the organisation, clause by clause."""
    draft = request.context.draft
    others = [one for one in _others(request) if one.id != draft.id]
    wanted = request.GET.get("avec", "")
    other = next((one for one in others if str(one.id) == wanted), None)
    rows = queries.compare(request.db, draft.id, other.id) if other else []
    return shown(
        request, "compare",
        others=others,
        other=other,
        rows=[one for one in rows if one.state != "same"],
        same=sum(one.state == "same" for one in rows),
        STATES=STATES,
    )  # fmt: skip


def _others(request: Any) -> list[DraftView]:
    """Return the documents that may be compared with this one: of its consultation first, then the latest."""
    draft = request.context.draft
    near = []
    if draft.consultation_id is not None:
        near = queries.of_consultation(
            request.db, draft.consultation_id, organisation_id=draft.organisation_id
        )
    _total, latest = queries.of_organisation(
        request.db, draft.organisation_id, within=consultations_in_view(request), limit=50
    )
    return list({one.id: one for one in [*near, *latest]}.values())


@page("clauses.upgrade", permission=_EDIT, template=_UPGRADE)
def upgrade(request: Any) -> dict[str, Any]:
    """Show what a newer release would change, before anything is done."""
    return _upgrade_shown(request)


@page("clauses.upgrade", permission=_EDIT, template=_UPGRADE, methods=("POST",))
def apply_upgrade(request: Any) -> Any:
    """Bring the document to the release, with what was decided of each clause that both sides changed."""
    newer = newer_release(request.db, request.context.draft)
    if newer is None:
        raise errors.release_not_found()
    try:
        upgrade_draft(
            request.db, request.context.draft.id, newer.id, _choices(request.POST), revision=_seen(request.POST),
            by=request.identity, now=request.now,
        )  # fmt: skip
    except DomainError as error:
        request.response.status_int = error.status
        return _upgrade_shown(request, [("choix", request.translate(error.message, **error.params))])
    request.flash(
        _("Le document suit la version %(version)s. Vos textes sont dans l’historique."),
        version=newer.version,
    )
    return see_other(url(request, "draft"))


@page("clauses.upgrade_undo", permission=_EDIT, methods=("POST",))
def undo(request: Any) -> Any:
    """Take the last upgrade back."""
    undo_upgrade(request.db, request.context.draft.id, by=request.identity, now=request.now)
    request.flash(_("La mise à niveau est annulée : le document est comme avant."))
    return see_other(url(request, "draft"))


def _seen(post: Any) -> int:
    """Return the revision of the draft that the page was about; one that no draft has where it does not say."""
    text = post.get("revision", "")
    return int(text[:9]) if text.isascii() and text.isdigit() else -1


def _choices(post: Any) -> dict[str, Choice]:
    """Return the decisions of the form: ``d:<clause>`` and, for one's own words, ``t:<clause>``."""
    found = {}
    for name in post:
        key, decision = name.removeprefix("d:"), post.get(name)
        if name.startswith("d:") and decision in set(Decision):
            text = post.get(f"t:{key}", "") if decision == Decision.MERGED else None
            found[key] = Choice(Decision(decision), text)
    return found


def _upgrade_shown(request: Any, refused: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    newer = newer_release(request.db, request.context.draft)
    plan = plan_upgrade(request.db, request.context.draft.id, newer.id) if newer else None
    library = edition(request.db, newer.id).library if newer else None
    titles = {key: one.title for key, one in library.clauses.items()} if library else {}
    own = request.context.desk.edition.library.clauses
    return shown(
        request, "upgrade",
        newer=newer,
        plan=plan,
        undoable=_undoable(request),
        rows=[(one, text_changes(_before(one), _after(one))) for one in plan.clauses] if plan else [],
        DECIDE=Situation.DECIDE,
        SITUATIONS=SITUATIONS,
        title=lambda key: titles.get(key) or (own[key].title if key in own else key),
        chosen=lambda key: request.POST.get(f"d:{key}", "") if request.method == "POST" else "",
        typed=lambda one: request.POST.get(f"t:{one.clause}", _proposed(one)) if request.method == "POST" else _proposed(one),
        ours_changes=lambda one: text_changes(one.base or "", one.ours or ""),
        theirs_changes=lambda one: text_changes(one.base or "", one.theirs or ""),
        errors=refused or [],
    )  # fmt: skip


def _undoable(request: Any) -> bool:
    """Tell whether the last upgrade may be taken back: nothing was changed since."""
    kinds = {EventKind.UPGRADED, EventKind.UPGRADE_UNDONE}
    lines = [one for one in queries.history(request.db, request.context.draft.id) if one.kind in kinds]
    draft = request.context.draft
    return bool(
        lines and lines[-1].kind is EventKind.UPGRADED and lines[-1].data["revision"] == draft.revision
    )


def _before(one: Any) -> str:
    return one.ours if one.ours is not None else (one.base or "")


def _after(one: Any) -> str:
    return _before(one) if one.situation is Situation.DECIDE else (one.found.text or "")


def _proposed(one: Any) -> str:
    """Return the merge as far as it goes: in a conflict the buyer's words, then the release's."""
    return "".join(
        part.text if not part.conflict else f"{part.ours}{part.theirs}" for part in one.found.passages
    )


@page("clauses.readback", permission=_EDIT, template=_READBACK)
def readback(request: Any) -> dict[str, Any]:
    """Ask for the Word file."""
    return _readback_shown(request)


@page(
    "clauses.readback",
    permission=_EDIT,
    template=_READBACK,
    methods=("POST",),
    most=FILE_BYTES + _MARGIN,
    transaction=False,
)
def look(request: Any) -> dict[str, Any]:
    """Say clause by clause what the file changes; nothing is taken over yet."""
    sent = request.POST.get("file")
    draft = request.context.draft
    settings: Settings = services.get(request, Settings)
    try:
        if getattr(sent, "file", None) is None:
            raise Invalid("clauses.no_file", _("Choisissez un fichier Word (.docx) : rien n’a été envoyé."))
        found = service.look(request.db, draft.id, sent.file.read(FILE_BYTES + 1))
    except DomainError as error:
        request.response.status_int = error.status
        return _readback_shown(request, refused=[("file", request.translate(error.message, **error.params))])
    return _readback_shown(request, found=found, carried=carried.seal(found, draft, settings.secret_key))


@page("clauses.readback_apply", permission=_EDIT, template=_READBACK, methods=("POST",))
def take_over(request: Any) -> Any:
    """Write the ticked clauses into the document."""
    draft = request.context.draft
    settings: Settings = services.get(request, Settings)
    try:
        found = carried.unseal(request.POST.get("carried", ""), draft, settings.secret_key)
    except DomainError as error:
        request.response.status_int = error.status
        return _readback_shown(request, refused=[("file", request.translate(error.message, **error.params))])
    done = service.apply_readback(
        request.db, draft.id, found, request.POST.getall("clause"), revision=draft.revision, by=request.identity,
        now=request.now,
    )  # fmt: skip
    if done.refused:
        names = ", ".join(dict.fromkeys(key for key, _code in done.refused if key))
        sentence = for_count(
            len(done.taken),
            _("Texte repris pour %(count)s clause. Refusé par la bibliothèque : %(names)s."),
            _("Texte repris pour %(count)s clauses. Refusé par la bibliothèque : %(names)s."),
        )
        request.flash(sentence, kind="warning", count=len(done.taken), names=names)
    else:
        sentence = for_count(
            len(done.taken),
            _("Texte repris pour %(count)s clause."),
            _("Texte repris pour %(count)s clauses."),
        )
        request.flash(sentence, count=len(done.taken))
    return see_other(url(request, "draft"))


def _readback_shown(request: Any, **values: Any) -> dict[str, Any]:
    clauses = request.context.desk.edition.library.clauses
    found = {"found": None, "carried": "", "refused": [], **values}
    return shown(
        request, "readback", BACK=BACK, ORIGINS=ORIGINS, errors=found["refused"], most=FILE_BYTES,
        title=lambda key: clauses[key].title if key in clauses else key, **found,
    )  # fmt: skip
