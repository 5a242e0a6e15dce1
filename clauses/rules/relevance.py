"""Give facts that have no object their neutral value, in the order in which they depend on each other."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from clauses.rules.facts import COMPUTED
from clauses.rules.lang import atoms
from clauses.rules.model import Fact, Source


def cycle(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts whose relevance goes round in a circle, first and last equal; nothing when none does."""
    try:
        TopologicalSorter(dependencies(facts)).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def order(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the keys of facts, each after those its relevance or its computation reads."""
    return tuple(key for key in TopologicalSorter(dependencies(facts)).static_order() if key in facts)


def dependencies(facts: Mapping[str, Fact]) -> dict[str, tuple[str, ...]]:
    """Return which facts each fact depends on."""
    return {key: (*_read_by_relevance(fact), *_read_by_computation(fact)) for key, fact in facts.items()}


def _read_by_relevance(fact: Fact) -> tuple[str, ...]:
    return tuple(atom.fact for atom in atoms(fact.relevant_if.tree)) if fact.relevant_if else ()


def _read_by_computation(fact: Fact) -> tuple[str, ...]:
    computed = fact.source is Source.COMPUTED and fact.key in COMPUTED
    return COMPUTED[fact.key].needs if computed else ()
