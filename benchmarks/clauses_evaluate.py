"""P14: 1,000 clause conditions evaluated for one fact set, with and without trace, against json-logic.

The conditions are generated (seed 7) over sixteen facts: one to three comparisons each, joined by all or any. The three
engines run in turns; every truth value must be equal, and a sample of traces must hold every node and its value.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from json_logic import jsonLogic

from benchmarks.harness import Measure, Timed, run
from clauses.rules.evaluate import Compiled, Evaluation, compile_library, holds
from clauses.rules.evaluate.program import preorder
from clauses.rules.model import (
    And,
    Atom,
    Choice,
    Clause,
    Condition,
    Domain,
    Fact,
    FactType,
    Label,
    Layer,
    LegalStatus,
    Library,
    Literal,
    Lock,
    Manifest,
    Nature,
    Node,
    Op,
    Or,
    Validity,
    Value,
)

CONDITIONS = 1_000
SEED = 7
ROUNDS = 20
PER_ROUND = 5
ON = date(2026, 9, 1)
ENUMS = {
    "contract_type": ["travaux", "fournitures", "services"],
    "ccag": ["TRAVAUX", "FCS", "PI", "TIC", "MOE", "MI"],
    "procedure": ["AOO", "AOR", "MAPA", "PN", "DC", "MSPMC"],
    "price_form": ["unitaire", "forfaitaire", "mixte"],
    "document": ["RC", "AE", "CCAP", "CCTP", "CCP"],
    "variants": ["interdites", "autorisees", "imposees"],
    "groupement": ["libre", "solidaire", "conjoint"],
}
BOOLS = ("accord_cadre", "personal_data", "subcontracting", "advance")
INTEGERS = {
    "lots": (1, 30),
    "amount": (0, 6_000_000),
    "duration_months": (1, 96),
    "reconduction": (0, 4),
    "tranches": (0, 5),
}
FACTS: dict[str, Any] = {
    "contract_type": "services",
    "ccag": "TIC",
    "procedure": "AOO",
    "price_form": "unitaire",
    "accord_cadre": True,
    "lots": 3,
    "amount": 480_000,
    "duration_months": 48,
    "personal_data": True,
    "subcontracting": True,
    "document": "CCAP",
    "advance": True,
    "reconduction": 2,
    "variants": "autorisees",
    "tranches": 0,
    "groupement": "libre",
}


def _atom(chance: random.Random) -> tuple[str, str, Any]:
    draw = chance.random()
    if draw < 0.5:
        fact = chance.choice(list(ENUMS))
        return ("in", fact, chance.sample(ENUMS[fact], chance.randint(1, 3)))
    if draw < 0.75:
        return ("is", chance.choice(BOOLS), chance.random() < 0.5)
    fact = chance.choice(list(INTEGERS))
    low, high = INTEGERS[fact]
    return (chance.choice([">=", "<"]), fact, chance.randint(low, high))


def generated(seed: int = SEED) -> list[Any]:
    """Return the conditions: an atom, or ``("all" | "any", atoms)``."""
    chance = random.Random(seed)  # noqa: S311 - the same conditions at each run
    found: list[Any] = []
    for _number in range(CONDITIONS):
        atoms = [_atom(chance) for _ in range(chance.choice([1, 1, 2, 2, 3]))]
        found.append(atoms[0] if len(atoms) == 1 else (chance.choice(["all", "all", "any"]), atoms))
    return found


def json_logic(tree: Any) -> dict[str, Any]:
    """Return a condition as the peer writes it."""
    op = tree[0]
    if op in {"all", "any"}:
        return {"and" if op == "all" else "or": [json_logic(arg) for arg in tree[1]]}
    sign = {"in": "in", "is": "=="}.get(op, op)
    return {sign: [{"var": tree[1]}, tree[2]]}


def node(tree: Any) -> Node:
    """Return a condition as ours."""
    op = tree[0]
    if op in {"all", "any"}:
        args = tuple(node(arg) for arg in tree[1])
        return And(args) if op == "all" else Or(args)
    if op == "in":
        return Atom(tree[1], Op.IN, tuple(Literal(code) for code in tree[2]))
    if op == "is":
        return Atom(tree[1], Op.EQ, (Literal(tree[2]),))
    value = Decimal(tree[2]) if tree[1] == "amount" else tree[2]
    return Atom(tree[1], Op(op), (Literal(value),))


def _fact(key: str) -> Fact:
    if key in ENUMS:
        values = tuple(Choice(code, Label(code)) for code in ENUMS[key])
        return Fact(key, FactType.ENUM, Label(key), domain=Domain(values=values))
    if key in BOOLS:
        return Fact(key, FactType.BOOL, Label(key))
    return Fact(key, FactType.AMOUNT if key == "amount" else FactType.INTEGER, Label(key), unit="HT")


def library(trees: Sequence[Any]) -> Library:
    """Return a library with one clause per condition."""
    clauses = {
        name: Clause(
            name, name, LegalStatus(), Nature.CONDITIONAL, Lock.NONE, ("CCAP",), ("*",), ("*",), Validity(), "…",
            condition=Condition("", node(tree)),
        )
        for name, tree in ((f"c.{number}", tree) for number, tree in enumerate(trees))
    }  # fmt: skip
    facts = {key: _fact(key) for key in FACTS}
    return Library(Manifest("bench", "bench", Layer.ENTITY), facts=facts, clauses=clauses)


def typed_facts() -> dict[str, Value]:
    """Return the fact set with our types."""
    return {key: Decimal(value) if key == "amount" else value for key, value in FACTS.items()}


def _timed(work: Callable[[], object], times: int = PER_ROUND) -> Timed:
    def timed() -> float:
        start = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - start) / times

    return timed


def _check(compiled: Compiled, expected: list[bool], plain: Evaluation, traced: Evaluation) -> None:
    """Stop unless all engines agree and traces are whole."""
    if not plain.values == traced.values == expected:
        raise SystemExit("P14: the engines disagree")
    for number in range(0, CONDITIONS, 10):
        clause = compiled.library.clauses[f"c.{number}"]
        if clause.condition is None:
            raise SystemExit("P14: a condition is lost")
        nodes = list(preorder(clause.condition.tree))
        found = traced.trace(clause.id).nodes
        if found != tuple(holds(one, traced.snapshot) for one in nodes):
            raise SystemExit(f"P14: the trace of {clause.id} is not whole")


def measures(_folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give the two ratios of clauses.md, section 10; facts are settled anew each time."""
    trees = generated()
    compiled = compile_library(library(trees))
    facts = typed_facts()
    peers = [json_logic(tree) for tree in trees]

    def peer() -> list[bool]:
        return [bool(jsonLogic(one, FACTS)) for one in peers]

    def ours(*, trace: bool) -> Evaluation:
        return compiled.evaluate(facts, on=ON, trace=trace)

    _check(compiled, peer(), ours(trace=False), ours(trace=True))
    plain = _timed(lambda: ours(trace=False))
    traced = _timed(lambda: ours(trace=True))
    rounds = 5 if quick else ROUNDS
    yield Measure(
        id="P14", what="1,000 conditions with trace, against without", clock="wall", rounds=rounds,
        floor=plain, subject=traced, demand=3.0, at_most=True,
    )  # fmt: skip
    yield Measure(
        id="P14", what="1,000 conditions with trace, against json-logic", clock="wall", rounds=rounds,
        floor=_timed(peer, 1), subject=traced, demand=10.0,
    )  # fmt: skip


def main() -> int:
    """Run this sheet alone; exit 1 when a ratio fails."""
    results = [run(measure) for measure in measures(Path(), quick=False)]
    for one in results:
        verdict = {True: "pass", False: "FAIL", None: "noisy"}[one.passed]
        print(
            f"{one.what:50} floor {one.floor_us / 1000:7.3f} ms  ours {one.subject_us / 1000:7.3f} ms  ratio {one.ratio:6.2f}  {verdict}"
        )
    return 1 if any(one.passed is False for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
