"""States of envelopes, drafts, holders and openings, from facts."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.bids.rules import (
    DraftFacts,
    DraftState,
    EnvelopeFacts,
    EnvelopeState,
    HolderFacts,
    HolderState,
    OpeningState,
    draft_state,
    envelope_state,
    holder_state,
    is_closed,
    is_late,
    opening_state,
    rehearsal_due,
)

T = datetime(2027, 3, 15, 11, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)


def facts(**changed: object) -> EnvelopeFacts:
    return EnvelopeFacts(**{"received_at": T - MINUTE, "deadline_at_receipt": T, "deadline": T, **changed})


@pytest.mark.parametrize(
    ("changed", "now", "expected"),
    [
        ({}, T - MS, EnvelopeState.SEALED),
        ({}, T, EnvelopeState.SEALED),
        ({}, T + MS, EnvelopeState.OPENABLE),
        ({"deadline": T + MINUTE}, T + MS, EnvelopeState.SEALED),
        ({"displaced": True}, T + MS, EnvelopeState.REPLACED),
        ({"received_at": T}, T + MS, EnvelopeState.OPENABLE),
        ({"received_at": T + MS}, T + MS, EnvelopeState.LATE),
        ({"received_at": T + MS, "late_admitted_at": T + MINUTE}, T + MINUTE, EnvelopeState.OPENABLE),
        ({"received_at": T + MS, "withdrawn_at": T}, T + MS, EnvelopeState.WITHDRAWN),
        ({"withdrawn_at": T, "open_failed_at": T}, T + MS, EnvelopeState.UNOPENABLE),
        ({"open_failed_at": T, "opened_at": T}, T + MS, EnvelopeState.OPENED),
        ({"opened_at": T, "destroyed_at": T}, T + MS, EnvelopeState.DESTROYED),
    ],
)
def test_envelope_state_first_match_wins(
    changed: dict[str, object], now: datetime, expected: EnvelopeState
) -> None:
    assert envelope_state(facts(**changed), now) is expected


def test_envelope_state_follows_the_documented_order_for_every_combination() -> None:
    names = ("destroyed_at", "opened_at", "open_failed_at", "withdrawn_at")
    states = (
        EnvelopeState.DESTROYED,
        EnvelopeState.OPENED,
        EnvelopeState.UNOPENABLE,
        EnvelopeState.WITHDRAWN,
    )
    for present in product((False, True), repeat=4):
        changed = {name: T for name, there in zip(names, present, strict=True) if there}
        expected = next(
            (state for state, there in zip(states, present, strict=True) if there), EnvelopeState.OPENABLE
        )
        assert envelope_state(facts(**changed), T + MS) is expected


@given(gap=st.integers(-10_000, 10_000))
def test_lateness_is_exact_to_the_millisecond(gap: int) -> None:
    assert is_late(T + gap * MS, T) is (gap > 0)
    assert is_closed(T, T + gap * MS) is (gap > 0)


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        (DraftFacts(expires_at=T), T - MS, DraftState.DRAFT),
        (DraftFacts(expires_at=T, started_at=T - MINUTE), T - MS, DraftState.SENDING),
        (DraftFacts(expires_at=T, started_at=T - MINUTE, complete=True), T - MS, DraftState.READY),
        (DraftFacts(expires_at=T, started_at=T - MINUTE, complete=True), T, DraftState.EXPIRED),
        (DraftFacts(expires_at=T, committed_at=T - MINUTE), T, DraftState.COMMITTED),
    ],
)
def test_draft_state_first_match_wins(known: DraftFacts, now: datetime, expected: DraftState) -> None:
    assert draft_state(known, now) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (HolderFacts(), HolderState.PROPOSED),
        (HolderFacts(rehearsed_at=T - timedelta(days=90)), HolderState.ELIGIBLE),
        (HolderFacts(rehearsed_at=T - timedelta(days=90) - MS), HolderState.STALE),
        (HolderFacts(rehearsed_at=T, revoked_at=T), HolderState.REVOKED),
    ],
)
def test_holder_state_lasts_ninety_days(known: HolderFacts, expected: HolderState) -> None:
    assert holder_state(known, T) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (HolderFacts(), None),
        (HolderFacts(rehearsed_at=T - timedelta(days=90), revoked_at=T), None),
        (HolderFacts(rehearsed_at=T - timedelta(days=76) + MS), None),
        (HolderFacts(rehearsed_at=T - timedelta(days=76)), T + timedelta(days=14)),
        (HolderFacts(rehearsed_at=T - timedelta(days=91)), T - timedelta(days=1)),
    ],
)
def test_rehearsal_is_due_fourteen_days_before_it_ends(known: HolderFacts, expected: datetime | None) -> None:
    assert rehearsal_due(known, T) == expected


@pytest.mark.parametrize(
    ("waiting", "running", "expected"),
    [
        (0, 0, OpeningState.DONE),
        (1, 0, OpeningState.WAITING),
        (0, 1, OpeningState.RUNNING),
        (1, 1, OpeningState.RUNNING),
    ],
)
def test_opening_state_waits_then_runs_then_ends(waiting: int, running: int, expected: OpeningState) -> None:
    assert opening_state(waiting=waiting, running=running) is expected
