"""Explain one clause: filters, tree with every value, legal bases, the nearest change, one sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from clauses.rules.coverage import articles_of
from clauses.rules.evaluate import Compiled, Evaluation, Outcome, Snapshot
from clauses.rules.explain.nearest import Turn, boxes, failures, nearest_failures
from clauses.rules.explain.words import CONTRARY, phrase
from clauses.rules.facts import json_value
from clauses.rules.facts.writing import format_date, print_scalar
from clauses.rules.lang import operand_json
from clauses.rules.model import (
    PROCEDURE_FACT,
    TYPE_FACT,
    And,
    Atom,
    Clause,
    Facts,
    FactType,
    Literal,
    Node,
    Not,
    Op,
    Operand,
    Parameter,
)
from clauses.rules.questions import next_questions
from procurement.core.money import round_cents

_CONTRARY_WORDS = {Op.IN: "non dans", Op.CONTAINS: "non contient"}


@dataclass(frozen=True)
class Filter:
    """One filter: what the clause admits, what is, whether it lets the clause in."""

    name: str
    expected: tuple[str, ...]
    actual: str | None
    value: bool | None


@dataclass(frozen=True)
class Change:
    """One comparison that would have to hold for the clause to be in; ``value`` is JSON."""

    fact: str
    op: str
    value: Any


@dataclass(frozen=True)
class Explanation:
    """Why one clause is in, out, or waits."""

    clause: str
    version: str
    outcome: Outcome
    on: date
    filters: tuple[Filter, ...]
    condition: dict[str, Any] | None
    legal_bases: tuple[str, ...]
    nearest: tuple[Change, ...]
    sentence: str
    next_questions: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of ``pli clauses explain`` and of the API."""
        return {
            "clause": self.clause,
            "version": self.version,
            "outcome": self.outcome.value,
            "on": self.on.isoformat(),
            "filters": [
                {"name": one.name, "expected": list(one.expected), "actual": one.actual, "value": one.value}
                for one in self.filters
            ],
            "condition": self.condition,
            "legal_bases": list(self.legal_bases),
            "nearest": [{"fact": one.fact, "op": one.op, "value": one.value} for one in self.nearest],
            "sentence": self.sentence,
            "next_questions": list(self.next_questions),
        }


def explain(
    compiled: Compiled,
    clause_id: str,
    facts: Facts,
    on: date,
    *,
    canvas: str | None = None,
    version: str = "",
) -> Explanation:
    """Return why a clause is in or out for these facts; KeyError for an unknown clause.

    ``version`` is the address of the clause's words, which only the caller knows.
    """
    evaluation = compiled.evaluate(facts, on=on, canvas=canvas, trace=True)
    clause = compiled.library.clauses[clause_id]
    trace = evaluation.trace(clause_id)
    filters = _filters(compiled, clause, evaluation, canvas)
    outcome = evaluation.outcome(clause_id)
    snapshot = evaluation.snapshot
    node = clause.condition.tree if clause.condition else None
    turns = _turns(node, snapshot) if outcome is Outcome.EXCLUDED else ()
    asked = (
        next_questions(compiled, facts, on, canvas, clauses=(clause_id,))
        if outcome is Outcome.UNKNOWN
        else ()
    )
    questions = tuple(one.fact for one in asked)
    return Explanation(
        clause=clause_id,
        version=version,
        outcome=outcome,
        on=on,
        filters=filters,
        condition=_tree(node, iter(trace.nodes), snapshot) if node else None,
        legal_bases=articles_of(compiled.library, clause),
        nearest=(*_filter_changes(filters), *(_change(turn, snapshot) for turn in turns)),
        sentence=_sentence(compiled, clause, evaluation, filters, turns, questions),
        next_questions=questions,
    )


def _filters(
    compiled: Compiled, clause: Clause, evaluation: Evaluation, canvas: str | None
) -> tuple[Filter, ...]:
    trace = evaluation.trace(clause.id)
    values, on = evaluation.snapshot.values, evaluation.snapshot.on
    span = tuple(day.isoformat() if day else "" for day in (clause.validity.start, clause.validity.end))
    document = compiled.library.canvases[canvas].document if canvas else None
    return (
        Filter("vigueur", span, on.isoformat(), trace.validity),
        *([Filter("documents", clause.documents, document, trace.document)] if document else []),
        Filter("types_contrat", clause.contract_types, _code(values.get(TYPE_FACT)), trace.contract_type),
        Filter("procedures", clause.procedures, _code(values.get(PROCEDURE_FACT)), trace.procedure),
    )


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _tree(node: Node, values: Iterator[bool | None], snapshot: Snapshot) -> dict[str, Any]:
    """Return a condition with the value of every node; ``values`` are those of the trace, in preorder."""
    value = next(values)
    if isinstance(node, Atom):
        return _leaf(node, value, snapshot)
    args = (node.arg,) if isinstance(node, Not) else node.args
    op = "non" if isinstance(node, Not) else ("et" if isinstance(node, And) else "ou")
    return {"op": op, "value": value, "args": [_tree(arg, values, snapshot) for arg in args]}


def _leaf(atom: Atom, value: bool | None, snapshot: Snapshot) -> dict[str, Any]:  # noqa: FBT001 - a Kleene value
    expected = [_expected(atom.fact, operand, snapshot) for operand in atom.operands]
    found: dict[str, Any] = {
        "op": atom.op.value,
        "fact": atom.fact,
        "actual": json_value(snapshot.values.get(atom.fact)),
        "expected": expected if atom.op is Op.IN else expected[0],
        "value": value,
    }
    return found | ({"irrelevant": True} if atom.fact in snapshot.irrelevant else {})


def _expected(fact: str, operand: Operand, snapshot: Snapshot) -> Any:
    if isinstance(operand, Literal):
        return operand_json(operand)
    parameter = snapshot.parameter(operand.key)
    if parameter is None:
        return {"parameter": operand.key, "value": None}
    return {
        "parameter": parameter.key,
        "value": _figure(snapshot.kind(fact), parameter),
        "from": parameter.start.isoformat(),
        "to": parameter.end.isoformat() if parameter.end else None,
        "source": parameter.source,
    }


def _figure(kind: FactType, parameter: Parameter) -> str:
    """Return a figure of the law as the facts it is compared with are written: amounts with their cents."""
    if kind is FactType.AMOUNT and isinstance(parameter.value, Decimal):
        return str(round_cents(parameter.value))
    return print_scalar(parameter.value)


def _turns(node: Node | None, snapshot: Snapshot) -> tuple[Turn, ...]:
    return nearest_failures(node, snapshot) if node else ()


def _change(turn: Turn, snapshot: Snapshot) -> Change:
    atom = turn.atom
    values = [_plain(atom.fact, operand, snapshot) for operand in atom.operands]
    op = (
        atom.op.value
        if turn.holds
        else CONTRARY[atom.op].value
        if atom.op in CONTRARY
        else _CONTRARY_WORDS[atom.op]
    )
    return Change(atom.fact, op, values if atom.op is Op.IN else values[0])


def _plain(fact: str, operand: Operand, snapshot: Snapshot) -> Any:
    if isinstance(operand, Literal):
        return operand_json(operand)
    parameter = snapshot.parameter(operand.key)
    return None if parameter is None else _figure(snapshot.kind(fact), parameter)


def _filter_changes(filters: Sequence[Filter]) -> list[Change]:
    facts = {"types_contrat": TYPE_FACT, "procedures": PROCEDURE_FACT}
    return [
        Change(facts[one.name], Op.IN.value, list(one.expected))
        for one in filters
        if one.name in facts and one.value is False
    ]


def _sentence(
    compiled: Compiled,
    clause: Clause,
    evaluation: Evaluation,
    filters: Sequence[Filter],
    turns: Sequence[Turn],
    questions: Sequence[str],
) -> str:
    snapshot = evaluation.snapshot
    outcome = evaluation.outcome(clause.id)
    if outcome is Outcome.UNKNOWN:
        labels = ", ".join(f"«\u00a0{compiled.library.facts[key].label.fr}\u00a0»" for key in questions)
        return f"Clause en attente : répondez à {labels or 'une question'}."
    if outcome is Outcome.INCLUDED:
        reasons = _support(clause, snapshot)
        return f"Clause présente : {'; '.join(reasons) or 'elle ne dépend d’aucune réponse'}."
    reasons = [*(_failed_filter(one, clause, snapshot) for one in filters if one.value is False)]
    # What is merely unanswered stands in ``nearest``; the sentence tells what decided. Where a condition is false, each of
    # its boxes holds a comparison that is false.
    known = [turn for turn in turns if turn.atom.fact in snapshot.values]
    reasons += [phrase(turn.atom, holds=not turn.holds, snapshot=snapshot) for turn in known]
    return f"Clause écartée : {' ; '.join(dict.fromkeys(reasons))}."


def _support(clause: Clause, snapshot: Snapshot) -> list[str]:
    """Return the comparisons of one box that holds now."""
    if clause.condition is None:
        return []
    held = next(box for box in boxes(clause.condition.tree, snapshot) if not failures(box, snapshot))
    return list(dict.fromkeys(phrase(turn.atom, holds=turn.holds, snapshot=snapshot) for turn in held))


def _failed_filter(one: Filter, clause: Clause, snapshot: Snapshot) -> str:
    if one.name == "vigueur":
        start, end = clause.validity.start, clause.validity.end
        if start and snapshot.on < start:
            return f"elle n’est en vigueur qu’à partir du {format_date(start)}"
        return (
            f"elle n’est plus en vigueur depuis le {format_date(end)}" if end else "elle n’est pas en vigueur"
        )
    if one.name == "documents":
        return f"elle n’est pas faite pour le document {one.actual}"
    fact = TYPE_FACT if one.name == "types_contrat" else PROCEDURE_FACT
    atom = Atom(fact, Op.IN, tuple(Literal(code) for code in one.expected))
    return phrase(atom, holds=False, snapshot=snapshot)
