"""Endpoints of requests (DUME acheteur)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyramid.response import Response

from dume import queries, service
from dume.api.shown import (
    check_mandate,
    checked,
    held,
    loaded,
    lots_of,
    may_write,
    one_of,
    owner_of,
    patched,
    shown,
    tagged,
    tie_of,
    vault_of,
    xml_of,
)
from dume.errors import NotValid
from dume.espd import codec
from dume.espd.complete import Choice, Requirements
from dume.espd.model import Buyer, Identifier, Procedure, Value
from dume.espd.taxonomy import taxonomy
from dume.models import Dume
from dume.queries import Filter, Slot
from dume.rules import Kind, Status
from dume.schemas import (
    CriteriaBody,
    CriterionBody,
    Nothing,
    OpeningBody,
    PublishBody,
    RequestBody,
    RequestPatch,
)
from dume.service import RequestDraft, RequestEdits
from procurement.core import ids
from procurement.core.api import client_of, page_of, window
from procurement.core.api.paging import next_cursor
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import endpoint

_READ, _WRITE = Permission.API_ACHETEUR_READ, Permission.API_ACHETEUR_WRITE
#: A body may carry a document of 20 MiB in base64.
FILE_BODY = 30 << 20


@endpoint("dume.api.requests", permission=_WRITE, methods=("POST",), schema=RequestBody, most=FILE_BODY)
def create(request: Any) -> dict[str, Any]:
    """Begin a request from choices, or from the XML of one."""
    body: RequestBody = request.validated
    siret = ids.siret(body.siret)
    check_mandate(request, siret, _WRITE)
    if body.xml and (body.criteria or body.lots):
        raise one_of("/xml")
    owner, tie = owner_of(request, siret), tie_of(body.consultation)
    common: dict[str, Any] = {"owner": owner, "by": request.identity, "now": request.now, "tie": tie}
    if body.xml:
        row = service.import_request(request.db, vault_of(request), xml_of(body.xml), **common)
    else:
        row = service.create_request(request.db, vault_of(request), draft_of(body), **common)
    request.response.status_int = 201
    request.response.location = request.route_url("dume.api.request", id_dume=row.id_dume)
    return tagged(request, row)


def draft_of(body: RequestBody) -> RequestDraft:
    """Return what a buyer begins with."""
    buyer = loaded(Buyer, body.buyer, "/buyer") if body.buyer is not None else Buyer()
    procedure = body.procedure
    return RequestDraft(
        buyer=named(buyer, ids.siret(body.siret), body.name),
        procedure=Procedure(procedure.code, procedure.title, procedure.description, tuple(procedure.cpv)),
        lots=lots_of(body.lots),
        mode=body.mode,
        choices=choices_of(body.criteria),
    )


def named(buyer: Buyer, siret: str, name: str = "") -> Buyer:
    """Complete a buyer known by its SIRET: its identifier, its name, its country, which is France."""
    party = buyer.party
    address = party.address if party.address.country else replace(party.address, country="FRA")
    identifiers = party.identifiers or (Identifier(siret, scheme="NATIONAL"),)
    whole = replace(party, identifiers=identifiers, name=party.name or name or siret, address=address)
    return replace(buyer, party=whole)


def choices_of(bodies: list[CriterionBody]) -> tuple[Choice, ...]:
    """Return the criteria of a body with the values they require."""
    return tuple(
        Choice(
            one.code,
            tuple(one.lots),
            tuple(
                Requirements(
                    tuple(each.lots), _values(each.values, f"/criteria/{at}/requirements/{place}/values")
                )
                for place, each in enumerate(one.requirements)
            ),
        )
        for at, one in enumerate(bodies)
    )


def _values(given: Mapping[str, Any], pointer: str) -> dict[str, Value]:
    found = {}
    for path, data in given.items():
        known = taxonomy().property(path)
        try:
            value = codec.load_value(data, known.value_type if known else "")
        except ValueError:
            value = None
        if value is None:
            message = _("Cette valeur n’est pas de la forme attendue pour cette exigence.")
            at = f"{pointer}/{path.replace('~', '~0').replace('/', '~1')}"
            raise Invalid(
                "dume.value_invalid", message, errors=(FieldError(at, "dume.value_invalid", message),)
            )
        found[path] = value
    return found


def listed(request: Any, kind: Kind) -> dict[str, Any]:
    """List the client's DUMEs of a kind, latest first."""
    asked = window(request)
    wanted = Filter(
        kind=kind,
        consultation=request.GET.get("consultation", ""),
        siret=ids.siret(request.GET["siret"]) if request.GET.get("siret") else "",
        lot=request.GET.get("lot", ""),
        status=_status(request.GET.get("status", "")),
    )
    if wanted.lot and not wanted.consultation:
        message = _("« lot » demande « consultation » : un numéro de lot seul ne désigne rien.")
        raise Invalid("dume.lot_alone", message, errors=(FieldError("lot", "dume.lot_alone", message),))
    whose = Slot(client_id=client_of(request))
    rows = queries.search(request.db, whose, wanted, after=asked.after_id, limit=asked.fetch)
    page = page_of(request, rows, asked, place=lambda row: row.id)
    following = next_cursor(rows, asked, place=lambda row: row.id)
    return {"items": [shown(row) for row in page], "next_cursor": following}


def _status(text: str) -> Status | None:
    if not text:
        return None
    try:
        return Status(text)
    except ValueError:
        message = _("L’état d’un DUME est brouillon, valide, publie, remplace ou supprime.")
        raise Invalid(
            "dume.status_unknown", message, errors=(FieldError("status", "dume.status_unknown", message),)
        ) from None


@endpoint("dume.api.requests", permission=_READ, methods=("GET",))
def index(request: Any) -> dict[str, Any]:
    """List the client's requests."""
    return listed(request, Kind.REQUEST)


@endpoint("dume.api.request", permission=_READ, methods=("GET",))
def show(request: Any) -> dict[str, Any]:
    """Show a request."""
    return tagged(request, request.context.dume)


@endpoint("dume.api.request", permission=_WRITE, methods=("PATCH",), schema=RequestPatch)
def change(request: Any) -> dict[str, Any]:
    """Change buyer, procedure or lots."""
    row, body = held(request), request.validated
    vault = vault_of(request)
    what = queries.document(request.db, vault, row)
    edits = RequestEdits(
        buyer=loaded(Buyer, patched(what.buyer, body.buyer), "/buyer") if body.buyer is not None else None,
        procedure=loaded(Procedure, patched(what.procedure, body.procedure), "/procedure")
        if body.procedure is not None
        else None,
        lots=lots_of(body.lots) if body.lots is not None else None,
    )
    service.edit_request(request.db, vault, row, edits, by=request.identity, now=request.now)
    return tagged(request, row)


@endpoint("dume.api.request", permission=_WRITE, methods=("DELETE",))
def delete(request: Any) -> Response:
    """Delete a request; its content is kept."""
    service.delete(request.db, held(request), by=request.identity, now=request.now)
    return Response(status=204, content_type=None, charset=None)


@endpoint("dume.api.request_criteria", permission=_WRITE, methods=("PUT",), schema=CriteriaBody)
def choose(request: Any) -> dict[str, Any]:
    """Say which criteria a request holds."""
    row, body = held(request), request.validated
    service.choose_criteria(
        request.db,
        vault_of(request),
        row,
        choices_of(body.criteria),
        by=request.identity,
        now=request.now,
        mode=body.mode,
    )
    return tagged(request, row)


@endpoint("dume.api.request_validate", permission=_WRITE, methods=("POST",), schema=Nothing)
def validate(request: Any) -> dict[str, Any]:
    """Validate a request, or say what keeps it from being valid."""
    return validated(request)


def validated(request: Any) -> dict[str, Any]:
    """Validate the DUME of the address; 422 with the findings when it is not ready."""
    row: Dume = request.context.dume
    may_write(request, row)
    found = service.validate(request.db, vault_of(request), row, by=request.identity, now=request.now)
    if not found.ready:
        raise NotValid(found.findings, request.lang)
    return {**tagged(request, row), **checked(request, found)}


@endpoint(
    "dume.api.request_publish", permission=Permission.API_ACHETEUR_PUBLISH, methods=("POST",), schema=PublishBody
)  # fmt: skip
def publish(request: Any) -> dict[str, Any]:
    """Publish a request with its consultation."""
    row, body = request.context.dume, request.validated
    check_mandate(request, row.buyer_siret, Permission.API_ACHETEUR_PUBLISH)
    tie = tie_of(body.consultation, tuple(body.lots))
    made = service.publish(request.db, row, tie=tie, by=request.identity, now=request.now)
    return {**tagged(request, made.dume), "replaced": [one.id_dume for one in made.replaced]}


@endpoint(
    "dume.api.request_opening", permission=Permission.API_ACHETEUR_ANALYSE, methods=("POST",), schema=OpeningBody
)  # fmt: skip
def opening(request: Any) -> dict[str, Any]:
    """Keep the vendor's statement that the opening took place."""
    row, body = request.context.dume, request.validated
    check_mandate(request, row.buyer_siret, Permission.API_ACHETEUR_ANALYSE)
    service.state_opening(
        request.db, row, opened_at=body.opened_at, said_by=body.by, by=request.identity, now=request.now
    )
    return tagged(request, row)
