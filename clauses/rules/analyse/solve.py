"""Find a box in which every formula holds, or prove that there is none.

A formula is true, false, a set of cells of one dimension, a conjunction or a disjunction; negation is pushed down to the
cells. A box gives each dimension the cells still allowed. Comparisons narrow the box, disjunctions branch; each branch is
one box made, and a search that makes more than its budget gives up by raising, never by a silent answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from clauses.rules.analyse.space import Axis

MAX_BOXES = 20_000


@dataclass(frozen=True)
class Cells:
    """One dimension is in these cells."""

    axis: Axis
    mask: int


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: "tuple[Formula, ...]"


@dataclass(frozen=True)
class Any_:  # noqa: N801 - ``Any`` is a name of typing
    """One part holds."""

    parts: "tuple[Formula, ...]"


Formula: TypeAlias = bool | Cells | All | Any_
Box = dict[Axis, int]


class TooComplex(Exception):
    """A search made more boxes than its budget."""


@dataclass
class Budget:
    """How many boxes may still be made."""

    left: int = MAX_BOXES

    def spend(self) -> None:
        """Count one box."""
        self.left -= 1
        if self.left < 0:
            raise TooComplex


def every(parts: Iterable[Formula]) -> Formula:
    """Return the conjunction, simplified: cells of one dimension are met."""
    masks: dict[Axis, int] = {}
    others: list[Formula] = []
    for part in _flat(parts, All):
        if part is False:
            return False
        if isinstance(part, Cells):
            masks[part.axis] = masks.get(part.axis, part.mask) & part.mask
        elif part is not True:
            others.append(part)
    if 0 in masks.values():
        return False
    kept = [*(Cells(axis, mask) for axis, mask in masks.items()), *others]
    return _one_or(All, kept, empty=True)


def some(parts: Iterable[Formula]) -> Formula:
    """Return the disjunction, simplified: cells of one dimension are joined."""
    masks: dict[Axis, int] = {}
    others: list[Formula] = []
    for part in _flat(parts, Any_):
        if part is True:
            return True
        if isinstance(part, Cells):
            masks[part.axis] = masks.get(part.axis, 0) | part.mask
        elif part is not False:
            others.append(part)
    kept = [*(Cells(axis, mask) for axis, mask in masks.items()), *others]
    return _one_or(Any_, kept, empty=False)


def find(formulas: Iterable[Formula], full: Box, budget: Budget) -> Box | None:
    """Return the first box in which all formulas hold, or nothing; raise `TooComplex`."""
    budget.spend()
    return _search(dict(full), list(formulas), budget)


def _search(box: Box, pending: list[Formula], budget: Budget) -> Box | None:
    choices = _narrow(box, pending)
    if choices is None:
        return None
    if not choices:
        return box
    choices.sort(key=lambda choice: len(choice.parts))
    first, *rest = choices
    for part in first.parts:
        budget.spend()
        found = _search(dict(box), [part, *rest], budget)
        if found is not None:
            return found
    return None


def _narrow(box: Box, pending: list[Formula]) -> list[Any_] | None:
    """Narrow the box by all that leaves no choice; return the choices left, or nothing when the box is empty."""
    while True:
        choices: list[Any_] = []
        narrowed = False
        for formula in pending:
            seen = _under(formula, box)
            if seen is False:
                return None
            for part in seen.parts if isinstance(seen, All) else (seen,):
                if isinstance(part, Cells):
                    box[part.axis] &= part.mask
                    narrowed = True
                elif isinstance(part, Any_):
                    choices.append(part)
        if not narrowed:
            return choices
        pending = list(choices)


def _under(formula: Formula, box: Box) -> Formula:
    """Return what a formula still asks inside a box."""
    if isinstance(formula, Cells):
        held = formula.mask & box[formula.axis]
        if held == box[formula.axis]:
            return True
        return Cells(formula.axis, held) if held else False
    if isinstance(formula, All):
        return every(_under(part, box) for part in formula.parts)
    if isinstance(formula, Any_):
        return some(_under(part, box) for part in formula.parts)
    return formula


def _flat(parts: Iterable[Formula], kind: type[All] | type[Any_]) -> Iterable[Formula]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part


def _one_or(kind: type[All] | type[Any_], kept: list[Formula], *, empty: bool) -> Formula:
    if not kept:
        return empty
    return kept[0] if len(kept) == 1 else kind(tuple(kept))
