"""The language of conditions: text and JSON both ways, types, limits, every fault at its place."""

import json

import pytest
from hypothesis import given

from clauses.rules.lang import ConditionRefused, from_json, parse, print_node, to_json
from clauses.rules.lang.problems import atoms, depth
from clauses.rules.model import Atom, FactType, Node, Not, Or
from tests.factories.clause_rules import FACTS, WORDS, conditions, fact


def problems(text: str) -> list[tuple[str, int]]:
    with pytest.raises(ConditionRefused) as refused:
        parse(text, WORDS)
    return [(one.code, one.offset) for one in refused.value.problems]


@given(conditions())
def test_text_of_a_tree_parses_back_to_it(node: Node) -> None:
    assert parse(print_node(node), WORDS) == node


@given(conditions())
def test_json_of_a_tree_reads_back_to_it(node: Node) -> None:
    assert from_json(json.loads(json.dumps(to_json(node))), WORDS) == node


def test_grammar_binds_et_before_ou() -> None:
    assert parse("lots = oui ou lots = non et nombre > 1", WORDS) == Or(
        (parse("lots = oui", WORDS), parse("lots = non et nombre > 1", WORDS))
    )
    assert parse("non (lots = oui)", WORDS) == Not(parse("lots = oui", WORDS))
    assert parse("nombre dans (1,5)", WORDS) == parse("nombre dans ( 1 , 5 )", WORDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("condition.syntax", 0)]),
        ("lots", [("condition.syntax", 4)]),
        ("lots = ", [("condition.syntax", 6)]),
        ("et = oui", [("condition.syntax", 0)]),
        ("(lots = oui", [("condition.syntax", 11)]),
        ("lots = oui lots = non", [("condition.syntax", 11)]),
        ("lots = oui §", [("condition.syntax", 11)]),
        ("taux >= 0,5", [("condition.syntax", 9)]),
        ("nombre dans 3", [("condition.syntax", 12)]),
        ("nombre dans (3", [("condition.syntax", 14)]),
        ("technique = accord_cadr", [("condition.unknown_value", 12)]),
        ("lots = peut_etre", [("condition.unknown_value", 7)]),
        ("lotz = oui et montan > 3", [("condition.unknown_fact", 0), ("condition.unknown_fact", 14)]),
        ("montant >= seul", [("condition.unknown_parameter", 11)]),
        ("montant >= nombre", [("condition.type", 11)]),
        ("technique = type_contrat", [("condition.type", 12)]),
        ("technique = seuil", [("condition.type", 12)]),
        ("montant >= reforme", [("condition.type", 11)]),
        ("jour >= seuil", [("condition.type", 8)]),
        ("nombre >= seuil", []),
        ("lots >= oui", [("condition.type", 5)]),
        ("modes = bdc", [("condition.type", 6)]),
        ("delai > 3 mois", [("condition.type", 8)]),
        ("delai > 3", [("condition.type", 8)]),
        ("nombre > 3 jours", [("condition.type", 11)]),
        ("nombre > 2026-01-01", [("condition.type", 9)]),
        ("montant > 1.005", [("condition.type", 10)]),
        ("jour > 2026-02-30", [("condition.type", 7)]),
        ("lieu = Paris", [("condition.unknown_parameter", 7)]),
        ('lieu > "a"', [("condition.type", 5)]),
    ],
)  # fmt: skip
def test_faults_are_listed_at_their_place(text: str, expected: list[tuple[str, int]]) -> None:
    if expected:
        assert problems(text) == expected
    else:
        parse(text, WORDS)


def test_several_faults_of_type_are_listed_together() -> None:
    assert [code for code, _ in problems("lotz = oui et technique = x ou delai > 1 mois")] == [
        "condition.unknown_fact",
        "condition.unknown_value",
        "condition.type",
    ]


def test_facts_conditions_cannot_read_are_refused() -> None:
    from clauses.rules.lang import vocabulary

    known = [
        fact("memoire", FactType.RICH),
        fact("duree", FactType.DURATION),
        fact("ttc", FactType.AMOUNT, unit="TTC"),
    ]
    from datetime import date
    from decimal import Decimal

    from clauses.rules.model import Parameter

    words = vocabulary(
        {one.key: one for one in known}, [Parameter("ht", Decimal(1), date(2026, 1, 1), unit="€ HT")]
    )
    for text in ("memoire = x", "duree > 3 mois", "ttc > ht"):
        with pytest.raises(ConditionRefused) as refused:
            parse(text, words)
        assert [one.code for one in refused.value.problems] == ["condition.type"]


def test_suggestion_names_what_looks_alike() -> None:
    with pytest.raises(ConditionRefused) as refused:
        parse("technique = accord_cadr", WORDS)
    (problem,) = refused.value.problems
    assert problem.params["nearest"] == ("accord_cadre",)
    assert (
        problem.text
        == "« accord_cadr » n’est pas une valeur de « technique ». Valeurs proches : accord_cadre."
    )


def test_limits_refuse_what_nobody_can_read() -> None:
    too_large = "clauses.condition_too_large"
    assert problems(" ou ".join(["lots = oui"] * 65)) == [(too_large, 0)]
    assert problems("lots = oui" + " " * 2_000) == [(too_large, 2_000)]
    assert problems("(" * 13 + "lots = oui" + ")" * 13) == [(too_large, 13)]
    assert problems("non " * 13 + "lots = oui")[0][0] == too_large
    assert problems("non " * 12 + "lots = oui") == [(too_large, 0)]
    parse(" ou ".join(["lots = oui"] * 64), WORDS)
    assert depth(parse("non " * 11 + "lots = oui", WORDS)) == 12


def test_same_text_twice_is_the_same_tree_whatever_its_layout() -> None:
    from clauses.rules.lang import parse_condition

    assert parse_condition("lots=oui  et nombre>1", WORDS) == parse_condition(
        "lots = oui et nombre > 1", WORDS
    )


@pytest.mark.parametrize(
    "form",
    [
        None,
        [],
        {},
        {"op": "xor", "args": []},
        {"op": "et", "args": [{"op": "=", "fact": "lots", "value": True}]},
        {"op": "non", "args": []},
        {"op": "=", "fact": "lots"},
        {"op": "=", "fact": 3, "value": True},
        {"op": "=", "fact": "lots", "value": True, "more": 1},
        {"op": "=", "fact": "nombre", "value": 1.5},
        {"op": "=", "fact": "nombre", "value": None},
        {"op": "dans", "fact": "nombre", "values": []},
        {"op": "dans", "fact": "nombre", "values": 3},
        {"op": "dans", "fact": "nombre", "values": list(range(201))},
        {"op": "=", "fact": "montant", "value": {"parameter": 3}},
        {"op": "=", "fact": "montant", "value": {"parametre": "seuil"}},
    ],
)
def test_malformed_json_is_refused(form: object) -> None:
    with pytest.raises(ConditionRefused) as refused:
        from_json(form, WORDS)
    assert refused.value.code == "condition.syntax"


def test_json_of_wrong_types_and_depth_is_refused() -> None:
    with pytest.raises(ConditionRefused) as refused:
        from_json({"op": "=", "fact": "montan", "value": "x"}, WORDS)
    assert refused.value.code == "condition.unknown_fact"
    deep: dict[str, object] = {"op": "=", "fact": "lots", "value": True}
    for _ in range(12):
        deep = {"op": "non", "args": [deep]}
    with pytest.raises(ConditionRefused) as refused:
        from_json(deep, WORDS)
    assert refused.value.code == "clauses.condition_too_large"


def test_refusal_names_each_problem_for_the_api() -> None:
    with pytest.raises(ConditionRefused) as refused:
        parse("lotz = oui", WORDS)
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("@0", "condition.unknown_fact")
    assert [atom.fact for atom in atoms(Atom("lots", *_oui()))] == ["lots"]
    assert "lots" in FACTS


def _oui() -> tuple[object, ...]:
    atom = parse("lots = oui", WORDS)
    assert isinstance(atom, Atom)
    return (atom.op, atom.operands)
