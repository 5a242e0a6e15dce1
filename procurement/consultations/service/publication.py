"""Publication and what follows: version 1 of the documents is frozen, the index is told, upper rooms are asked."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from procurement.accounts import queries as accounts
from procurement.consultations import archive, queries, rules
from procurement.consultations.errors import NotReady, Refusal
from procurement.consultations.hooks import Hooks
from procurement.consultations.models import Consultation, DocumentVersion
from procurement.consultations.queries.views import facts
from procurement.consultations.rules import ConsultationView, DocumentView, Section, State, Verb
from procurement.consultations.service import indexing
from procurement.consultations.service.documents import Received, add_document
from procurement.consultations.service.drafts import locked
from procurement.core import journal
from procurement.core.errors import Conflict, Invalid
from procurement.core.security import Identity
from procurement.core.text import _

#: The page where each section is mended.
ROUTES = {
    Section.IDENTITY: "consultations.identity",
    Section.PROCEDURE: "consultations.procedure",
    Section.LOTS: "consultations.lots",
    Section.DATES: "consultations.dates",
    Section.DEPOSIT: "consultations.deposit_rules",
    Section.DOCUMENTS: "consultations.documents",
}


def refusals(
    session: Session, consultation: ConsultationView, *, now: datetime, hooks: Hooks
) -> tuple[Refusal, ...]:
    """Return everything that forbids a publication now: our own list, then what upper rooms say."""
    count = len(queries.documents(session, consultation.id))
    own = [
        Refusal(item.code, item.message, url_route=ROUTES[item.section])
        for item in rules.missing(consultation, documents=count)
    ]
    own += _late(consultation, now)
    theirs = [item for guard in hooks.guards for item in guard.check(session, consultation, now)]
    return (*own, *theirs)


def publish(
    session: Session,
    consultation_id: uuid.UUID,
    *,
    by: Identity,
    now: datetime,
    hooks: Hooks,
    more: Sequence[Received] = (),
) -> ConsultationView:
    """Make a draft public; a second time gives the same consultation and does nothing.

    ``more`` are documents made for it, whose bytes lie in the store. Raise NotReady with every reason at once.
    """
    row = locked(session, consultation_id)
    if row.published_at is not None:
        return queries.to_view(row)
    rules.check_move(facts(row), Verb.PUBLISH, now)
    reasons = refusals(session, queries.to_view(row), now=now, hooks=hooks)
    if reasons:
        raise NotReady(reasons)
    for received in more:
        add_document(session, row.id, received, by=by, now=now)
    _take_buyer_name(session, row)
    row.published_at, row.published_by = now, by.person_id
    documents = queries.documents(session, row.id)
    version = _freeze(session, row, documents, now)
    session.flush()
    session.refresh(row)
    published = queries.to_view(row)
    data = {
        "reference": row.reference,
        "closes_at": indexing.stamp(published.closes_at),
        "documents": len(documents),
        "manifest": version.sha256,
    }
    _note(session, row, "published", by=by, now=now, data=data)
    indexing.put(session, published)
    for listener in hooks.on_published:
        listener.published(session, published, by=by, now=now)
    return published


def extend_deadline(
    session: Session,
    consultation_id: uuid.UUID,
    closes_at: datetime,
    *,
    by: Identity,
    now: datetime,
    hooks: Hooks,
) -> ConsultationView:
    """Move the deadline later, the same for all; never sooner, and never once it has passed."""
    row = locked(session, consultation_id)
    rules.check_move(facts(row), Verb.EXTEND_DEADLINE, now)
    before = row.closes_at
    assert before is not None
    if closes_at <= before or closes_at <= now:
        message = _(
            "La nouvelle date limite doit venir après l’ancienne : un délai publié ne se raccourcit pas."
        )
        raise Invalid("deadline.not_later", message)
    row.closes_at = closes_at
    session.flush()
    moved = queries.to_view(row)
    data = {"before": indexing.stamp(before), "after": indexing.stamp(closes_at)}
    _note(session, row, "deadline_extended", by=by, now=now, data=data)
    indexing.put(session, moved)
    for listener in hooks.on_deadline_changed:
        listener.deadline_changed(session, moved, before=before, by=by, now=now)
    return moved


def record_opened(
    session: Session,
    consultation_id: uuid.UUID,
    *,
    at: datetime,
    by: Identity | None,
    hooks: Hooks | None = None,
) -> ConsultationView:
    """Note that bids were opened (said by the room of bids); the first opening counts."""
    row = locked(session, consultation_id)
    if rules.state(facts(row), at) not in {State.CLOSED, State.ANALYSIS}:
        rules.check_move(facts(row), Verb.OPEN, at)
    if row.opened_at is None:
        row.opened_at = at
        session.flush()
        _note(session, row, "opened", by=by, now=at, data={})
    opened = queries.to_view(row)
    for listener in hooks.on_opened if hooks else ():
        listener.opened(session, opened, by=by, at=at)
    return opened


def _late(consultation: ConsultationView, now: datetime) -> list[Refusal]:
    """Check the dates again: time has passed since they were entered."""
    closes_at, procedure = consultation.closes_at, consultation.procedure
    if closes_at is None or procedure is None:
        return []
    try:
        rules.check_future(closes_at, now)
        if consultation.questions_at is not None:
            rules.check_questions(consultation.questions_at, closes_at)
        rules.check_minimum(procedure, closes_at, dispatched_at=now, ground=consultation.deadline_ground)
    except Invalid as error:
        return [Refusal(error.code, error.message, error.params, "consultations.dates")]
    return []


def _take_buyer_name(session: Session, row: Consultation) -> None:
    buyer = accounts.organisation(session, row.organisation_id)
    if buyer is None:
        raise Conflict("consultation.no_buyer", _("L’organisation de cette consultation n’existe plus."))
    row.buyer_name, row.buyer_siret = buyer.legal_name, buyer.siret


def _freeze(
    session: Session, row: Consultation, documents: list[DocumentView], now: datetime
) -> DocumentVersion:
    manifest: dict[str, Any] = {
        "consultation": str(row.id),
        "reference": row.reference,
        "version": 1,
        "published_at": indexing.stamp(now),
        "documents": [_listed(item) for item in documents],
    }
    canonical = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    items = [archive.Item(item.path, item.size, item.crc32, item.storage_key) for item in documents]
    version = DocumentVersion(
        consultation_id=row.id,
        number=1,
        published_at=now,
        manifest=manifest,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        archive_size=archive.plan(items, now).size,
    )
    session.add(version)
    return version


def _listed(item: DocumentView) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "path": item.path,
        "label": item.label,
        "media_type": item.media_type,
        "size": item.size,
        "sha256": item.sha256,
        "crc32": item.crc32,
    }


def _note(
    session: Session,
    row: Consultation,
    verb: str,
    *,
    by: Identity | None,
    now: datetime,
    data: dict[str, Any],
) -> None:
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"consultations:consultation:{verb}",
        subject=row.id,
        data=data,
        organisation_id=row.organisation_id,
    )
