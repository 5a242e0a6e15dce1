"""The life of a draft: facts are stored, the state is derived, and one table says which move each state allows. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DraftState(StrEnum):
    """Where a draft stands."""

    WRITING = "writing"
    SUBMITTED = "submitted"
    VALIDATED = "validated"
    FROZEN = "frozen"


class Move(StrEnum):
    """What can be done with a draft."""

    EDIT = "edit"
    SUBMIT = "submit"
    RETURN = "return"
    VALIDATE = "validate"
    FREEZE = "freeze"
    UPGRADE = "upgrade"


class EventKind(StrEnum):
    """What the history of a draft holds."""

    STARTED = "started"
    ANSWER = "answer"
    TEXT = "text"
    CONFLICT = "conflict"
    RESOLVED = "resolved"
    DEROGATION = "derogation"
    ACKNOWLEDGED = "acknowledged"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VALIDATED = "validated"
    FROZEN = "frozen"
    FACTS = "facts"
    UPGRADED = "upgraded"
    UPGRADE_UNDONE = "upgrade_undone"
    DUPLICATED = "duplicated"
    READBACK = "readback"
    DATE_MOVED = "date_moved"
    EXPORTED = "exported"


#: Events by which a person becomes an author of the draft: whoever wrote does not validate.
WRITING_EVENTS = frozenset(
    {
        EventKind.ACKNOWLEDGED,
        EventKind.ANSWER,
        EventKind.CONFLICT,
        EventKind.DATE_MOVED,
        EventKind.DEROGATION,
        EventKind.DUPLICATED,
        EventKind.FACTS,
        EventKind.READBACK,
        EventKind.RESOLVED,
        EventKind.STARTED,
        EventKind.SUBMITTED,
        EventKind.TEXT,
        EventKind.UPGRADED,
        EventKind.UPGRADE_UNDONE,
    }
)


class ArtefactFormat(StrEnum):
    """The formats a draft is exported in."""

    HTML = "html"
    DOCX = "docx"
    ODT = "odt"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """Return the media type of a file of this format."""
        return {
            "html": "text/html",
            "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "odt": "application/vnd.oasis.opendocument.text",
            "pdf": "application/pdf",
        }[self.value]


@dataclass(frozen=True, kw_only=True)
class DraftFacts:
    """The facts that a draft's state is derived from; a return clears what it takes back."""

    submitted_at: datetime | None = None
    validated_at: datetime | None = None
    frozen_at: datetime | None = None


#: Which move each state allows.
MOVES: dict[DraftState, frozenset[Move]] = {
    DraftState.WRITING: frozenset({Move.EDIT, Move.SUBMIT, Move.UPGRADE}),
    DraftState.SUBMITTED: frozenset({Move.RETURN, Move.VALIDATE}),
    DraftState.VALIDATED: frozenset({Move.RETURN, Move.FREEZE}),
    DraftState.FROZEN: frozenset(),
}


def state(facts: DraftFacts) -> DraftState:
    """Return where a draft stands: the last fact counts."""
    if facts.frozen_at is not None:
        return DraftState.FROZEN
    if facts.validated_at is not None:
        return DraftState.VALIDATED
    return DraftState.SUBMITTED if facts.submitted_at is not None else DraftState.WRITING


def allowed(facts: DraftFacts, move: Move) -> bool:
    """Tell whether a move is allowed now."""
    return move in MOVES[state(facts)]
