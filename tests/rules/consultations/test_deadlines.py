"""A wall time becomes one instant, or is refused with the two it could be."""

import contextlib
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.consultations import rules
from procurement.core.errors import Invalid

NOON = time(12, 0)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Paris", datetime(2027, 3, 15, 11, tzinfo=UTC)),
        ("Indian/Reunion", datetime(2027, 3, 15, 8, tzinfo=UTC)),
        ("Indian/Mayotte", datetime(2027, 3, 15, 9, tzinfo=UTC)),
        ("America/Guadeloupe", datetime(2027, 3, 15, 16, tzinfo=UTC)),
        ("America/Martinique", datetime(2027, 3, 15, 16, tzinfo=UTC)),
        ("America/Cayenne", datetime(2027, 3, 15, 15, tzinfo=UTC)),
        ("America/Miquelon", datetime(2027, 3, 15, 14, tzinfo=UTC)),
        ("Pacific/Noumea", datetime(2027, 3, 15, 1, tzinfo=UTC)),
        ("Pacific/Tahiti", datetime(2027, 3, 15, 22, tzinfo=UTC)),
    ],
)
def test_resolve_in_each_zone(zone: str, expected: datetime) -> None:
    assert rules.resolve(date(2027, 3, 15), NOON, zone) == expected
    assert zone in rules.ZONES


def test_resolve_in_the_fold_names_both_instants() -> None:
    with pytest.raises(Invalid) as refused:
        rules.resolve(date(2027, 10, 31), time(2, 30), "Europe/Paris")
    assert refused.value.code == "deadline.ambiguous"
    assert refused.value.params == {
        "time": "02:30:00",
        "first": "02:30:00 (UTC+02:00)",
        "second": "02:30:00 (UTC+01:00)",
    }


def test_resolve_in_the_gap_names_both_neighbours() -> None:
    with pytest.raises(Invalid) as refused:
        rules.resolve(date(2027, 3, 28), time(2, 30), "Europe/Paris")
    assert refused.value.code == "deadline.nonexistent"
    assert refused.value.params == {
        "time": "02:30:00",
        "first": "01:30:00 (UTC+01:00)",
        "second": "03:30:00 (UTC+02:00)",
    }


def test_resolve_in_an_unknown_zone() -> None:
    with pytest.raises(Invalid) as refused:
        rules.resolve(date(2027, 3, 15), NOON, "America/New_York")
    assert refused.value.code == "deadline.zone"


START = datetime(2026, 1, 1, tzinfo=UTC)


@given(seconds=st.integers(0, 14 * 366 * 86_400), zone=st.sampled_from(list(rules.ZONES)))
def test_resolve_gives_back_the_instant_or_refuses(seconds: int, zone: str) -> None:
    instant = START + timedelta(seconds=seconds)
    day, at = rules.local_parts(instant, zone)
    with contextlib.suppress(Invalid):  # In a fold, as tested above.
        assert rules.resolve(date.fromisoformat(day), time.fromisoformat(at), zone) == instant


def test_check_future_refuses_now() -> None:
    now = datetime(2027, 1, 11, 9, tzinfo=UTC)
    rules.check_future(now + timedelta(milliseconds=1), now)
    with pytest.raises(Invalid) as refused:
        rules.check_future(now, now)
    assert refused.value.code == "deadline.past"


def test_check_questions_must_end_before_the_deadline() -> None:
    closes = datetime(2027, 3, 15, 11, tzinfo=UTC)
    rules.check_questions(closes - timedelta(seconds=1), closes)
    with pytest.raises(Invalid) as refused:
        rules.check_questions(closes, closes)
    assert refused.value.code == "deadline.questions_late"


DISPATCH = datetime(2027, 1, 11, 22, 30, tzinfo=UTC)  # 23:30 in Paris, the 11th.


@pytest.mark.parametrize(("days", "exact"), [(30, True), (31, False)])
def test_minimum_reached(days: int, exact: bool) -> None:  # noqa: FBT001
    closes = datetime(2027, 1, 11, 11, tzinfo=UTC) + timedelta(days=days)
    assert rules.check_minimum(rules.procedure("ao_ouvert"), closes, dispatched_at=DISPATCH) is exact


def test_minimum_missed_names_the_ground_that_would_do() -> None:
    closes = datetime(2027, 1, 11, 11, tzinfo=UTC) + timedelta(days=29)
    with pytest.raises(Invalid) as refused:
        rules.check_minimum(rules.procedure("ao_ouvert"), closes, dispatched_at=DISPATCH)
    assert refused.value.code == "deadline.below_minimum"
    assert refused.value.params == {
        "days": 29,
        "minimum": 30,
        "source": "R2161-3, remise électronique",
        "earliest": "10/02/2027",
        "grounds": "avis de préinformation (15, R2161-3) ; urgence dûment justifiée (15, R2161-3)",
    }


def test_minimum_missed_by_far_names_no_ground() -> None:
    closes = DISPATCH + timedelta(days=3)
    with pytest.raises(Invalid) as refused:
        rules.check_minimum(rules.procedure("ao_ouvert"), closes, dispatched_at=DISPATCH, ground="urgent")
    assert "grounds" not in refused.value.params
    assert refused.value.params["minimum"] == 15


def test_minimum_shortened_by_a_ground() -> None:
    closes = DISPATCH + timedelta(days=15)
    procedure = rules.procedure("ao_ouvert")
    assert rules.check_minimum(procedure, closes, dispatched_at=DISPATCH, ground="urgent") is True


def test_adapted_procedure_has_no_minimum() -> None:
    closes = DISPATCH + timedelta(hours=1)
    assert rules.check_minimum(rules.procedure("mapa"), closes, dispatched_at=DISPATCH) is False
