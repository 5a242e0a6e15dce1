"""The rules of DUMEs: status from facts, allowed moves, owners, who may read, lots, links. Pure."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dume.espd.complete import Mode
from dume.espd.model import NO_LOT, Kind, Role
from procurement.accounts.registry.results import SourceStatus

__all__ = [
    "ALPHABET",
    "HANDOVER_LIFE",
    "ID_LENGTH",
    "INVITATION_LIFE",
    "MOVES",
    "NO_LOT",
    "SETTLING",
    "UTILITY_LIFE",
    "Facts",
    "HandoverFacts",
    "HandoverState",
    "Kind",
    "MemberFacts",
    "MemberState",
    "Mode",
    "Move",
    "OpeningFacts",
    "Owner",
    "OwnerKind",
    "Role",
    "SourceStatus",
    "Status",
    "Verb",
    "allowed",
    "buyer_may_read",
    "covers",
    "handover_state",
    "is_id_dume",
    "is_sealed",
    "lots_overlap",
    "member_state",
    "status",
    "too_early",
]  # fmt: skip

#: A draft made without an account lives for this long after its last change.
UTILITY_LIFE = timedelta(hours=24)
#: A hosted hand-over waits this long for the person it is meant for.
HANDOVER_LIFE = timedelta(hours=48)
#: An invitation to a consortium may be accepted for this long.
INVITATION_LIFE = timedelta(days=14)
#: The public identifier: the form that Service DUME gives its own, such as ``daoxup8c``.
ID_LENGTH = 8
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID = re.compile(r"[a-z0-9]{8}")


class Status(StrEnum):
    """Where a DUME stands; the words are those of the exchanges with Service DUME."""

    DRAFT = "brouillon"
    VALID = "valide"
    PUBLISHED = "publie"
    REPLACED = "remplace"
    DELETED = "supprime"


class Verb(StrEnum):
    """What may be done to a DUME."""

    EDIT = "edit"
    VALIDATE = "validate"
    PUBLISH = "publish"
    REPLACE = "replace"
    DELETE = "delete"


class OwnerKind(StrEnum):
    """Who holds a DUME: an organisation with people, an API client acting for a SIRET, or whoever has a secret link."""

    ORGANISATION = "organisation"
    CLIENT = "client"
    LINK = "link"


class HandoverState(StrEnum):
    """Where a hosted hand-over stands."""

    WAITING = "waiting"
    BEGUN = "begun"
    COMPLETED = "completed"
    EXPIRED = "expired"


class MemberState(StrEnum):
    """Where a member of a consortium stands; never what it answers."""

    LEFT = "left"
    INVITED = "invited"
    EXPIRED = "expired"
    JOINED = "joined"
    VALIDATED = "validated"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What happened to a DUME, and when."""

    validated_at: datetime | None = None
    published_at: datetime | None = None
    replaced_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Move:
    """From which statuses a verb may be done, and where it leads."""

    origins: frozenset[Status]
    to: Status


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who holds a DUME; ``siret`` is for whom it speaks, empty when nobody has said so yet."""

    kind: OwnerKind
    siret: str = ""
    organisation_id: uuid.UUID | None = None
    client_id: uuid.UUID | None = None
    secret_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class OpeningFacts:
    """What decides whether the buyer may read a response.

    ``opened_at`` was said of this response by the room that opened the bid; ``request_opened_at`` is the vendor's
    statement about the whole request, which says nothing of a response deposited here as a sealed bid.
    """

    published_at: datetime | None
    deleted_at: datetime | None
    deposited: bool
    opened_at: datetime | None
    closes_at: datetime | None
    request_opened_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class HandoverFacts:
    """What is known of a hosted hand-over."""

    expires_at: datetime
    begun_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MemberFacts:
    """What is known of a member of a consortium."""

    expires_at: datetime
    joined_at: datetime | None = None
    left_at: datetime | None = None
    status: Status | None = None


#: Verb -> where it starts and ends; the documentation draws the life of a DUME from this table.
MOVES: dict[Verb, Move] = {
    Verb.EDIT: Move(origins=frozenset({Status.DRAFT, Status.VALID}), to=Status.DRAFT),
    Verb.VALIDATE: Move(origins=frozenset({Status.DRAFT}), to=Status.VALID),
    Verb.PUBLISH: Move(origins=frozenset({Status.VALID}), to=Status.PUBLISHED),
    Verb.REPLACE: Move(origins=frozenset({Status.PUBLISHED}), to=Status.REPLACED),
    Verb.DELETE: Move(
        origins=frozenset({Status.DRAFT, Status.VALID, Status.PUBLISHED, Status.REPLACED}), to=Status.DELETED
    ),
}

#: Facts that settle the status by their mere presence, the strongest first; queries have the same order in SQL.
SETTLING: tuple[tuple[str, Status], ...] = (
    ("deleted_at", Status.DELETED),
    ("replaced_at", Status.REPLACED),
    ("published_at", Status.PUBLISHED),
    ("validated_at", Status.VALID),
)


def status(facts: Facts) -> Status:
    """Return the status that the facts give; the first that is known wins."""
    known = (settled for fact, settled in SETTLING if getattr(facts, fact) is not None)
    return next(known, Status.DRAFT)


def allowed(facts: Facts, verb: Verb) -> bool:
    """Tell whether ``verb`` may be done now."""
    return status(facts) in MOVES[verb].origins


def is_sealed(kind: Kind, owner: OwnerKind) -> bool:
    """Tell whether the content is encrypted at rest: every response, and all that is held by a secret link."""
    return kind is Kind.RESPONSE or owner is OwnerKind.LINK


def is_id_dume(text: str) -> bool:
    """Tell whether a text has the form of a public identifier."""
    return _ID.fullmatch(text) is not None


def covers(newer: Sequence[str], older: Sequence[str]) -> bool:
    """Tell whether a DUME for ``newer`` lots takes the place of one for ``older``; no lot means all of them."""
    return _is_whole(newer) or (not _is_whole(older) and set(older) <= set(newer))


def lots_overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two DUMEs speak of a same lot."""
    return _is_whole(one) or _is_whole(other) or not set(one).isdisjoint(other)


def _is_whole(lots: Iterable[str]) -> bool:
    return not set(lots) - {NO_LOT}


def buyer_may_read(facts: OpeningFacts, now: datetime) -> bool:
    """Tell whether the buyer may read a response: published, then opened; never before, whatever the route.

    A response deposited here is opened with its envelope. One sent by a vendor is open once the deadline of its request
    has passed *and* the vendor has stated that the opening took place.
    """
    if facts.published_at is None or facts.deleted_at is not None:
        return False
    if facts.opened_at is not None:
        return facts.opened_at <= now
    if facts.deposited or facts.request_opened_at is None or too_early(facts.closes_at, now):
        return False
    return facts.request_opened_at <= now


def too_early(closes_at: datetime | None, now: datetime) -> bool:
    """Tell whether no opening may have taken place yet: the deadline is unknown, or has not passed."""
    return closes_at is None or now <= closes_at


def handover_state(facts: HandoverFacts, now: datetime) -> HandoverState:
    """Return the state of a hand-over: completed, then expired, then begun."""
    if facts.completed_at is not None:
        return HandoverState.COMPLETED
    if now >= facts.expires_at:
        return HandoverState.EXPIRED
    return HandoverState.WAITING if facts.begun_at is None else HandoverState.BEGUN


def member_state(facts: MemberFacts, now: datetime) -> MemberState:
    """Return where a member stands: what the lead may know of it."""
    if facts.left_at is not None:
        return MemberState.LEFT
    if facts.joined_at is None:
        return MemberState.EXPIRED if now >= facts.expires_at else MemberState.INVITED
    validated = facts.status in {Status.VALID, Status.PUBLISHED, Status.REPLACED}
    return MemberState.VALIDATED if validated else MemberState.JOINED
