"""Compile a library once and evaluate it for many fact sets."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from clauses.rules.evaluate.program import Program, Row
from clauses.rules.evaluate.result import Evaluation
from clauses.rules.evaluate.snapshot import Resolver, Snapshot
from clauses.rules.lang import Vocabulary, vocabulary
from clauses.rules.model import (
    ANY,
    PROCEDURE_FACT,
    TYPE_FACT,
    And,
    Atom,
    Canvas,
    Clause,
    Facts,
    Library,
    Literal,
    Node,
    Op,
)


@dataclass(frozen=True)
class _Scope:
    """The clauses of one document at one time, compiled."""

    clauses: tuple[Clause, ...]
    gates: tuple[tuple[bool, bool], ...]
    program: Program


class Compiled:
    """A library ready for evaluation; thread-safe once warm, as it only caches."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.resolver = Resolver(library)
        self._boundaries = sorted(validity_cuts(library.clauses.values()))
        self._scopes: dict[tuple[str, int], _Scope] = {}

    @cached_property
    def words(self) -> Vocabulary:
        """Return the names conditions may use."""
        return vocabulary(self.library.facts, self.library.parameters)

    def settle(self, facts: Facts, on: date, *, assume_relevant: bool = False) -> Snapshot:
        """Return the settled facts."""
        return self.resolver.settle(facts, on, assume_relevant=assume_relevant)

    def evaluate(
        self,
        facts: Facts,
        *,
        on: date,
        canvas: str | None = None,
        trace: bool = False,
        assume_relevant: bool = False,
    ) -> Evaluation:
        """Return the outcome of each clause of a canvas, or of the whole library (no document filter then).

        ``on`` is the reference date: the dispatch of the notice, else the launch. KeyError for an unknown canvas.
        """
        return self.evaluate_settled(
            self.settle(facts, on, assume_relevant=assume_relevant), canvas=canvas, trace=trace
        )

    def evaluate_settled(
        self, snapshot: Snapshot, *, canvas: str | None = None, trace: bool = False
    ) -> Evaluation:
        """Return the outcomes for facts already settled."""
        scope = self._scope(canvas, snapshot.on)
        inputs = (snapshot.encoded.get, snapshot.figure)
        if not trace:
            return Evaluation(snapshot, scope.clauses, scope.program.plain(*inputs), None, scope.gates)
        rows = scope.program.traced(*inputs)
        return Evaluation(snapshot, scope.clauses, [row[0] for row in rows], rows, scope.gates)

    def clauses_of(self, canvas: str | None) -> tuple[Clause, ...]:
        """Return the clauses of a canvas in the order of the document."""
        everything = self.library.clauses
        if canvas is None:
            return tuple(everything.values())
        return tuple(everything[key] for key in self.library.canvases[canvas].clause_ids if key in everything)

    def _scope(self, canvas: str | None, on: date) -> _Scope:
        # Between two validity dates of the library the same clauses may be used: one program serves all those days.
        key = (canvas or "", bisect_right(self._boundaries, on))
        if key not in self._scopes:
            clauses = self.clauses_of(canvas)
            valid = [clause.validity.holds(on) for clause in clauses]
            self._scopes[key] = self._compiled(clauses, self.library.canvases.get(canvas or ""), valid)
        return self._scopes[key]

    def _compiled(self, clauses: tuple[Clause, ...], canvas: Canvas | None, valid: Sequence[bool]) -> _Scope:
        gates = tuple(
            (held, canvas is None or canvas.document in clause.documents)
            for held, clause in zip(valid, clauses, strict=True)
        )
        rows = [
            Row(all(gate), *_filters(clause), _tree(clause))
            for gate, clause in zip(gates, clauses, strict=True)
        ]
        program = Program(rows, self.library.facts)
        return _Scope(clauses, gates, program)


def compile_library(library: Library) -> Compiled:
    """Return the library ready for evaluation."""
    return Compiled(library)


def validity_cuts(clauses: Collection[Clause]) -> set[date]:
    """Return the days on which a clause begins or ceases to be usable."""
    starts = {clause.validity.start for clause in clauses if clause.validity.start}
    ends = {
        clause.validity.end for clause in clauses if clause.validity.end and clause.validity.end < date.max
    }
    return starts | {end + timedelta(days=1) for end in ends}


def _tree(clause: Clause) -> Node | None:
    return clause.condition.tree if clause.condition else None


def _filters(clause: Clause) -> tuple[Node | None, Node | None]:
    """Return the filters of contract type and procedure as comparisons."""
    return (filter_node(TYPE_FACT, clause.contract_types), filter_node(PROCEDURE_FACT, clause.procedures))


def filter_node(fact: str, codes: tuple[str, ...]) -> Node | None:
    """Return a filter as a comparison; nothing when it lets everything in."""
    return None if ANY in codes else Atom(fact, Op.IN, tuple(Literal(code) for code in codes))


def filter_nodes(clause: Clause) -> list[Node]:
    """Return the filters of a clause that ask something."""
    return [node for node in _filters(clause) if node is not None]


def clause_node(clause: Clause) -> Node | None:
    """Return filters and condition of a clause as one condition; nothing when nothing is asked."""
    tree = _tree(clause)
    parts = [*filter_nodes(clause), *([tree] if tree else [])]
    if len(parts) > 1:
        return And(tuple(parts))
    return parts[0] if parts else None
