"""Write a tree as text: what `parse` reads back as the same tree."""

from clauses.rules.facts.writing import print_scalar
from clauses.rules.lang.tokens import quote
from clauses.rules.model import And, Atom, Node, Not, Op, Operand, Or, ParameterRef


def print_node(node: Node) -> str:
    """Return the text of a tree, with the brackets it needs."""
    if isinstance(node, Atom):
        return _atom(node)
    if isinstance(node, Not):
        return f"non {_bracketed(node.arg) if isinstance(node.arg, And | Or) else print_node(node.arg)}"
    if isinstance(node, And):
        parts = (_bracketed(arg) if isinstance(arg, And | Or) else print_node(arg) for arg in node.args)
        return " et ".join(parts)
    return " ou ".join(_bracketed(arg) if isinstance(arg, Or) else print_node(arg) for arg in node.args)


def print_operand(operand: Operand) -> str:
    """Return one value as conditions write it."""
    if isinstance(operand, ParameterRef):
        return operand.key
    text = print_scalar(operand.value)
    return quote(text) if operand.quoted else text


def _atom(atom: Atom) -> str:
    values = ", ".join(print_operand(operand) for operand in atom.operands)
    return f"{atom.fact} {atom.op} ({values})" if atom.op is Op.IN else f"{atom.fact} {atom.op} {values}"


def _bracketed(node: Node) -> str:
    return f"({print_node(node)})"
