"""The state of a consultation follows from its facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.consultations.rules import MOVES, Facts, State, Verb, check_move, state
from procurement.core.errors import Conflict

T = datetime(2027, 3, 15, 11, 0, tzinfo=UTC)
PUBLISHED = Facts(published_at=T - timedelta(days=30), closes_at=T)
instants = st.none() | st.integers(-14 * 86_400, 14 * 86_400).map(lambda gap: T + timedelta(seconds=gap))


@pytest.mark.parametrize(
    ("facts", "now", "expected"),
    [
        (Facts(), T, State.DRAFT),
        (Facts(closes_at=T), T, State.DRAFT),
        (Facts(published_at=T + timedelta(days=1), closes_at=T + timedelta(days=2)), T, State.SCHEDULED),
        (PUBLISHED, T - timedelta(microseconds=1000), State.OPEN),
        (PUBLISHED, T, State.OPEN),
        (PUBLISHED, T + timedelta(milliseconds=1), State.CLOSED),
        (replace(PUBLISHED, opened_at=T + timedelta(hours=1)), T + timedelta(days=1), State.ANALYSIS),
        (replace(PUBLISHED, opened_at=T, decided_at=T), T, State.DECIDED),
        (replace(PUBLISHED, completed_at=T, decided_at=T), T, State.COMPLETED),
        (replace(PUBLISHED, cancelled_at=T, completed_at=T), T, State.ABANDONED),
        (replace(PUBLISHED, cancelled_at=T, archived_at=T), T, State.ARCHIVED),
    ],
)
def test_state_follows_from_facts(facts: Facts, now: datetime, expected: State) -> None:
    assert state(facts, now) is expected


@given(facts=st.builds(Facts, published_at=instants, closes_at=instants), earlier=instants, later=instants)
def test_deadline_once_passed_never_opens_again(
    facts: Facts, earlier: datetime | None, later: datetime | None
) -> None:
    moments = sorted(moment for moment in (earlier, later) if moment is not None)
    order = [State.SCHEDULED, State.OPEN, State.CLOSED]
    seen = [state(facts, moment) for moment in moments]
    if State.DRAFT not in seen:
        assert [order.index(item) for item in seen] == sorted(order.index(item) for item in seen)


def test_move_allowed_returns_the_state() -> None:
    assert check_move(Facts(), Verb.PUBLISH, T) is State.DRAFT


def test_move_refused_names_what_is_allowed() -> None:
    with pytest.raises(Conflict) as refused:
        check_move(PUBLISHED, Verb.EDIT, T)
    assert refused.value.code == "consultation.move_refused"
    assert refused.value.params == {
        "state": "open",
        "verb": "edit",
        "allowed": "abandon, extend_deadline",
    }


def test_every_verb_has_a_start() -> None:
    assert set(MOVES) == set(Verb)
    assert all(MOVES.values())
