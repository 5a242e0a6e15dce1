"""Ask the sources for a response, source by source: each answer is kept as it comes, and only ever proposed."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from dume.models import Dume, DumeSource
from dume.queries.rows import by_id
from dume.queries.sources import payload_purpose
from dume.registry import Registry, records
from dume.registry.mapping.proposal import evidence as mapping_evidence
from dume.rules import SourceStatus
from dume.service.evidence import store_proof
from dume.service.terms import StoredProof
from procurement.accounts.registry.results import SourceResult
from procurement.core import ids
from procurement.core.jobs import JobContext
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault

__all__ = ["CONTEXT", "Asker", "Question", "results_of"]

#: The frame that API Entreprise wants to be told.
CONTEXT = "Marchés publics"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Whom sources are asked about, for which buyer and procedure, and whose key seals the answers."""

    dume_id: uuid.UUID
    vault_owner: uuid.UUID
    siret: str
    recipient: str
    object: str
    sources: tuple[str, ...]


class Asker:
    """Ask, and keep what comes; no transaction is held while a source answers."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self.database, self.clock = context.database, context.clock
        self.vault: KeyVault = context.find(KeyVault)
        self._storage: Storage = context.find(Storage)
        self._registry: Registry = context.find(Registry)

    def question(self, row: Dume, sources: Iterable[str]) -> Question:
        """Return the question for a response: the buyer of its request is the recipient."""
        return Question(
            dume_id=row.id, vault_owner=row.vault_owner, siret=row.siret, recipient=row.buyer_siret,
            object=row.consultation_ref or row.id_dume, sources=tuple(sources),
        )  # fmt: skip

    def results(self, question: Question) -> Iterable[SourceResult]:
        """Return what the sources say, in the order in which they answer."""
        return self._registry.lookup(
            question.siret, question.sources, recipient=question.recipient, context=CONTEXT, object=question.object,
            now=self.clock.now(),
        )  # fmt: skip

    def keep(self, question: Question, prefill_id: uuid.UUID, result: SourceResult) -> None:
        """Store the documents of an answer, then note what the source said, in a short transaction."""
        stored = [
            (
                proof,
                store_proof(
                    self.database,
                    self.vault,
                    self._storage,
                    question.vault_owner,
                    proof.content,
                    name=proof.name,
                    now=self.clock.now(),
                ),
            )
            for proof in result.documents
        ]
        with self.database.write() as session:
            row = by_id(session, question.dume_id)
            said = _said(session, row, prefill_id, result.source)
            if said is None or said.status is not SourceStatus.PENDING:
                return
            said.status, said.obtained_at = result.status, result.obtained_at or self.clock.now()
            said.as_of, said.valid_until = _day(result.as_of), _day(result.valid_until)
            self._seal(session, row, said, {"result": records.dump(result, private=True)})
            for position, (proof, kept) in enumerate(stored):
                holder = said if position == 0 else _another(session, said, position)
                _place(holder, kept)
                holder.evidence = mapping_evidence(result, proof).id.value
                if position:
                    self._seal(session, row, holder, {"name": kept.name, "about": proof.about})

    def _seal(self, session: Session, row: Dume, held: DumeSource, told: dict[str, Any]) -> None:
        content = json.dumps(told, ensure_ascii=False).encode()
        held.payload = self.vault.seal(session, row.vault_owner, payload_purpose(held.id), content)


def _said(session: Session, row: Dume, prefill_id: uuid.UUID, source: str) -> DumeSource | None:
    query = select(DumeSource).where(
        DumeSource.dume_id == row.id, DumeSource.prefill == prefill_id, DumeSource.source == source,
        DumeSource.position == 0,
    )  # fmt: skip
    return session.scalars(query).one_or_none()


def _another(session: Session, first: DumeSource, position: int) -> DumeSource:
    """Return the row of a further document of a source."""
    made = DumeSource(
        id=ids.uuid7(), dume_id=first.dume_id, prefill=first.prefill, source=first.source, position=position,
        level=first.level, status=first.status, requested_at=first.requested_at, obtained_at=first.obtained_at,
        as_of=first.as_of, valid_until=first.valid_until, freshness="", evidence="",
    )  # fmt: skip
    session.add(made)
    return made


def _place(held: DumeSource, kept: StoredProof) -> None:
    held.document_key, held.document_sha256 = kept.key, kept.sha256
    held.document_size, held.media_type = kept.size, kept.media_type


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def results_of(
    session: Session, vault: KeyVault, row: Dume, *, prefill_id: uuid.UUID | None = None
) -> dict[str, SourceResult]:
    """Return what sources said, rebuilt from what was kept, their documents without the bytes.

    Of one prefilling when it is named, else the latest word of every source.
    """
    query = select(DumeSource).where(
        DumeSource.dume_id == row.id, DumeSource.prefill.is_not(None), DumeSource.position == 0
    )
    if prefill_id is not None:
        query = query.where(DumeSource.prefill == prefill_id)
    ordered = query.order_by(DumeSource.requested_at, DumeSource.id).options(undefer(DumeSource.payload))
    found: dict[str, SourceResult] = {}
    for held in session.scalars(ordered):
        if held.payload is not None:
            opened = vault.open(session, row.vault_owner, payload_purpose(held.id), held.payload)
            found[held.source] = records.load(json.loads(opened)["result"])
    return found
