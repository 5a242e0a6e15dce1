"""Ask what is still needed, and nothing else: first what decides most clauses, then what included clauses show.

Kleene logic alone would ask for ``x`` in ``x = oui ou x = non``; the boxes decide such conditions without asking. The
outcome of a clause hangs on the facts alone, so every order of answers ends in the same document.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from clauses.rules import body as bodies
from clauses.rules.analyse.contexts import Context, selected
from clauses.rules.analyse.problem import Problem, Wanted, closure, parameters_of
from clauses.rules.analyse.solve import Budget, TooComplex
from clauses.rules.evaluate import Compiled, Evaluation, Outcome, Snapshot, holds
from clauses.rules.evaluate.compiled import clause_node
from clauses.rules.facts import COMPUTED
from clauses.rules.lang import ConditionRefused, atoms, parse
from clauses.rules.model import (
    BUYER_FACT,
    NATURE_FACT,
    Atom,
    Clause,
    Fact,
    Facts,
    FactType,
    Literal,
    Node,
    Not,
    Op,
    ParameterRef,
    Source,
)

#: A search made while somebody waits: beyond this the question is simply asked.
_BUDGET = 500


class Reason(StrEnum):
    """Why a fact is asked."""

    CONDITION = "condition"
    VARIABLE = "variable"


@dataclass(frozen=True)
class Question:
    """A fact to be answered, and the clauses that wait for it."""

    fact: str
    reason: Reason
    clauses: tuple[str, ...]


def next_questions(
    compiled: Compiled,
    facts: Facts,
    on: date,
    canvas: str | None = None,
    *,
    clauses: Collection[str] | None = None,
) -> tuple[Question, ...]:
    """Return the questions in the order to ask them; ``clauses`` narrows to some clauses."""
    evaluation = compiled.evaluate(facts, on=on, canvas=canvas, trace=False)
    outcomes = decided(compiled, evaluation)
    wanted = [one for one in evaluation.clauses if clauses is None or one.id in clauses]
    waiting: dict[str, list[str]] = {}
    for clause in wanted:
        if outcomes[clause.id] is Outcome.UNKNOWN:
            for key in dict.fromkeys(_Asker(compiled, evaluation.snapshot).of_node(clause_node(clause))):
                waiting.setdefault(key, []).append(clause.id)
    order = {key: place for place, key in enumerate(waiting)}
    first = sorted(waiting, key=lambda key: (-len(waiting[key]), order[key]))
    found = [Question(key, Reason.CONDITION, tuple(waiting[key])) for key in first]
    shown: dict[str, list[str]] = {}
    for clause in wanted:
        if outcomes[clause.id] is Outcome.INCLUDED:
            for key in dict.fromkeys(_shown(compiled, clause, evaluation.snapshot)):
                shown.setdefault(key, []).append(clause.id)
    found += [Question(key, Reason.VARIABLE, tuple(shown[key])) for key in shown if key not in waiting]
    return tuple(found)


def facts_of(clause: Clause) -> Iterator[str]:
    """Give the facts that a clause hangs on or shows."""
    if clause.condition is not None:
        yield from (one.fact for one in atoms(clause.condition.tree))
    yield from clause.variables


def decided(compiled: Compiled, evaluation: Evaluation) -> dict[str, Outcome]:
    """Return the outcomes, those included that are constant whatever the answers."""
    found = dict(evaluation.outcomes)
    for clause in evaluation.clauses:
        node = clause_node(clause)
        if found[clause.id] is Outcome.UNKNOWN and node is not None:
            constant = _constant(compiled, node, evaluation.snapshot)
            found[clause.id] = Outcome.of(constant)
    return found


def _constant(compiled: Compiled, node: Node, snapshot: Snapshot) -> bool | None:
    """Return the value of a condition that no legal answer changes, else nothing."""
    facts = compiled.library.facts
    known = [Wanted(atom) for key in closure([node], facts) for atom in _as_atoms(facts[key], snapshot)]
    try:
        can = {
            value: any(
                _possible(compiled, [Wanted(node, value), *known], one)
                for one in _contexts(compiled, node, snapshot)
            )
            for value in (True, False)
        }
    except TooComplex:
        return None
    return None if can[True] == can[False] else can[True]


def _contexts(compiled: Compiled, node: Node, snapshot: Snapshot) -> list[Context]:
    """Return the buyers and natures still possible on the reference date; none when a figure has no value."""
    facts = compiled.library.facts
    keys = sorted(parameters_of([node], facts))
    table = compiled.resolver.table
    return [Context(snapshot.on)] if not keys else selected(snapshot.on, keys, table, facts)


def _possible(compiled: Compiled, wanted: list[Wanted], context: Context) -> bool:
    asked = [*wanted, *(Wanted(node) for node in context.fixed)]
    problem = Problem([one.node for one in asked], compiled.library.facts, context.figures)
    return problem.find(asked, Budget(_BUDGET)) is not None


def _as_atoms(fact: Fact, snapshot: Snapshot) -> Iterator[Node]:
    """Give what is known of a fact as comparisons."""
    value = snapshot.values.get(fact.key)
    if value is None:
        return
    if fact.type is FactType.SET and isinstance(value, frozenset):
        for code in fact.domain.codes:
            held = Atom(fact.key, Op.CONTAINS, (Literal(code),))
            yield held if code in value else Not(held)
        return
    yield Atom(fact.key, Op.EQ, (Literal(value),))


class _Asker:
    """Finds the facts that a condition still hangs on, in the order in which they can be answered."""

    def __init__(self, compiled: Compiled, snapshot: Snapshot) -> None:
        self.facts = compiled.library.facts
        self.snapshot = snapshot

    def of_node(self, node: Node | None) -> Iterator[str]:
        """Give the facts to ask for a condition whose value is unknown."""
        if node is None or holds(node, self.snapshot) is not None:
            return
        if isinstance(node, Atom):
            yield from self.of_atom(node)
            return
        for arg in (node.arg,) if isinstance(node, Not) else node.args:
            yield from self.of_node(arg)

    def of_atom(self, atom: Atom) -> Iterator[str]:
        """Give the facts to ask for a comparison: its fact, or the buyer and nature its figure hangs on."""
        if atom.fact not in self.snapshot.values:
            yield from self.of_fact(atom.fact)
        for operand in atom.operands:
            if isinstance(operand, ParameterRef) and self.snapshot.parameter(operand.key) is None:
                for key in (BUYER_FACT, NATURE_FACT):
                    if key in self.facts and key not in self.snapshot.values:
                        yield from self.of_fact(key)

    def of_fact(self, key: str) -> Iterator[str]:
        """Give what to ask to know a fact: what its relevance hangs on, what it is computed from, or itself."""
        fact = self.facts[key]
        if key in self.snapshot.unsettled and fact.relevant_if is not None:
            yield from self.of_node(fact.relevant_if.tree)
        elif fact.source is Source.COMPUTED and key in COMPUTED:
            for need in COMPUTED[key].needs:
                if need in self.facts and need not in self.snapshot.values:
                    yield from self.of_fact(need)
        else:
            yield key


def _shown(compiled: Compiled, clause: Clause, snapshot: Snapshot) -> Iterator[str]:
    """Give the facts to ask so that an included clause can be written."""
    asker = _Asker(compiled, snapshot)
    dead = Counter[str]()
    live = Counter[str]()
    for node, block in _blocks(compiled, clause):
        value = True if node is None else holds(node, snapshot)
        if value is None:
            yield from asker.of_node(node)
        for place in bodies.places(bodies.Body((block,))):
            (live if value else dead)[place.name] += 1
    for derogation in clause.derogations:
        yield from asker.of_node(derogation.condition.tree if derogation.condition else None)
    for key in clause.variables:
        if key not in snapshot.values and not (dead[key] and not live[key]) and key in snapshot.facts:
            yield from asker.of_fact(key)


def _blocks(compiled: Compiled, clause: Clause) -> Iterator[tuple[Node | None, bodies.Block]]:
    """Give the blocks of a body with their condition; a body with faults shows nothing (the analysis says so)."""
    try:
        read = bodies.parse(clause.body)
        for block in read.blocks:
            node = parse(block.condition, compiled.words) if isinstance(block, bodies.Conditional) else None
            yield node, block
    except (bodies.BodyFaults, ConditionRefused):
        return
