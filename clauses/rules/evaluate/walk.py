"""Evaluate one condition by walking its tree: strong Kleene logic, None is unknown.

The plain definition of what conditions mean; `program` compiles the same for whole libraries.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from clauses.rules.evaluate.encoding import Encoded, encode
from clauses.rules.model import And, Atom, FactType, Literal, Node, Not, Op, Operand


class Known(Protocol):
    """What a condition is evaluated against."""

    def fact(self, key: str) -> Encoded | None:
        """Return the encoded value of a fact, or nothing while it is unknown."""

    def figure(self, key: str, kind: FactType) -> Encoded | None:
        """Return a parameter encoded for facts of a type, or nothing where it has no value."""

    def kind(self, key: str) -> FactType:
        """Return the type of a fact."""


_COMPARE: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.IN: operator.eq,
    Op.CONTAINS: operator.contains,
}


def holds(node: Node, known: Known) -> bool | None:
    """Return whether a condition holds, or None while that hangs on what is unknown."""
    if isinstance(node, Atom):
        return atom_value(node, known)
    if isinstance(node, Not):
        inner = holds(node.arg, known)
        return None if inner is None else not inner
    values = (holds(arg, known) for arg in node.args)
    return conjunction(values) if isinstance(node, And) else disjunction(values)


def atom_value(atom: Atom, known: Known) -> bool | None:
    """Return whether one comparison holds."""
    left = known.fact(atom.fact)
    if left is None:
        return None
    kind = known.kind(atom.fact)
    compare = _COMPARE[atom.op]
    rights = (operand_value(operand, kind, known) for operand in atom.operands)
    return disjunction(None if right is None else compare(left, right) for right in rights)


def operand_value(operand: Operand, kind: FactType, known: Known) -> Encoded | None:
    """Return the encoded value on the right of a comparison."""
    if isinstance(operand, Literal):
        return encode(kind, operand.value)
    return known.figure(operand.key, kind)


def conjunction(values: Iterable[bool | None]) -> bool | None:
    """Return the Kleene conjunction: one no decides."""
    found = list(values)
    if False in found:
        return False
    return None if None in found else True


def disjunction(values: Iterable[bool | None]) -> bool | None:
    """Return the Kleene disjunction: one yes decides."""
    found = list(values)
    if True in found:
        return True
    return None if None in found else False
