"""Simulation: legal draws, repeatable, that reach both sides of every figure; on the starter, what the law wants is there."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from clauses.files.reader import read_library
from clauses.rules.evaluate import Compiled, Evaluation, Outcome, compile_library
from clauses.rules.lang import parse, vocabulary
from clauses.rules.model import Condition, Domain, FactType, Parameter, Source, Validity
from clauses.rules.simulate import draws, simulate
from tests.factories.clause_rules import FACTS, WORDS, clause, fact, facts, library

STARTER = Path(__file__).resolve().parents[3] / "clauses" / "starter"
DRAWS, SEED = 2_000, 7
#: The reform of 22 August 2026 is in force.
ON = date(2026, 9, 1)


def test_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    compiled = compile_library(library(clause("a.un", "montant >= seuil")))
    assert list(draws(compiled, 20, 1)) == list(draws(compiled, 20, 1))
    assert list(draws(compiled, 20, 1)) != list(draws(compiled, 20, 2))


def test_draws_reach_both_sides_of_figures_literals_and_validities() -> None:
    reform = Validity(date(2026, 8, 22))
    whole = library(
        clause("a.un", "montant >= seuil", validity=reform),
        clause("a.deux", "montant < seuil"),
        clause("a.trois", "nombre = 3 et jour > 2026-08-22 et delai < 3 jours"),
        clause("a.quatre", "lots = oui et lots = non"),
        clause("a.cinq", "modes contient bdc et mois < 2026-03 et taux > 0.5 et instant > 2026-08-22T10:00Z"),
    )
    found = simulate(compile_library(whole), 800, 3)
    assert found.never == ("a.quatre",)
    assert found.as_json()["never"] == ["a.quatre"]
    assert (found.as_json()["n"], found.as_json()["seed"], found.as_json()["unknown"]) == (800, 3, {})
    size = found.sizes["ccap"]
    assert 0 <= size.least <= size.mean <= size.most <= 4


def test_draws_are_legal() -> None:
    only = Condition("", parse("lots = oui", WORDS))
    known = FACTS | {
        "nombre": fact(
            "nombre", FactType.INTEGER, domain=Domain(minimum=1, maximum=9), relevant_if=only, neutral=0
        ),
        "modes": fact(
            "modes", FactType.SET, domain=Domain(FACTS["modes"].domain.values, min_size=1, max_size=1)
        ),
    }
    compiled = compile_library(library(clause("a.un", "nombre > 4"), known=known))
    for draw in draws(compiled, 60, 2, days=[ON]):
        assert draw.on == ON
        assert 1 <= draw.facts["nombre"] <= 9  # type: ignore[operator]
        assert len(draw.facts["modes"]) == 1  # type: ignore[arg-type]
        snapshot = compiled.settle(draw.facts, ON)
        assert (snapshot.values["nombre"] == 0) is (draw.facts["lots"] is False)


def test_computed_facts_are_drawn_through_what_they_are_computed_from() -> None:
    known = facts(
        fact("duree_execution", FactType.DURATION),
        fact("duree_mois", FactType.INTEGER, source=Source.COMPUTED),
        fact("montant_marche", FactType.AMOUNT, domain=Domain(minimum=Decimal(0))),
        fact("avance_due", FactType.BOOL, source=Source.COMPUTED),
    )
    figures = [
        Parameter("avance_seuil_montant", Decimal(50000), date(2020, 1, 1)),
        Parameter("avance_seuil_duree_mois", Decimal(2), date(2020, 1, 1)),
    ]
    words = vocabulary(known, figures)
    whole = library(
        clause("a.un", "avance_due = oui", words), clause("a.deux", "avance_due = non", words),
        known=known, parameters=figures,
    )  # fmt: skip
    assert simulate(compile_library(whole), 100, 1).never == ()


@cache
def starter() -> Compiled:
    return compile_library(read_library(STARTER))


def evaluations(days: list[date]) -> Iterator[tuple[Evaluation, dict[str, object]]]:
    for draw in draws(starter(), DRAWS, SEED, days=days):
        evaluation = starter().evaluate(draw.facts, on=draw.on)
        yield evaluation, dict(evaluation.snapshot.values)


def test_no_starter_clause_is_never_included() -> None:
    assert simulate(starter(), DRAWS, SEED).never == ()


def test_what_the_law_wants_is_in_every_simulated_document() -> None:
    for evaluation, values in evaluations([ON]):
        held = {key for key, outcome in evaluation.outcomes.items() if outcome is Outcome.INCLUDED}
        assert evaluation.unknown == ()
        # L2152-7: an environmental criterion, by weighted criteria or by the global cost.
        assert len(held & {"rc.criteres", "rc.criteres.cout_global"}) == 1
        # L2112-2: environmental conditions of execution.
        assert "ccap.environnement" in held
        threshold = evaluation.snapshot.parameter("seuil_europeen")
        assert threshold is not None
        above = values["montant_estime"] >= threshold.value  # type: ignore[operator]
        # L2112-2-1: a social condition at the thresholds, or the reason why not.
        social = held & {"ccap.sociale.obligatoire", "ccap.sociale.motivation"}
        assert len(social) == (1 if above else 0)
        # R2162-4: the maximum of a framework stands in the clause of its form.
        if values["technique"] == "accord_cadre":
            assert held & {"rc.forme.bdc", "rc.forme.subsequents"}
        # R2112-14: a revision clause beyond three months with raw materials.
        if values["duree_mois"] >= 4 and values["part_matieres_premieres"] == "importante":  # type: ignore[operator]
            assert "ccap.variation.cours_mondiaux" in held
