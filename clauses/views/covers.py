"""The cover pages of the organisation's layer: what stands on each, its logo, and how it looks."""

from dataclasses import dataclass
from typing import Any

from pyramid.response import Response

from clauses import errors, queries, service
from clauses.forms.covers import CoverForm, shown_of
from clauses.queries import LibraryView
from clauses.queries.adapted import above as above_of
from clauses.render import html
from clauses.render.layout import logo_type
from clauses.rules.covers import ALL, CoverPage, canvas_for, documents
from clauses.rules.model import Cover, Library
from clauses.views.frame import DOCUMENTS
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other

_VIEW, _EDIT = Permission.CLAUSE_DRAFT_VIEW, Permission.CLAUSE_LIBRARY_EDIT
_COVER = "clauses/cover.html"
#: How the address of a page names the cover of all documents.
EVERY, EVERY_WORDS = "tous", _("Tous les documents")
#: What each place of a cover page may hold.
BLOCKS = {
    "": _("Rien"),
    "logo": _("Logo"),
    "titre": _("Titre du document"),
    "reference": _("Référence"),
    "objet": _("Objet"),
    "lot": _("Lot, quand le document est celui d’un lot"),
    "date_limite": _("Date limite de remise"),
    "texte": _("Texte libre"),
    "texte_2": _("Second texte libre"),
}


@page("clauses.layer_cover", permission=_EDIT, template=_COVER)
def cover(request: Any) -> dict[str, Any]:
    """Show the cover page of a document, with a form to compose it."""
    asked = _asked(request)
    return _shown(request, CoverForm(request, data=shown_of(asked.kept, asked.above)), asked)


@page("clauses.layer_cover", permission=_EDIT, template=_COVER, methods=("POST",), transaction=False)
def compose(request: Any) -> Any:
    """Keep a cover page; it is laid out once before, so that no transaction of the writer waits for it."""
    asked = _asked(request)
    form = CoverForm(request).offer(BLOCKS)
    if not form.accepted():
        return _refused(request, form, asked)
    by, now = request.identity, request.now
    database: Database = services.get(request, Database)
    try:
        made = service.compose_cover(request.db, asked.mine.id, _wish(request, form), on=now.date())
        request.db.rollback()
        with database.write() as session:
            service.keep_cover(session, asked.mine.id, made, seen=form.seen.data or "", by=by, now=now)
    except DomainError as error:
        form.refuse(error)
        if isinstance(error, errors.CoverChanged):
            asked = _asked(request)
            form.seen.process_data(str(asked.kept.id) if asked.kept else "")
        return _refused(request, form, asked)
    request.flash(_("La page de garde est enregistrée. Elle sert aux nouveaux documents une fois publiée."))
    return see_other(request.route_path("clauses.layer_cover", document=request.matchdict["document"]))


@page("clauses.layer_cover_remove", permission=_EDIT, methods=("POST",))
def remove(request: Any) -> Any:
    """Withdraw a cover page."""
    mine = queries.layer_of(request.db, request.identity.organisation_id)
    if mine is None:
        raise errors.layer_not_found()
    service.remove_cover(request.db, mine.id, request.context.page_id, by=request.identity, now=request.now)
    request.flash(_("La page de garde est retirée. Les documents commencés ne changent pas."))
    return see_other(request.route_path("clauses.layer"))


@page("clauses.layer_logo", permission=_VIEW)
def logo(request: Any) -> Response:
    """Give the logo of a cover page, for the page that shows it."""
    found: CoverPage = request.context.found
    if not found.logo:
        raise errors.cover_not_found()
    return Response(found.logo, content_type=logo_type(found.logo))


def names(above: Library) -> dict[str, str]:
    """Return the documents that may have a cover page, by their name in addresses, with what they are called."""
    return {EVERY: EVERY_WORDS, **{one: DOCUMENTS.get(one, one) for one in documents(above)}}


@dataclass(frozen=True)
class _Asked:
    """A layer, the library above it, the cover page that it has for the document of the address, and the one above."""

    mine: LibraryView
    library: Library
    kept: CoverPage | None
    above: Cover | None


def _asked(request: Any) -> _Asked:
    mine = queries.layer_of(request.db, request.identity.organisation_id)
    if mine is None:
        raise errors.layer_not_found()
    library = above_of(request.db, mine, request.now.date()).library
    document = _document(request)
    canvas = canvas_for(library, document)
    if canvas is None:
        raise errors.cover_document(document)
    kept = queries.cover_of(request.db, mine, document)
    return _Asked(mine, library, kept, library.covers.get(canvas.cover))


def _document(request: Any) -> str:
    name = str(request.matchdict["document"])
    return ALL if name == EVERY else name


def _wish(request: Any, form: CoverForm) -> service.CoverWish:
    return service.CoverWish(
        document=_document(request), places=tuple(one.data or "" for one in form.places()),
        text=form.text.data or "", text_2=form.text_2.data or "", alt=form.alt.data or "", logo=form.sent_logo(),
    )  # fmt: skip


def _refused(request: Any, form: CoverForm, asked: _Asked) -> dict[str, Any]:
    """Show the form with what was typed; a file cannot be shown again, and that is said."""
    if getattr(form.logo.data, "file", None) is not None and not form.logo.errors:
        form.add_error(
            "logo", request.translate(_("Le fichier du logo n’est pas gardé : choisissez-le de nouveau."))
        )
    return _shown(request, form, asked)


def _shown(request: Any, form: CoverForm, asked: _Asked) -> dict[str, Any]:
    kept = asked.kept
    address = request.route_path("clauses.layer_logo", cover=kept.id) if kept and kept.logo else ""
    specimen = service.cover_specimen(asked.library, kept) if kept else None
    return {
        "form": form.offer(BLOCKS),
        "name": names(asked.library)[request.matchdict["document"]],
        "preview": html.cover_fragment(specimen, address=address) if specimen else None,
    }
