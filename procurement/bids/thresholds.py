"""Compare answers with what the buyer demands at least, where a comparison can be computed. Pure.

A demand and the figures it is about stand in one group of the taxonomy: amounts with amounts, quantities with
quantities; a minimum number (of references, of years) counts how often the group was answered. Anything else is for a
person to judge, and so is every exclusion ground: a figure there is no threshold to reach.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from dume.espd.complete.showing import below
from dume.espd.model import (
    Amount,
    Answer,
    Criterion,
    Document,
    Group,
    Property,
    PropertyType,
    Quantity,
    Value,
)

_COMPARED = {"MINIMUM_AMOUNT": "AMOUNT", "MINIMUM_QUANTITY": "QUANTITY"}
_COUNTED = frozenset({"MINIMUM_QUANTITY_INTEGER", "MINIMUM_QUANTITY_YEAR"})


class Reached(StrEnum):
    """Whether a demand is met."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A demand of the buyer (``property``) and what the answers are worth against it."""

    property: Property
    reached: Reached


def thresholds(document: Document, criterion: Criterion) -> tuple[Threshold, ...]:
    """Return every minimum that a criterion of a response states, with whether the answers reach it."""
    return tuple(found for group in criterion.groups for found in _group(document, group))


def _group(document: Document, group: Group) -> Iterator[Threshold]:
    for one in group.properties:
        if one.type is PropertyType.REQUIREMENT and one.expected is not None:
            if one.value_type in _COMPARED:
                yield Threshold(one, _compared(one, _values(document, group, _COMPARED[one.value_type])))
            elif one.value_type in _COUNTED:
                yield Threshold(one, _counted(one, _answers(document, group)))
    for child in group.groups:
        yield from _group(document, child)


def _answers(document: Document, group: Group, value_type: str = "") -> list[Answer]:
    asked = {one.id for one in below(group) if not value_type or one.value_type == value_type}
    return [answer for answer in document.answers if answer.property in asked]


def _values(document: Document, group: Group, value_type: str) -> list[Value]:
    return [answer.value for answer in _answers(document, group, value_type)]


def _compared(one: Property, values: list[Value]) -> Reached:
    """Every figure must reach the minimum; other currencies and other units are not converted."""
    least = _measure(one.expected)
    found = [_measure(value) for value in values]
    if least is None or not found or any(item is None or item[1] != least[1] for item in found):
        return Reached.UNKNOWN
    reached = all(item is not None and item[0] >= least[0] for item in found)
    return Reached.MET if reached else Reached.NOT_MET


def _counted(one: Property, answers: list[Answer]) -> Reached:
    """Count the most often answered repeatable question."""
    least = _measure(one.expected)
    if least is None or not answers:
        return Reached.UNKNOWN
    times: dict[str, set[tuple[int, ...]]] = {}
    for answer in answers:
        if answer.occurrence:
            times.setdefault(answer.property, set()).add(answer.occurrence)
    count = max(map(len, times.values()), default=0)
    if not count:
        return Reached.UNKNOWN
    return Reached.MET if count >= least[0] else Reached.NOT_MET


def _measure(value: Value | None) -> tuple[Decimal, str] | None:
    """Return a figure and its unit: two are compared only when the units are the same."""
    if isinstance(value, Amount):
        return value.value, value.currency
    if isinstance(value, Quantity):
        return value.value, value.unit
    return (value, "") if isinstance(value, Decimal) else None
