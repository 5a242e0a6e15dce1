"""Deposits: what to seal to, drafts, small objects, the final act, the receipt, withdrawal."""

import hashlib
import json
import uuid
from typing import Any

from pyramid.response import Response
from sqlalchemy.exc import IntegrityError

from procurement.bids import errors, rules
from procurement.bids.models import BidDraft
from procurement.bids.queries import drafts as stored
from procurement.bids.queries import keysets
from procurement.bids.queries.tender import Tender, tender
from procurement.bids.schemas import ClientReport, CommitBody
from procurement.bids.service import attempts, drafts, receipts, seals, terms
from procurement.bids.service.checking import FinalAct
from procurement.bids.service.commit import Committed, Desk, truncated, withdraw
from procurement.bids.service.drafts import SmallObject
from procurement.bids.service.paper import receipt_pdf
from procurement.core import rate, services
from procurement.core.api.answers import json_response
from procurement.core.clock import Clock
from procurement.core.db import Database
from procurement.core.errors import DomainError, NotFound
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.timestamp import Timestamper
from procurement.core.vault import KeyVault
from procurement.core.web import endpoint
from procurement.core.web.views import read_body
from procurement.signatures.tickets import Tickets
from signing.strict import instant_text

#: Largest key that a client may choose for a request sent again (conventions, section 4).
_KEY_LENGTH = 255


@endpoint("bids.api.terms", permission=Permission.PUBLIC, methods=("GET",))
def show_terms(request: Any) -> Response:
    """Say what a client must know before it seals."""
    found: Tender = request.context.tender
    keys = keysets.latest(request.db, found.id)
    if keys is None:
        raise NotFound(
            "bid.no_key_set", _("Cette consultation n’a pas encore de clés : aucun pli ne peut être préparé.")
        )
    if keys.stale:
        raise errors.stale_terms()
    body = terms.terms_json(found, keys)
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    response = json_response(
        200, {**body, "server_time": instant_text(request.now)}, Cache_Control="no-cache"
    )
    response.etag = hashlib.sha256(text.encode()).hexdigest()[:32]
    response.conditional_response = True
    return response


@endpoint("bids.api.drafts", permission=Permission.DEPOSIT_EDIT, methods=("POST",), transaction=False)
def start_draft(request: Any) -> Response:
    """Begin a deposit; sent again with the same Idempotency-Key, give the same one."""
    rate.check(request, "bids.draft", str(request.identity.organisation_id))
    found: Tender = request.context.tender
    if keysets.latest(request.db, found.id) is None:
        raise errors.not_published()
    request.db.close()  # Who waits for another request holds no connection that a third one needs.
    settings: Settings = services.get(request, Settings)
    database: Database = services.get(request, Database)
    key = request.headers.get("Idempotency-Key", "")[:_KEY_LENGTH] or None

    def begin() -> BidDraft:
        with database.write() as session:
            return drafts.start(
                session, found, by=request.identity, now=request.now, life=terms.life(settings), key=key
            )

    try:
        draft = begin()
    except IntegrityError:  # Another request with the same key was first: its draft is there now.
        draft = begin()
    body = {"deposit": str(draft.id), "expires_at": instant_text(draft.expires_at)}
    return json_response(201, body, Location=request.route_path("bids.api.draft", deposit=draft.id))


@endpoint("bids.api.draft", permission=Permission.DEPOSIT_VIEW, methods=("GET",))
def show_draft(request: Any) -> Response:
    """Say how far a deposit is: what a client needs to go on after a cut."""
    draft = request.context.draft
    started = draft.transmission_started_at
    committed = draft.committed_at is not None
    body = {
        "deposit": str(draft.id),
        "consultation": str(draft.consultation_id),
        "state": stored.state(request.db, draft, now=request.now).value,
        "expires_at": instant_text(draft.expires_at),
        "transmission_started_at": instant_text(started) if started else None,
        "receipt_url": request.route_path("bids.receipt", deposit=draft.id) if committed else None,
        "objects": [
            {"name": one.name, "sha256": one.sha256, "size": one.size}
            for one in stored.objects(request.db, draft.id)
        ],
        "uploads": [
            {
                "id": str(one.id),
                "url": request.route_path("bids.api.upload", upload=one.id),
                "envelope": str(one.envelope_id),
                "n": one.n,
                "length": one.length,
                "offset": one.offset,
            }
            for one in stored.uploads(request.db, draft.id)
        ],
    }
    return json_response(200, body, Cache_Control="no-store")


@endpoint(
    "bids.api.object",
    permission=Permission.DEPOSIT_EDIT,
    methods=("PUT",),
    transaction=False,
    most=None,
)
def put_object(request: Any) -> Response:
    """Store a small object; the same bytes again are 200, other bytes replace it until the final act."""
    name = request.matchdict["name"]
    draft = request.context.draft
    drafts.check_object(name, request.content_length)
    request.db.close()  # No transaction stays open while the body comes.
    content = request.body
    drafts.check_digest(content, request.headers.get("Content-Digest", ""))
    database: Database = services.get(request, Database)
    clock: Clock = services.get(request, Clock)
    vault: KeyVault = services.get(request, KeyVault)
    given = SmallObject(name, content)
    with database.write() as session:
        changed = drafts.put_object(session, vault, draft, given, now=clock.now())
    return json_response(
        201 if changed else 200, {"name": name, "sha256": given.sha256, "size": len(content)}
    )


@endpoint("bids.api.commit", permission=Permission.DEPOSIT_EDIT, methods=("POST",), transaction=False)
def commit(request: Any) -> Response:
    """Receive the final act: lateness is judged by the instant at which this small body is in memory."""
    if (request.content_length or 0) > rules.COMMIT_BYTES:
        raise errors.too_large("final_act", rules.COMMIT_BYTES)
    draft_id = request.context.draft.id
    request.db.close()
    clock: Clock = services.get(request, Clock)
    body = request.body
    received_at = truncated(clock.now())
    assert body is not None
    wanted = read_body(request, CommitBody)
    assert isinstance(wanted, CommitBody)
    act = FinalAct(wanted.pli_sha256, wanted.inventory_sha256, received_at)
    desk = Desk(
        services.get(request, Database),
        clock,
        services.get(request, KeyVault),
        services.get(request, Tickets),
    )
    try:
        done = desk.commit(draft_id, act, by=request.identity)
    except DomainError as error:
        desk.refused(draft_id, act, error)
        raise
    return _committed(request, done)


def _committed(request: Any, done: Committed) -> Response:
    deposit = done.deposit
    stamped = deposit.stamped_at is not None
    if not stamped:
        stamper = receipts.Stamper(
            services.get(request, Database), services.get(request, Clock), services.get(request, Timestamper)
        )
        stamped = stamper.stamp(deposit.id, deposit.receipt_sha256)
    body = {
        "deposit": str(deposit.id),
        "received_at": instant_text(deposit.received_at),
        "deadline": instant_text(deposit.deadline_at_receipt),
        "late": rules.is_late(deposit.received_at, deposit.deadline_at_receipt),
        "receipt_url": request.route_path("bids.receipt", deposit=deposit.id),
        "timestamp": "issued" if stamped else "pending",
    }
    return json_response(201 if done.created else 200, body)


_TYPES = {
    "json": ("receipt.json", "application/json"),
    "pdf": ("receipt.pdf", "application/pdf"),
    "tsr": ("receipt.tsr", "application/timestamp-reply"),
    "p7s": ("receipt.p7s", "application/pkcs7-signature"),
    "zip": ("receipt-{deposit}.zip", "application/zip"),
}


@endpoint("bids.api.receipt", permission=Permission.DEPOSIT_VIEW, methods=("GET",))
def show_receipt(request: Any) -> Response:
    """Give the receipt as JSON, PDF, time-stamp, seal or archive."""
    wanted = request.params.get("format", "json")
    if wanted not in _TYPES:
        raise NotFound(
            "bid.receipt_format", _("Ce format de reçu n’existe pas : json, pdf, tsr, p7s ou zip.")
        )
    row = stored.receipt_row(request.db, request.context.deposit.id)
    vault: KeyVault = services.get(request, KeyVault)
    body = receipts.body_of(request.db, vault, row)
    sealed = seals.sealed_receipt_pdf(request.db, vault, row) if wanted in {"pdf", "zip"} else None
    request.db.close()  # Typesetting takes a moment: no transaction stays open meanwhile.
    if wanted == "tsr" and row.tsr is None:
        raise NotFound(
            "bid.timestamp_pending",
            _("Le jeton d’horodatage est en cours. Le reçu sera complété ; réessayez."),
        )
    if wanted == "p7s" and row.seal_cms is None:
        raise errors.seal_pending()
    name, media_type = _TYPES[wanted]
    content = _receipt(request, wanted, row, body, sealed)
    response = Response(body=content, content_type=media_type)
    response.charset = None
    response.headers["Content-Disposition"] = f'attachment; filename="{name.format(deposit=row.id)}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _receipt(request: Any, wanted: str, row: Any, body: bytes, sealed: bytes | None) -> bytes:
    if wanted == "json":
        return body
    if wanted in {"tsr", "p7s"}:
        return bytes(row.tsr if wanted == "tsr" else row.seal_cms)
    pdf = sealed or receipt_pdf(row, body, language=request.lang)
    return pdf if wanted == "pdf" else receipts.archive(body, pdf, row.tsr, row.seal_cms)


@endpoint("bids.api.withdrawal", permission=Permission.DEPOSIT_EDIT, methods=("POST",), transaction=False)
def withdraw_deposit(request: Any) -> Response:
    """Withdraw a deposit before the deadline."""
    deposit = request.context.deposit
    database: Database = services.get(request, Database)
    now = services.get(request, Clock).now()
    with database.write() as session:
        deadline = tender(session, deposit.consultation_id, now=now).deadline
        withdraw(session, deposit, deadline=deadline, by=request.identity, now=now)
    return json_response(200, {"deposit": str(deposit.id), "withdrawn_at": instant_text(now)})


@endpoint(
    "bids.api.reports",
    permission=Permission.DEPOSIT_EDIT,
    methods=("POST",),
    schema=ClientReport,
    transaction=False,
)
def report(request: Any) -> Response:
    """Keep what the bidder's client saw fail in the register of the transmission."""
    given: ClientReport = request.validated
    draft_id: uuid.UUID = request.context.draft.id
    database: Database = services.get(request, Database)
    with database.write() as session:
        attempts.note(
            session, draft_id, now=request.now, code=given.code, source=attempts.CLIENT, size=given.bytes
        )
    return json_response(202, {})
