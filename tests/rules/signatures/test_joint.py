"""How far a party is, and when documents are signed by all."""

from datetime import UTC, datetime

import pytest

from procurement.signatures.rules import JobState, job_state, settled, sound

NOON = datetime(2027, 1, 11, 11, 0, tzinfo=UTC)
GOOD = {"identity": "human", "format": "passed", "certificate_category": "unknown"}
BAD = {**GOOD, "integrity": "failed"}
CONFIRMED = JobState.CONFIRMED


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((None, None, None), JobState.WAITING),
        ((NOON, None, None), JobState.CLAIMED),
        ((NOON, NOON, None), JobState.SIGNED),
        ((NOON, NOON, NOON), JobState.CONFIRMED),
    ],
)
def test_state_follows_from_the_facts(
    facts: tuple[datetime | None, datetime | None, datetime | None], state: JobState
) -> None:
    claimed, done, confirmed = facts
    assert job_state(claimed_at=claimed, done_at=done, confirmed_at=confirmed) is state


def test_signature_is_sound_as_long_as_no_check_failed() -> None:
    assert sound([GOOD])
    assert sound([])
    assert not sound([GOOD, BAD])


@pytest.mark.parametrize(
    ("states", "checks", "answer"),
    [
        ([CONFIRMED, CONFIRMED], [GOOD, GOOD], True),
        ([CONFIRMED], [GOOD], True),
        ([CONFIRMED, JobState.SIGNED], [GOOD, GOOD], False),
        ([CONFIRMED, CONFIRMED], [GOOD, BAD], False),
        ([CONFIRMED, CONFIRMED], [GOOD], False),
        ([], [GOOD], False),
        ([], [], False),
    ],
)
def test_all_is_settled_by_every_signature_and_every_confirmation(
    states: list[JobState],
    checks: list[dict[str, str]],
    answer: object,
) -> None:
    assert settled(states, checks) is answer
