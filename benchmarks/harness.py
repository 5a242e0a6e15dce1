"""Measure a subject against its floor, interleaved, and say whether the ratio holds.

Machines are noisy: the same endpoint moved from 255 to 818 requests a second between runs minutes apart. So floor and
subject run in one process, in turns, on the same data; the smallest time of each counts; a floor whose median is more than
30 % above its smallest makes the measure ``noisy``, which is repeated and then reported without a verdict.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

NOISE = 1.3
REPEATS = 3
Timed = Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a sheet measures: both callables return the seconds they took."""

    id: str
    what: str
    clock: str
    floor: Timed
    subject: Timed
    demand: float
    rounds: int = 15
    #: ``floor / subject >= demand``; or, for "at most N times the floor", ``subject / floor <= demand``.
    at_most: bool = False
    #: Compare the smallest times, or the medians where a sheet says so.
    statistic: str = "min"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One row of the report; times in microseconds."""

    id: str
    what: str
    clock: str
    floor_us: float
    subject_us: float
    floor_median_us: float
    subject_median_us: float
    ratio: float
    demand: float
    at_most: bool
    noisy: bool
    note: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the demand holds; None when the floor was too noisy to tell."""
        if self.noisy:
            return None
        return self.ratio <= self.demand if self.at_most else self.ratio >= self.demand

    def as_json(self) -> dict[str, object]:
        """Return the row for the JSON report."""
        return {**{name: getattr(self, name) for name in self.__dataclass_fields__}, "pass": self.passed}


def run(measure: Measure, *, quick: bool = False) -> Result:
    """Measure in interleaved rounds; repeat while the floor is noisy."""
    for _ in range(REPEATS):
        result = _once(measure, 5 if quick else measure.rounds)
        if not result.noisy:
            break
    return result


def _once(measure: Measure, rounds: int) -> Result:
    floors, subjects = [], []
    for _ in range(rounds):
        floors.append(measure.floor())
        subjects.append(measure.subject())
    pick = min if measure.statistic == "min" else statistics.median
    floor, subject = pick(floors), pick(subjects)
    return Result(
        id=measure.id,
        what=measure.what,
        clock=measure.clock,
        floor_us=floor * 1e6,
        subject_us=subject * 1e6,
        floor_median_us=statistics.median(floors) * 1e6,
        subject_median_us=statistics.median(subjects) * 1e6,
        ratio=subject / floor if measure.at_most else floor / subject,
        demand=measure.demand,
        at_most=measure.at_most,
        noisy=statistics.median(floors) > NOISE * min(floors),
    )
