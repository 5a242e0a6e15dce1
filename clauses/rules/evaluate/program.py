"""Compile many conditions into one function: each comparison and each node once, combined by name.

Only names made here (``f0``, ``k3``, ``n12``) reach the source; constants are handed over by name. So nothing a library or
a user writes is ever compiled.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from clauses.rules.evaluate.encoding import encode
from clauses.rules.model import And, Atom, Fact, FactType, Literal, Node, Not, Op, Or, ParameterRef

#: Takes the getters of encoded facts and of figures; returns one value, or one tuple of values, per condition.
Run = Callable[[Callable[[str], Any], Callable[[str, FactType], Any]], list[Any]]

_SIGNS = {Op.EQ: "==", Op.NE: "!=", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}


@dataclass(frozen=True)
class Row:
    """What one clause asks: whether it may stand here at all, its two filters, its condition."""

    open: bool
    contract_type: Node | None
    procedure: Node | None
    condition: Node | None


class Program:
    """The two functions of a list of rows: values alone, and values of every filter and node."""

    def __init__(self, rows: Iterable[Row], facts: Mapping[str, Fact]) -> None:
        self.facts = facts
        self.constants: dict[str, Any] = {}
        self.names: dict[Any, str] = {}
        self.lines: list[str] = []
        kept = list(rows)
        totals = [self._total(row) for row in kept]
        traces = [self._trace(row) for row in kept]
        self.plain: Run = self._function(totals)
        self.traced: Run = self._function(
            [f"({total}, {trace})" for total, trace in zip(totals, traces, strict=True)]
        )
        self.atoms = sum(isinstance(key, Atom) for key in self.names)

    def _total(self, row: Row) -> str:
        """Return the name of the value of a row."""
        parts = [part for part in (row.contract_type, row.procedure, row.condition) if part is not None]
        if not row.open:
            return "False"
        if not parts:
            return "True"
        return self._name(parts[0] if len(parts) == 1 else And(tuple(parts)))

    def _trace(self, row: Row) -> str:
        """Return the names of the filters and of all nodes of the condition from the top, left to right."""
        filters = (row.contract_type, row.procedure)
        names = ["True" if part is None else self._name(part) for part in filters]
        nodes = (
            ["True"] if row.condition is None else [self._name(inner) for inner in preorder(row.condition)]
        )
        return ", ".join([*names, *nodes])

    def _name(self, node: Node) -> str:
        known = self.names.get(node)
        if known is not None:
            return known
        code = self._atom(node) if isinstance(node, Atom) else self._branch(node)
        name = f"n{len(self.names)}"
        self.names[node] = name
        self.lines.append(f"{name} = {code}")
        return name

    def _branch(self, node: Not | And | Or) -> str:
        if isinstance(node, Not):
            name = self._name(node.arg)
            return f"None if {name} is None else not {name}"
        names = [self._name(arg) for arg in node.args]
        decides, other = ("False", "True") if isinstance(node, And) else ("True", "False")
        one_decides = " or ".join(f"{name} is {decides}" for name in names)
        one_unknown = " or ".join(f"{name} is None" for name in names)
        return f"{decides} if {one_decides} else None if {one_unknown} else {other}"

    def _atom(self, atom: Atom) -> str:
        left = self._fact(atom.fact)
        kind = self.facts[atom.fact].type
        literals = [encode(kind, one.value) for one in atom.operands if isinstance(one, Literal)]
        if len(literals) == len(atom.operands):
            return f"None if {left} is None else {self._compared(left, atom.op, literals)}"
        if atom.op is Op.IN:
            # Parameters in a list: the disjunction of the equalities.
            return self._branch(Or(tuple(Atom(atom.fact, Op.EQ, (one,)) for one in atom.operands)))
        (operand,) = atom.operands
        right = self._figure(cast("ParameterRef", operand).key, kind)
        return f"None if {left} is None or {right} is None else {left} {_SIGNS[atom.op]} {right}"

    def _compared(self, left: str, op: Op, literals: list[Any]) -> str:
        if op is Op.IN:
            return f"{left} in {self._constant(frozenset(literals))}"
        constant = self._constant(literals[0])
        return f"{constant} in {left}" if op is Op.CONTAINS else f"{left} {_SIGNS[op]} {constant}"

    def _fact(self, key: str) -> str:
        return self._input(("fact", key), f"fact({self._constant(key)})")

    def _figure(self, key: str, kind: FactType) -> str:
        return self._input((key, kind), f"figure({self._constant(key)}, {self._constant(kind)})")

    def _input(self, key: tuple[str, Any], code: str) -> str:
        name = self.names.get(key)
        if name is None:
            name = self.names[key] = f"f{len(self.names)}"
            self.lines.append(f"{name} = {code}")
        return name

    def _constant(self, value: Any) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def _function(self, results: list[str]) -> Run:
        body = "\n ".join([*self.lines, f"return [{', '.join(results)}]"])
        space: dict[str, Any] = {"__builtins__": {}, **self.constants}
        exec(compile(f"def run(fact, figure):\n {body}\n", "<clauses>", "exec"), space)  # noqa: S102 - see the module
        run: Run = space["run"]
        return run


def preorder(node: Node) -> Iterable[Node]:
    """Give a node, then all those under it, left to right: the order of a trace."""
    yield node
    if isinstance(node, Not):
        yield from preorder(node.arg)
    elif not isinstance(node, Atom):
        for arg in node.args:
            yield from preorder(arg)
