"""The documents of an organisation and of a consultation, and one document as a whole."""

import uuid
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from clauses import hooks, queries, service
from clauses.forms import BeginForm
from clauses.forms.texts import as_text
from clauses.hooks import SourceFacts
from clauses.queries import DraftView
from clauses.queries.editions import Edition, edition
from clauses.queries.releases import in_force, newer_release
from clauses.render import html
from clauses.routes import consultations_in_view
from clauses.rules.covers import INTERNAL
from clauses.rules.model import ANY, PROCEDURE_FACT, TYPE_FACT
from clauses.rules.states import ArtefactFormat, DraftState, Move
from clauses.views.frame import DOCUMENTS, STATES, may, shown, walk
from clauses.views.people import Names
from clauses.views.usual import tell_carried
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page, paging
from procurement.core.web.views import see_other

_VIEW, _EDIT = Permission.CLAUSE_DRAFT_VIEW, Permission.CLAUSE_DRAFT_EDIT
_SIZE = 30
PARIS = ZoneInfo("Europe/Paris")
#: What a line of the history is called.
EVENTS = {
    "started": _("Document commencé"),
    "answer": _("Réponse donnée"),
    "text": _("Texte modifié"),
    "conflict": _("Deux saisies en même temps : les deux textes sont gardés"),
    "resolved": _("Conflit réglé"),
    "derogation": _("Dérogation au CCAG précisée"),
    "acknowledged": _("Clause à valider : lue et acceptée"),
    "submitted": _("Transmis pour validation"),
    "returned": _("Rendu pour être repris"),
    "validated": _("Validé"),
    "frozen": _("Figé avec la publication"),
    "facts": _("Données de la consultation reprises"),
    "upgraded": _("Passé à une nouvelle version de la bibliothèque"),
    "upgrade_undone": _("Mise à niveau annulée"),
    "duplicated": _("Créé à partir d’un autre document"),
    "readback": _("Fichier Word relu"),
    "date_moved": _("Date de référence changée"),
    "exported": _("Fichier produit"),
}
#: What is hidden from the list of a history until somebody asks for it.
_LINES = 300


@page("clauses.home", permission=_VIEW, template="clauses/home.html")
def home(request: Any) -> dict[str, Any]:
    """List the organisation's documents, the latest first, with the doors to the library and the walk-throughs."""
    number = paging.asked(request)
    organisation = request.identity.organisation_id
    total, rows = queries.of_organisation(
        request.db, organisation, within=consultations_in_view(request),
        offset=paging.offset(number, size=_SIZE), limit=_SIZE,
    )  # fmt: skip
    return {
        "rows": rows,
        "outdated": _outdated(request, rows),
        "total": total,
        "number": number,
        "pages": -(-total // _SIZE),
        "STATES": STATES,
        "release": in_force(request.db, request.now.date(), organisation),
        "may_write": bool(request.has_permission(_EDIT)),
    }


@page("clauses.drafts", permission=_VIEW, template="clauses/drafts.html")
def drafts(request: Any) -> dict[str, Any]:
    """List the documents of a consultation, and offer to begin one."""
    return _drafts(request, _form(request))


@page("clauses.drafts", permission=_EDIT, template="clauses/drafts.html", methods=("POST",))
def begin(request: Any) -> Any:
    """Begin a document."""
    form = _form(request)
    if form.accepted():
        try:
            made = service.start_draft(
                request.db, beginning_of(form, request.context.consultation_id),
                source=hooks.fact_source(request.registry), by=request.identity, now=request.now,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            request.flash(_("Le document est commencé avec les données de la consultation."))
            tell_carried(request, made.id)
            return see_other(request.route_path("clauses.draft", draft=made.id))
    return _drafts(request, form)


def beginning_of(form: BeginForm, consultation_id: uuid.UUID) -> service.Beginning:
    """Return what a form begins."""
    return service.Beginning(
        canvas=form.canvas.data,
        title=form.title.data or "",
        consultation_id=consultation_id,
        lot_id=uuid.UUID(form.lot.data) if form.lot.data else None,
    )


def choices_of(found: Edition, said: SourceFacts) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the canvases that suit a consultation and its lots, as choices."""
    canvases = [
        (one.id, f"{one.title}")
        for one in found.library.canvases.values()
        if _suits(one.contract_types, said.values.get(TYPE_FACT))
        and _suits(one.procedures, said.values.get(PROCEDURE_FACT))
    ]
    return canvases, [(str(lot.id), f"{lot.number}. {lot.title}") for lot in said.lots]


def _suits(codes: tuple[str, ...], code: Any) -> bool:
    return ANY in codes or code is None or code in codes


def _current(request: Any) -> Edition | None:
    said = request.context.said
    on = said.reference_date or request.now.date()
    latest = in_force(request.db, on, said.organisation_id)
    return edition(request.db, latest.id) if latest else None


def _form(request: Any) -> BeginForm:
    found = _current(request)
    canvases, lots = choices_of(found, request.context.said) if found else ([], [])
    return BeginForm(request).offer(canvases, lots)


def _drafts(request: Any, form: BeginForm) -> dict[str, Any]:
    said, found = request.context.said, _current(request)
    rows = queries.of_consultation(
        request.db, request.context.consultation_id, organisation_id=said.organisation_id
    )
    return {
        "said": said,
        "rows": rows,
        "outdated": _outdated(request, rows),
        "STATES": STATES,
        "DOCUMENTS": DOCUMENTS,
        "release": found.release if found else None,
        "form": form,
        "walk": walk(request, found.library, rows[-1].id if rows else None) if found else None,
        "may_begin": bool(request.has_permission(_EDIT)),
    }


@page("clauses.draft", permission=_VIEW, template="clauses/draft.html")
def draft(request: Any) -> dict[str, Any]:
    """Show a document: its chapters, what is left, what changed around it, its files."""
    row = request.context.draft
    source = hooks.fact_source(request.registry)
    return shown(
        request, "draft",
        upstream=queries.upstream(request.db, row, source),
        regime=_regime(request, row),
        newer=newer_release(request.db, row),
        disagreements=queries.disagreements(request.db, row),
        refusals=request.context.desk.refusals() if row.state is DraftState.WRITING else [],
        conflicts=queries.conflicts(request.db, row.id),
        formats=formats(),
        attached=_attachable(request, row),
        may_submit=may(request, row, Move.SUBMIT),
        may_validate=may(request, row, Move.VALIDATE),
    )  # fmt: skip


def _regime(request: Any, row: DraftView) -> tuple[str, ...]:
    """Return the figures of the law that are others today than on the reference date, while it can still be published."""
    said = request.context.said
    if said is None or not said.open:
        return ()
    return queries.regime_today(request.db, row, _today(request))


def _today(request: Any) -> date:
    today: date = request.now.astimezone(PARIS).date()
    return today


def _outdated(request: Any, rows: list[DraftView]) -> set[uuid.UUID]:
    """Return the documents that can still be published and whose figures of the law are others today."""
    source = hooks.fact_source(request.registry)
    found = [row for row in rows if queries.regime_today(request.db, row, _today(request))]
    asked = {row.consultation_id for row in found if row.consultation_id is not None}
    still = {one for one in asked if source.facts(request.db, one, None).open}
    return {row.id for row in found if row.consultation_id in still}


def formats() -> list[tuple[ArtefactFormat, bool]]:
    """Return every format, and whether this installation makes it."""
    ready = service.available()
    return [(form, form in ready) for form in ArtefactFormat]


def _attachable(request: Any, row: DraftView) -> bool:
    """Tell whether the document may be put among the tender documents now: an internal report never is."""
    said = request.context.said
    settled = row.state in {DraftState.VALIDATED, DraftState.FROZEN}
    return settled and said is not None and said.open and row.document != INTERNAL


@page("clauses.preview", permission=_VIEW, template="clauses/preview.html")
def preview(request: Any) -> dict[str, Any]:
    """Show the whole document as it reads now."""
    return shown(request, "preview", fragment=html.fragment(request.context.desk.document, level=2))


@page("clauses.history", permission=_VIEW, template="clauses/history.html")
def history(request: Any) -> dict[str, Any]:
    """Show everything that happened to the document, the latest first; every text that was replaced or lost is there."""
    lines = queries.history(request.db, request.context.draft.id)[::-1]
    return shown(
        request,
        "history",
        lines=lines[:_LINES],
        total=len(lines),
        EVENTS=EVENTS,
        name=Names(request.db),
        as_text=as_text,
    )
