"""Write a tree as text: what `parse` reads back as the same tree."""

from clauses.rules.facts.writing import print_scalar
from clauses.rules.lang.tokens import quote
from clauses.rules.lang.vocabulary import Vocabulary
from clauses.rules.model import TEXTUAL, And, Atom, Node, Not, Op, Operand, Or, ParameterRef


def print_node(node: Node, words: Vocabulary) -> str:
    """Return the text of a tree, with the brackets it needs."""
    if isinstance(node, Atom):
        return _atom(node, words)
    if isinstance(node, Not):
        return f"non {_within(node.arg, words, And | Or)}"
    if isinstance(node, And):
        return " et ".join(_within(arg, words, And | Or) for arg in node.args)
    return " ou ".join(_within(arg, words, Or) for arg in node.args)


def print_operand(operand: Operand, atom: Atom, words: Vocabulary) -> str:
    """Return one value as conditions write it."""
    if isinstance(operand, ParameterRef):
        return operand.key
    text = print_scalar(operand.value)
    return quote(text) if words.facts[atom.fact].type in TEXTUAL else text


def _atom(atom: Atom, words: Vocabulary) -> str:
    values = ", ".join(print_operand(operand, atom, words) for operand in atom.operands)
    return f"{atom.fact} {atom.op} ({values})" if atom.op is Op.IN else f"{atom.fact} {atom.op} {values}"


def _within(node: Node, words: Vocabulary, bracketed: object) -> str:
    text = print_node(node, words)
    return f"({text})" if isinstance(node, bracketed) else text  # type: ignore[arg-type]  # a union of classes
