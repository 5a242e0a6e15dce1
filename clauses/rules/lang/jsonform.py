"""The JSON form of conditions (what the database keeps): English keys, the operators as written."""

from collections.abc import Mapping, Sequence
from typing import Any

from clauses.rules.facts.writing import json_value
from clauses.rules.lang.problems import MAX_DEPTH, SYNTAX, ConditionRefused, Problem, check_size, too_deep
from clauses.rules.lang.tokens import Kind, Token, quote
from clauses.rules.lang.typing import Typer
from clauses.rules.lang.vocabulary import Vocabulary
from clauses.rules.model import TEXTUAL, And, Atom, Fact, FactType, Node, Not, Op, Operand, Or, ParameterRef
from procurement.core.text import _

MAX_VALUES = 200
_SIGNS = {op.value: op for op in Op}
_JOINED: Mapping[str, type[And] | type[Or]] = {"et": And, "ou": Or}
_ATOM_KEYS = {"op", "fact", "value", "values"}


def to_json(node: Node) -> dict[str, Any]:
    """Return the JSON form of a tree."""
    if isinstance(node, Atom):
        values = [operand_json(operand) for operand in node.operands]
        key, value = ("values", values) if node.op is Op.IN else ("value", values[0])
        return {"op": node.op.value, "fact": node.fact, key: value}
    if isinstance(node, Not):
        return {"op": "non", "args": [to_json(node.arg)]}
    return {"op": "et" if isinstance(node, And) else "ou", "args": [to_json(arg) for arg in node.args]}


def from_json(form: Any, words: Vocabulary) -> Node:
    """Return the typed tree of a JSON form; raise `ConditionRefused`."""
    typer = Typer(words)
    node = _node(form, typer, 1)
    if typer.problems:
        raise ConditionRefused(tuple(typer.problems))
    check_size(node)
    return node


def operand_json(operand: Operand) -> Any:
    """Return one operand: a value, or the parameter it names."""
    return {"parameter": operand.key} if isinstance(operand, ParameterRef) else json_value(operand.value)


def _node(form: Any, typer: Typer, level: int) -> Node:
    if level > MAX_DEPTH:
        raise too_deep()
    if not isinstance(form, Mapping):
        raise _malformed()
    op = form.get("op")
    if op == "non" or op in _JOINED:
        return _branch(form, str(op), typer, level)
    return _atom(form, typer)


def _branch(form: Mapping[str, Any], op: str, typer: Typer, level: int) -> Node:
    args = form.get("args")
    least = 1 if op == "non" else 2
    if (
        form.keys() != {"op", "args"}
        or not isinstance(args, list)
        or len(args) < least
        or (op == "non" and args[1:])
    ):
        raise _malformed()
    nodes = tuple(_node(arg, typer, level + 1) for arg in args)
    return Not(nodes[0]) if op == "non" else _JOINED[op](nodes)


def _atom(form: Mapping[str, Any], typer: Typer) -> Atom:
    op = _SIGNS.get(str(form.get("op")))
    key = "values" if op is Op.IN else "value"
    name = form.get("fact")
    if op is None or form.keys() != {"op", "fact", key} or not isinstance(name, str):
        raise _malformed()
    given: Sequence[Any] = form[key] if op is Op.IN else [form[key]]
    if not isinstance(given, list) or not given or len(given) > MAX_VALUES:
        raise _malformed()
    fact = typer.left(Token(Kind.NAME, name, 0), op, Token(Kind.SIGN, op.value, 0))
    return Atom(name, op, tuple(_operand(fact, value, typer) for value in given))


def _operand(fact: Fact | None, value: Any, typer: Typer) -> Operand:
    if isinstance(value, Mapping):
        if value.keys() != {"parameter"} or not isinstance(value["parameter"], str):
            raise _malformed()
        return typer.operand(fact, Token(Kind.NAME, value["parameter"], 0), None)
    if isinstance(value, bool):
        return typer.operand(fact, Token(Kind.NAME, "oui" if value else "non", 0), None)
    if isinstance(value, int):
        return typer.operand(fact, Token(Kind.NUMBER, str(value), 0), None)
    if not isinstance(value, str):
        raise _malformed()
    return typer.operand(fact, *_words(fact, value))


def _words(fact: Fact | None, text: str) -> tuple[Token, Token | None]:
    """Return the words a condition would have held for this text, by the type of the fact."""
    kind = fact.type if fact else FactType.ENUM
    if kind in TEXTUAL:
        return Token(Kind.STRING, quote(text), 0), None
    if kind in {FactType.ENUM, FactType.SET, FactType.BOOL}:
        return Token(Kind.NAME, text, 0), None
    if kind in {FactType.DATE, FactType.DATETIME, FactType.MONTH}:
        return Token(Kind.DATE, text, 0), None
    number, _space, unit = text.partition(" ")
    return Token(Kind.NUMBER, number, 0), Token(Kind.NAME, unit, 0) if unit else None


def _malformed() -> ConditionRefused:
    message = _("La forme JSON d’une condition n’est pas celle de la documentation.")
    return ConditionRefused((Problem(SYNTAX, message),))
