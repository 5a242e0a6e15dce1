"""Where a consultation stands: derived from stored facts, never stored itself. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from procurement.core.errors import Conflict
from procurement.core.text import _


class State(StrEnum):
    """Every state that the facts of this version can give."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    ANALYSIS = "analysis"
    DECIDED = "decided"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    ARCHIVED = "archived"


class Verb(StrEnum):
    """What may be done to a consultation."""

    EDIT = "edit"
    PUBLISH = "publish"
    EXTEND_DEADLINE = "extend_deadline"
    OPEN = "open"
    DECIDE = "decide"
    COMPLETE = "complete"
    ARCHIVE = "archive"
    ABANDON = "abandon"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What happened, and when; ``closes_at`` is the one deadline of candidatures and offers."""

    published_at: datetime | None = None
    closes_at: datetime | None = None
    opened_at: datetime | None = None
    decided_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    archived_at: datetime | None = None


#: Verb -> states it starts from; the documentation draws the life of a consultation from this table.
MOVES: dict[Verb, frozenset[State]] = {
    Verb.EDIT: frozenset({State.DRAFT}),
    Verb.PUBLISH: frozenset({State.DRAFT}),
    Verb.EXTEND_DEADLINE: frozenset({State.OPEN}),
    Verb.OPEN: frozenset({State.CLOSED, State.ANALYSIS}),
    Verb.DECIDE: frozenset({State.ANALYSIS}),
    Verb.COMPLETE: frozenset({State.DECIDED}),
    Verb.ARCHIVE: frozenset({State.COMPLETED, State.ABANDONED}),
    Verb.ABANDON: frozenset({State.SCHEDULED, State.OPEN, State.CLOSED, State.ANALYSIS, State.DECIDED}),
}

#: Facts that settle the state by their mere presence, the strongest first; queries.py has the same order in SQL.
SETTLING: tuple[tuple[str, State], ...] = (
    ("archived_at", State.ARCHIVED),
    ("cancelled_at", State.ABANDONED),
    ("completed_at", State.COMPLETED),
    ("decided_at", State.DECIDED),
    ("opened_at", State.ANALYSIS),
)


def state(facts: Facts, now: datetime) -> State:
    """Return the state at ``now``.

    A bid received in the very instant of the deadline is on time: the consultation is open until that instant,
    included, and closed after it.
    """
    for fact, settled in SETTLING:
        if getattr(facts, fact) is not None:
            return settled
    if facts.published_at is None or facts.closes_at is None:
        return State.DRAFT
    if now < facts.published_at:
        return State.SCHEDULED
    return State.OPEN if now <= facts.closes_at else State.CLOSED


def check_move(facts: Facts, verb: Verb, now: datetime) -> State:
    """Return the state from which ``verb`` is allowed, or raise ``consultation.move_refused``."""
    current = state(facts, now)
    if current in MOVES[verb]:
        return current
    allowed = ", ".join(sorted(other for other, origins in MOVES.items() if current in origins))
    message = _(
        "Cette action n’est plus possible : la consultation a changé d’état. Rien n’a été modifié ; "
        "rechargez la page pour voir où elle en est."
    )
    raise Conflict("consultation.move_refused", message, state=str(current), verb=str(verb), allowed=allowed)
