"""Cut what facts can be into finitely many cells, so that every comparison is a set of cells.

A fact is one dimension: its codes for an enumeration, two cells for a boolean, the intervals between the constants of the
formulas at hand for what is ordered. A set is one boolean dimension per code. A set of cells is the bits of a number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from clauses.rules.evaluate.encoding import decode, encode
from clauses.rules.model import ORDERED, Atom, Fact, FactType, Op, Value

_FAR = 10**18
_RANGES: Mapping[FactType, tuple[int, int]] = {
    FactType.DATE: (1, date.max.toordinal()),
    FactType.MONTH: (12, 9999 * 12 + 11),
    FactType.DATETIME: (
        int(datetime(1, 1, 2, tzinfo=UTC).timestamp()),
        int(datetime(9999, 12, 30, tzinfo=UTC).timestamp()),
    ),
    FactType.DURATION: (0, _FAR),
}
#: Stands for every text that no condition names.
_OTHER = "…"

Axis = tuple[str, str]
"""A fact, and for a set the code; else nothing."""


@dataclass(frozen=True)
class Interval:
    """Whole numbers from ``low`` to ``high``, both included."""

    low: int
    high: int

    @property
    def sample(self) -> int:
        """Return one of them, the nearest to what a person would write."""
        if self.low <= 0 <= self.high:
            return 0
        return self.low if abs(self.low) < abs(self.high) else self.high


class Space:
    """The dimensions of some facts, cut by the constants of some comparisons."""

    def __init__(self, facts: Iterable[Fact], constants: Mapping[str, Iterable[Any]]) -> None:
        self.facts = {fact.key: fact for fact in facts}
        self.cells: dict[Axis, Sequence[Any]] = {}
        for fact in self.facts.values():
            self._add(fact, constants.get(fact.key, ()))
        self.full = {axis: (1 << len(cells)) - 1 for axis, cells in self.cells.items()}

    def mask(self, axis: Axis, op: Op, rights: Sequence[Any]) -> int:
        """Return the cells whose values satisfy a comparison."""
        return sum(1 << place for place, cell in enumerate(self.cells[axis]) if _satisfies(cell, op, rights))

    def between(self, fact: Fact) -> int:
        """Return the cells within the bounds of an ordered fact."""
        low, high = bounds(fact)
        inside = (low <= cell.low and cell.high <= high for cell in self.cells[fact.key, ""])
        return sum(1 << place for place, held in enumerate(inside) if held)

    def witness(self, box: Mapping[Axis, int]) -> dict[str, Value]:
        """Return the fact set of one point of a box: the first cell of each dimension."""
        found: dict[str, Value] = {}
        for key, fact in self.facts.items():
            if fact.type is FactType.SET:
                held = [code for code in fact.domain.codes if self._first(box, (key, code))]
                found[key] = frozenset(held)
            else:
                cell = self._first(box, (key, ""))
                found[key] = decode(fact, cell.sample if isinstance(cell, Interval) else cell)
        return found

    def _first(self, box: Mapping[Axis, int], axis: Axis) -> Any:
        mask = box.get(axis, self.full[axis])
        return self.cells[axis][(mask & -mask).bit_length() - 1]

    def _add(self, fact: Fact, constants: Iterable[Any]) -> None:
        if fact.type is FactType.SET:
            for code in fact.domain.codes:
                self.cells[fact.key, code] = (False, True)
        elif fact.type is FactType.ENUM:
            self.cells[fact.key, ""] = fact.domain.codes
        elif fact.type is FactType.BOOL:
            self.cells[fact.key, ""] = (False, True)
        elif fact.type in ORDERED:
            self.cells[fact.key, ""] = _intervals(fact, constants)
        else:
            # The neutral value of a text is a cell of its own: else a text without object would be no text at all.
            named = {*constants, *(() if fact.neutral is None else (fact.neutral,))}
            self.cells[fact.key, ""] = (*sorted(named), _OTHER)


def bounds(fact: Fact) -> tuple[int, int]:
    """Return the least and the greatest encoded value of an ordered fact."""
    low, high = _RANGES.get(fact.type, (-_FAR, _FAR))
    if fact.domain.minimum is not None:
        low = int(str(encode(fact.type, fact.domain.minimum)))
    if fact.domain.maximum is not None:
        high = int(str(encode(fact.type, fact.domain.maximum)))
    return low, high


def _intervals(fact: Fact, constants: Iterable[int]) -> tuple[Interval, ...]:
    """Cut at every constant, at the bounds and at the neutral value, which may lie outside the bounds."""
    low, high = bounds(fact)
    cuts = {low, high + 1} | {edge for constant in constants for edge in (constant, constant + 1)}
    least, greatest = low, high
    if fact.neutral is not None:
        neutral = int(str(encode(fact.type, fact.neutral)))
        cuts |= {neutral, neutral + 1}
        least, greatest = min(low, neutral), max(high, neutral)
    starts = sorted({least, *(cut for cut in cuts if least <= cut <= greatest)})
    ends = [start - 1 for start in starts[1:]] + [greatest]
    return tuple(Interval(start, end) for start, end in zip(starts, ends, strict=True))


def _satisfies(cell: Any, op: Op, rights: Sequence[Any]) -> bool:
    value = cell.low if isinstance(cell, Interval) else cell
    right = rights[0]
    answers: dict[Op, bool] = {
        Op.EQ: value == right,
        Op.NE: value != right,
        Op.IN: value in rights,
        Op.CONTAINS: value is True,
    }
    if op in answers:
        return answers[op]
    above, equal = bool(value > right), answers[Op.EQ]
    return {Op.LT: not above and not equal, Op.LE: not above, Op.GT: above, Op.GE: above or equal}[op]


def axis_of(atom: Atom, rights: Sequence[Any]) -> Axis:
    """Return the dimension a comparison speaks of."""
    return (atom.fact, rights[0]) if atom.op is Op.CONTAINS else (atom.fact, "")
