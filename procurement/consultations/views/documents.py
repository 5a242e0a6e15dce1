"""The tender documents of a draft: list, upload, label, removal."""

import logging
import uuid
from typing import Any

from procurement.consultations import queries, service
from procurement.consultations.errors import ConsultationNotFound
from procurement.consultations.forms import LabelForm
from procurement.consultations.multipart import Part
from procurement.consultations.service.documents import find
from procurement.consultations.upload import Upload
from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.errors import DomainError, TooLarge
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.storage import Storage
from procurement.core.text import _, display_name, for_count
from procurement.core.web import page
from procurement.core.web.views import see_other

_log = logging.getLogger(__name__)
_EDIT = Permission.CONSULTATION_EDIT


@page("consultations.documents", permission=_EDIT, template="consultations/documents.html")
def documents(request: Any) -> Any:
    """List the documents of a draft; once published they are on the public page."""
    consultation = request.context.consultation
    if consultation.published_at is not None:
        return see_other(request.route_path("consultations.manage", reference=consultation.reference))
    return _shown(request, [], [])


@page(
    "consultations.document_upload",
    permission=_EDIT,
    template="consultations/documents.html",
    methods=("POST",),
    transaction=False,
    most=None,
)
def upload(request: Any) -> Any:
    """Receive documents: each is kept or refused by itself, and each refusal says its reason."""
    consultation = request.context.consultation
    incoming: Upload = request.context.upload
    request.db.rollback()  # No transaction stays open while a body streams.
    added: list[str] = []
    notes: list[tuple[str, str]] = []
    try:
        for part in incoming.files():
            _receive(request, incoming, part, added, notes)
    except DomainError as error:  # The body itself cannot be read further.
        notes.append(("documents", request.translate(error.message, **error.params)))
    if not added and not notes:
        notes.append(("documents", request.translate(_("Choisissez au moins un fichier à envoyer."))))
    if notes:
        request.response.status_int = 422
        return _shown(request, notes, added)
    sentence = for_count(len(added), _("%(count)s document ajouté."), _("%(count)s documents ajoutés."))
    request.flash(sentence, count=len(added))
    return see_other(request.route_path("consultations.documents", reference=consultation.reference))


def _receive(
    request: Any, incoming: Upload, part: Part, added: list[str], notes: list[tuple[str, str]]
) -> None:
    """Take one file: its name is checked before its bytes, its bytes are durable before its row."""
    consultation = request.context.consultation
    database: Database = services.get(request, Database)
    storage: Storage = services.get(request, Storage)
    clock: Clock = services.get(request, Clock)
    key = service.new_key(consultation.id)
    try:
        path = incoming.path_of(part)
        with database.read() as session:
            service.check_new_path(session, consultation.id, path, clock.now())
        received = incoming.store(storage, key, part, path)
        with database.write() as session:
            twins = service.add_document(
                session, consultation.id, received, by=request.identity, now=clock.now()
            )
    except TooLarge:
        raise
    except DomainError as error:
        if error.code == "document.upload_cut":
            raise
        notes.append(("documents", request.translate(error.message, **error.params)))
        return
    added.append(display_name(path))
    if twins:
        message = _("« %(name)s » est ajouté, mais son contenu est le même que celui de « %(twin)s ».")
        request.flash(message, "warning", name=display_name(path), twin=display_name(twins[0]))


@page(
    "consultations.document_edit",
    permission=_EDIT,
    template="consultations/document.html",
    methods=("GET", "POST"),
)
def document_edit(request: Any) -> Any:
    """Say in words what a document is."""
    consultation = request.context.consultation
    found = find(request.db, consultation.id, _id(request))
    form = LabelForm(request, data={"label": found.label})
    if form.accepted():
        label = form.label.data or ""
        service.label_document(
            request.db, consultation.id, found.id, label, by=request.identity, now=request.now
        )
        request.flash(_("Le libellé est enregistré."))
        return see_other(request.route_path("consultations.documents", reference=consultation.reference))
    return {"form": form, "consultation": consultation, "document": found}


@page("consultations.document_remove", permission=_EDIT, methods=("POST",))
def document_remove(request: Any) -> Any:
    """Take a document out of a draft."""
    consultation = request.context.consultation
    service.remove_document(request.db, consultation.id, _id(request), by=request.identity, now=request.now)
    request.flash(_("Le document est retiré du dossier."))
    return see_other(request.route_path("consultations.documents", reference=consultation.reference))


def _shown(request: Any, errors: list[tuple[str, str]], added: list[str]) -> dict[str, Any]:
    consultation = request.context.consultation
    found = queries.documents(request.db, consultation.id)
    return {
        "consultation": consultation,
        "documents": found,
        "total_size": sum(item.size for item in found),
        "most": services.get(request, Settings).document_bytes,
        "errors": errors,
        "added": added,
    }


def _id(request: Any) -> uuid.UUID:
    try:
        return uuid.UUID(request.matchdict["document"])
    except ValueError:
        raise ConsultationNotFound from None
