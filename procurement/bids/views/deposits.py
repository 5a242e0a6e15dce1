"""Pages of the bidder: the deposit, the list of deposits, the receipt, the withdrawal; and the workstation test."""

import uuid
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPNotFound

from procurement.accounts import queries as accounts
from procurement.bids import rules, wording
from procurement.bids.models import BidDeposit, BidDraft
from procurement.bids.queries import drafts as stored
from procurement.bids.queries import envelopes, keysets
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.tender import Tender, tender
from procurement.bids.rules import EnvelopeState
from procurement.bids.service import receipts, seals
from procurement.bids.service.commit import withdraw
from procurement.bids.shown import instant_words, place, state_word
from procurement.bids.views import dumes
from procurement.core import services
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web import page
from procurement.core.web.views import see_other
from procurement.signatures.preflight import BASES, SENTENCES
from signing.receipt import Receipt
from signing.sealed.inventory import SignatureNote

#: States in which an envelope of one's own may be replaced.
STANDING = frozenset({EnvelopeState.SEALED})


def consultation_values(request: Any, found: Tender) -> dict[str, Any]:
    """Return what every page of this room shows of a consultation."""
    return {
        "id": found.id,
        "reference": found.reference,
        "title": found.title,
        "buyer_name": found.buyer_name,
        "closes_at": found.deadline,
        "zone": found.zone,
        "url": request.route_path("consultations.show", reference=found.reference),
    }


@page("bids.workstation", permission=Permission.PUBLIC, template="bids/workstation.html")
def workstation(request: Any) -> dict[str, Any]:
    """Show the workstation test."""
    del request
    return {}


@page("bids.deposit", permission=Permission.DEPOSIT_EDIT, template="bids/deposit.html")
def deposit(request: Any) -> dict[str, Any]:
    """Show the page on which a bid is sealed and deposited."""
    found: Tender = request.context.tender
    identity = request.identity
    if not found.takes_bids:
        raise HTTPNotFound
    company = accounts.organisation(request.db, identity.organisation_id)
    own = envelopes.of_company(
        request.db, found.id, identity.organisation_id, deadline=found.deadline, now=request.now
    )
    waiting = stored.of_company(
        request.db, identity.organisation_id, now=request.now, consultation_id=found.id
    )
    return {
        "consultation": consultation_values(request, found),
        "lots": [{"number": number, "title": title} for number, title in found.lots],
        "kinds": list(found.kinds),
        "limits": found.limits,
        "candidate": {
            "name": identity.organisation_name,
            "siret": identity.siret,
            "address": _address(company) if company else "",
        },
        "previous": [
            {
                "envelope": one.id,
                "lot": one.lot,
                "kind": one.kind.value,
                "received_at": one.received_at,
                "deposit": one.deposit_id,
            }
            for one in own
            if one.state in STANDING
        ],
        "late": rules.is_closed(found.deadline, request.now),
        "ready": keysets.latest(request.db, found.id) is not None,
        "drafts": [_waiting(one) for one in waiting],
        "dume": dumes.step(request, found),
    }


def _waiting(one: BidDraft) -> dict[str, Any]:
    return {"deposit": one.id, "created_at": one.created_at, "expires_at": one.expires_at}


def _address(company: accounts.Organisation) -> str:
    return f"{company.address}, {company.postal_code} {company.city}"


@page("bids.deposits", permission=Permission.DEPOSIT_VIEW, template="bids/deposits.html")
def deposits(request: Any) -> dict[str, Any]:
    """List the company's deposits and those in preparation."""
    company_id = request.identity.organisation_id
    made = stored.deposits_of(request.db, company_id)
    waiting = stored.of_company(request.db, company_id, now=request.now)
    concerned = {row.consultation_id for row in made} | {row.consultation_id for row in waiting}
    terms = {one: tender(request.db, one, now=request.now) for one in concerned}
    return {
        "deposits": [_deposit_row(request, row, terms[row.consultation_id]) for row in made],
        "drafts": [_draft_row(request, row, terms[row.consultation_id]) for row in waiting],
    }


def _deposit_row(request: Any, row: BidDeposit, found: Tender) -> dict[str, Any]:
    own = envelopes.of_deposit(request.db, row, deadline=found.deadline, now=request.now)
    state = summary(own)
    return {
        "deposit": row.id,
        "reference": found.reference,
        "title": found.title,
        "received_at": row.received_at,
        "late": rules.is_late(row.received_at, row.deadline_at_receipt),
        "state": state.value,
        "word": request.translate(wording.ENVELOPES[state]),
        "url": request.route_path("bids.receipt", deposit=row.id),
    }


def _draft_row(request: Any, row: BidDraft, found: Tender) -> dict[str, Any]:
    url = request.route_path("bids.deposit", reference=found.reference)
    return {
        "deposit": row.id,
        "reference": found.reference,
        "title": found.title,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "url": f"{url}?pli={row.id}",
    }


def summary(views: list[EnvelopeView]) -> EnvelopeState:
    """Return one state for a deposit: that of its envelopes when they agree, else the one that still stands."""
    states = {view.state for view in views}
    for state in (EnvelopeState.OPENED, EnvelopeState.OPENABLE, EnvelopeState.SEALED):
        if state in states:
            return state
    return min(states, key=list(EnvelopeState).index)


@page("bids.receipt", permission=Permission.DEPOSIT_VIEW, template="bids/receipt.html")
def receipt(request: Any) -> dict[str, Any]:
    """Show the receipt, which is the same in JSON, PDF and time-stamp."""
    return _receipt_page(request)


def _receipt_page(request: Any) -> dict[str, Any]:
    row = stored.receipt_row(request.db, request.context.deposit.id)
    vault: KeyVault = services.get(request, KeyVault)
    body = receipts.body_of(request.db, vault, row)
    read = receipts.read(body)
    found = tender(request.db, row.consultation_id, now=request.now)
    own = envelopes.of_deposit(request.db, row, deadline=found.deadline, now=request.now)
    company = accounts.organisation(request.db, row.company_id)
    before = not rules.is_closed(found.deadline, request.now)
    withdrawn = next((one.withdrawn_at for one in own if one.withdrawn_at is not None), None)
    return {
        "consultation": consultation_values(request, found),
        "receipt": _receipt_values(request, row, read),
        "depositor": {
            "name": read.depositor.name,
            "siret": read.depositor.siret,
            "address": _address(company) if company else "",
            "members": [],
        },
        "buyer": {"name": read.buyer.name, "siret": read.buyer.siret},
        "envelopes": [_envelope(request, one, read) for one in own],
        "file_count": len(read.documents),
        "total_bytes": sum(document.size for document in read.documents),
        "missing_pieces": list(read.evidence.missing_pieces),
        "timestamp": _stamp(row),
        "seal": seals.shown(row.seal_cms, body, row.sealed_at),
        "deposit": row.id,
        "log_index": None,
        "downloads": _downloads(request, row),
        "can_withdraw": before and withdrawn is None,
        "can_replace": before and any(one.state in STANDING for one in own),
        "withdrawn_at": withdrawn,
    }


def _receipt_values(request: Any, row: BidDeposit, read: Receipt) -> dict[str, Any]:
    evidence = read.evidence
    return {
        "received_at": row.received_at,
        "received_text": instant_words(request, row.received_at),
        "late": evidence.late,
        "deadline": evidence.deadline,
        "margin_text": margin(abs((evidence.deadline - row.received_at).total_seconds())),
        "started_at": evidence.started_at,
        "pli_sha256": row.pli_sha256,
        "receipt_sha256": row.receipt_sha256,
        "clock_guarded": evidence.clock == "guarded",
    }


def margin(seconds: float) -> str:
    """Return a length of time such as ``57 min 22 s``, in the units that matter."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "j"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((index for index, (value, _unit) in enumerate(parts) if value), len(parts) - 1)
    return " ".join(f"{value} {unit}" for value, unit in parts[first : first + 2])


def _stamp(row: BidDeposit) -> dict[str, Any]:
    return {
        "state": "issued" if row.stamped_at else "pending",
        "qualified": bool(row.stamp_qualified),
        "authority": row.stamp_authority,
        "at": row.stamped_at,
    }


def _downloads(request: Any, row: BidDeposit) -> dict[str, str | None]:
    def url(wanted: str) -> str:
        return str(request.route_path("bids.api.receipt", deposit=row.id, _query={"format": wanted}))

    return {
        "zip": url("zip"),
        "pdf": url("pdf"),
        "json": url("json"),
        "tsr": url("tsr") if row.stamped_at else None,
        "p7s": url("p7s") if row.sealed_at else None,
    }


def _envelope(request: Any, view: EnvelopeView, read: Receipt) -> dict[str, Any]:
    pairs = zip(read.documents, read.evidence.files, strict=True)
    return {
        "envelope": view.id,
        "title": place(request, view.kind, view.lot),
        "lot": view.lot,
        "kind": view.kind.value,
        "state": view.state.value,
        "word": state_word(request, view),
        "files": [
            {
                "n": evidence.sealed.n,
                "name": document.name,
                "size": document.size,
                "piece": document.piece,
                "ct_root": evidence.sealed.ct_root.hex(),
                "signature": _signature(request, evidence.signature),
            }
            for document, evidence in pairs
            if evidence.envelope == view.id
        ],
    }


def _signature(request: Any, note: SignatureNote) -> str:
    """Return what the receipt says of a file's signature, and on what it rests."""
    said = (SENTENCES[note.status], BASES[note.basis])
    return " ".join(request.translate(sentence) for sentence in said if sentence)


@page("bids.withdrawal", permission=Permission.DEPOSIT_EDIT, template="bids/withdrawal.html")
def confirm_withdrawal(request: Any) -> dict[str, Any]:
    """Ask before a deposit is withdrawn: no replaced one will revive."""
    values = _receipt_page(request)
    return {
        name: values[name]
        for name in ("consultation", "receipt", "envelopes", "deposit", "can_withdraw", "withdrawn_at")
    }


@page("bids.withdrawal", permission=Permission.DEPOSIT_EDIT, methods=("POST",))
def withdraw_deposit(request: Any) -> Any:
    """Withdraw a deposit before the deadline."""
    row = request.context.deposit
    now: datetime = request.now
    deposit_id: uuid.UUID = row.id
    deadline = tender(request.db, row.consultation_id, now=now).deadline
    withdraw(request.db, row, deadline=deadline, by=request.identity, now=now)
    request.flash(_("Le pli est retiré. Il reste scellé et ne sera jamais ouvert."))
    return see_other(request.route_path("bids.receipt", deposit=deposit_id))
