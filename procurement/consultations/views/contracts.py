"""The contract documents of a consultation: the door to their pages, and one click that puts one into the tender documents."""

import uuid
from typing import Any

from clauses.rules.states import ArtefactFormat
from procurement.consultations import attaching
from procurement.consultations.errors import ConsultationNotFound
from procurement.core import services
from procurement.core.db import Database
from procurement.core.permissions import Permission
from procurement.core.storage import Storage
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other


@page("consultations.contracts", permission=Permission.CLAUSE_DRAFT_VIEW)
def show(request: Any) -> Any:
    """Lead to the documents of the consultation, which are written in the clause room's own pages."""
    return see_other(request.route_path("clauses.drafts", consultation=request.context.consultation.id))


@page(
    "consultations.contract_attach",
    permission=Permission.CONSULTATION_EDIT,
    methods=("POST",),
    transaction=False,
)
def attach(request: Any) -> Any:
    """Put a validated document into the tender documents, in the place of the file it gave before."""
    storage: Storage = services.get(request, Storage)
    database: Database = services.get(request, Database)
    draft_id = uuid.UUID(request.matchdict["draft"])
    request.db.rollback()  # Nothing stays open while the document is laid out.
    made = attaching.attach(
        database, storage, request.context.consultation.id, draft_id, _form(request), by=request.identity,
        now=request.now,
    )  # fmt: skip
    request.flash(_("Le document est joint au dossier. Empreinte SHA-256 : %(digest)s."), digest=made.sha256)
    return see_other(request.route_path("clauses.draft", draft=draft_id))


def _form(request: Any) -> ArtefactFormat:
    try:
        return ArtefactFormat(request.POST.get("form", ArtefactFormat.DOCX))
    except ValueError:
        raise ConsultationNotFound from None
