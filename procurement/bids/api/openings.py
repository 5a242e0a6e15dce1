"""Openings: start, packets, secrets, progress. No route takes a private key."""

from typing import Any

from pyramid.response import Response

from procurement.bids.opener import check
from procurement.bids.queries import openings
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.openings import Progress
from procurement.bids.rules import EnvelopeState, Kind, OpeningState
from procurement.bids.schemas import FailuresBody, OpeningBody, SecretsBody
from procurement.bids.service import minutes
from procurement.bids.service import opening as verbs
from procurement.bids.service.binary import decode
from procurement.bids.service.opening import Secret
from procurement.bids.shown import envelope_title, failure_text, instant_words, state_word
from procurement.consultations.hooks import Hooks
from procurement.core import rate, services
from procurement.core.api.answers import json_response
from procurement.core.db import Database
from procurement.core.permissions import Permission
from procurement.core.vault import KeyVault
from procurement.core.web import endpoint
from signing.strict import b64encode, instant_text


# Every member of the buyer comes this far, so that a refused attempt is journaled rather than lost in a bare 403.
@endpoint(
    "bids.api.openings",
    permission=Permission.CONSULTATION_VIEW,
    methods=("POST",),
    schema=OpeningBody,
    transaction=False,
)
def start(request: Any) -> Response:
    """Begin an opening."""
    rate.check(request, "bids.opening", str(request.identity.person_id))
    given: OpeningBody = request.validated
    tender = request.context.tender(request.now)
    check(request, tender)
    database: Database = services.get(request, Database)
    hooks: Hooks = services.get(request, Hooks)
    with database.write() as session:
        opening = verbs.start(
            session,
            tender,
            kind=Kind(given.kind),
            lots=given.lots,
            by=request.identity,
            now=request.now,
            hooks=hooks,
        )
        minutes.conclude_stuck(session, opening, now=request.now)
        minutes.conclude(session, opening.id, now=request.now)
    url = request.route_path("bids.opening", opening=opening.id)
    return json_response(
        201,
        {"opening": str(opening.id), "url": url},
        Location=request.route_path("bids.api.opening", opening=opening.id),
    )


@endpoint("bids.api.packets", permission=Permission.OPENING_RUN, methods=("GET",))
def packets(request: Any) -> Response:
    """Give the key packets still to unwrap."""
    tender = request.context.tender(request.now)
    check(request, tender)
    opening = request.context.opening
    found = verbs.waiting_packets(request.db, opening, tender, now=request.now)
    body = {
        "opening": str(opening.id),
        "consultation": str(tender.id),
        "envelopes": [
            {
                "envelope": str(view.id),
                "lot": view.lot,
                "kind": view.kind.value,
                "key_commitment": public.key_commitment.hex(),
                "share_commitments": [one.hex() for one in public.share_commitments],
                "policy": {"m": public.policy.m, "n": public.policy.n, "custodian": public.policy.custodian},
                "packets": [{"x": x, "der": b64encode(packet)} for x, packet in sorted(packets.items())],
            }
            for view, public, packets in found
        ],
    }
    return json_response(200, body, Cache_Control="no-store")


@endpoint(
    "bids.api.secrets",
    permission=Permission.OPENING_RUN,
    methods=("POST",),
    schema=SecretsBody,
    transaction=False,
)
def secrets(request: Any) -> Response:
    """Take the secrets drawn from the packets, check their commitments, and have the envelopes decrypted."""
    given: SecretsBody = request.validated
    tender = request.context.tender(request.now)
    check(request, tender)
    values = [Secret(one.envelope, one.x, decode(one.value)) for one in given.root]
    database: Database = services.get(request, Database)
    vault: KeyVault = services.get(request, KeyVault)
    with database.write() as session:
        accepted, refused = verbs.accept(
            session, vault, request.context.opening, tender, values, by=request.identity, now=request.now
        )
    body = {
        "accepted": accepted,
        "refused": [
            {"envelope": str(one.envelope), "code": one.code, "message": request.translate(one.message)}
            for one in refused
        ],
    }
    return json_response(202, body)


@endpoint(
    "bids.api.failures",
    permission=Permission.OPENING_RUN,
    methods=("POST",),
    schema=FailuresBody,
    transaction=False,
)
def failures(request: Any) -> Response:
    """Keep which packets the agent's browser could not open."""
    given: FailuresBody = request.validated
    tender = request.context.tender(request.now)
    check(request, tender)
    database: Database = services.get(request, Database)
    told = [(one.envelope, one.code, one.detail) for one in given.failures]
    with database.write() as session:
        verbs.report(session, request.context.opening, tender, told, by=request.identity, now=request.now)
        minutes.conclude(session, request.context.opening.id, now=request.now)
    return json_response(202, {})


@endpoint("bids.api.opening", permission=Permission.OPENING_VIEW, methods=("GET",))
def progress(request: Any) -> Response:
    """Say how far an opening is; polled by its page."""
    opening = request.context.opening
    tender = request.context.tender(request.now)
    found = openings.progress(request.db, opening, tender, now=request.now)
    done = opening.finished_at is not None and found.state is OpeningState.DONE
    targets = [view for view in found.targets if view.state in _COUNTED]
    body = {
        "opening": str(opening.id),
        "state": (OpeningState.DONE if done else _unfinished(found)).value,
        "bytes_done": sum(view.bytes_done for view in targets),
        "bytes_total": sum(view.bytes_total for view in targets),
        "opened": found.count(EnvelopeState.OPENED),
        "failed": found.count(EnvelopeState.UNOPENABLE) + len(found.given_up),
        "remaining": len(found.waiting) + len(found.opening),
        "minutes_url": request.route_path("bids.minutes", opening=opening.id, format="pdf") if done else None,
        "envelopes": _envelopes(request, found),
    }
    return json_response(200, body, Cache_Control="no-store")


_COUNTED = frozenset({EnvelopeState.OPENED, EnvelopeState.OPENABLE})


def _unfinished(found: Progress) -> OpeningState:
    return OpeningState.RUNNING if found.state is OpeningState.DONE else found.state


def _envelopes(request: Any, found: Progress) -> list[dict[str, Any]]:
    files = openings.files_of(request.db, [view.id for view in found.targets])
    opening = request.context.opening
    return [_envelope(request, opening.id, view, found, files.get(view.id, [])) for view in found.targets]


def _envelope(
    request: Any, opening_id: Any, view: EnvelopeView, found: Progress, files: list[Any]
) -> dict[str, Any]:
    state = "opening" if view.id in found.opening else view.state.value
    place = {"opening": opening_id, "envelope": view.id}
    opened = view.state is EnvelopeState.OPENED
    return {
        "envelope": str(view.id),
        "title": envelope_title(request, openings.bidder(request.db, view), view),
        "lot": view.lot,
        "kind": view.kind.value,
        "state": state,
        "word": state_word(request, view, opening=view.id in found.opening),
        "received_at": instant_text(view.received_at),
        "received_text": instant_words(request, view.received_at),
        "failure": failure_text(request, view, found.reported.get(view.id)),
        "bytes_done": view.bytes_done,
        "bytes_total": view.bytes_total,
        "url": request.route_path("bids.opened", **place) if opened else None,
        "files": [
            {
                "name": file.name,
                "size": file.size,
                "url": request.route_path("bids.opened_file", n=file.n, **place),
            }
            for file in (files if opened else [])
        ],
    }
