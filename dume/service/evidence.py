"""Proofs: kept sealed in the store, named by a row, pointed to by answers."""

import hashlib
import json
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from dume import errors
from dume.espd.model import AnswerStatus, Document, Evidence, Identifier, Kind, Reference
from dume.models import Dume, DumeSource
from dume.queries.content import document
from dume.queries.sources import SourceView, find, payload_purpose, proof_purpose, view
from dume.registry.sources import Level
from dume.rules import SourceStatus, Verb
from dume.service.terms import StoredProof
from dume.service.writing import check, lock, note, put, require
from procurement.core import ids, jobs
from procurement.core.db import Database
from procurement.core.security import Identity
from procurement.core.storage import Storage
from procurement.core.text import line
from procurement.core.vault import KeyVault

__all__ = [
    "EVIDENCE_BYTES",
    "attach_evidence",
    "detach_evidence",
    "media_type_of",
    "require_room",
    "store_proof",
    "take_over_proofs",
    "without_protected",
]

#: Largest proof, the limit of the documents that sources give as well.
EVIDENCE_BYTES = 10 << 20
#: All proofs of one response together: whoever holds a link must not fill the store by it.
ALL_EVIDENCE_BYTES = 100 << 20
#: Objects of this room in the store.
PREFIX = "dume"
SWEEP = "dume.sweep"
#: How long after a proof was stored the store is searched for proofs that no row names.
_SWEEP_AFTER = timedelta(hours=50)
_SOURCE = "person"
_MAGIC = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def media_type_of(content: bytes) -> str:
    """Return the media type that the first bytes show; raise ``dume.evidence_type`` for any other."""
    found = next((name for magic, name in _MAGIC if content.startswith(magic)), None)
    if found is None:
        raise errors.evidence_type()
    return found


def store_proof(
    database: Database,
    vault: KeyVault,
    storage: Storage,
    owner: uuid.UUID,
    content: bytes,
    *,
    name: str,
    now: datetime,
) -> StoredProof:
    """Seal a proof for the vault owner of its DUME and store it durably, before any row names it.

    Stands outside the transaction of the deed: a store may be slow. What no row names is swept later. Raise
    ``dume.evidence_too_large`` beyond 10 MiB and ``dume.evidence_type`` for what is no PDF, PNG or JPEG.
    """
    if len(content) > EVIDENCE_BYTES:
        raise errors.evidence_too_large(EVIDENCE_BYTES)
    kind = media_type_of(content)
    key = f"{PREFIX}/{uuid.uuid4().hex}"
    with database.write() as session:
        sealed = vault.seal(session, owner, proof_purpose(key), content)
        jobs.enqueue(session, SWEEP, {}, now=now, run_at=now + _SWEEP_AFTER, priority=300, key=SWEEP)
    storage.put(key, [sealed], hashed=False)
    digest = hashlib.sha256(content).hexdigest()
    return StoredProof(key=key, sha256=digest, size=len(content), media_type=kind, name=line(name))


def require_room(session: Session, row: Dume, size: int) -> None:
    """Refuse a proof beyond what all proofs of a response may weigh (``dume.evidence_too_large``); ask before it is stored."""
    query = select(func.sum(DumeSource.document_size)).where(
        DumeSource.dume_id == row.id, DumeSource.source == _SOURCE
    )
    left = ALL_EVIDENCE_BYTES - (session.scalar(query) or 0)
    if size > left:
        raise errors.evidence_too_large(max(left, 0))


def attach_evidence(
    session: Session,
    vault: KeyVault,
    row: Dume,
    stored: StoredProof,
    *,
    by: Identity | None,
    now: datetime,
) -> SourceView:
    """Join a stored proof to a response: answers may point to its ``evidence`` id."""
    require(row, Kind.RESPONSE)
    lock(session, row)
    check(row, Verb.EDIT)
    require_room(session, row, stored.size)
    found = DumeSource(
        id=ids.uuid7(), dume_id=row.id, source=_SOURCE, position=0, level=0, status=SourceStatus.OBTAINED, requested_at=now,
        obtained_at=now, as_of="", valid_until="", freshness="", evidence=str(uuid.uuid4()),
        document_key=stored.key, document_sha256=stored.sha256, document_size=stored.size,
        media_type=stored.media_type,
    )  # fmt: skip
    told = json.dumps({"name": stored.name}, ensure_ascii=False).encode()
    found.payload = vault.seal(session, row.vault_owner, payload_purpose(found.id), told)
    session.add(found)
    what = document(session, vault, row)
    what = replace(what, evidences=(*what.evidences, listed(found.evidence, stored.name)))
    put(session, vault, row, what, by=by, now=now)
    note(session, row, "evidence_attached", by=by, now=now, data={"sha256": stored.sha256})
    return view(found)


def detach_evidence(
    session: Session, vault: KeyVault, row: Dume, source_id: uuid.UUID, *, by: Identity | None, now: datetime
) -> None:
    """Take a proof of the company's own off a response in preparation; its object is swept later."""
    require(row, Kind.RESPONSE)
    lock(session, row)
    check(row, Verb.EDIT)
    found = find(session, row, source_id)
    if found.prefill is not None:
        raise errors.no_evidence()
    gone = found.evidence
    what = document(session, vault, row)
    answers = tuple(
        replace(one, evidences=tuple(item for item in one.evidences if item != gone)) for one in what.answers
    )
    kept = tuple(one for one in what.evidences if one.id.value != gone)
    session.delete(found)
    put(session, vault, row, replace(what, answers=answers, evidences=kept), by=by, now=now)
    note(session, row, "evidence_detached", by=by, now=now, data={"sha256": found.document_sha256})


def without_protected(session: Session, old: Document, row: Dume) -> Document:
    """Return what a response says without what sources gave for its buyer alone: it is not for another recipient.

    Their proofs go, and the values that nobody has made the company's own; a confirmed one is its own statement.
    """
    query = select(DumeSource.source, DumeSource.evidence).where(
        DumeSource.dume_id == row.id, DumeSource.level >= Level.PROTECTED
    )
    found = session.execute(query).all()
    sources, proofs = {source for source, _proof in found}, {proof for _source, proof in found if proof}
    answers = tuple(
        replace(one, evidences=tuple(item for item in one.evidences if item not in proofs))
        for one in old.answers
        if one.status is AnswerStatus.CONFIRMED
        or one.provenance is None
        or one.provenance.source not in sources
    )
    evidences = tuple(one for one in old.evidences if one.id.value not in proofs)
    return replace(old, answers=answers, evidences=evidences)


def take_over_proofs(session: Session, vault: KeyVault, old: Dume, new: Dume, *, now: datetime) -> None:
    """Give a response the proofs that it names of an older one of the same company; the objects are shared."""
    if old.vault_owner != new.vault_owner:
        return
    named = {one.id.value for one in document(session, vault, new).evidences}
    query = select(DumeSource).where(DumeSource.dume_id == old.id, DumeSource.document_key.is_not(None))
    for held in session.scalars(query.order_by(DumeSource.id).options(undefer(DumeSource.payload))).all():
        if held.evidence not in named:
            continue
        copy = DumeSource(
            id=ids.uuid7(), dume_id=new.id, source=held.source, position=0, level=held.level, status=held.status,
            requested_at=now, obtained_at=held.obtained_at, as_of=held.as_of, valid_until=held.valid_until,
            freshness="", evidence=held.evidence, document_key=held.document_key,
            document_sha256=held.document_sha256, document_size=held.document_size, media_type=held.media_type,
        )  # fmt: skip
        if held.payload is not None:
            told = vault.open(session, old.vault_owner, payload_purpose(held.id), held.payload)
            copy.payload = vault.seal(session, new.vault_owner, payload_purpose(copy.id), told)
        session.add(copy)
    session.flush()


def listed(evidence_id: str, name: str) -> Evidence:
    """Return a proof as the document names it."""
    reference = Reference(id=Identifier(evidence_id), title=name)
    return Evidence(id=Identifier(evidence_id), reference=reference)
