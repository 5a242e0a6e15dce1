"""What the checks share: one library, its conditions as one node per clause, and searches over contexts."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from clauses.rules.analyse.contexts import Context, contexts
from clauses.rules.analyse.problem import Problem, Wanted, parameters_of
from clauses.rules.analyse.solve import MAX_BOXES, Budget, TooComplex
from clauses.rules.evaluate.compiled import Compiled, clause_node, filter_node
from clauses.rules.model import (
    PROCEDURE_FACT,
    TYPE_FACT,
    Canvas,
    Clause,
    Facts,
    Finding,
    Library,
    Node,
    Origin,
    Severity,
)
from clauses.rules.params import ParameterTable
from procurement.core.text import _


@dataclass(frozen=True)
class Witness:
    """A legal fact set, and the reference date."""

    facts: Facts
    on: date


class Workshop:
    """One library under analysis."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.compiled = Compiled(library)
        self.nodes = {clause.id: clause_node(clause) for clause in library.clauses.values()}

    @property
    def table(self) -> ParameterTable:
        """Return the figures of the law."""
        return self.compiled.resolver.table

    @cached_property
    def canvases(self) -> dict[str, tuple[Clause, ...]]:
        """Return the clauses of each canvas that are known and meant for its document."""
        return {
            key: tuple(
                clause for clause in self.compiled.clauses_of(key) if canvas.document in clause.documents
            )
            for key, canvas in self.library.canvases.items()
        }

    def scope(self, canvas: Canvas) -> list[Node]:
        """Return the filters of a canvas as conditions."""
        found = (
            filter_node(TYPE_FACT, canvas.contract_types),
            filter_node(PROCEDURE_FACT, canvas.procedures),
        )
        return [node for node in found if node is not None]

    def contexts(self, clauses: Collection[Clause], nodes: Iterable[Node]) -> list[Context]:
        """Return the contexts in which clauses and conditions can differ."""
        facts = self.library.facts
        return contexts(clauses, sorted(parameters_of(nodes, facts)), self.table, facts)

    def problem(self, nodes: Iterable[Node], context: Context) -> Problem:
        """Return the legal fact sets of a context for some conditions."""
        return Problem([*nodes, *context.fixed], self.library.facts, context.figures)


@dataclass(frozen=True)
class Query:
    """Conditions that must hold together, or not."""

    wanted: tuple[Wanted, ...]

    @property
    def nodes(self) -> list[Node]:
        """Return the conditions."""
        return [one.node for one in self.wanted]


def first_witness(
    shop: Workshop, query: Query, found: Sequence[Context], budget: Budget | None = None
) -> Witness | None:
    """Return a legal fact set for a query in the first context that has one; raise `TooComplex`."""
    for context in found:
        fixed = tuple(Wanted(node) for node in context.fixed)
        facts = shop.problem(query.nodes, context).find((*query.wanted, *fixed), budget or Budget(MAX_BOXES))
        if facts is not None:
            return Witness(facts, context.on)
    return None


def finding(
    code: str,
    message: str,
    origin: Origin,
    *,
    at: str = "",
    clause: str = "",
    witness: Witness | None = None,
    **params: object,
) -> Finding:
    """Return a finding at the place of a key."""
    line, column = origin.at(at)
    facts, on = (witness.facts, witness.on) if witness else ({}, None)
    return Finding(code, message, Severity.ERROR, origin.file, line, column, clause, facts, params, on)


def guarded(
    checks: Iterator[Finding], origin: Origin, *, clause: str = "", what: str = ""
) -> Iterator[Finding]:
    """Give the findings of one check; a search too large is a finding itself, never a silence."""
    try:
        yield from checks
    except TooComplex:
        message = _("L’analyse de « %(what)s » dépasse %(most)s boîtes : simplifiez les conditions.")
        yield finding("analysis.too_complex", message, origin, clause=clause, what=what, most=MAX_BOXES)
