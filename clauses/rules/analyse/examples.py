"""Run the examples of clauses: the tests a library brings along."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from clauses.rules.analyse.workshop import Workshop, finding
from clauses.rules.body import BodyFaults
from clauses.rules.evaluate import Evaluation, Outcome, Snapshot
from clauses.rules.lang import ConditionRefused, atoms
from clauses.rules.model import Clause, Example, Finding, Validity
from clauses.rules.plain import plain_text, same_text
from procurement.core.text import _

LEAST = 2


@dataclass
class Count:
    """How many examples were run, and failed."""

    run: int = 0
    failed: int = 0


def check_examples(shop: Workshop, count: Count) -> Iterator[Finding]:
    """Give ``example.missing`` and ``example.failed``."""
    for clause in shop.library.clauses.values():
        yield from _enough(shop, clause)
        for example in clause.examples:
            count.run += 1
            found = _run(shop, clause, example)
            count.failed += found is not None
            if found is not None:
                yield found


def _enough(shop: Workshop, clause: Clause) -> Iterator[Finding]:
    if len(clause.examples) < LEAST:
        message = _("Deux exemples au moins sont demandés.")
        yield finding("example.missing", message, clause.origin, at="exemples", clause=clause.id)
        return
    conditional = shop.nodes[clause.id] is not None or clause.validity != Validity()
    wanted = {True, False} if shop.nodes[clause.id] is not None else {True}
    shown = {example.present for example in clause.examples}
    if conditional and not wanted <= shown:
        message = _("Donnez au moins un exemple où la clause est présente et un où elle est absente.")
        yield finding("example.missing", message, clause.origin, at="exemples", clause=clause.id)


def _run(shop: Workshop, clause: Clause, example: Example) -> Finding | None:
    snapshot = shop.compiled.settle(example.facts, example.on, assume_relevant=True)
    evaluation = shop.compiled.evaluate_settled(snapshot)
    outcome = evaluation.outcome(clause.id)
    if outcome is Outcome.UNKNOWN:
        message = _("Le résultat dépend de faits que l’exemple ne donne pas : %(facts)s.")
        return _failed(clause, example, message, facts=", ".join(_lacking(shop, clause, evaluation)))
    if (outcome is Outcome.INCLUDED) != example.present:
        message = _("La clause est %(found)s alors que l’exemple l’attend %(expected)s.")
        names = {True: _("présente"), False: _("absente")}
        return _failed(
            clause, example, message, found=names[not example.present], expected=names[example.present]
        )
    if example.contains and not _says(shop, clause, snapshot, example.contains):
        message = _("Le texte obtenu ne contient pas « %(text)s ».")
        return _failed(clause, example, message, text=example.contains)
    return None


def _lacking(shop: Workshop, clause: Clause, evaluation: Evaluation) -> list[str]:
    node = shop.nodes[clause.id]
    known = evaluation.snapshot.encoded
    return list(dict.fromkeys(atom.fact for atom in atoms(node) if atom.fact not in known)) if node else []


def _says(shop: Workshop, clause: Clause, snapshot: Snapshot, text: str) -> bool:
    try:
        return same_text(text) in plain_text(clause, snapshot, shop.compiled.words)
    except (BodyFaults, ConditionRefused):
        return True  # `check_bodies` names the fault.


def _failed(clause: Clause, example: Example, message: str, **params: object) -> Finding:
    return replace(finding("example.failed", message, example.origin, clause=clause.id), params=params)
