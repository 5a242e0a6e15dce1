"""The files of a document: the four formats, and what changed as tracked changes of Word."""

import re
import uuid
from typing import Any

from pyramid.response import Response

from clauses import errors, queries, service
from clauses.queries import ArtefactView, DraftView
from clauses.queries.redlines import against_draft, against_library
from clauses.routes import may_view
from clauses.rules.states import ArtefactFormat
from procurement.core import services
from procurement.core.db import Database
from procurement.core.permissions import Permission
from procurement.core.web import page

_VIEW = Permission.CLAUSE_DRAFT_VIEW
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]+")
DOCX = ArtefactFormat.DOCX.media_type


@page("clauses.export", permission=_VIEW, records=True)
def export(request: Any) -> Response:
    """Give the document in a format; its bytes are kept with their hash, so that a GET leaves a line of the journal."""
    form = ArtefactFormat(request.matchdict["form"])
    draft = request.context.draft
    made = queries.artefact(request.db, draft.id, form, draft.revision)
    if made is None:
        made = _made(request, form)
    return attachment(made.content, form.media_type, f"{name_of(request)}.{form}")


def _made(request: Any, form: ArtefactFormat) -> ArtefactView:
    # The reading session is given up first: SQLite would otherwise see the file grow old under it.
    request.db.rollback()
    database: Database = services.get(request, Database)
    return service.export(database, request.context.draft.id, form, by=request.identity, now=request.now)


@page("clauses.redline", permission=_VIEW)
def redline(request: Any) -> Response:
    """Give what changed between the library's words, or another document, and this one: tracked changes of Word."""
    draft = request.context.draft
    signed = {"author": request.identity.name, "now": request.now}
    other = request.GET.get("avec", "")
    if other:
        found = _of_the_same(request, other)
        content = against_draft(request.db, draft, found.id, **signed)
    else:
        content = against_library(request.db, draft, _release(request), **signed)
    return attachment(content, DOCX, f"{name_of(request)}-modifications.docx")


def _of_the_same(request: Any, text: str) -> DraftView:
    """Return another document that the person may see; raise ``clauses.draft_not_found``."""
    try:
        found = queries.view(request.db, uuid.UUID(text))
    except ValueError:
        raise errors.draft_not_found() from None
    if not may_view(request, found):
        raise errors.draft_not_found()
    return found


def _release(request: Any) -> uuid.UUID | None:
    """Return the release asked for by its version, None for the draft's own."""
    wanted = request.GET.get("version", "")
    if not wanted:
        return None
    own = queries.release(request.db, request.context.draft.release_id)
    found = queries.by_version(request.db, own.library_id, wanted)
    if found is None:
        raise errors.release_not_found()
    return found.id


def name_of(request: Any) -> str:
    """Return the beginning of the file's name."""
    draft = request.context.draft
    parts = [
        draft.document,
        draft.consultation_ref,
        f"lot {draft.lot_number}" if draft.lot_number is not None else "",
    ]
    return "-".join(_NOT_PLAIN.sub("-", part).strip("-") for part in parts if part)


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """Return a file to keep."""
    return Response(
        body=content, content_type=media_type, charset=None, content_disposition=f'attachment; filename="{name}"',
    )  # fmt: skip
