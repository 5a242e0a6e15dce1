"""Find the fewest comparisons that would have to turn out otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from clauses.rules.analyse.contexts import Context
from clauses.rules.analyse.problem import Problem, Wanted, parameters_of
from clauses.rules.analyse.solve import Budget, TooComplex
from clauses.rules.evaluate import Snapshot, atom_value
from clauses.rules.model import And, Atom, Node, Not

#: How many boxes of a condition are kept while they are built, the nearest first; and how many choices are combined.
_KEPT = 32
_COMBINED = 2_000


@dataclass(frozen=True)
class Turn:
    """A comparison that must hold, or must not."""

    atom: Atom
    holds: bool


Box = tuple[Turn, ...]


def boxes(node: Node, snapshot: Snapshot, *, holds: bool = True) -> list[Box]:
    """Return the boxes in which a condition holds (or does not), those with the fewest failed comparisons first."""
    if isinstance(node, Atom):
        return [(Turn(node, holds),)]
    if isinstance(node, Not):
        return boxes(node.arg, snapshot, holds=not holds)
    parts = [boxes(arg, snapshot, holds=holds) for arg in node.args]
    if isinstance(node, And) is holds:
        found = [tuple(dict.fromkeys(turn for box in chosen for turn in box)) for chosen in _combined(parts)]
    else:
        found = [box for part in parts for box in part]
    return sorted(found, key=lambda box: len(failures(box, snapshot)))[:_KEPT]


def _combined(parts: list[list[Box]]) -> Iterator[tuple[Box, ...]]:
    return islice(product(*parts), _COMBINED)


def failures(box: Box, snapshot: Snapshot) -> Box:
    """Return the comparisons of a box that are not so now, or not known."""
    return tuple(turn for turn in box if atom_value(turn.atom, snapshot) is not turn.holds)


def nearest_failures(node: Node, snapshot: Snapshot, *, holds: bool = True) -> Box:
    """Return what fails in the nearest box that some legal fact set satisfies; the nearest of all if none is found."""
    found = boxes(node, snapshot, holds=holds)
    figures = {
        key: parameter.value
        for key in parameters_of([node], snapshot.facts)
        if (parameter := snapshot.parameter(key)) is not None
    }
    chosen = found[0]
    if len(figures) == len(parameters_of([node], snapshot.facts)):
        problem = Problem([node], snapshot.facts, Context(snapshot.on, figures).figures)
        chosen = next((box for box in found if _legal(problem, box)), chosen)
    return failures(chosen, snapshot)


def _legal(problem: Problem, box: Box) -> bool:
    try:
        return problem.find([Wanted(turn.atom, turn.holds) for turn in box], Budget()) is not None
    except TooComplex:
        return True
