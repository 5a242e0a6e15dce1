"""10,000 final acts within five seconds around the deadline: each class is a function of its end alone."""

import random
import uuid
from datetime import UTC, datetime, timedelta

from procurement.bids.rules import (
    ChainLink,
    EnvelopeFacts,
    EnvelopeState,
    Relation,
    displaced,
    envelope_state,
    is_late,
    received_instant,
)

DEADLINE = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)  # Clocks jump in Paris at this very instant.
COUNT = 10_000


def test_ten_thousand_commits_around_the_deadline_are_classed_exactly() -> None:
    chance = random.Random(20270328)  # a seed, so that a failure can be replayed
    wrong = []
    for _each in range(COUNT):
        gap = chance.randint(-5000, 5000)
        end = DEADLINE + timedelta(milliseconds=gap)
        retry = end + timedelta(milliseconds=chance.randint(0, 10_000))
        received = received_instant(end, retry, end - timedelta(milliseconds=chance.randint(0, 60_000)))
        facts = EnvelopeFacts(received_at=received, deadline_at_receipt=DEADLINE, deadline=DEADLINE)
        expected = EnvelopeState.LATE if gap > 0 else EnvelopeState.OPENABLE
        if envelope_state(facts, DEADLINE + timedelta(hours=1)) is not expected:
            wrong.append(gap)
    assert wrong == []


def test_replacements_racing_the_deadline_displace_only_when_on_time() -> None:
    chance = random.Random(7)  # a seed, so that a failure can be replayed
    for _each in range(1000):
        first, second = uuid.uuid4(), uuid.uuid4()
        end = DEADLINE + timedelta(milliseconds=chance.randint(-5000, 5000))
        late = is_late(end, DEADLINE)
        chain = [
            ChainLink(
                envelope=first,
                received_at=DEADLINE - timedelta(hours=1),
                on_time=True,
                relation=Relation.PREMIER,
            ),
            ChainLink(
                envelope=second,
                received_at=end,
                on_time=not late,
                relation=Relation.REMPLACE,
                refers_to=frozenset({first}),
            ),
        ]
        assert displaced(chain) == (frozenset() if late else {first})
