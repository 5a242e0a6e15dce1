"""Compare what sources said when the company filled its DUME with what they say at the opening. Pure.

It reports and never edits: `unchanged`, `changed`, `expired` or `unavailable` per value.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from procurement.accounts.registry import SourceResult, SourceStatus

#: The value that stands for the documents of a result.
PROOF = "proof"
#: A certificate issued anew has a new date and a new code each time: that is no change.
_PASSING = {"issued_on", "period_end", "valid_from", "valid_until", "security_code"}


class Freshness(StrEnum):
    """What became of a value."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    EXPIRED = "expired"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A value of a source, then and now."""

    source: str
    value: str
    freshness: Freshness
    before: Any = None
    after: Any = None


def compare(
    old: Iterable[SourceResult], new: Iterable[SourceResult], *, today: date
) -> tuple[Comparison, ...]:
    """Return one comparison per value that was obtained then; what was not obtained then claims nothing now."""
    latest = {result.source: result for result in new}
    return tuple(
        comparison
        for result in old
        if result.status == SourceStatus.OBTAINED
        for comparison in _compared(result, latest.get(result.source), today)
    )


def _compared(old: SourceResult, new: SourceResult | None, today: date) -> Iterator[Comparison]:
    current = new if new is not None and new.status == SourceStatus.OBTAINED else None
    names = [name for name in old.values if name not in _PASSING]
    for name in names:
        before, after = old.values[name], current.values.get(name) if current else None
        yield Comparison(
            source=old.source,
            value=name,
            freshness=_value(before, after, old, current, today),
            before=before,
            after=after,
        )
    if old.documents:
        yield Comparison(source=old.source, value=PROOF, freshness=_proof(old, current, today))


def _value(
    before: Any, after: Any, old: SourceResult, current: SourceResult | None, today: date
) -> Freshness:
    if current is None:
        return Freshness.EXPIRED if _ended(old, today) else Freshness.UNAVAILABLE
    if _ended(current, today):
        return Freshness.EXPIRED
    return Freshness.UNCHANGED if before == after else Freshness.CHANGED


def _proof(old: SourceResult, current: SourceResult | None, today: date) -> Freshness:
    if current is None or not current.documents:
        return Freshness.EXPIRED if _ended(old, today) else Freshness.UNAVAILABLE
    return Freshness.EXPIRED if _ended(current, today) else Freshness.UNCHANGED


def _ended(result: SourceResult, today: date) -> bool:
    """Return whether a certificate has ended; it holds on its last day."""
    return result.valid_until is not None and result.valid_until < today
