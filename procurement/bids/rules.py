"""The rules of sealed bids: states from facts, deadlines to the millisecond, chains, key sets, limits. Pure."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from procurement.core.errors import DomainError
from procurement.core.text import _

#: A rehearsal proves for this long that a holder still has the key of his certificate.
REHEARSAL_LASTS = timedelta(days=90)
#: A rehearsal that ends sooner than this is asked for again.
REHEARSAL_NOTICE = timedelta(days=14)
#: An object of the store that no row names may be that of a transaction about to commit; after this it is an orphan.
ORPHAN_AFTER = timedelta(hours=48)
#: The final act carries two hashes; more than this is no final act (it must fit one small request).
COMMIT_BYTES = 64 * 1024
#: Segments of a stream; every stored part ends on one, so that no segment is ever split between two objects.
SEGMENT = 1 << 20
LEAST_RECIPIENTS = 2


class Kind(StrEnum):
    """What an envelope holds."""

    CANDIDATURE = "candidature"
    OFFRE = "offre"
    ANONYMAT = "anonymat"


class Relation(StrEnum):
    """How an envelope stands to earlier ones of the same candidate, lot and kind."""

    PREMIER = "premier"
    REMPLACE = "remplace"
    COMPLETE = "complete"


class HolderRole(StrEnum):
    """What a key holder's key is for."""

    HOLDER = "holder"
    RECOVERY = "recovery"


class HolderState(StrEnum):
    """Where the certificate of a key holder stands."""

    PROPOSED = "proposed"
    STALE = "stale"
    ELIGIBLE = "eligible"
    REVOKED = "revoked"


class EnvelopeState(StrEnum):
    """Where an envelope stands."""

    DESTROYED = "destroyed"
    OPENED = "opened"
    UNOPENABLE = "unopenable"
    WITHDRAWN = "withdrawn"
    LATE = "late"
    REPLACED = "replaced"
    OPENABLE = "openable"
    SEALED = "sealed"


class DraftState(StrEnum):
    """Where a deposit in preparation stands."""

    COMMITTED = "committed"
    EXPIRED = "expired"
    READY = "ready"
    SENDING = "sending"
    DRAFT = "draft"


class OpeningState(StrEnum):
    """Where an opening stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class EnvelopeFacts:
    """What is known of an envelope; ``deadline_at_receipt`` was in force when it came, ``deadline`` is today's."""

    received_at: datetime
    deadline_at_receipt: datetime
    deadline: datetime
    displaced: bool = False
    withdrawn_at: datetime | None = None
    late_admitted_at: datetime | None = None
    opened_at: datetime | None = None
    open_failed_at: datetime | None = None
    destroyed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DraftFacts:
    """What is known of a deposit in preparation."""

    expires_at: datetime
    committed_at: datetime | None = None
    started_at: datetime | None = None
    complete: bool = False


@dataclass(frozen=True, kw_only=True)
class HolderFacts:
    """What is known of a key holder."""

    rehearsed_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ChainLink:
    """One envelope among those of the same candidate, lot and kind."""

    envelope: uuid.UUID
    received_at: datetime
    on_time: bool
    relation: Relation
    refers_to: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True, kw_only=True)
class SetMember:
    """One recipient of a key set, as its completeness sees it."""

    certificate: str
    role: HolderRole
    kinds: frozenset[Kind]
    state: HolderState


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a consultation accepts in one deposit; ``types`` are file endings without the dot, none means all."""

    file_bytes: int
    files: int
    total_bytes: int
    types: tuple[str, ...] = ()


def is_late(received_at: datetime, deadline: datetime) -> bool:
    """Tell whether a deposit is late: 10:00:00.000 is on time for 10:00, 10:00:00.001 is late.

    The end of the transmission decides (TA Dijon 1803328, 25 s; TA Versailles 2300644, 29 s).
    """
    return received_at > deadline


def is_closed(deadline: datetime, now: datetime) -> bool:
    """Tell whether the deadline has passed: from then on bids may be opened, and counted."""
    return now > deadline


def envelope_state(facts: EnvelopeFacts, now: datetime) -> EnvelopeState:
    """Return the state of an envelope; the first match wins."""
    late = is_late(facts.received_at, facts.deadline_at_receipt) and facts.late_admitted_at is None
    answers = (
        (facts.destroyed_at is not None, EnvelopeState.DESTROYED),
        (facts.opened_at is not None, EnvelopeState.OPENED),
        (facts.open_failed_at is not None, EnvelopeState.UNOPENABLE),
        (facts.withdrawn_at is not None, EnvelopeState.WITHDRAWN),
        (late, EnvelopeState.LATE),
        (facts.displaced, EnvelopeState.REPLACED),
        (is_closed(facts.deadline, now), EnvelopeState.OPENABLE),
    )
    return next((state for holds, state in answers if holds), EnvelopeState.SEALED)


def draft_state(facts: DraftFacts, now: datetime) -> DraftState:
    """Return the state of a deposit in preparation; the first match wins."""
    if facts.committed_at is not None:
        return DraftState.COMMITTED
    if now >= facts.expires_at:
        return DraftState.EXPIRED
    if facts.started_at is None:
        return DraftState.DRAFT
    return DraftState.READY if facts.complete else DraftState.SENDING


def holder_state(facts: HolderFacts, now: datetime) -> HolderState:
    """Return the state of a key holder: revoked, then eligible for 90 days after a rehearsal, then stale."""
    if facts.revoked_at is not None:
        return HolderState.REVOKED
    if facts.rehearsed_at is None:
        return HolderState.PROPOSED
    return HolderState.ELIGIBLE if now <= facts.rehearsed_at + REHEARSAL_LASTS else HolderState.STALE


def rehearsal_due(facts: HolderFacts, now: datetime) -> datetime | None:
    """Return when the last rehearsal of a holder ends, if that is over or near; None when nothing is to be done."""
    if facts.revoked_at is not None or facts.rehearsed_at is None:
        return None
    ends = facts.rehearsed_at + REHEARSAL_LASTS
    return ends if ends - now <= REHEARSAL_NOTICE else None


def displaced(chain: Iterable[ChainLink]) -> frozenset[uuid.UUID]:
    """Return the envelopes of one chain that a later on-time one replaces.

    A late replacement displaces nothing, and the withdrawal of a replacement revives nothing: its declaration stands
    (R2151-6: only the last offer received in time is opened).
    """
    links = list(chain)
    replacing = [link for link in links if link.relation is Relation.REMPLACE and link.on_time]
    return frozenset(
        link.envelope
        for link in links
        if any(_comes_after(newer, link) for newer in replacing if newer is not link)
    )


def _comes_after(newer: ChainLink, older: ChainLink) -> bool:
    if newer.received_at == older.received_at:
        return older.envelope in newer.refers_to
    return newer.received_at > older.received_at


def check_relation(
    relation: Relation,
    refers_to: Iterable[uuid.UUID],
    *,
    chain: Sequence[ChainLink],
    live: frozenset[uuid.UUID],
    allowed: Sequence[str],
) -> None:
    """Refuse a declared relation that the consultation or the earlier envelopes of the chain do not bear out.

    ``live`` are the envelopes of the chain that would be opened today. Declared, never guessed (CE 454801).
    """
    if relation not in allowed:
        raise DomainError(
            "bid.relation_refused",
            _(
                "Le règlement de la consultation ne prévoit pas ce type de dépôt. Vos fichiers envoyés sont conservés."
            ),
            reason="not_allowed",
        )
    if relation is Relation.PREMIER and live:
        raise DomainError(
            "bid.relation_refused",
            _(
                "Un pli de votre groupement existe déjà pour ce lot : indiquez s’il est remplacé. "
                "Vos fichiers envoyés sont conservés."
            ),
            reason="exists",
        )
    if not set(refers_to) <= {link.envelope for link in chain}:
        raise DomainError(
            "bid.relation_refused",
            _(
                "Le pli désigné n’est pas un dépôt de ce groupement pour ce lot. "
                "Vos fichiers envoyés sont conservés ; choisissez de nouveau le pli à remplacer."
            ),
            reason="unknown_envelope",
        )


def received_instant(first: datetime, retry: datetime, durable_at: datetime | None) -> datetime:
    """Return when a deposit was received: a retry keeps the first instant if every byte was durable by then.

    ``durable_at`` is when the last of its bytes was stored, None while one is missing.
    """
    return first if durable_at is not None and durable_at <= first else retry


def missing_for(kind: Kind, members: Iterable[SetMember]) -> tuple[str, ...]:
    """Return what a key set lacks for one kind of envelope: ``recipients``, ``recovery`` and/or ``rehearsal``."""
    concerned = [member for member in members if kind in member.kinds]
    gaps = (
        ("recipients", len({member.certificate for member in concerned}) < LEAST_RECIPIENTS),
        ("recovery", not any(member.role is HolderRole.RECOVERY for member in concerned)),
        ("rehearsal", any(member.state is not HolderState.ELIGIBLE for member in concerned)),
    )
    return tuple(name for name, lacking in gaps if lacking)


def acceptable_part(offset: int, length: int, *, received: int, total: int) -> int:
    """Return how many of ``received`` bytes at ``offset`` may be kept of a part that announced ``length`` bytes.

    A stored part ends on a segment or at the end of the stream (``total``); what lies beyond is to be sent again.
    """
    kept = min(received, length, total - offset)
    return kept if offset + kept == total else kept - kept % SEGMENT


def opening_state(*, waiting: int, running: int) -> OpeningState:
    """Return the state of an opening from the envelopes that wait for a secret and those being decrypted."""
    if running:
        return OpeningState.RUNNING
    return OpeningState.WAITING if waiting else OpeningState.DONE


def lot_allowed(kind: Kind, lot: int, *, lots: Sequence[int]) -> bool:
    """Tell whether an envelope may be for this lot: 0 without lots, and for a candidature common to several."""
    if lot == 0:
        return not lots or kind is Kind.CANDIDATURE
    return lot in lots


def concerns(kind: Kind, lot: int, *, wanted_kind: Kind, wanted_lots: Sequence[int]) -> bool:
    """Tell whether an opening of a kind and lots (none = all) takes this envelope; lot 0 goes along with any."""
    return kind is wanted_kind and (not wanted_lots or lot == 0 or lot in wanted_lots)
