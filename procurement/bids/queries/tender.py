"""What this room needs to know of a consultation, in one frozen value."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from procurement.bids.rules import Limits, Relation
from procurement.consultations import queries as consultations
from procurement.consultations.rules import ConsultationView, Piece, State
from procurement.core.errors import NotFound
from procurement.core.text import _

#: States in which bids are received; after the deadline they come late, are flagged and stay sealed.
RECEIVING = frozenset({State.OPEN, State.CLOSED, State.ANALYSIS})


@dataclass(frozen=True, kw_only=True)
class Tender:
    """A consultation as the bids room sees it; ``deadline`` is the one in force now."""

    id: uuid.UUID
    reference: str
    title: str
    object: str
    buyer_id: uuid.UUID
    service_id: uuid.UUID | None
    buyer_name: str
    buyer_siret: str | None
    deadline: datetime
    zone: str
    takes_bids: bool
    lots: tuple[tuple[int, str], ...]
    kinds: tuple[str, ...]
    relations: tuple[str, ...]
    limits: Limits
    pieces: tuple[Piece, ...]

    @property
    def lot_numbers(self) -> tuple[int, ...]:
        """Return the numbers of the lots, none when the consultation is not allotted."""
        return tuple(number for number, _title in self.lots)


def tender(session: Session, consultation_id: uuid.UUID, *, now: datetime, held: bool = False) -> Tender:
    """Return a published consultation, or raise NotFound: a draft has no deadline yet, and nobody may see it.

    ``held`` keeps its deadline from moving until the transaction ends.
    """
    found = consultations.view(session, consultation_id, held=held)
    if found.closes_at is None or found.state(now) in {State.DRAFT, State.SCHEDULED}:
        raise NotFound(
            "bid.consultation_not_found", _("Cette consultation n’existe pas ou n’est pas publiée.")
        )
    return of(found, now=now)


def of(found: ConsultationView, *, now: datetime) -> Tender:
    """Return what this room needs of a consultation that has a deadline."""
    assert found.closes_at is not None
    limits = found.limits
    return Tender(
        id=found.id,
        reference=found.reference,
        title=found.title,
        object=found.description or found.title,
        buyer_id=found.organisation_id,
        service_id=found.service_id,
        buyer_name=found.buyer_name,
        buyer_siret=found.buyer_siret or None,
        deadline=found.closes_at,
        zone=found.zone,
        takes_bids=found.state(now) in RECEIVING,
        lots=tuple((lot.number, lot.title) for lot in found.lots),
        kinds=tuple(found.envelopes),
        relations=(Relation.PREMIER.value, *(relation.value for relation in found.relations)),
        limits=Limits(
            file_bytes=limits.file_bytes,
            files=limits.files,
            total_bytes=limits.total_bytes,
            types=limits.types,
        ),
        pieces=found.all_pieces,
    )
