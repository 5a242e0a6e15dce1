"""Draw legal fact sets at random and see which clauses they include: a library tried on thousands of purchases."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from clauses.rules.analyse.space import Interval, Space, bounds
from clauses.rules.evaluate import Compiled, Snapshot, decode, encode
from clauses.rules.evaluate.compiled import clause_node, validity_cuts
from clauses.rules.facts import COMPUTED, computed_keys
from clauses.rules.lang import atoms
from clauses.rules.lang.vocabulary import PLACES
from clauses.rules.model import (
    ORDERED,
    Duration,
    DurationUnit,
    Fact,
    Facts,
    FactType,
    Literal,
    Node,
    Operand,
    ParameterRef,
    Value,
)

_DEFAULT_DAY = date(2026, 9, 1)
_LONGEST = 60


@dataclass(frozen=True)
class Size:
    """How many clauses a document held over all draws."""

    least: int
    mean: float
    most: int


@dataclass(frozen=True)
class Simulation:
    """What the draws gave: how often each clause was in or unknown, and the sizes of documents."""

    draws: int
    seed: int
    hits: Mapping[str, int]
    unknown: Mapping[str, int]
    sizes: Mapping[str, Size]

    @property
    def never(self) -> tuple[str, ...]:
        """Return the clauses that no draw included."""
        return tuple(clause for clause, count in self.hits.items() if count == 0)

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of ``pli clauses simulate``."""
        sizes = {
            key: {"min": one.least, "mean": round(one.mean, 1), "max": one.most}
            for key, one in self.sizes.items()
        }
        return {
            "n": self.draws,
            "seed": self.seed,
            "never": list(self.never),
            "hits": dict(self.hits),
            "unknown": {clause: count for clause, count in self.unknown.items() if count},
            "sizes": sizes,
        }


@dataclass(frozen=True)
class Draw:
    """One fact set, complete for every condition, and its reference date."""

    facts: Facts
    on: date


def simulate(compiled: Compiled, n: int, seed: int, *, days: Sequence[date] = ()) -> Simulation:
    """Evaluate ``n`` random fact sets; ``days`` are the reference dates to draw from (the epochs by default)."""
    clauses = compiled.library.clauses
    hits, unknown = Counter(dict.fromkeys(clauses, 0)), Counter(dict.fromkeys(clauses, 0))
    sizes: dict[str, list[int]] = {key: [] for key in compiled.library.canvases}
    for draw in draws(compiled, n, seed, days=days):
        evaluation = compiled.evaluate(draw.facts, on=draw.on)
        included = set(evaluation.included)
        hits.update(included)
        unknown.update(evaluation.unknown)
        for key, canvas in compiled.library.canvases.items():
            sizes[key].append(
                sum(
                    clause in included and canvas.document in clauses[clause].documents
                    for clause in canvas.clause_ids
                    if clause in clauses
                )
            )
    found = {key: Size(min(all_), sum(all_) / len(all_), max(all_)) for key, all_ in sizes.items() if all_}
    return Simulation(n, seed, dict(hits), dict(unknown), found)


def draws(compiled: Compiled, n: int, seed: int, *, days: Sequence[date] = ()) -> Iterator[Draw]:
    """Give ``n`` random fact sets, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    source = _Source(compiled)
    chosen = list(days) or source.days
    for _number in range(n):
        on = chance.choice(chosen)
        yield Draw(source.draw(chance, on), on)


class _Source:
    """Knows from what each fact is drawn: its codes, or the places between the constants conditions compare it with."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        library = compiled.library
        nodes: list[Node] = [node for one in library.clauses.values() if (node := clause_node(one))]
        nodes += [fact.relevant_if.tree for fact in library.facts.values() if fact.relevant_if]
        self.atoms = [atom for node in nodes for atom in atoms(node)]
        computed = set(computed_keys(library.facts))
        self.facts = [fact for fact in library.facts.values() if fact.key not in computed and _drawn(fact)]
        self.literals: dict[str, frozenset[int]] = {fact.key: self._literals(fact) for fact in self.facts}
        self.figures = self._figures(computed)
        self.cells: dict[tuple[str, frozenset[int]], list[Interval]] = {}
        self.days = sorted(validity_cuts(library.clauses.values())) or [_DEFAULT_DAY]

    def _literals(self, fact: Fact) -> frozenset[int]:
        """Return the constants that conditions compare a fact with, encoded."""
        if fact.type not in ORDERED:
            return frozenset()
        operands = self.operands(fact.key)
        return frozenset(
            cast("int", encode(fact.type, one.value)) for one in operands if isinstance(one, Literal)
        )

    def _figures(self, computed: Iterable[str]) -> dict[str, set[str]]:
        """Return the parameters that conditions and computations compare each fact with."""
        found = {
            fact.key: {one.key for one in self.operands(fact.key) if isinstance(one, ParameterRef)}
            for fact in self.facts
        }
        for key in computed:
            for need in COMPUTED[key].needs:
                if need in found and self.compiled.library.facts[need].type in PLACES:
                    found[need].update(COMPUTED[key].parameters)
        return found

    def operands(self, fact: str) -> Iterator[Operand]:
        """Give everything conditions compare a fact with."""
        for atom in self.atoms:
            if atom.fact == fact:
                yield from atom.operands

    def draw(self, chance: random.Random, on: date) -> dict[str, Value]:
        """Return one fact set; figures are those of the buyer and nature drawn first."""
        found: dict[str, Value] = {
            fact.key: _code(fact, chance) for fact in self.facts if fact.type not in ORDERED
        }
        known = self.compiled.settle(found, on)
        for fact in self.facts:
            if fact.type in ORDERED:
                found[fact.key] = self._ordered(fact, known, chance)
        return found

    def _ordered(self, fact: Fact, known: Snapshot, chance: random.Random) -> Value:
        """Return a value of a random cell, at its edge or within."""
        if fact.type is FactType.DURATION and not fact.unit:
            return Duration(chance.randint(1, _LONGEST), DurationUnit.MONTHS)
        figures = [known.figure(key, fact.type) for key in self.figures.get(fact.key, ())]
        constants = (
            frozenset(cast("int", value) for value in figures if value is not None) | self.literals[fact.key]
        )
        key = (fact.key, constants)
        if key not in self.cells:
            self.cells[key] = _inside(fact, constants)
        return decode(fact, chance.choice(self.cells[key]).sample)


def _drawn(fact: Fact) -> bool:
    return fact.type in ORDERED or fact.type in {FactType.ENUM, FactType.BOOL, FactType.SET}


def _code(fact: Fact, chance: random.Random) -> Value:
    if fact.type is FactType.BOOL:
        return chance.random() < 0.5  # noqa: PLR2004 - as likely as not
    codes = fact.domain.codes
    if fact.type is FactType.ENUM:
        return chance.choice(codes)
    low = fact.domain.min_size or 0
    high = min(len(codes), fact.domain.max_size or len(codes))
    return frozenset(chance.sample(codes, chance.randint(low, high)))


def _inside(fact: Fact, constants: Iterable[int]) -> list[Interval]:
    """Return the cells within the bounds of a fact."""
    low, high = bounds(fact)
    cells: list[Interval] = list(Space([fact], {fact.key: constants}).cells[fact.key, ""])
    return [cell for cell in cells if low <= cell.low and cell.high <= high]
