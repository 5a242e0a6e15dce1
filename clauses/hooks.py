"""Where an upper room has its word: what a consultation says of itself, so that nothing is asked twice."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from sqlalchemy.orm import Session

from procurement.core import services
from procurement.core.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class SourceLot:
    """A lot that a document may be written for."""

    id: uuid.UUID
    number: int
    title: str


@dataclass(frozen=True)
class Narrowed:
    """The values that a consultation leaves of a fact which it does not settle, and the marked sentence that says why."""

    values: tuple[str, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class SourceFacts:
    """What the owner of a consultation stores of it: facts as text, lists and mappings of text, keyed as in ``faits.yaml``.

    ``reference_date`` is the dispatch of the notice, else the planned launch (CCP R2121-3); None before either is known.
    ``notes`` are marked sentences for the draft, such as a procedure that the library has no code for. ``services`` are those
    whose people work on it, its own and those above; ``open`` says that its documents may still change, ``lot_gone`` that
    the lot asked for is no longer there and that this is the consultation as a whole. ``narrowed`` says of facts that are asked
    all the same which answers are left.
    """

    organisation_id: uuid.UUID
    reference: str
    title: str
    values: Mapping[str, Any]
    narrowed: Mapping[str, Narrowed] = field(default_factory=dict)
    lot_number: int | None = None
    lot_title: str = ""
    reference_date: date | None = None
    notes: tuple[str, ...] = field(default=())
    lots: tuple[SourceLot, ...] = field(default=())
    services: tuple[uuid.UUID, ...] = field(default=())
    open: bool = True
    lot_gone: bool = False


class FactSource(Protocol):
    """Answer for consultations; the room that has them registers an implementation."""

    def facts(self, session: Session, consultation_id: uuid.UUID, lot_id: uuid.UUID | None) -> SourceFacts:
        """Return what the consultation says, for one of its lots when it is given; raise NotFound."""
        ...


def facts_of(
    source: FactSource, session: Session, consultation_id: uuid.UUID, lot_id: uuid.UUID | None
) -> SourceFacts:
    """Return what the consultation of a draft says; of a lot that was taken away since, what the whole says."""
    try:
        return source.facts(session, consultation_id, lot_id)
    except NotFound:
        if lot_id is None:
            raise
        return replace(source.facts(session, consultation_id, None), lot_gone=True)


class NoFacts:
    """Know no consultation: drafts then get their facts from who begins them."""

    def facts(self, session: Session, consultation_id: uuid.UUID, lot_id: uuid.UUID | None) -> SourceFacts:
        """Refuse: nobody registered a source."""
        from clauses.errors import draft_not_found

        del session, consultation_id, lot_id
        raise draft_not_found()


def fact_source(registry: Any) -> FactSource:
    """Return who answers for consultations."""
    found: FactSource = services.find(registry, FactSource)
    return found


def register(config: Any, source: FactSource) -> None:
    """Let ``source`` answer for consultations."""
    services.register(config.registry, FactSource, source)
