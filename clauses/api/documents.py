"""Endpoints of a document's files and of what comes back: exports, tracked changes, upgrade, an edited DOCX."""

import math
from typing import Any

from pyramid.response import Response

from clauses import errors, queries, service
from clauses.api.shown import etag, release_of, tagged
from clauses.queries.redlines import against_draft, against_library
from clauses.queries.upgrades import ClauseUpgrade, UpgradePlan, plan_upgrade
from clauses.render.errors import PdfFailed, PdfUnavailable
from clauses.render.readback import ClauseBack, ReadBack
from clauses.rules.states import ArtefactFormat
from clauses.rules.upgrade import Decision
from clauses.schemas import UpgradeBody, optional_id
from clauses.service.queueing import ask_for
from clauses.service.upgrading import Choice, upgrade_draft
from procurement.core import services
from procurement.core.api import contract, require_match
from procurement.core.db import Database
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import endpoint

_READ, _WRITE = Permission.API_DRAFTS_READ, Permission.API_DRAFTS_WRITE
_DOCX, _ODT = ArtefactFormat.DOCX, ArtefactFormat.ODT
_PDF, _HTML = ArtefactFormat.PDF, ArtefactFormat.HTML
#: Largest Word file, in bytes; seconds until it is worth asking for a PDF again.
FILE_BYTES = 20 << 20
_SOON = 2


@endpoint("clauses.api.export_docx", permission=_READ, methods=("GET",))
@contract(produces=(_DOCX.media_type,))
def export_docx(request: Any) -> Response:
    """Give the document for Word."""
    return _export(request, _DOCX)


@endpoint("clauses.api.export_odt", permission=_READ, methods=("GET",))
@contract(produces=(_ODT.media_type,))
def export_odt(request: Any) -> Response:
    """Give the document for LibreOffice."""
    return _export(request, _ODT)


@endpoint("clauses.api.export_html", permission=_READ, methods=("GET",))
@contract(produces=(_HTML.media_type,))
def export_html(request: Any) -> Response:
    """Give the document as a page that stands alone."""
    return _export(request, _HTML)


@endpoint("clauses.api.export_pdf", permission=_READ, methods=("GET",))
@contract(produces=(_PDF.media_type, "application/json"))
def export_pdf(request: Any) -> Response:
    """Give the PDF when it is made; else have it made, and say when to ask again (202).

    Once every attempt has failed that is said (503); the next request has it tried anew.
    """
    if _PDF not in service.available():
        raise PdfUnavailable
    draft = request.context.draft
    made = queries.artefact(request.db, draft.id, _PDF, draft.revision)
    if made is not None:
        return _file(made.content, _PDF.media_type, made.sha256)
    request.db.rollback()
    database: Database = services.get(request, Database)
    with database.write() as session:
        due = ask_for(session, draft, _PDF, now=request.now)
    if due is None:
        raise PdfFailed(f"the job that makes the PDF of {draft.id} is dead")
    response = Response(json_body={"status": "pending"}, status=202, charset="utf-8")
    response.location = request.route_url("clauses.api.export_pdf", draft=draft.id)
    response.headers["Retry-After"] = str(max(_SOON, math.ceil((due - request.now).total_seconds())))
    return response


def _export(request: Any, form: ArtefactFormat) -> Response:
    draft = request.context.draft
    made = queries.artefact(request.db, draft.id, form, draft.revision)
    if made is None:
        request.db.rollback()
        database: Database = services.get(request, Database)
        made = service.export(database, draft.id, form, by=request.identity, now=request.now)
    return _file(made.content, form.media_type, made.sha256)


def _file(content: bytes, media_type: str, digest: str) -> Response:
    response = Response(body=content, content_type=media_type, charset=None)
    response.etag = digest
    response.headers["Content-Disposition"] = "attachment"
    return response


@endpoint("clauses.api.redline", permission=_READ, methods=("GET",))
@contract(produces=(_DOCX.media_type,))
def redline(request: Any) -> Response:
    """Give what changed against the library's words, a release, or another document, as tracked changes."""
    draft, against = request.context.draft, request.GET.get("against", "release")
    kind, _colon, what = against.partition(":")
    signed = {"author": request.identity.name, "now": request.now}
    if kind == "release":
        chosen = release_of(request, what).id if what else None
        content = against_library(request.db, draft, chosen, **signed)
    elif kind == "draft":
        other = optional_id(what)
        if other is None or queries.view(request.db, other).client_id != draft.client_id:
            raise errors.draft_not_found()
        content = against_draft(request.db, draft, other, **signed)
    else:
        message = _("« against » est release, release:VERSION ou draft:ID.")
        error = FieldError("against", "clauses.against", message)
        raise Invalid("clauses.against", message, errors=(error,))
    response = Response(body=content, content_type=_DOCX.media_type, charset=None)
    response.headers["Content-Disposition"] = "attachment"
    return response


@endpoint("clauses.api.upgrade", permission=_WRITE, methods=("POST",), schema=UpgradeBody)
def upgrade(request: Any) -> dict[str, Any]:
    """Bring the document to a release, or only say what that would change."""
    body: UpgradeBody = request.validated
    draft = request.context.draft
    release = release_of(request, body.release)
    if body.dry_run:
        plan = plan_upgrade(request.db, draft.id, release.id)
        return {"draft": None, "plan": _plan(plan)}
    require_match(request, etag(draft), always=True)
    choices = {key: Choice(Decision(one.decision), one.text) for key, one in body.decisions.items()}
    made = upgrade_draft(
        request.db, draft.id, release.id, choices, revision=draft.revision, by=request.identity,
        now=request.now,
    )  # fmt: skip
    return {"draft": tagged(request, made), "plan": None}


def _plan(plan: UpgradePlan) -> dict[str, Any]:
    return {
        "release": plan.to.release.version,
        "clauses": [_step(one) for one in plan.clauses],
        "entering": list(plan.entering),
        "leaving": list(plan.leaving),
        "unread": list(plan.unread),
        "to_decide": list(plan.to_decide),
    }


def _step(one: ClauseUpgrade) -> dict[str, Any]:
    return {
        "clause": one.clause,
        "title": one.title,
        "situation": one.situation.value,
        "base": one.base,
        "theirs": one.theirs,
        "ours": one.ours,
        "merged": one.found.merged,
    }


@endpoint("clauses.api.readback", permission=_WRITE, methods=("POST",), most=FILE_BYTES, transaction=False)
@contract(consumes=(_DOCX.media_type,), idempotent=False)
def readback(request: Any) -> dict[str, Any]:
    """Say what an edited DOCX changes, clause by clause; ``accept`` names those to take over, nothing is by default."""
    draft = request.context.draft
    accepted = [one.strip() for one in request.GET.get("accept", "").split(",") if one.strip()]
    if accepted:
        require_match(request, etag(draft), always=True)
    found = service.look(request.db, draft.id, request.body)
    if accepted == ["all"]:
        accepted = [one.id for one in found.proposed]
    shown = _read(found)
    if not accepted:
        return {**shown, "taken": [], "refused": [], "draft": None}
    request.db.rollback()
    database: Database = services.get(request, Database)
    with database.write() as session:
        done = service.apply_readback(
            session, draft.id, found, accepted, revision=draft.revision, by=request.identity, now=request.now
        )
    refused = [{"clause": key, "code": code} for key, code in done.refused]
    return {**shown, "taken": list(done.taken), "refused": refused, "draft": tagged(request, done.draft)}


def _read(found: ReadBack) -> dict[str, Any]:
    return {
        "clauses": [_back(one) for one in found.clauses],
        "outside": [{"text": one.text, "after": one.after} for one in found.outside],
        "comments": [
            {"author": one.author, "text": one.text, "clause": one.clause} for one in found.comments
        ],
        "revision_authors": list(found.revision_authors),
        "provenance": found.provenance.value,
        "revision": found.revision,
    }


def _back(one: ClauseBack) -> dict[str, Any]:
    return {
        "clause": one.id,
        "outcome": one.outcome.value,
        "moved": one.moved,
        "body": one.body,
        "diff": [list(part) for part in one.diff],
        "since": [list(part) for part in one.since],
        "proposed": one.proposed,
    }
