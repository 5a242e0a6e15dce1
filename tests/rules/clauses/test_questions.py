"""Questions: what decides most first, never what has no object, and one document whatever the order of answers."""

import random
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from clauses.rules.evaluate import Compiled, Outcome, compile_library
from clauses.rules.lang import parse, vocabulary
from clauses.rules.model import (
    Condition,
    Derogation,
    Fact,
    FactType,
    Library,
    Node,
    Parameter,
    Source,
    Value,
)
from clauses.rules.questions import Question, Reason, decided, next_questions
from clauses.rules.simulate import draws
from tests.factories.clause_rules import FACTS, ON, WORDS, clause, conditions, fact, facts, library, values


def asked(whole: Library, known: dict[str, Value], **more: object) -> list[tuple[str, str]]:
    found = next_questions(compile_library(whole), known, ON, **more)  # type: ignore[arg-type]
    return [(one.fact, one.reason.value) for one in found]


def _relevant(text: str) -> Condition:
    return Condition(text, parse(text, WORDS))


FRAMEWORK: dict[str, Fact] = FACTS | {
    "nombre": fact("nombre", FactType.INTEGER, relevant_if=_relevant("technique = accord_cadre"), neutral=1),
    "lieu": fact("lieu", FactType.TEXT, relevant_if=_relevant("lots = oui"), neutral=""),
}


def test_fact_deciding_most_clauses_comes_first_then_the_order_of_the_canvas() -> None:
    whole = library(
        clause("a.un", "nombre > 1"),
        clause("a.deux", "lots = oui"),
        clause("a.trois", "lots = non ou technique = aucune"),
    )
    found = next_questions(compile_library(whole), {}, ON, "ccap")
    assert found == (
        Question("lots", Reason.CONDITION, ("a.deux", "a.trois")),
        Question("nombre", Reason.CONDITION, ("a.un",)),
        Question("technique", Reason.CONDITION, ("a.trois",)),
    )


def test_constant_condition_is_decided_without_asking() -> None:
    whole = library(
        clause("a.un", "lots = oui ou lots = non"),
        clause("a.deux", "nombre > 3 et nombre < 2"),
        clause("a.trois", "montant >= seuil et montant < seuil"),
    )
    compiled = compile_library(whole)
    evaluation = compiled.evaluate({}, on=ON)
    assert set(evaluation.outcomes.values()) == {Outcome.UNKNOWN}
    assert decided(compiled, evaluation) == {
        "a.un": Outcome.INCLUDED,
        "a.deux": Outcome.EXCLUDED,
        "a.trois": Outcome.EXCLUDED,
    }
    assert asked(whole, {}) == []


def test_known_facts_take_part_in_the_decision() -> None:
    whole = library(clause("a.un", "modes contient bdc et (nombre > 3 ou nombre <= 3)"))
    assert asked(whole, {"modes": frozenset({"bdc"})}) == []
    assert asked(whole, {"modes": frozenset({"ms"})}) == []
    assert asked(whole, {}) == [("modes", "condition"), ("nombre", "condition")]


def test_figure_without_value_decides_nothing() -> None:
    whole = library(clause("a.un", "montant >= seuil"))
    compiled = compile_library(whole)
    evaluation = compiled.evaluate({"montant": Decimal(1)}, on=date(2000, 1, 1))
    assert decided(compiled, evaluation) == {"a.un": Outcome.UNKNOWN}


def test_relevance_is_asked_before_what_hangs_on_it() -> None:
    whole = library(clause("a.un", "nombre >= 2"), known=FRAMEWORK)
    assert asked(whole, {}) == [("technique", "condition")]
    assert asked(whole, {"technique": "accord_cadre"}) == [("nombre", "condition")]
    assert asked(whole, {"technique": "aucune"}) == []


def test_filters_and_figures_are_asked_too() -> None:
    whole = library(clause("a.un", "montant >= seuil", contract_types=("T",), procedures=("AOO",)))
    assert asked(whole, {}) == [
        (key, "condition")
        for key in ("type_contrat", "procedure", "montant", "categorie_acheteur", "nature_achat")
    ]
    assert asked(whole, {"type_contrat": "F"}) == []
    answered: dict[str, Value] = {"type_contrat": "T", "procedure": "AOO", "montant": Decimal(150000)}
    assert asked(whole, answered) == [("categorie_acheteur", "condition"), ("nature_achat", "condition")]


def test_variables_of_included_clauses_come_after() -> None:
    whole = library(
        clause("a.un", "lots = oui", variables=("nombre", "lieu"), body="Il y a {{nombre}} lots à {{lieu}}."),
        clause("a.deux", "technique = aucune", variables=("taux",), body="Au taux de {{taux}}."),
    )
    assert asked(whole, {"lots": True, "nombre": 3}) == [("technique", "condition"), ("lieu", "variable")]
    assert asked(whole, {"lots": True, "technique": "accord_cadre"}, clauses=("a.un",)) == [
        ("nombre", "variable"),
        ("lieu", "variable"),
    ]


def test_variable_shown_only_in_a_block_that_does_not_hold_is_not_asked() -> None:
    body = "Un texte.\n\n::: si lots = oui\nÀ {{lieu}}.\n:::"
    whole = library(clause("a.un", variables=("lieu", "absent"), body=body))
    assert asked(whole, {}) == [("lots", "variable")]
    assert asked(whole, {"lots": False}) == []
    assert asked(whole, {"lots": True}) == [("lieu", "variable")]


def test_condition_of_a_derogation_is_asked() -> None:
    when = Condition("", parse("lots = oui", WORDS))
    whole = library(clause("a.un", derogations=(Derogation("FCS", "14.1", when), Derogation("FCS", "14.2"))))
    assert asked(whole, {}) == [("lots", "variable")]


def test_faulty_body_asks_for_its_variables() -> None:
    for body in ("::: si\n", "::: si zzz = 1\n{{lieu}}\n:::"):
        whole = library(clause("a.un", variables=("lieu",), body=body))
        assert asked(whole, {}) == [("lieu", "variable")]


def test_computed_fact_asks_for_what_it_is_computed_from() -> None:
    known = facts(
        fact("duree_execution", FactType.DURATION),
        fact("duree_mois", FactType.INTEGER, source=Source.COMPUTED),
        fact("montant_marche", FactType.AMOUNT),
        fact("avance_due", FactType.BOOL, source=Source.COMPUTED),
    )
    figures = [
        Parameter("avance_seuil_montant", Decimal(50000), date(2020, 1, 1)),
        Parameter("avance_seuil_duree_mois", Decimal(2), date(2020, 1, 1)),
    ]
    words = vocabulary(known, figures)
    whole = library(clause("a.un", "avance_due = oui", words), known=known, parameters=figures)
    assert asked(whole, {}) == [("montant_marche", "condition"), ("duree_execution", "condition")]
    assert asked(whole, {"montant_marche": Decimal(60000)}) == [("duree_execution", "condition")]
    assert asked(whole, {"montant_marche": Decimal(1)}) == []


def _answered(
    compiled: Compiled, truth: dict[str, Value], order: random.Random
) -> tuple[dict[str, Outcome], set[str]]:
    """Answer the questions in a random order until there is none; return the outcomes and what was asked."""
    known: dict[str, Value] = {}
    while questions := next_questions(compiled, known, ON):
        chosen = order.choice(questions).fact
        assert chosen not in known
        known[chosen] = truth[chosen]
    return decided(compiled, compiled.evaluate(known, on=ON)), set(known)


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions(), min_size=1, max_size=4), st.data())
def test_any_order_of_answers_ends_in_the_same_document(nodes: list[Node], data: st.DataObject) -> None:
    from dataclasses import replace

    clauses = [
        replace(clause(f"a.c{place}"), condition=Condition("", node)) for place, node in enumerate(nodes)
    ]
    compiled = compile_library(library(*clauses, known=FRAMEWORK))
    truth = {key: data.draw(values(one)) for key, one in FRAMEWORK.items()}
    expected = compiled.evaluate(truth, on=ON).outcomes
    for seed in range(3):
        outcomes, questions = _answered(compiled, truth, random.Random(seed))
        assert outcomes == expected
        settled = compiled.settle(truth, ON)
        assert not questions & settled.irrelevant


def test_search_that_takes_too_long_leaves_the_question(monkeypatch: object) -> None:
    from clauses.rules import questions

    whole = library(clause("a.un", "lots = oui ou lots = non"))
    compiled = compile_library(whole)
    patch = __import__("pytest").MonkeyPatch()
    patch.setattr(questions, "_BUDGET", 0)
    try:
        assert asked(whole, {}) == [("lots", "condition")]
    finally:
        patch.undo()
    assert len(list(draws(compiled, 3, 1))) == 3
