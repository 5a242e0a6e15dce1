"""Say a comparison in French, as it is: « montant estimé 139 000,00 € HT < seuil européen 140 000,00 € HT »."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from clauses.rules.evaluate import Snapshot
from clauses.rules.facts import format_value
from clauses.rules.facts.writing import format_date
from clauses.rules.model import ORDERED, Atom, Fact, FactType, Literal, Op, Operand, Parameter

#: What an operator is when its comparison does not hold.
CONTRARY = {Op.LT: Op.GE, Op.GE: Op.LT, Op.GT: Op.LE, Op.LE: Op.GT, Op.EQ: Op.NE, Op.NE: Op.EQ}
_SIGNS = {Op.LT: "<", Op.LE: "≤", Op.GT: ">", Op.GE: "≥", Op.EQ: "=", Op.NE: "≠"}
_NBSP = "\u00a0"


def phrase(atom: Atom, *, holds: bool, snapshot: Snapshot) -> str:
    """Return the state of affairs in which a comparison holds, or does not."""
    fact = snapshot.facts[atom.fact]
    if fact.key not in snapshot.values:
        return f"{name(fact)} : réponse attendue"
    if fact.type is FactType.BOOL:
        return f"{name(fact)} : {'oui' if snapshot.values[fact.key] else 'non'}{_no_object(fact, snapshot)}"
    if fact.type in ORDERED and atom.op is not Op.IN:
        op = atom.op if holds else CONTRARY[atom.op]
        right = _operand(fact, atom.operands[0], snapshot)
        return f"{name(fact)} {_actual(fact, snapshot)} {_SIGNS[op]} {right}{_no_object(fact, snapshot)}"
    if fact.type is FactType.SET:
        verb = "contient" if holds else "ne contient pas"
        return f"{name(fact)} {verb} {_listed(fact, atom.operands, snapshot)}{_no_object(fact, snapshot)}"
    return _among(fact, atom, snapshot, holds=holds)


def name(fact: Fact) -> str:
    """Return the label of a fact as it stands inside a sentence."""
    label = fact.label.fr
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def parameter_name(parameter: Parameter) -> str:
    """Return what a figure of the law is called."""
    return parameter.label or parameter.key.replace("_", " ")


def period(parameter: Parameter) -> str:
    """Return the period of a figure, ``01/01/2026–31/12/2027``."""
    end = format_date(parameter.end) if parameter.end else ""
    return f"{format_date(parameter.start)}–{end}" if end else f"depuis le {format_date(parameter.start)}"


def _among(fact: Fact, atom: Atom, snapshot: Snapshot, *, holds: bool) -> str:
    """Say a comparison with one or several codes: what is, and when it fails, what was wanted."""
    wanted = _listed(fact, atom.operands, snapshot)
    actual = _quoted(_actual(fact, snapshot))
    end = _no_object(fact, snapshot)
    equal = holds is (atom.op is not Op.NE)
    if equal:
        return f"{name(fact)} {actual}{end}"
    return f"{name(fact)} {actual} et non {wanted}{end}"


def _actual(fact: Fact, snapshot: Snapshot) -> str:
    return format_value(fact, snapshot.values[fact.key])


def _listed(fact: Fact, operands: Sequence[Operand], snapshot: Snapshot) -> str:
    words = [_operand(fact, one, snapshot) for one in operands]
    return " ou ".join(words if fact.type in ORDERED else [_quoted(word) for word in words])


def _operand(fact: Fact, operand: Operand, snapshot: Snapshot) -> str:
    if isinstance(operand, Literal):
        value: Any = operand.value
        return format_value(fact, frozenset({value}) if fact.type is FactType.SET else value)
    parameter = snapshot.parameter(operand.key)
    if parameter is None:
        return f"{operand.key.replace('_', ' ')} (sans valeur le {format_date(snapshot.on)})"
    return f"{parameter_name(parameter)} {_figure(fact, parameter.value)} ({period(parameter)})"


def _figure(fact: Fact, value: Any) -> str:
    if fact.type is FactType.INTEGER and not isinstance(value, date):
        value = int(value)
    return format_value(fact, value)


def _quoted(text: str) -> str:
    return f"«{_NBSP}{text}{_NBSP}»"


def _no_object(fact: Fact, snapshot: Snapshot) -> str:
    return " (sans objet ici)" if fact.key in snapshot.irrelevant else ""
