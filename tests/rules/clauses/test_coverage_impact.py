"""Articles: one written form, who rests on them, what a reform obliges to review."""

from datetime import date
from decimal import Decimal

import pytest

from clauses.rules.coverage import articles_of, clauses_reading, coverage, impact, normalise
from clauses.rules.derogations import Derogation as Line
from clauses.rules.derogations import article_order, derogations
from clauses.rules.evaluate import compile_library
from clauses.rules.lang import parse, vocabulary
from clauses.rules.model import Condition, Derogation, FactType, Parameter, Source
from tests.factories.clause_rules import FACTS, ON, WORDS, clause, fact, library


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("R. 2191-7", "CCP:R2191-7"),
        ("art. R2191-7", "CCP:R2191-7"),
        ("CCP:R2191-7", "CCP:R2191-7"),
        ("Article R 2191-7", "CCP:R2191-7"),
        ("articles L.2112-2-1", "CCP:L2112-2-1"),
        ("r2191-7 du code de la commande publique", "CCP:R2191-7"),
        ("L. 8222-1 du Code du travail", "CTRAV:L8222-1"),
        ("L. 541-1 du code de l'environnement", "CENV:L541-1"),
        ("R2191‑7", "CCP:R2191-7"),
        ("ccp:L6", "CCP:L6"),
        ("CCIV:1792-4-1", "CCIV:1792-4-1"),
        ("RGPD:28", "RGPD:28"),
        ("RUE:2016/7", "RUE:2016/7"),
        ("LOI-2005-102:47", "LOI-2005-102:47"),
        ("L. 1 du code de la route", None),
        ("XYZ:L1", None),
        ("bonjour", None),
        ("", None),
        ("CCP:", None),
    ],
)
def test_article_has_one_written_form(text: str, article: str | None) -> None:
    assert normalise(text) == article


KNOWN = FACTS | {
    "duree_execution": fact("duree_execution", FactType.DURATION),
    "duree_mois": fact("duree_mois", FactType.INTEGER, source=Source.COMPUTED),
}
FIGURES = (
    Parameter("seuil", Decimal(1), date(2026, 1, 1), source="article R. 2124-1 du code"),
    Parameter("autre", Decimal(1), date(2026, 1, 1), source="avis"),
)
LIBRARY = library(
    clause("a.un", "montant >= seuil", bases=("CCP:L2112-2", "libre")),
    clause(
        "a.deux", "duree_mois > 3", vocabulary(KNOWN, FIGURES), bases=("R. 2191-7",), documents=("RC", "CCAP")
    ),
    clause("a.trois"),
    known=KNOWN,
    parameters=FIGURES,
)


def test_coverage_links_articles_to_clauses_and_to_computed_facts() -> None:
    assert coverage(LIBRARY) == {
        "CCP:L2112-2": ("a.un",),
        "CCP:R2112-4": ("a.deux",),
        "CCP:R2191-7": ("a.deux",),
        "libre": ("a.un",),
    }
    assert articles_of(LIBRARY, LIBRARY.clauses["a.trois"]) == ()


def test_impact_names_clauses_parameters_and_what_is_no_article() -> None:
    found = impact(LIBRARY, ["art. R2191-7", "R 2191-7", "L. 2112-2", "R2124-1", "rien", " "])
    assert found.articles == ("CCP:R2191-7", "CCP:L2112-2", "CCP:R2124-1")
    assert found.unknown == ("rien",)
    assert [(one.clause, one.articles, one.documents) for one in found.clauses] == [
        ("a.un", ("CCP:L2112-2",), ("CCAP",)),
        ("a.deux", ("CCP:R2191-7",), ("RC", "CCAP")),
    ]
    assert found.parameters == ("seuil",)
    assert clauses_reading(LIBRARY, ["seuil"]) == ("a.un",)


def test_derogations_are_those_of_the_ccag_that_hold_sorted_by_article() -> None:
    known = FACTS | {"ccag": fact("ccag", FactType.ENUM, "aucun", "FCS", "TIC")}
    when = Condition("", parse("lots = oui", WORDS))
    clauses = [
        clause(
            "a.un",
            derogations=(Derogation("FCS", "14.1"), Derogation("TIC", "1"), Derogation("FCS", "4.2", when)),
        ),
        clause("a.deux", derogations=(Derogation("FCS", "14.1", when), Derogation("FCS", "4.2.a"))),
    ]
    compiled = compile_library(library(*clauses, known=known))
    held = derogations(
        clauses, compiled.settle({"ccag": "FCS", "lots": True}, ON), [Line("FCS", "3", "a.trois")]
    )
    assert [(one.article, one.clause) for one in held] == [
        ("3", "a.trois"), ("4.2", "a.un"), ("4.2.a", "a.deux"), ("14.1", "a.deux"), ("14.1", "a.un"),
    ]  # fmt: skip
    waiting = derogations(clauses, compiled.settle({"ccag": "FCS"}, ON))
    none = derogations(clauses, compiled.settle({"ccag": "FCS", "lots": False}, ON))
    assert [one.article for one in none] == ["4.2.a", "14.1"]
    assert waiting == none
    for value in ("aucun", None):
        snapshot = compiled.settle({"ccag": value} if value else {}, ON)
        assert derogations(clauses, snapshot, [Line("FCS", "3", "a.trois")]) == ()
    assert article_order("4.2") < article_order("14.1")
