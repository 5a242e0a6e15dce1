"""Endpoints of a client's documents: begin, answer, write, settle, check, and the moves of their life."""

import uuid
from typing import Any

from pyramid.response import Response

from clauses import errors, queries, service
from clauses.api.evaluating import FACT_BYTES, typed
from clauses.api.shown import (
    check_shown,
    conflict_shown,
    edition_of,
    etag,
    held,
    summary,
    tagged,
)
from clauses.hooks import NoFacts
from clauses.queries import Conflict, DraftView
from clauses.queries.client_drafts import page
from clauses.schemas import (
    AcknowledgeBody,
    AnswersBody,
    DerogationBody,
    DraftBody,
    Nothing,
    ReturnBody,
    SettleBody,
    TextBody,
)
from procurement.core.api import client_of, page_of, window
from procurement.core.api.conditions import knows, require_header
from procurement.core.api.paging import next_cursor
from procurement.core.permissions import Permission
from procurement.core.web.views import endpoint

_READ, _WRITE = Permission.API_DRAFTS_READ, Permission.API_DRAFTS_WRITE
#: A revision that no field has: what is saved over it loses, and is kept.
_NEVER = -1


@endpoint("clauses.api.drafts", permission=_READ, methods=("GET",))
def index(request: Any) -> dict[str, Any]:
    """List the client's documents, the latest first."""
    asked = window(request)
    rows = page(request.db, client_of(request), after=asked.after_id, limit=asked.fetch)
    shown = page_of(request, rows, asked, place=lambda one: one.id)
    following = next_cursor(rows, asked, place=lambda one: one.id)
    return {"items": [summary(request, one) for one in shown], "next_cursor": following}


@endpoint("clauses.api.drafts", permission=_WRITE, methods=("POST",), schema=DraftBody, most=FACT_BYTES)
def create(request: Any) -> dict[str, Any]:
    """Begin a document with the facts that the client brings: no consultation is needed here."""
    body: DraftBody = request.validated
    found = edition_of(request, body.release, body.on)
    typed(found, body.facts)
    beginning = service.Beginning(
        canvas=body.canvas, title=body.title, facts=body.facts, reference=body.reference, reference_date=body.on,
        release_id=found.release.id,
    )  # fmt: skip
    made = service.start_draft(request.db, beginning, source=NoFacts(), by=request.identity, now=request.now)
    request.response.status_int = 201
    request.response.location = request.route_url("clauses.api.draft", draft=made.id)
    return tagged(request, made)


@endpoint("clauses.api.draft", permission=_READ, methods=("GET",))
def show(request: Any) -> dict[str, Any]:
    """Show a document."""
    return tagged(request, request.context.draft)


@endpoint("clauses.api.answers", permission=_WRITE, methods=("PATCH",), schema=AnswersBody, most=FACT_BYTES)
def answer(request: Any) -> Any:
    """Give or take back answers, all or none; a stale If-Match keeps every one beside and answers 412 with both."""
    draft, given = request.context.draft, request.validated.answers
    found = queries.edition(request.db, draft.release_id)
    typed(found, {key: value for key, value in given.items() if value is not None})
    fresh = _fresh(request, draft)
    lost = []
    for key, value in given.items():
        revision = service.revision_of(request.db, draft.id, key) if fresh else _NEVER
        result = service.save_answer(
            request.db, draft.id, key, value, revision=revision, by=request.identity, now=request.now
        )
        lost += [result.conflict] if result.conflict else []
    return _saved(request, lost)


@endpoint("clauses.api.text", permission=_WRITE, methods=("PUT",), schema=TextBody)
def write(request: Any) -> Any:
    """Write a clause, or go back to the library's words; a stale If-Match keeps the text beside and answers 412."""
    draft, key = request.context.draft, request.matchdict["clause"]
    revision = service.revision_of(request.db, draft.id, key) if _fresh(request, draft) else _NEVER
    result = service.save_text(
        request.db,
        draft.id,
        key,
        request.validated.body,
        revision=revision,
        by=request.identity,
        now=request.now,
    )
    return _saved(request, [result.conflict] if result.conflict else [])


def _fresh(request: Any, draft: DraftView) -> bool:
    """Tell whether the client knows the draft as it is; refuse one that does not say what it knows."""
    require_header(request, always=True)
    return knows(request, etag(draft))


def _saved(request: Any, lost: list[Conflict]) -> Any:
    if not lost:
        return tagged(request, queries.view(request.db, request.context.draft.id))
    sentence = request.translate(errors.Stale(current="", given="", revision=0, event_id=lost[0].id).message)
    body = {
        "type": f"{request.route_url('core.error_help', code='clauses.stale')}",
        "title": "Precondition Failed",
        "status": 412,
        "code": "clauses.stale",
        "detail": sentence,
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
        "conflicts": [conflict_shown(one) for one in lost],
    }
    response = Response(json_body=body, status=412, content_type="application/problem+json", charset="utf-8")
    # What lost is kept: this refusal is committed.
    response.headers["X-Tm"] = "commit"
    return response


@endpoint("clauses.api.conflict", permission=_WRITE, methods=("POST",), schema=SettleBody)
def settle(request: Any) -> Any:
    """Close a conflict: keep what stands, take what lost, or a third text; a stale If-Match answers 412, a third text is kept."""
    body: SettleBody = request.validated
    draft, chosen = request.context.draft, uuid.UUID(request.matchdict["conflict"])
    fresh = _fresh(request, draft)
    subject = next((one.subject for one in queries.conflicts(request.db, draft.id) if one.id == chosen), "")
    result = service.settle(
        request.db, draft.id, chosen, service.Settlement(body.keep, body.merged),
        revision=service.revision_of(request.db, draft.id, subject) if fresh else _NEVER, by=request.identity,
        now=request.now,
    )  # fmt: skip
    return _saved(request, [result.conflict] if result.conflict else [])


@endpoint("clauses.api.derogation", permission=_WRITE, methods=("PUT",), schema=DerogationBody)
def derogation(request: Any) -> dict[str, Any]:
    """Say whether one's own words depart from the CCAG, and from which article."""
    draft, body = held(request), request.validated
    made = service.say_derogation(
        request.db, draft.id, request.matchdict["clause"], derogates=body.derogates, article=body.article,
        by=request.identity, now=request.now,
    )  # fmt: skip
    return tagged(request, made)


@endpoint("clauses.api.acknowledge", permission=_WRITE, methods=("POST",), schema=AcknowledgeBody)
def acknowledge(request: Any) -> dict[str, Any]:
    """Take clauses that no lawyer has validated, once somebody has read them."""
    draft = request.context.draft
    for key in dict.fromkeys(request.validated.clauses):
        service.acknowledge(request.db, draft.id, key, by=request.identity, now=request.now)
    return tagged(request, queries.view(request.db, draft.id))


@endpoint("clauses.api.checks", permission=_READ, methods=("GET",))
def checks(request: Any) -> dict[str, Any]:
    """Say what stands between the document and its submission."""
    found = queries.desk(request.db, request.context.draft).refusals()
    return {"ready": not found, "items": [check_shown(request, one) for one in found]}


@endpoint("clauses.api.submit", permission=_WRITE, methods=("POST",), schema=Nothing)
def submit(request: Any) -> dict[str, Any]:
    """Hand the document over for validation; 409 while something is missing."""
    made = service.submit(request.db, request.context.draft.id, by=request.identity, now=request.now)
    return tagged(request, made)


@endpoint("clauses.api.return", permission=_WRITE, methods=("POST",), schema=ReturnBody)
def give_back(request: Any) -> dict[str, Any]:
    """Give the document back to be written further."""
    made = service.return_(
        request.db, request.context.draft.id, request.validated.reason, by=request.identity, now=request.now
    )
    return tagged(request, made)


@endpoint("clauses.api.validate", permission=_WRITE, methods=("POST",), schema=Nothing)
def validate(request: Any) -> dict[str, Any]:
    """Accept the document; who validates among the client's people is the client's own affair."""
    made = service.validate(
        request.db, request.context.draft.id, four_eyes=False, by=request.identity, now=request.now
    )
    return tagged(request, made)
