"""Ask whether some legal fact set satisfies conditions: the relevance and the size of facts are respected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from math import comb
from typing import Any, TypeAlias

from clauses.rules.analyse.solve import Budget, Cells, Formula, every, find, some
from clauses.rules.analyse.space import Space, axis_of
from clauses.rules.evaluate.encoding import Encoded, encode
from clauses.rules.lang import atoms
from clauses.rules.model import (
    ORDERED,
    And,
    Atom,
    Fact,
    FactType,
    Literal,
    Node,
    Not,
    Op,
    ParameterRef,
    Value,
)

#: Beyond this many combinations the greatest size of a set is left out: a witness may then be too large a set.
MAX_SIZE_PARTS = 600

Figures: TypeAlias = Mapping[str, Decimal | date]


@dataclass(frozen=True)
class Wanted:
    """A condition that must hold, or must not."""

    node: Node
    holds: bool = True


class Problem:
    """The legal fact sets of one context (figures of the law fixed), for the facts that some conditions read."""

    def __init__(self, nodes: Iterable[Node], facts: Mapping[str, Fact], figures: Figures) -> None:
        self.figures = figures
        self.all_facts = facts
        asked = list(nodes)
        self.facts = closure(asked, facts)
        asked += [fact.relevant_if.tree for fact in self.facts.values() if fact.relevant_if]
        self.space = Space(self.facts.values(), self._constants(asked))
        self.legal = [formula for fact in self.facts.values() if (formula := self._legal(fact)) is not True]

    def find(self, wanted: Iterable[Wanted], budget: Budget) -> dict[str, Value] | None:
        """Return a legal fact set in which all that is wanted holds, or nothing; raise `TooComplex`."""
        formulas = [*(self.formula(one.node, holds=one.holds) for one in wanted), *self.legal]
        box = find(formulas, self.space.full, budget)
        return None if box is None else self.space.witness(box)

    def formula(self, node: Node, *, holds: bool = True) -> Formula:
        """Return a condition, or its contrary, over the cells."""
        if isinstance(node, Atom):
            return self._cells(node, holds=holds)
        if isinstance(node, Not):
            return self.formula(node.arg, holds=not holds)
        parts = (self.formula(arg, holds=holds) for arg in node.args)
        return every(parts) if isinstance(node, And) is holds else some(parts)

    def _cells(self, atom: Atom, *, holds: bool) -> Formula:
        rights = self._rights(atom)
        axis = axis_of(atom, rights)
        mask = self.space.mask(axis, atom.op, rights)
        return self._within(axis, mask if holds else self.space.full[axis] & ~mask)

    def _within(self, axis: tuple[str, str], mask: int) -> Formula:
        if mask in {0, self.space.full[axis]}:
            return mask != 0
        return Cells(axis, mask)

    def _rights(self, atom: Atom) -> list[Encoded]:
        kind = self.all_facts[atom.fact].type
        return [
            encode(kind, one.value if isinstance(one, Literal) else self.figures[one.key])
            for one in atom.operands
        ]

    def _constants(self, nodes: Sequence[Node]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for node in nodes:
            for atom in atoms(node):
                found.setdefault(atom.fact, []).extend(self._rights(atom))
        return found

    def _legal(self, fact: Fact) -> Formula:
        """Return what the dictionary says of a fact: neutral when it has no object, else within its bounds."""
        bounded = self._bounded(fact)
        if fact.relevant_if is None or fact.neutral is None:
            return bounded
        relevant = self.formula(fact.relevant_if.tree)
        irrelevant = self.formula(fact.relevant_if.tree, holds=False)
        return some([every([relevant, bounded]), every([irrelevant, self._equal(fact, fact.neutral)])])

    def _bounded(self, fact: Fact) -> Formula:
        if fact.type in ORDERED:
            return self._within((fact.key, ""), self.space.between(fact))
        return self._sized(fact) if fact.type is FactType.SET else True

    def _sized(self, fact: Fact) -> Formula:
        codes, low, high = fact.domain.codes, fact.domain.min_size or 0, fact.domain.max_size
        parts: list[Formula] = []
        if low:
            # Of any so many codes that fewer than ``low`` stay outside, one is in.
            parts += [
                some(self._has(fact, code, True) for code in subset)
                for subset in combinations(codes, max(1, len(codes) - low + 1))
            ]
        if high is not None and high < len(codes) and comb(len(codes), high + 1) <= MAX_SIZE_PARTS:
            parts += [
                some(self._has(fact, code, False) for code in subset)
                for subset in combinations(codes, high + 1)
            ]
        return every(parts)

    def _has(self, fact: Fact, code: str, held: bool) -> Formula:  # noqa: FBT001 - read aloud: has, or has not
        return Cells((fact.key, code), 2 if held else 1)

    def _equal(self, fact: Fact, value: Value) -> Formula:
        if isinstance(value, frozenset):
            return every(self._has(fact, code, code in value) for code in fact.domain.codes)
        axis = (fact.key, "")
        return self._within(axis, self.space.mask(axis, Op.EQ, [encode(fact.type, value)]))


def closure(nodes: Iterable[Node], facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the facts that conditions read, and those their relevance hangs on."""
    found: dict[str, Fact] = {}
    todo = [atom.fact for node in nodes for atom in atoms(node)]
    while todo:
        key = todo.pop()
        if key in found:
            continue
        found[key] = facts[key]
        relevance = facts[key].relevant_if
        todo += [atom.fact for atom in atoms(relevance.tree)] if relevance else []
    return dict(sorted(found.items()))


def parameters_of(nodes: Iterable[Node], facts: Mapping[str, Fact]) -> set[str]:
    """Return the parameters that conditions name, directly or through the relevance of facts."""
    asked = list(nodes)
    asked += [fact.relevant_if.tree for fact in closure(asked, facts).values() if fact.relevant_if]
    return {
        operand.key
        for node in asked
        for atom in atoms(node)
        for operand in atom.operands
        if isinstance(operand, ParameterRef)
    }
