"""Explanations: filters, the whole tree with its values, the nearest change, one French sentence."""

from datetime import date
from decimal import Decimal

import pytest

from clauses.rules.evaluate import Outcome, compile_library
from clauses.rules.explain import Explanation, explain
from clauses.rules.lang import parse
from clauses.rules.model import Clause, Condition, Fact, FactType, Validity, Value
from tests.factories.clause_rules import FACTS, ON, WORDS, clause, fact, library

STATE: dict[str, Value] = {"categorie_acheteur": "etat", "nature_achat": "services"}


def explained(one: Clause, facts: dict[str, Value], on: date = ON, **more: object) -> Explanation:
    known = more.pop("known", FACTS)
    compiled = compile_library(library(one, known=known))  # type: ignore[arg-type]
    return explain(compiled, one.id, facts, on, **more)  # type: ignore[arg-type]


def sentence(condition: str, facts: dict[str, Value], **more: object) -> str:
    return explained(clause("a.b", condition), facts, **more).sentence  # type: ignore[arg-type]


SOCIAL = {
    "op": "et",
    "value": False,
    "args": [
        {
            "op": ">=",
            "fact": "montant",
            "actual": "139000.00",
            "expected": {
                "parameter": "seuil",
                "value": "140000.00",
                "from": "2026-01-01",
                "to": "2027-12-31",
                "source": "avis",
            },
            "value": False,
        },
        {"op": "=", "fact": "lots", "actual": True, "expected": True, "value": True},
    ],
}


def test_excluded_clause_is_explained_as_the_contract_says() -> None:
    one = clause("ccap.sociale", "montant >= seuil et lots = oui", bases=("CCP:L2112-2-1",))
    found = explained(one, STATE | {"montant": Decimal("139000.00"), "lots": True}, version="sha256:00")
    assert found.as_json() == {
        "clause": "ccap.sociale",
        "version": "sha256:00",
        "outcome": "excluded",
        "on": "2026-09-01",
        "filters": [
            {"name": "vigueur", "expected": ["", ""], "actual": "2026-09-01", "value": True},
            {"name": "types_contrat", "expected": ["*"], "actual": None, "value": True},
            {"name": "procedures", "expected": ["*"], "actual": None, "value": True},
        ],
        "condition": SOCIAL,
        "legal_bases": ["CCP:L2112-2-1"],
        "nearest": [{"fact": "montant", "op": ">=", "value": "140000.00"}],
        "sentence": (
            "Clause écartée : montant 139\u202f000,00\u00a0€\u00a0HT < seuil européen 140\u202f000,00\u00a0€\u00a0HT"
            " (01/01/2026–31/12/2027)."
        ),
        "next_questions": [],
    }


def test_included_clause_says_what_holds() -> None:
    assert sentence("lots = oui ou nombre > 3", {"nombre": 4}) == "Clause présente : nombre 4 > 3."
    assert sentence("lots = oui et nombre dans (1, 2)", {"lots": True, "nombre": 2}) == (
        "Clause présente : lots : oui; nombre «\u00a02\u00a0»."
    )
    found = explained(clause("a.b"), {})
    assert found.sentence == "Clause présente : elle ne dépend d’aucune réponse."
    assert (found.condition, found.outcome) == (None, Outcome.INCLUDED)


def test_waiting_clause_names_its_questions() -> None:
    found = explained(clause("a.b", "lots = oui et montant >= seuil"), {"lots": True})
    assert found.outcome is Outcome.UNKNOWN
    assert found.next_questions == ("montant", "categorie_acheteur", "nature_achat")
    assert found.sentence == (
        "Clause en attente : répondez à «\u00a0montant\u00a0», «\u00a0categorie_acheteur\u00a0», «\u00a0nature_achat\u00a0»."
    )


@pytest.mark.parametrize(
    ("condition", "facts", "nearest"),
    [
        ("lots = oui et nombre > 3 ou lots = oui et technique = aucune et nombre = 0",
         {"lots": False, "nombre": 0, "technique": "aucune"}, [("lots", "=", True)]),
        ("non (lots = oui)", {"lots": True}, [("lots", "!=", True)]),
        ("non modes contient bdc", {"modes": frozenset({"bdc"})}, [("modes", "non contient", "bdc")]),
        ("non nombre dans (1, 2)", {"nombre": 1}, [("nombre", "non dans", [1, 2])]),
        ("non nombre > 3", {"nombre": 5}, [("nombre", "<=", 3)]),
        ("modes contient ms", {"modes": frozenset()}, [("modes", "contient", "ms")]),
        ("technique = aucune et technique = accord_cadre ou nombre > 1 et lots = oui",
         {"technique": "aucune", "nombre": 0, "lots": False}, [("nombre", ">", 1), ("lots", "=", True)]),
    ],
)  # fmt: skip
def test_nearest_change_is_the_legal_box_with_fewest_failures(
    condition: str, facts: dict[str, Value], nearest: list[tuple[str, str, object]]
) -> None:
    found = explained(clause("a.b", condition), facts)
    assert [(one.fact, one.op, one.value) for one in found.nearest] == nearest


def test_made_nearest_change_includes_the_clause() -> None:
    one = clause("a.b", "(lots = oui ou nombre >= 2) et technique = accord_cadre")
    facts: dict[str, Value] = {"lots": False, "nombre": 1, "technique": "accord_cadre"}
    (change,) = explained(one, facts).nearest
    assert (change.fact, change.op, change.value) == ("lots", "=", True)
    assert explained(one, facts | {"lots": True}).outcome is Outcome.INCLUDED


def test_failed_filters_are_said_and_proposed() -> None:
    one = clause("a.b", "lots = oui", contract_types=("T", "F"), procedures=("MAPA",))
    found = explained(one, {"type_contrat": "S", "procedure": "AOO", "lots": True})
    assert found.sentence == (
        "Clause écartée : type_contrat «\u00a0S\u00a0» et non «\u00a0T\u00a0» ou «\u00a0F\u00a0» ;"
        " procedure «\u00a0AOO\u00a0» et non «\u00a0MAPA\u00a0»."
    )
    assert [(change.fact, change.op, change.value) for change in found.nearest] == [
        ("type_contrat", "dans", ["T", "F"]),
        ("procedure", "dans", ["MAPA"]),
    ]
    unanswered = explained(one, {"type_contrat": "S"})
    assert unanswered.sentence.endswith("«\u00a0F\u00a0».")


def test_validity_and_document_are_said() -> None:
    one = clause("a.b", validity=Validity(date(2026, 8, 22), date(2026, 12, 31)))
    assert explained(one, {}, date(2026, 8, 21)).sentence == (
        "Clause écartée : elle n’est en vigueur qu’à partir du 22/08/2026."
    )
    assert explained(one, {}, date(2027, 1, 1)).sentence == (
        "Clause écartée : elle n’est plus en vigueur depuis le 31/12/2026."
    )
    other = explained(clause("a.b", documents=("RC",)), {}, canvas="ccap")
    assert other.sentence == "Clause écartée : elle n’est pas faite pour le document CCAP."
    assert [one.name for one in other.filters][1] == "documents"


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ("technique = accord_cadre", {"technique": "aucune"}, "technique «\u00a0aucune\u00a0» et non «\u00a0accord_cadre\u00a0»"),
        ("technique != aucune", {"technique": "aucune"}, "technique «\u00a0aucune\u00a0»"),
        ("modes contient bdc", {"modes": frozenset()}, "modes ne contient pas «\u00a0bdc\u00a0»"),
        ('lieu = "Lyon"', {"lieu": "Paris"}, "lieu «\u00a0Paris\u00a0» et non «\u00a0Lyon\u00a0»"),
        ("delai <= 3 jours", {"delai": None}, ""),
        ("nombre = 3", {"nombre": 2}, "nombre 2 ≠ 3"),
        ("nombre >= seuil_entier", {"nombre": 2}, "nombre 2 < seuil entier 3 (depuis le 01/01/2020)"),
        ("jour >= reforme", {"jour": date(2026, 1, 1)}, "jour 01/01/2026 < reforme 22/08/2026 (depuis le 01/01/2020)"),
        ("nombre dans (3, 4)", {"nombre": 2}, "nombre «\u00a02\u00a0» et non 3 ou 4"),
    ],
)  # fmt: skip
def test_comparison_is_said_as_it_is(condition: str, facts: dict[str, Value], expected: str) -> None:
    known = {key: value for key, value in facts.items() if value is not None}
    if expected:
        assert sentence(condition, known) == f"Clause écartée : {expected}."
    else:
        assert explained(clause("a.b", condition), known).outcome is Outcome.UNKNOWN


def test_fact_without_object_is_said_so() -> None:
    only = Condition("", parse("technique = accord_cadre", WORDS))
    known: dict[str, Fact] = FACTS | {"lots": fact("lots", FactType.BOOL, relevant_if=only, neutral=False)}
    found = explained(clause("a.b", "lots = oui"), {"technique": "aucune"}, known=known)
    assert found.sentence == "Clause écartée : lots : non (sans objet ici)."
    assert found.condition is not None
    assert found.condition["irrelevant"] is True


def test_figure_without_value_is_unknown_and_said() -> None:
    found = explained(
        clause("a.b", "montant >= seuil et lots = oui"),
        STATE | {"montant": Decimal(1), "lots": False},
        date(2020, 1, 1),
    )
    assert found.condition is not None
    assert found.condition["args"][0]["expected"] == {"parameter": "seuil", "value": None}
    assert [(one.fact, one.value) for one in found.nearest] == [("montant", None), ("lots", True)]
    assert "seuil (sans valeur le 01/01/2020)" in found.sentence


def test_label_keeps_an_acronym_and_loses_a_capital() -> None:
    from dataclasses import replace

    from clauses.rules.explain.words import name
    from clauses.rules.model import Label

    assert name(replace(FACTS["lots"], label=Label("CCAG applicable"))) == "CCAG applicable"
    assert name(replace(FACTS["lots"], label=Label("Lots prévus"))) == "lots prévus"


def test_unanswered_comparison_says_so() -> None:
    from clauses.rules.explain import phrase
    from clauses.rules.model import Atom

    atom = parse("lots = oui", WORDS)
    assert isinstance(atom, Atom)
    snapshot = compile_library(library()).settle({}, ON)
    assert phrase(atom, holds=False, snapshot=snapshot) == "lots : réponse attendue"


def test_search_beyond_its_budget_takes_the_nearest_box_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from clauses.rules.analyse import Budget
    from clauses.rules.explain import nearest

    monkeypatch.setattr(nearest, "Budget", lambda: Budget(0))
    found = explained(clause("a.b", "technique = aucune et technique = accord_cadre ou nombre > 1 et lots = oui"),
                      {"technique": "aucune", "nombre": 0, "lots": False})  # fmt: skip
    assert [(one.fact, one.value) for one in found.nearest] == [("technique", "accord_cadre")]
