"""Put a contract document into the tender documents in one click: the very bytes whose hash is kept as evidence.

The document is laid out and its bytes are stored with no transaction open; a short write then looks whether the draft
still says so, and keeps the file, its hash and its place among the tender documents together, or nothing of it.
"""

import uuid
import zlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from clauses import errors as drafting_errors
from clauses import queries as contracts
from clauses import service as drafting
from clauses.queries import ArtefactView, DraftView
from clauses.rules.states import ArtefactFormat, DraftState
from procurement.consultations import queries
from procurement.consultations.contracts import INTERNAL, path_of
from procurement.consultations.errors import ConsultationNotFound
from procurement.consultations.service.documents import Received, add_document, new_key, remove_document
from procurement.consultations.service.drafts import locked
from procurement.core.db import Database
from procurement.core.errors import Conflict, DomainError
from procurement.core.security import Identity
from procurement.core.storage import Storage
from procurement.core.text import _


@dataclass(frozen=True)
class Attached:
    """The file that stands among the tender documents; ``used`` tells whether it is the stored copy that was handed in."""

    artefact: ArtefactView
    used: bool


def attach(
    database: Database,
    storage: Storage,
    consultation_id: uuid.UUID,
    draft_id: uuid.UUID,
    form: ArtefactFormat,
    *,
    by: Identity,
    now: datetime,
) -> ArtefactView:
    """Put a validated draft into the tender documents; the file that it gave before goes. Return what was attached.

    Raise ``clauses.moving`` when somebody changes the draft again and again meanwhile.
    """
    for _round in range(drafting.ROUNDS):
        with database.read() as session:
            check(contracts.view(session, draft_id), consultation_id)
            prepared = drafting.prepare(session, draft_id, form)
            if prepared.made is not None and _stands(session, consultation_id, prepared):
                return prepared.made
        laid = drafting.lay_out(prepared)
        received = store(storage, consultation_id, prepared.draft, laid)
        try:
            with database.write() as session:
                done = put(session, consultation_id, laid, received, by=by, now=now)
        except DomainError:
            storage.delete(received.storage_key)
            raise
        if done is None or not done.used:
            storage.delete(received.storage_key)
        if done is not None:
            return done.artefact
    raise drafting_errors.moving()


def check(draft: DraftView, consultation_id: uuid.UUID) -> None:
    """Refuse a draft of another consultation, one that is not validated, and the internal report."""
    if draft.consultation_id != consultation_id:
        raise ConsultationNotFound
    if draft.state not in {DraftState.VALIDATED, DraftState.FROZEN}:
        message = _(
            "Ce document n’est pas encore validé : il n’est pas joint au dossier. Rien n’a été modifié."
        )
        raise Conflict("consultation.contract_not_validated", message)
    if draft.document == INTERNAL:
        message = _(
            "Le rapport est un document interne : il n’est jamais joint au dossier, que tous peuvent lire. "
            "Rien n’a été modifié."
        )
        raise Conflict("consultation.contract_internal", message)


def store(storage: Storage, consultation_id: uuid.UUID, draft: DraftView, laid: drafting.LaidOut) -> Received:
    """Store the bytes under a new key, before any row says so."""
    key = new_key(consultation_id)
    stored = storage.put(key, [laid.content])
    return Received(
        path=path_of(draft, laid.form), media_type=laid.form.media_type, size=stored.size, sha256=stored.sha256,
        crc32=zlib.crc32(laid.content), storage_key=key,
    )  # fmt: skip


def put(
    session: Session,
    consultation_id: uuid.UUID,
    laid: drafting.LaidOut,
    received: Received,
    *,
    by: Identity,
    now: datetime,
) -> Attached | None:
    """Keep the file and put it among the tender documents; None when the draft says something else by now."""
    # The consultation first, then its draft: a publication holds them in this order.
    locked(session, consultation_id)
    made = drafting.keep(session, laid, by=by, now=now)
    if made is None:
        return None
    check(contracts.view(session, laid.draft_id), consultation_id)
    earlier = contracts.artefact_hashes(session, laid.draft_id)
    for document in queries.documents(session, consultation_id):
        if document.path == received.path and document.sha256 == made.sha256:
            return Attached(made, used=False)
        if document.path == received.path and document.sha256 in earlier:
            remove_document(session, consultation_id, document.id, by=by, now=now)
    add_document(session, consultation_id, received, by=by, now=now)
    return Attached(made, used=True)


def _stands(session: Session, consultation_id: uuid.UUID, prepared: drafting.Prepared) -> bool:
    """Tell whether the file of the draft's present words stands among the tender documents already."""
    wanted = (path_of(prepared.draft, prepared.form), prepared.made.sha256 if prepared.made else "")
    return wanted in {(one.path, one.sha256) for one in queries.documents(session, consultation_id)}
