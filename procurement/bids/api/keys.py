"""Keys of a buyer: certificates, rehearsals, revocation, the key set of a consultation."""

import uuid
from typing import Any

from pyramid.response import Response

from procurement.bids import errors
from procurement.bids.queries import keysets
from procurement.bids.rules import HolderRole
from procurement.bids.schemas import Empty, KeyBody, KeySetBody, RehearsalBody
from procurement.bids.service import keys
from procurement.bids.service.authority import CertificateAuthority
from procurement.bids.service.binary import decode
from procurement.core import services
from procurement.core.api.answers import json_response
from procurement.core.db import Database
from procurement.core.errors import Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import endpoint
from signing.errors import SealedError
from signing.strict import b64encode, instant_text


@endpoint(
    "bids.api.keys", permission=Permission.KEY_EDIT, methods=("POST",), schema=KeyBody, transaction=False
)
def add(request: Any) -> Response:
    """Add a key holder: an existing certificate, or a public key certified here at once; it is proposed until rehearsed."""
    given: KeyBody = request.validated
    database: Database = services.get(request, Database)
    certificate = _certificate(request, given)
    with database.write() as session:
        holder = keys.add_holder(
            session, certificate, name=given.name.strip(), role=HolderRole(given.role), kinds=given.kinds,
            by=request.identity, now=request.now,
        )  # fmt: skip
    body = {
        "id": str(holder.id),
        "state": keysets.state_of(holder, request.now).value,
        "certificate": b64encode(holder.cert_der),
        "certificate_url": request.route_path("bids.api.certificate", key=holder.id),
        "rehearsal_url": request.route_path("bids.rehearsal", key=holder.id),
    }
    return json_response(201, body)


def _certificate(request: Any, given: KeyBody) -> bytes:
    if (given.spki is None) == (given.certificate is None):
        raise Invalid(
            "bid.key_body", _("Donnez soit un certificat, soit une clé publique. Rien n’a été gardé.")
        )
    if given.certificate is not None:
        return keys.read_certificate(decode(given.certificate))
    authority: CertificateAuthority = services.get(request, CertificateAuthority)
    try:
        return authority.issue(
            decode(given.spki or ""),
            name=given.name.strip(),
            organisation=request.identity.organisation_name,
            now=request.now,
        )
    except SealedError as error:
        raise errors.certificate_refused(str(error.params.get("reason", "unreadable"))) from error


@endpoint("bids.api.certificate", permission=Permission.CONSULTATION_VIEW, methods=("GET",))
def certificate(request: Any) -> Response:
    """Give a holder's certificate (DER)."""
    holder = request.context.holder
    response = Response(body=holder.cert_der, content_type="application/pkix-cert")
    response.charset = None
    response.headers["Content-Disposition"] = f'attachment; filename="{holder.cert_sha256[:16]}.crt"'
    return response


@endpoint(
    "bids.api.rehearsals",
    permission=Permission.KEY_REHEARSE,
    methods=("POST",),
    schema=Empty,
    transaction=False,
)
def challenge(request: Any) -> Response:
    """Begin a rehearsal: a nonce sealed to the certificate. Only the key gives it back, so asking is harmless."""
    holder_id, organisation = request.context.holder.id, request.context.organisation_id
    database: Database = services.get(request, Database)
    with database.write() as session:
        holder = keysets.holder(session, holder_id, organisation)
        row, packet = keys.challenge(session, holder, by=request.identity, now=request.now)
    body = {"rehearsal": str(row.id), "packet": b64encode(packet), "certificate": b64encode(holder.cert_der)}
    return json_response(201, body)


@endpoint(
    "bids.api.rehearsal",
    permission=Permission.KEY_REHEARSE,
    methods=("PUT",),
    schema=RehearsalBody,
    transaction=False,
)
def answer(request: Any) -> Response:
    """Take the answer: the right one makes the key eligible for 90 days."""
    given: RehearsalBody = request.validated
    try:
        rehearsal_id = uuid.UUID(request.matchdict["rehearsal"])
    except ValueError:
        raise errors.no_key() from None
    holder_id, organisation = request.context.holder.id, request.context.organisation_id
    database: Database = services.get(request, Database)
    with database.write() as session:
        holder = keysets.holder(session, holder_id, organisation)
        row = keys.rehearsal_of(session, rehearsal_id, holder)
        good = keys.answer(session, row, holder, decode(given.value), by=request.identity, now=request.now)
    if not good:
        raise keys.rehearsal_failed()
    body = {
        "ok": True,
        "state": keysets.state_of(holder, request.now).value,
        "rehearsed_at": instant_text(holder.rehearsed_at) if holder.rehearsed_at else None,
    }
    return json_response(200, body)


@endpoint(
    "bids.api.revocation", permission=Permission.KEY_EDIT, methods=("POST",), schema=Empty, transaction=False
)
def revoke(request: Any) -> Response:
    """Revoke a key."""
    holder_id, organisation = request.context.holder.id, request.context.organisation_id
    database: Database = services.get(request, Database)
    with database.write() as session:
        holder = keysets.holder(session, holder_id, organisation)
        keys.revoke(session, holder, by=request.identity, now=request.now)
    return json_response(200, {"id": str(holder.id), "state": keysets.state_of(holder, request.now).value})


@endpoint(
    "bids.api.key_set", permission=Permission.KEY_EDIT, methods=("PUT",), schema=KeySetBody, transaction=False
)
def choose(request: Any) -> Response:
    """Make a new version of the consultation's key set."""
    given: KeySetBody = request.validated
    if given.policy is not None and given.policy.get("m", 1) != 1:
        raise Invalid(
            "bid.policy_refused",
            _("Cette version n’ouvre les plis qu’avec une seule clé (m = 1). Rien n’a été modifié."),
        )
    database: Database = services.get(request, Database)
    with database.write() as session:
        found = keys.choose(
            session, request.context.consultation, given.holders, by=request.identity, now=request.now
        )
    body = {
        "version": found.version,
        "sha256": found.sha256,
        "policy": {"m": found.m, "n": len(found.members)},
    }
    return json_response(200, body)
