"""Endpoints of hand-overs, consortia and companies."""

from typing import Any

from pyramid.response import Response

from dume import errors, queries, service
from dume.api.requests import named
from dume.api.responses import own, start
from dume.api.shown import check_mandate, lots_of, owner_of, tie_of, vault_of
from dume.espd.model import Buyer, EconomicOperator, Procedure
from dume.models import Consortium, ConsortiumMember, Dume
from dume.queries import Filter, Slot
from dume.registry import Registry
from dume.registry.command import prefill as look_up
from dume.registry.records import for_others
from dume.rules import Kind, MemberFacts, Mode, Status, member_state
from dume.schemas import BuyerBody, ConsortiumBody, HandoverBody, MemberBody, instant
from dume.service import Guest, RequestDraft, ResponseDraft
from procurement.core import ids, services
from procurement.core.api import client_of, require_match, set_tag, tag
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web.views import endpoint

_WRITE = Permission.API_OE_WRITE


@endpoint(
    "dume.api.handovers", permission=Permission.API_PARCOURS_WRITE, methods=("POST",), schema=HandoverBody
)
def hand_over(request: Any) -> dict[str, Any]:
    """Prepare a DUME and give the single-use link at which a person completes it, without an account."""
    body: HandoverBody = request.validated
    service.check_return_url(request.db, client_of(request), body.return_url)
    row = _request_for(request, body) if body.kind == "acheteur" else _response_for(request, body)
    made = service.hand_over(
        request.db, row, return_url=body.return_url, by=request.identity, now=request.now
    )
    settings: Settings = services.get(request, Settings)
    request.response.status_int = 201
    return {
        "id": str(made.handover.id),
        "url": f"{settings.base_url}/parcours/{made.token}",
        "expires_at": instant(made.handover.expires_at),
        "id_dume": row.id_dume,
        "id_dume_acheteur": row.request.id_dume if row.request is not None else None,
    }


def _request_for(request: Any, body: HandoverBody) -> Dume:
    check_mandate(request, ids.siret(body.siret), Permission.API_ACHETEUR_WRITE)
    return _begin(request, body, BuyerBody(siret=body.siret, name=body.name))


def _begin(request: Any, body: HandoverBody, buyer: BuyerBody) -> Dume:
    """Begin a simplified request for the consultation of a hand-over."""
    siret = ids.siret(buyer.siret)
    consultation = body.consultation
    draft = RequestDraft(
        buyer=named(Buyer(), siret, buyer.name),
        procedure=Procedure(consultation.procedure, consultation.title, consultation.title),
        lots=lots_of(consultation.lots),
        mode=Mode.SIMPLIFIED,
    )
    return service.create_request(
        request.db,
        vault_of(request),
        draft,
        owner=owner_of(request, siret),
        by=request.identity,
        now=request.now,
        tie=tie_of(consultation),
    )


def _response_for(request: Any, body: HandoverBody) -> Dume:
    asked = (
        own(request, body.id_dume_acheteur, Kind.REQUEST) if body.id_dume_acheteur else _asked(request, body)
    )
    draft = ResponseDraft(
        role=body.role, request=asked, operator=EconomicOperator(role=body.role), lots=tuple(body.lots)
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
        start(request, row, int(body.prefill), (), row.buyer_siret)
    return row


def _asked(request: Any, body: HandoverBody) -> Dume:
    """Return the published request of the consultation; make a simplified one when the client has none yet."""
    wanted = Filter(kind=Kind.REQUEST, consultation=body.consultation.ref, status=Status.PUBLISHED)
    found = queries.search(request.db, Slot(client_id=client_of(request)), wanted, limit=1)
    if found:
        return found[0]
    if body.consultation.buyer is None:
        message = _(
            "Cette consultation n’a pas encore de DUME de l’acheteur : donnez son SIRET dans « buyer »."
        )
        at = "/consultation/buyer"
        raise Invalid("dume.buyer_needed", message, errors=(FieldError(at, "dume.buyer_needed", message),))
    buyer = body.consultation.buyer
    check_mandate(request, ids.siret(buyer.siret), Permission.API_ACHETEUR_PUBLISH)
    row = _begin(request, body, buyer)
    found_wrong = service.validate(request.db, vault_of(request), row, by=request.identity, now=request.now)
    if not found_wrong.ready:
        raise errors.NotValid(found_wrong.findings, request.lang)
    service.publish(request.db, row, by=request.identity, now=request.now)
    return row


@endpoint("dume.api.consortia", permission=_WRITE, methods=("POST",), schema=ConsortiumBody)
def start_consortium(request: Any) -> dict[str, Any]:
    """Begin a consortium around the response of its lead."""
    body: ConsortiumBody = request.validated
    lead = own(request, body.id_dume, Kind.RESPONSE)
    made = service.start_consortium(request.db, lead, name=body.name, by=request.identity, now=request.now)
    request.response.status_int = 201
    request.response.location = request.route_url("dume.api.consortium", consortium=made.id)
    set_tag(request, _group_tag(made))
    return _consortium(request, made)


@endpoint("dume.api.consortium", permission=_WRITE, methods=("GET",))
def show_consortium(request: Any) -> dict[str, Any]:
    """Show the members of a consortium with where they stand, never what they answer."""
    group = request.context.consortium
    set_tag(request, _group_tag(group))
    return _consortium(request, group)


@endpoint("dume.api.consortium_members", permission=_WRITE, methods=("POST",), schema=MemberBody)
def invite(request: Any) -> dict[str, Any]:
    """Invite a company; the client passes the link on."""
    body: MemberBody = request.validated
    guest = Guest(
        role=body.role,
        email=body.email,
        name=body.name,
        siret=ids.siret(body.siret) if body.siret else "",
        criteria=tuple(body.criteria),
    )
    made = service.invite_member(
        request.db, request.context.consortium, guest, by=request.identity, now=request.now
    )
    settings: Settings = services.get(request, Settings)
    request.response.status_int = 201
    return {**_member(request, made.member), "url": f"{settings.base_url}/groupement/{made.token}"}


@endpoint("dume.api.consortium_member", permission=_WRITE, methods=("DELETE",))
def remove(request: Any) -> Response:
    """Remove a member, or take an invitation back."""
    group = request.context.consortium
    require_match(request, _group_tag(group))
    member = service.place(group, request.context.id_of("member"))
    service.remove_member(request.db, group, member, by=request.identity, now=request.now)
    return Response(status=204, content_type=None, charset=None)


def _group_tag(group: Consortium) -> str:
    return tag(group.id, *((one.id, one.joined_at, one.left_at) for one in group.members))


def _consortium(request: Any, group: Consortium) -> dict[str, Any]:
    return {
        "id": str(group.id),
        "name": group.name,
        "siret": group.siret,
        "lots": list(group.lots),
        "id_dume_acheteur": group.request.id_dume,
        "members": [_member(request, one) for one in group.members],
    }


def _member(request: Any, one: ConsortiumMember) -> dict[str, Any]:
    status = queries.status_of(one.dume) if one.dume is not None else None
    facts = MemberFacts(
        expires_at=one.expires_at, joined_at=one.joined_at, left_at=one.left_at, status=status
    )
    return {
        "id": str(one.id),
        "role": str(one.role),
        "name": one.name,
        "siret": one.siret,
        "state": str(member_state(facts, request.now)),
        "expires_at": instant(one.expires_at),
    }


@endpoint("dume.api.company", permission=Permission.API_PREFILL_PUBLIC, methods=("GET",))
def company(request: Any) -> dict[str, Any]:
    """Say what the public registers know of a company, for a buyer and a procedure."""
    registry: Registry = services.get(request, Registry)
    recipient = request.GET.get("buyer", "")
    if request.GET.get("level", "1") not in {"1", "2"}:
        message = _("Le niveau est 1 (données publiques) ou 2 (données protégées).")
        raise Invalid("dume.level", message, errors=(FieldError("level", "dume.level", message),))
    level = int(request.GET.get("level", "1"))
    if level > 1:
        check_protected(request, recipient)
    found = look_up(
        request.matchdict["siret"], level, recipient, request.GET.get("object", ""), registry, request.now
    )
    found["sources"] = [for_others(one) for one in found["sources"]]
    return {name: value for name, value in found.items() if name not in {"token", "notices"}}


def check_protected(request: Any, recipient: str) -> None:
    """Refuse protected data to whoever is not bound to the buyer they are for."""
    if Permission.API_PREFILL_PROTECTED.scope not in request.identity.scopes or not recipient:
        raise errors.recipient_mismatch()
    check_mandate(request, ids.siret(recipient), Permission.API_PREFILL_PROTECTED)
