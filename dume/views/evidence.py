"""The proofs of a response: joined, read again, taken away; sealed in the store before any row names them."""

import uuid
from typing import Any

from pyramid.response import Response

from dume import errors, queries, service
from dume.views.doors import door_of, read, shown, vault_of
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.storage import Storage
from procurement.core.text import _, display_name
from procurement.core.web import page
from procurement.core.web.views import see_other

#: What the form adds around its file, in bytes, at most.
_MARGIN = 64 << 10
_SUFFIXES = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@page(
    "dume.evidences",
    permission=Permission.DUME_EDIT,
    template="dume/evidences.html",
    methods=("GET", "POST"),
    transaction=False,
    most=service.EVIDENCE_BYTES + _MARGIN,
)
def evidences(request: Any) -> Any:
    """List the proofs, and take a new one."""
    door = door_of(request)
    found: list[tuple[str, str]] = []
    if request.method == "POST":
        sent = request.POST.get("file")
        if getattr(sent, "file", None) is None:
            found.append(("file", request.translate(_("Choisissez un fichier : rien n’a été envoyé."))))
            request.response.status_int = 422
        else:
            try:
                door.count()
                _attach(request, sent)
            except DomainError as error:
                found.append(("file", request.translate(error.message, **error.params)))
                request.response.status_int = error.status
            else:
                request.flash(
                    _("La pièce est jointe. Vous pouvez la choisir comme preuve dans vos réponses.")
                )
                return see_other(door.url("evidences"))
    what = read(request)
    rows = [_row(request, one) for one in queries.evidences(request.db, door.dume)]
    return shown(request, what, here="evidences", rows=rows, errors=found)


def _row(request: Any, one: queries.SourceView) -> dict[str, Any]:
    told = queries.source_payload(request.db, vault_of(request), door_of(request).dume, one.id)
    return {"view": one, "name": told.get("name") or one.source, "own": one.source == "person"}


def _attach(request: Any, sent: Any) -> None:
    database: Database = services.get(request, Database)
    vault, door = vault_of(request), door_of(request)
    content = sent.file.read()
    service.require_room(request.db, door.dume, len(content))
    stored = service.store_proof(
        database,
        vault,
        services.get(request, Storage),
        door.dume.vault_owner,
        content,
        name=display_name(sent.filename),
        now=request.now,
    )
    with database.write() as session:
        row = queries.by_id(session, door.dume.id)
        service.attach_evidence(session, vault, row, stored, by=door.by, now=request.now)


def _id(request: Any) -> uuid.UUID:
    try:
        return uuid.UUID(request.matchdict["evidence"])
    except ValueError:
        raise errors.no_evidence() from None


@page("dume.evidence", permission=Permission.DUME_VIEW)
def evidence(request: Any) -> Response:
    """Send a proof, to be saved and not shown."""
    view, content = queries.proof(
        request.db, vault_of(request), services.get(request, Storage), door_of(request).dume, _id(request)
    )
    name = f"piece-{view.evidence[:12] or view.id}.{_SUFFIXES.get(view.media_type, 'bin')}"
    disposition = f'attachment; filename="{name}"'
    return Response(body=content, content_type=view.media_type, content_disposition=disposition)


@page("dume.evidence_remove", permission=Permission.DUME_EDIT, methods=("POST",))
def remove(request: Any) -> Any:
    """Take a proof of the company's own away."""
    door = door_of(request)
    service.detach_evidence(
        request.db, vault_of(request), door.dume, _id(request), by=door.by, now=request.now
    )
    request.flash(_("La pièce est retirée."))
    return see_other(door.url("evidences"))
