"""Evaluation: three values, compiled equals walked, relevance, computed facts, filters, epochs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clauses.rules.evaluate import Compiled, Outcome, compile_library, decode, encode, holds
from clauses.rules.evaluate.program import Program, Row, preorder
from clauses.rules.lang import parse, vocabulary
from clauses.rules.model import (
    Condition,
    Duration,
    DurationUnit,
    FactType,
    Node,
    Parameter,
    Source,
    Validity,
    Value,
)
from tests.factories.clause_rules import (
    FACTS,
    ON,
    PARAMETERS,
    WORDS,
    clause,
    conditions,
    fact,
    fact_sets,
    facts,
    library,
    values,
)


def outcome(condition: str, given_facts: dict[str, Value], on: date = ON, **more: object) -> Outcome:
    compiled = compile_library(library(clause("a.b", condition, **more)))
    return compiled.evaluate(given_facts, on=on).outcome("a.b")


@settings(max_examples=300)
@given(st.lists(conditions(), min_size=1, max_size=4), fact_sets())
def test_compiled_with_and_without_trace_equals_the_naive_walk(
    nodes: list[Node], known: dict[str, Value]
) -> None:
    snapshot = compile_library(library()).settle(known, ON)
    program = Program([Row(True, None, None, node) for node in nodes], FACTS)
    inputs = (snapshot.encoded.get, snapshot.figure)
    expected = [holds(node, snapshot) for node in nodes]
    assert program.plain(*inputs) == expected
    for node, row in zip(nodes, program.traced(*inputs), strict=True):
        assert row == (holds(node, snapshot), True, True, *(holds(one, snapshot) for one in preorder(node)))


@given(conditions(), fact_sets(), st.data())
def test_learning_a_fact_never_turns_an_answer(
    node: Node, known: dict[str, Value], data: st.DataObject
) -> None:
    compiled = compile_library(library())
    before = holds(node, compiled.settle(known, ON))
    unknown = sorted(FACTS.keys() - known.keys())
    if before is None or not unknown:
        return
    key = data.draw(st.sampled_from(unknown))
    learnt = known | {key: data.draw(values(FACTS[key]))}
    assert holds(node, compiled.settle(learnt, ON)) is before


@given(st.data())
def test_encoding_is_undone_by_decoding(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(list(FACTS.values())))
    value = data.draw(values(one))
    assert decode(one, encode(one.type, value)) == value


def test_kleene_decides_as_soon_as_one_side_does() -> None:
    assert outcome("lots = non et nombre > 3", {"lots": True}) is Outcome.EXCLUDED
    assert outcome("lots = non ou nombre > 3", {"lots": False}) is Outcome.INCLUDED
    assert outcome("lots = non et nombre > 3", {"lots": False}) is Outcome.UNKNOWN
    assert outcome("non lots = oui", {"lots": False}) is Outcome.INCLUDED


def test_parameter_is_that_of_the_reference_date_and_the_buyer() -> None:
    amount = {"montant": Decimal("150000.00")}
    state, city = {"categorie_acheteur": "etat"}, {"categorie_acheteur": "collectivite"}
    assert outcome("montant >= seuil", amount | state) is Outcome.INCLUDED
    assert outcome("montant >= seuil", amount | city) is Outcome.EXCLUDED
    assert outcome("montant >= seuil", amount) is Outcome.UNKNOWN
    assert outcome("montant >= seuil", amount, date(2025, 6, 1)) is Outcome.INCLUDED
    assert outcome("montant >= seuil", amount | state, date(2023, 6, 1)) is Outcome.UNKNOWN
    assert outcome("nombre dans (1, seuil_entier)", {"nombre": 3}) is Outcome.INCLUDED
    assert outcome("jour >= reforme", {"jour": date(2026, 8, 22)}) is Outcome.INCLUDED


def test_filters_and_validity_take_part() -> None:
    assert outcome("", {"type_contrat": "T"}, contract_types=("T",)) is Outcome.INCLUDED
    assert outcome("", {"type_contrat": "F"}, contract_types=("T",)) is Outcome.EXCLUDED
    assert outcome("", {}, procedures=("MAPA",)) is Outcome.UNKNOWN
    assert outcome("lots = oui", {"lots": True}, procedures=("MAPA",)) is Outcome.UNKNOWN
    reform = Validity(date(2026, 8, 22), date(2026, 12, 31))
    for on, expected in [
        (date(2026, 8, 21), Outcome.EXCLUDED),
        (date(2026, 8, 22), Outcome.INCLUDED),
        (date(2026, 12, 31), Outcome.INCLUDED),
        (date(2027, 1, 1), Outcome.EXCLUDED),
    ]:
        assert outcome("", {}, on, validity=reform) is expected
    assert outcome("", {}, validity=Validity(None, date.max)) is Outcome.INCLUDED


def test_canvas_keeps_order_and_document() -> None:
    whole = library(clause("a.un"), clause("a.deux", documents=("RC",)), clause("a.trois", "lots = oui"))
    compiled = compile_library(whole)
    evaluation = compiled.evaluate({"lots": True}, on=ON, canvas="ccap", trace=True)
    assert evaluation.outcomes == {
        "a.un": Outcome.INCLUDED,
        "a.deux": Outcome.EXCLUDED,
        "a.trois": Outcome.INCLUDED,
    }
    assert (evaluation.included, evaluation.excluded, evaluation.unknown) == (
        ("a.un", "a.trois"),
        ("a.deux",),
        (),
    )
    assert evaluation.trace("a.deux").document is False
    assert evaluation.trace("a.trois").condition is True
    assert evaluation.trace("a.un").nodes == (True,)
    with pytest.raises(KeyError):
        compiled.evaluate({}, on=ON, canvas="rien")
    with pytest.raises(ValueError, match="without trace"):
        compiled.evaluate({}, on=ON).trace("a.un")


def test_fact_without_object_takes_its_neutral_value() -> None:
    framework = Condition("", parse("technique = accord_cadre", WORDS))
    known = FACTS | {"nombre": fact("nombre", FactType.INTEGER, relevant_if=framework, neutral=1)}
    compiled = compile_library(library(clause("a.b", "nombre >= 2"), known=known))

    def found(values_: dict[str, Value], *, assume: bool = False) -> Outcome:
        return compiled.evaluate(values_, on=ON, assume_relevant=assume).outcome("a.b")

    assert found({"technique": "aucune", "nombre": 3}) is Outcome.EXCLUDED
    assert found({"technique": "accord_cadre", "nombre": 3}) is Outcome.INCLUDED
    assert found({"technique": "accord_cadre"}) is Outcome.UNKNOWN
    assert found({"nombre": 3}) is Outcome.UNKNOWN
    assert found({"nombre": 3}, assume=True) is Outcome.INCLUDED
    assert found({"nombre": 1}) is Outcome.EXCLUDED
    snapshot = compiled.settle({"technique": "aucune"}, ON)
    assert (snapshot.values["nombre"], snapshot.irrelevant) == (1, {"nombre"})


@pytest.fixture
def advance() -> Compiled:
    known = facts(
        fact("duree_execution", FactType.DURATION),
        fact("duree_mois", FactType.INTEGER, source=Source.COMPUTED),
        fact("montant_marche", FactType.AMOUNT),
        fact("avance_due", FactType.BOOL, source=Source.COMPUTED),
        fact("derogations", FactType.RECORDS, source=Source.COMPUTED),
    )
    figures = (
        Parameter("avance_seuil_montant", Decimal(50000), date(2020, 1, 1)),
        Parameter("avance_seuil_duree_mois", Decimal(2), date(2020, 1, 1)),
    )
    one = clause("a.b", "avance_due = oui", vocabulary(known, figures))
    return compile_library(library(one, known=known, parameters=figures))


MONTHS = Duration(3, DurationUnit.MONTHS)


@pytest.mark.parametrize(
    ("amount", "duration", "on", "due"),
    [
        ("50000.01", MONTHS, ON, True),
        ("50000.00", MONTHS, ON, False),
        ("50000.01", Duration(2, DurationUnit.MONTHS), ON, False),
        ("50000.00", None, ON, False),
        ("50000.01", None, ON, None),
        (None, MONTHS, ON, None),
        ("50000.01", MONTHS, date(2019, 1, 1), None),
    ],
)
def test_advance_is_due_above_both_thresholds(
    advance: Compiled, amount: str | None, duration: Duration | None, on: date, due: object
) -> None:
    known: dict[str, Value] = {"montant_marche": Decimal(amount)} if amount else {}
    known |= {"duree_execution": duration} if duration else {}
    assert advance.settle(known, on).values.get("avance_due") is due


@pytest.mark.parametrize(
    ("number", "unit", "months"),
    [(61, "jours", 3), (60, "jours", 2), (9, "semaines", 3), (2, "annees", 24), (5, "mois", 5)],
)
def test_months_are_rounded_up(advance: Compiled, number: int, unit: str, months: int) -> None:
    settled = advance.settle({"duree_execution": Duration(number, DurationUnit(unit))}, ON)
    assert settled.values["duree_mois"] == months


def test_given_value_of_a_computed_fact_stays_only_while_it_cannot_be_computed(advance: Compiled) -> None:
    assert advance.settle({"avance_due": True}, ON).values["avance_due"] is True
    assert (
        advance.settle({"avance_due": True, "montant_marche": Decimal(1)}, ON).values["avance_due"] is False
    )


def test_equal_comparisons_are_evaluated_once() -> None:
    nodes = [
        parse(text, WORDS) for text in ("lots = oui", "lots = oui et nombre > 1", "nombre > 1 ou lots = oui")
    ]
    program = Program([Row(True, None, None, node) for node in nodes], FACTS)
    assert program.atoms == 2


def test_names_of_a_library_never_reach_the_compiled_source() -> None:
    hostile = "x'] or __import__('os')"
    known = {hostile: fact(hostile, FactType.ENUM, "'; import os; '")}
    words = vocabulary(known, PARAMETERS)
    from clauses.rules.model import Atom, Literal, Op

    node = Atom(hostile, Op.EQ, (Literal("'; import os; '"),))
    compiled = compile_library(
        library(replace(clause("a.b"), condition=Condition("", node)), known=known, parameters=())
    )
    assert words.facts == known
    evaluation = compiled.evaluate({hostile: "'; import os; '"}, on=ON)
    assert evaluation.outcome("a.b") is Outcome.INCLUDED
