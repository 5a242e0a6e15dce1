"""Boxes against z3, which knows nothing of them: 1,000 random conditions, in 100 groups of ten."""

import random
from collections.abc import Mapping
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from clauses.rules.analyse import Budget, Problem, Wanted, analyse
from clauses.rules.evaluate import Snapshot, compile_library, holds
from clauses.rules.model import (
    And,
    Atom,
    Condition,
    Domain,
    Fact,
    FactType,
    GroupMode,
    Label,
    Library,
    Literal,
    Node,
    Not,
    Op,
    Or,
)
from tests.factories.clause_rules import ON, clause, fact, facts, library

z3 = pytest.importorskip("z3")

CONDITIONS = 1_000
PER_GROUP = 10
ENUMS = {"forme": ("a", "b", "c"), "type_contrat": ("T", "F", "S", "PI"), "procedure": ("MAPA", "AOO")}
BOOLS = ("lots", "bim", "prime")
INTEGERS = {"tranches": (0, 5), "mois": (1, 96)}
SETS = {"modes": ("bdc", "ms", "mixte")}


def _known() -> dict[str, Fact]:
    """Return the dictionary; ``tranches`` has an object only for forme = a, ``modes`` holds one or two codes then."""
    only = Condition("", Atom("forme", Op.EQ, (Literal("a"),)))
    size = {"min_size": 1, "max_size": 2}
    modes = fact("modes", FactType.SET, *SETS["modes"])
    return facts(
        *(fact(key, FactType.ENUM, *codes) for key, codes in ENUMS.items()),
        *(fact(key, FactType.BOOL) for key in BOOLS),
        Fact("mois", FactType.INTEGER, Label("mois"), domain=Domain(minimum=1, maximum=96)),
        Fact("tranches", FactType.INTEGER, Label("tr"), relevant_if=only, neutral=0, domain=Domain(minimum=1, maximum=5)),
        Fact("modes", FactType.SET, Label("m"), relevant_if=only, neutral=frozenset(), domain=Domain(modes.domain.values, **size)),
    )  # fmt: skip


KNOWN = _known()


def _atom(chance: random.Random) -> Node:
    draw = chance.random()
    if draw < 0.35:
        key = chance.choice(list(ENUMS))
        chosen = chance.sample(ENUMS[key], chance.randint(1, len(ENUMS[key])))
        return Atom(key, Op.IN, tuple(Literal(code) for code in chosen))
    if draw < 0.5:
        return Atom(chance.choice(BOOLS), Op.EQ, (Literal(chance.random() < 0.5),))
    if draw < 0.65:
        return Atom("modes", Op.CONTAINS, (Literal(chance.choice(SETS["modes"])),))
    key = chance.choice(list(INTEGERS))
    low, high = INTEGERS[key]
    op = chance.choice([Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE])
    return Atom(key, op, (Literal(chance.randint(low, high)),))


def _tree(chance: random.Random, levels: int) -> Node:
    if levels == 0 or chance.random() < 0.3:
        return _atom(chance)
    if chance.random() < 0.15:
        return Not(_tree(chance, levels - 1))
    args = tuple(_tree(chance, levels - 1) for _ in range(chance.choice([2, 2, 3])))
    return And(args) if chance.random() < 0.6 else Or(args)


@cache
def trees() -> tuple[Node, ...]:
    chance = random.Random(7)
    return tuple(_tree(chance, 3) for _ in range(CONDITIONS))


class Oracle:
    """The same conditions for z3."""

    def __init__(self) -> None:
        self.enums = {
            key: z3.EnumSort(key, [f"{key}_{code}" for code in codes]) for key, codes in ENUMS.items()
        }
        self.constants: Mapping[str, Any] = {
            key: dict(zip(ENUMS[key], codes, strict=True)) for key, (_sort, codes) in self.enums.items()
        }
        self.variables: dict[str, Any] = {
            key: z3.Const(key, sort) for key, (sort, _codes) in self.enums.items()
        }
        self.variables |= {key: z3.Bool(key) for key in BOOLS} | {key: z3.Int(key) for key in INTEGERS}
        self.members = {code: z3.Bool(f"modes_{code}") for code in SETS["modes"]}
        self.solver = z3.Solver()
        self.solver.add(*self._legal())

    def _legal(self) -> list[Any]:
        only = self.variables["forme"] == self.constants["forme"]["a"]
        count = z3.Sum([z3.If(one, 1, 0) for one in self.members.values()])
        tranches, months = self.variables["tranches"], self.variables["mois"]
        return [
            months >= 1,
            months <= 96,
            z3.If(only, z3.And(tranches >= 1, tranches <= 5), tranches == 0),
            z3.If(only, z3.And(count >= 1, count <= 2), count == 0),
        ]

    def formula(self, node: Node) -> Any:
        if isinstance(node, Not):
            return z3.Not(self.formula(node.arg))
        if isinstance(node, And | Or):
            return (z3.And if isinstance(node, And) else z3.Or)([self.formula(arg) for arg in node.args])
        rights = [one.value for one in node.operands if isinstance(one, Literal)]
        if node.fact == "modes":
            return self.members[rights[0]]
        left = self.variables[node.fact]
        if node.fact in ENUMS:
            return z3.Or([left == self.constants[node.fact][code] for code in rights])
        right = rights[0]
        compared = {Op.EQ: left == right, Op.NE: left != right}
        if node.op in compared:
            return compared[node.op]
        return {Op.LT: left < right, Op.LE: left <= right, Op.GT: left > right, Op.GE: left >= right}[node.op]

    def possible(self, *formulas: Any) -> bool:
        self.solver.push()
        self.solver.add(*formulas)
        answer = self.solver.check()
        self.solver.pop()
        assert answer != z3.unknown
        return bool(answer == z3.sat)


@cache
def _library() -> Library:
    clauses = [
        clause(f"g{number // PER_GROUP}.c{number}", group=f"g{number // PER_GROUP}")
        for number in range(CONDITIONS)
    ]
    from dataclasses import replace

    conditioned = [
        replace(one, condition=Condition("", tree)) for one, tree in zip(clauses, trees(), strict=True)
    ]
    groups = {f"g{number}": GroupMode.EXACTLY_ONE for number in range(CONDITIONS // PER_GROUP)}
    return library(*conditioned, known=KNOWN, parameters=(), groups=groups)


@cache
def _findings() -> dict[str, set[tuple[str, ...]]]:
    found: dict[str, set[tuple[str, ...]]] = {}
    for one in analyse(_library()).findings:
        about = {
            "group.overlap": (str(one.params.get("one")), str(one.params.get("other"))),
            "group.gap": (str(one.params.get("group")),),
        }.get(one.code, (one.clause,))
        found.setdefault(one.code, set()).add(about)
    return found


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def _named() -> list[tuple[str, Node]]:
    return list(zip(_library().clauses, trees(), strict=True))


def test_z3_agrees_on_the_unreachable_and_the_always_true(oracle: Oracle) -> None:
    unreachable, always = set(), set()
    for key, tree in _named():
        formula = oracle.formula(tree)
        if not oracle.possible(formula):
            unreachable.add((key,))
        elif not oracle.possible(z3.Not(formula)):
            always.add((key,))
    assert _findings().get("clause.unreachable", set()) == unreachable
    assert _findings().get("condition.always_true", set()) == always
    assert len(unreachable) > 3
    assert len(always) > 3


def test_z3_agrees_on_every_overlap_and_gap_of_100_groups(oracle: Oracle) -> None:
    overlaps, gaps = set(), set()
    named = _named()
    for number in range(CONDITIONS // PER_GROUP):
        group = [
            (key, oracle.formula(tree)) for key, tree in named[number * PER_GROUP : (number + 1) * PER_GROUP]
        ]
        overlaps |= {
            (one[0], other[0]) for one, other in combinations(group, 2) if oracle.possible(one[1], other[1])
        }
        if oracle.possible(*(z3.Not(formula) for _key, formula in group)):
            gaps.add((f"g{number}",))
    assert _findings()["group.overlap"] == overlaps
    assert _findings()["group.gap"] == gaps
    assert 0 < len(gaps) < 100
    assert "analysis.too_complex" not in _findings()


def test_z3_like_witnesses_satisfy_what_they_are_given_for() -> None:
    compiled = compile_library(_library())
    for tree in trees()[:200]:
        witness = Problem([tree], KNOWN, {}).find([Wanted(tree)], Budget())
        if witness is not None:
            snapshot: Snapshot = compiled.settle(witness, ON)
            assert holds(tree, snapshot) is True
