"""Minutes of an opening: every envelope concerned, opened or not, and why."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.bids.models import BidOpening
from procurement.bids.queries import openings
from procurement.bids.queries.envelopes import EnvelopeView
from procurement.bids.queries.openings import Progress
from procurement.bids.queries.tender import Tender, tender
from procurement.bids.rules import EnvelopeState, OpeningState
from procurement.bids.service.signatures import subject
from procurement.core import jobs, journal
from procurement.signatures import queries as signatures
from procurement.signatures.queries import Verdict
from signing.strict import instant_text

VERSION = "pli-minutes/1"
#: The job that puts the platform's seal on minutes.
SEAL = "bids.seal_minutes"


def conclude(session: Session, opening_id: uuid.UUID, *, now: datetime) -> bool:
    """Write the minutes once nothing is left to decrypt; tell whether the opening is done."""
    found = session.scalars(select(BidOpening).where(BidOpening.id == opening_id).with_for_update()).one()
    if found.finished_at is not None:
        return True
    terms = tender(session, found.consultation_id, now=now)
    progress = openings.progress(session, found, terms, now=now)
    if progress.state is not OpeningState.DONE:
        return False
    _finish(session, found, terms, progress, now=now)
    return True


def conclude_stuck(session: Session, newer: BidOpening, *, now: datetime) -> None:
    """Write the minutes of earlier openings of the same bids that only wait for another key.

    Bids that no key opens (a bidder may have sealed them so on purpose) would keep an opening without minutes.
    """
    terms = tender(session, newer.consultation_id, now=now)
    for identifier in openings.unfinished(session, newer.id):
        query = select(BidOpening).where(BidOpening.id == identifier).with_for_update()
        found = session.scalars(query).one()
        same = (found.kind, found.lots) == (newer.kind, newer.lots) and found.id != newer.id
        progress = openings.progress(session, found, terms, now=now)
        if same and found.finished_at is None and progress.stuck:
            _finish(session, found, terms, progress, now=now)


def _finish(session: Session, found: BidOpening, terms: Tender, progress: Progress, *, now: datetime) -> None:
    found.finished_at = now
    found.minutes = compose(session, found, terms, progress)
    data = {
        "opened": progress.count(EnvelopeState.OPENED),
        "failed": progress.count(EnvelopeState.UNOPENABLE),
    }
    journal.append(session, at=now, actor=None, action="bids:opening:finished", subject=found.id, data=data)
    jobs.enqueue(session, SEAL, {"opening": str(found.id)}, now=now, priority=20)


def compose(session: Session, found: BidOpening, terms: Tender, progress: Progress) -> dict[str, Any]:
    """Return the minutes as JSON: facts only, codes rather than sentences."""
    files = openings.files_of(session, [view.id for view in progress.targets])
    return {
        "v": VERSION,
        "opening": str(found.id),
        "consultation": {
            "id": str(terms.id),
            "reference": terms.reference,
            "title": terms.title,
            "buyer": terms.buyer_name,
            "deadline": instant_text(terms.deadline),
        },
        "kind": found.kind.value,
        "lots": list(found.lots),
        "opened_by": found.by_name,
        "started_at": instant_text(found.at),
        "finished_at": instant_text(found.finished_at) if found.finished_at else None,
        "envelopes": [
            _envelope(session, view, progress, files.get(view.id, [])) for view in progress.targets
        ],
    }


def _envelope(session: Session, view: EnvelopeView, progress: Progress, files: list[Any]) -> dict[str, Any]:
    who = openings.bidder(session, view)
    found = signatures.latest(session, [subject(view.id, file.n) for file in files])
    verified = openings.signatures_verified(session, view.id)
    return {
        "envelope": str(view.id),
        "deposit": str(view.deposit_id),
        "candidate": {"name": who.name, "siret": who.siret, "members": list(who.members)},
        "lot": view.lot,
        "kind": view.kind.value,
        "received_at": instant_text(view.received_at),
        "late": view.late,
        "state": view.state.value,
        "failure": view.failure or progress.reported.get(view.id),
        "files": [
            {
                "n": file.n,
                "name": file.name,
                "size": file.size,
                "digest": {"alg": file.digest_algorithm, "value": file.digest},
                "signature": _signature(found.get(subject(view.id, file.n)), verified=verified),
            }
            for file in files
        ],
    }


def _signature(verdict: Verdict | None, *, verified: bool) -> dict[str, Any] | None:
    """Return what was found of a file's signature; None while nobody has looked."""
    if verdict is None:
        return {"status": "not-signed", "signers": [], "mismatch": False} if verified else None
    return {
        "status": verdict.status.value,
        "signers": list(verdict.signers),
        "mismatch": verdict.mismatch,
    }
