"""Endpoints of responses (DUME OE): beginning, answers, confirmation, prefilling, freshness."""

import uuid
from collections.abc import Sequence
from typing import Any

from pyramid.response import Response

from dume import errors, queries, service
from dume.api.requests import FILE_BODY, listed, validated
from dume.api.shown import (
    check_mandate,
    checked,
    held,
    loaded,
    one_of,
    owner_of,
    patched,
    tagged,
    vault_of,
    xml_of,
)
from dume.espd import codec
from dume.espd.model import Address, EconomicOperator, Person, Value
from dume.models import Dume
from dume.queries import Relation, SourceView
from dume.rules import Kind, SourceStatus
from dume.schemas import (
    AnswersBody,
    ConfirmBody,
    Nothing,
    PlaceBody,
    PrefillBody,
    ResponseBody,
    ResponsePatch,
    instant,
)
from dume.service import Change, Given, Place, ResponseDraft, ResponseEdits
from dume.service.progress import prefill_underway
from procurement.core.api import client_of
from procurement.core.errors import Conflict, FieldError, Forbidden, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import endpoint

_READ, _WRITE = Permission.API_OE_READ, Permission.API_OE_WRITE


@endpoint("dume.api.responses", permission=_WRITE, methods=("POST",), schema=ResponseBody, most=FILE_BODY)
def create(request: Any) -> dict[str, Any]:
    """Begin a response to a published request, or to the XML of one."""
    body: ResponseBody = request.validated
    if bool(body.xml) == bool(body.id_dume_acheteur):
        raise one_of("/id_dume_acheteur")
    draft = ResponseDraft(
        role=body.role,
        request=published(request, body.id_dume_acheteur) if body.id_dume_acheteur else None,
        request_xml=xml_of(body.xml) if body.xml else b"",
        operator=operator_of(body),
        lots=tuple(body.lots),
        relied_on=frozenset(body.relied_on),
        reuse=own(request, body.reuse, Kind.RESPONSE) if body.reuse else None,
    )
    row = service.create_response(
        request.db,
        vault_of(request),
        draft,
        owner=owner_of(request, body.siret),
        by=request.identity,
        now=request.now,
    )
    if body.prefill != "none":
        start(request, row, int(body.prefill), (), body.recipient)
    request.response.status_int = 201
    request.response.location = request.route_url("dume.api.response", id_dume=row.id_dume)
    return tagged(request, row)


def operator_of(body: ResponseBody) -> EconomicOperator:
    """Return the company as the body names it; what it leaves out comes from the directory."""
    if body.operator is None:
        return EconomicOperator(role=body.role)
    return loaded(EconomicOperator, {"role": body.role.value, **body.operator}, "/operator")


def published(request: Any, id_dume: str) -> Dume:
    """Return a request that may be answered: published, or the client's own."""
    found = queries.by_id_dume(request.db, id_dume)
    standing = queries.relation(found, client_id=client_of(request), now=request.now)
    if found.kind is not Kind.REQUEST or standing not in {Relation.OWNER, Relation.BUYER, Relation.READER}:
        raise errors.not_found()
    return found


def own(request: Any, id_dume: str, kind: Kind) -> Dume:
    """Return a DUME of the client's own."""
    found = queries.by_id_dume(request.db, id_dume)
    standing = queries.relation(found, client_id=client_of(request), now=request.now)
    if found.kind is not kind or standing is not Relation.OWNER:
        raise errors.not_found()
    return found


@endpoint("dume.api.responses", permission=_READ, methods=("GET",))
def index(request: Any) -> dict[str, Any]:
    """List the client's responses."""
    return listed(request, Kind.RESPONSE)


@endpoint("dume.api.response", permission=_READ, methods=("GET",))
def show(request: Any) -> dict[str, Any]:
    """Show a response, without what it says."""
    return tagged(request, request.context.dume)


@endpoint("dume.api.response", permission=_WRITE, methods=("PATCH",), schema=ResponsePatch)
def change(request: Any) -> dict[str, Any]:
    """Change the company's data or the lots tendered for."""
    row, body, vault = held(request), request.validated, vault_of(request)
    what = queries.document(request.db, vault, row)
    operator = what.economic_operator or EconomicOperator(role=row.role)
    edits = ResponseEdits(
        operator=loaded(EconomicOperator, patched(operator, body.operator), "/operator")
        if body.operator is not None
        else None,
        lots=tuple(body.lots) if body.lots is not None else None,
    )
    service.edit_response(request.db, vault, row, edits, by=request.identity, now=request.now)
    return tagged(request, row)


@endpoint("dume.api.response", permission=_WRITE, methods=("DELETE",))
def delete(request: Any) -> Response:
    """Delete a response that no bid refers to."""
    service.delete(request.db, held(request), by=request.identity, now=request.now)
    return Response(status=204, content_type=None, charset=None)


@endpoint(
    "dume.api.response_answers", permission=_WRITE, methods=("PATCH",), schema=AnswersBody, most=8 << 20
)
def answer(request: Any) -> dict[str, Any]:
    """Set or take back answers, all or none, and say what is still in the way."""
    row, body, vault = held(request), request.validated, vault_of(request)
    given = [
        Given(place=place_of(one), value=one.value, evidences=tuple(one.evidences)) for one in body.answers
    ]
    wanted = _wants_findings(request)
    service.answer(request.db, vault, row, given, by=request.identity, now=request.now)
    if not wanted:
        return tagged(request, row)
    found = service.check_dume(request.db, vault, row, now=request.now)
    return {**tagged(request, row), **checked(request, found)}


def _wants_findings(request: Any) -> bool:
    """Tell whether the answer is to say what is still in the way, which takes a whole check."""
    text = request.GET.get("findings", "true")
    if text not in {"true", "false"}:
        message = _("« findings » est true ou false.")
        raise Invalid("dume.switch", message, errors=(FieldError("findings", "dume.switch", message),))
    return bool(text == "true")


def place_of(body: PlaceBody | Any) -> Place:
    """Return a place of a body."""
    return Place(property=body.property, occurrence=tuple(body.occurrence), lots=tuple(body.lots))


@endpoint("dume.api.response_confirmations", permission=_WRITE, methods=("POST",), schema=ConfirmBody)
def confirm(request: Any) -> dict[str, Any]:
    """Make answers that a person has read the company's own."""
    row, body = request.context.dume, request.validated
    places: Sequence[Place] = [place_of(one) for one in body.paths]
    service.confirm(
        request.db, vault_of(request), row, places, edition=body.edition, by=request.identity, now=request.now
    )
    return tagged(request, row)


@endpoint("dume.api.response_changes", permission=_READ, methods=("GET",))
def changes(request: Any) -> dict[str, Any]:
    """Say what to look at: to review, proposed, unanswered; and a newer request, if there is one."""
    found = service.changes(request.db, vault_of(request), request.context.dume)
    return {
        "edition": request.context.dume.edition,
        "newer_request": found.newer.id_dume if found.newer else None,
        "items": [_changed(one) for one in found.items],
    }


def _changed(one: Change) -> dict[str, Any]:
    return {
        "property": one.place.property,
        "occurrence": list(one.place.occurrence),
        "lots": list(one.place.lots),
        "why": str(one.why),
        "criterion": one.criterion,
        "value": _written(one.value),
        "source": one.source,
    }


def _written(value: Value | Address | Person | None) -> Any:
    if isinstance(value, Address | Person):
        return codec.dump_part(value)
    return None if value is None else codec.dump_value(value)


@endpoint("dume.api.response_validate", permission=_WRITE, methods=("POST",), schema=Nothing)
def validate(request: Any) -> dict[str, Any]:
    """Validate a response, or say what keeps it from being valid."""
    return validated(request)


@endpoint(
    "dume.api.response_publish", permission=Permission.API_OE_PUBLISH, methods=("POST",), schema=Nothing
)
def publish(request: Any) -> dict[str, Any]:
    """Publish a validated response."""
    made = service.publish(request.db, request.context.dume, by=request.identity, now=request.now)
    return {**tagged(request, made.dume), "replaced": [one.id_dume for one in made.replaced]}


@endpoint(
    "dume.api.response_prefills",
    permission=Permission.API_PREFILL_PUBLIC,
    methods=("POST",),
    schema=PrefillBody,
)
def prefill(request: Any) -> dict[str, Any]:
    """Ask the registers what they know; their statuses are read at the address given."""
    body: PrefillBody = request.validated
    row = request.context.dume
    made = start(request, row, body.level, tuple(body.sources), body.recipient)
    request.response.status_int = 202
    request.response.location = request.route_url(
        "dume.api.response_prefill", id_dume=row.id_dume, prefill=made
    )
    return {"id": str(made), **_progress(request, row, queries.prefill(request.db, row, made))}


def start(request: Any, row: Dume, level: int, sources: tuple[str, ...], recipient: str) -> uuid.UUID:
    """Start a prefilling; protected data take the scope for them as well."""
    if level > 1 and Permission.API_PREFILL_PROTECTED.scope not in request.identity.scopes:
        raise errors.recipient_mismatch()
    return service.start_prefill(
        request.db,
        row,
        level=level,
        sources=sources,
        recipient=recipient,
        by=request.identity,
        now=request.now,
    )


@endpoint("dume.api.response_prefills", permission=Permission.API_PREFILL_PUBLIC, methods=("GET",))
def latest_prefill(request: Any) -> dict[str, Any]:
    """Show how the latest prefilling goes, source by source."""
    row = request.context.dume
    return _progress(request, row, queries.prefill(request.db, row))


@endpoint("dume.api.response_prefill", permission=Permission.API_PREFILL_PUBLIC, methods=("GET",))
def one_prefill(request: Any) -> dict[str, Any]:
    """Show how a prefilling goes, source by source."""
    number = request.context.id_of("prefill")
    found = queries.prefill(request.db, request.context.dume, number)
    return {"id": str(number), **_progress(request, request.context.dume, found)}


def _progress(request: Any, row: Dume, sources: Sequence[SourceView]) -> dict[str, Any]:
    """Show each source; ``completed`` says that all that they propose stands in the response."""
    pending = any(one.status is SourceStatus.PENDING for one in sources)
    completed = not pending and not prefill_underway(request.db, row)
    return {"completed": completed, "sources": [_source(one) for one in sources]}


def _source(one: SourceView) -> dict[str, Any]:
    return {
        "source": one.source,
        "level": one.level,
        "status": str(one.status),
        "obtained_at": instant(one.obtained_at),
        "as_of": one.as_of or None,
        "valid_until": one.valid_until or None,
        "evidence": one.evidence or None,
        "freshness": one.freshness or None,
        "checked_at": instant(one.checked_at),
    }


@endpoint(
    "dume.api.response_freshness", permission=Permission.API_ACHETEUR_ANALYSE, methods=("POST",), schema=Nothing
)  # fmt: skip
def freshness(request: Any) -> dict[str, Any]:
    """Have the sources of an opened response asked again, for its buyer."""
    row = request.context.dume
    check_mandate(request, row.buyer_siret, Permission.API_ACHETEUR_ANALYSE)
    try:
        service.check_opened([row], request.now)
    except Forbidden as error:
        raise Conflict(error.code, error.message) from None
    asked = service.check_freshness(request.db, row, now=request.now)
    request.response.status_int = 202
    return {"asked": asked, "sources": [_source(one) for one in queries.freshness(request.db, row)]}
