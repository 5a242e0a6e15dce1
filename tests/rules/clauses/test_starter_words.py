"""The starter library is words: none is a placeholder, none is written twice, and nobody is said to have validated them."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest

from clauses.files.reader import read_library
from clauses.rules import body
from clauses.rules.analyse import analyse
from clauses.rules.evaluate.snapshot import Resolver
from clauses.rules.model import Clause, FactType, Library, Nature
from clauses.rules.params import ParameterTable, Situation

STARTER = Path(__file__).parents[3] / "clauses" / "starter"
SHORTEST_BODY = 120
NEAR = 0.25
#: Of the outline; the annex on personal data and the internal report are counted apart.
DOCUMENTS = {"RC": 55, "AE": 14, "CCAP": 67, "CCP": 71, "CCTP": 9}
#: Figures of the law that a body says in words: the clause, its words, the parameter and its value.
SAID = [
    ("rc.information_rejet", "dans les quinze jours", "motifs_rejet_mapa_jours", 15),
    ("rc.information_rejet", "au moins onze jours", "delai_suspension_formalisee", 11),
    ("rc.information_rejet", "seize jours", "delai_suspension_autre", 16),
    ("rc.dce.modification", "six jours avant", "reponse_questions_jours", 6),
    ("rc.dce.modification", "quatre jours avant", "reponse_questions_urgence_jours", 4),
    ("rc.marches_similaires", "dans les trois ans", "marches_similaires_duree_mois", 36),
    ("rc.reservation.ess", "ne dépasse pas trois ans", "marche_reserve_ess_duree_mois", 36),
    ("rc.reservation.handicap", "la moitié au moins", "reservation_part_min", 50),
    ("rc.reservation.insertion", "au moins 50 %", "reservation_part_min", 50),
    ("ccap.sous_traitance", "vingt et un jours", "acceptation_sous_traitant_jours", 21),
]
STRAIGHT = re.compile(r"[a-zéèàç]'[a-zéèàœ]", re.IGNORECASE)


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(STARTER)


def _runs(clause: Clause) -> set[tuple[str, ...]]:
    """Return the runs of three words of a body: two texts that share many were copied."""
    words = re.findall(r"\w+", clause.body.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def test_the_starter_holds_the_clauses_of_the_outline(library: Library) -> None:
    counted = Counter(document for clause in library.clauses.values() for document in clause.documents)
    assert len(library.clauses) == 122
    assert {document: counted[document] for document in DOCUMENTS} == DOCUMENTS


def test_the_analysis_finds_nothing_and_every_example_passes(library: Library) -> None:
    analysis = analyse(library)
    assert [one.text for one in analysis.findings] == []
    assert (analysis.examples_run >= 244, analysis.examples_failed) == (True, 0)


def test_no_body_is_a_stub(library: Library) -> None:
    short = [
        clause.id
        for clause in library.clauses.values()
        if clause.nature is not Nature.FREE and len(clause.body) < SHORTEST_BODY
    ]
    assert short == []


def test_no_two_bodies_say_nearly_the_same(library: Library) -> None:
    said = {clause.id: _runs(clause) for clause in library.clauses.values()}
    near = [
        (one, other)
        for one, other in combinations(said, 2)
        if len(said[one] & said[other]) > NEAR * min(len(said[one]), len(said[other]))
    ]
    assert near == []


def test_every_clause_is_to_be_validated_and_helped(library: Library) -> None:
    lacking = [
        clause.id
        for clause in library.clauses.values()
        if clause.legal_status.validated
        or not (clause.help.short and clause.help.example and clause.help.pitfalls)
    ]
    assert lacking == []


def test_every_clause_shows_words_that_its_presence_brings(library: Library) -> None:
    silent = [
        clause.id
        for clause in library.clauses.values()
        if not any(example.present and example.contains for example in clause.examples)
    ]
    assert silent == []


def test_bodies_ask_for_their_declared_variables_only(library: Library) -> None:
    for clause in library.clauses.values():
        named = {
            place.name for place in body.places(body.parse(clause.body)) if place.kind is body.PlaceKind.VALUE
        }
        assert (clause.id, named - set(clause.variables)) == (clause.id, set())


def test_apostrophes_are_typographic(library: Library) -> None:
    texts = {
        clause.id: " ".join(
            (clause.title, clause.body, clause.help.short, clause.help.example, *clause.help.pitfalls)
        )
        for clause in library.clauses.values()
    }
    texts |= {fact.key: f"{fact.label.fr} {fact.question} {fact.help}" for fact in library.facts.values()}
    assert [key for key, text in texts.items() if STRAIGHT.search(text)] == []


def test_every_fact_is_labelled_twice_and_every_question_has_help(library: Library) -> None:
    unlabelled = [key for key, fact in library.facts.items() if not (fact.label.fr and fact.label.en)]
    unhelped = [key for key, fact in library.facts.items() if fact.question and not fact.help]
    assert (unlabelled, unhelped) == ([], [])


def test_every_walkthrough_named_by_a_clause_exists_and_has_steps(library: Library) -> None:
    named = {clause.help.walkthrough for clause in library.clauses.values()} - {""}
    assert named == set(library.walkthroughs)
    assert all(len(visit.steps) >= 3 for visit in library.walkthroughs.values())


def test_no_figure_of_the_law_is_said_to_be_verified(library: Library) -> None:
    assert [one.key for one in library.parameters if one.verified_by or not one.source] == []


@pytest.mark.parametrize(
    ("buyer", "nature", "on", "expected"),
    [
        ("etat", "services", date(2026, 9, 1), "140000"),
        ("autre_pouvoir_adjudicateur", "fournitures", date(2026, 9, 1), "216000"),
        ("entite_adjudicatrice", "services", date(2026, 9, 1), "432000"),
        ("etat", "travaux", date(2026, 9, 1), "5404000"),
        ("etat", "services", date(2025, 12, 31), "143000"),
        ("autre_pouvoir_adjudicateur", "travaux", date(2025, 12, 31), "5538000"),
        ("etat", "services_sociaux", date(2026, 9, 1), "750000"),
    ],
)
def test_the_european_threshold_depends_on_buyer_nature_and_day(
    library: Library, buyer: str, nature: str, on: date, expected: str
) -> None:
    table = ParameterTable(library.parameters, library.facts)
    found = table.find("seuil_europeen", Situation(on, buyer, nature))
    assert found is not None
    assert found.value == Decimal(expected)


@pytest.mark.parametrize(("clause", "words", "key", "figure"), SAID)
def test_figures_that_bodies_say_in_words_are_those_of_the_table(
    library: Library, clause: str, words: str, key: str, figure: int
) -> None:
    found = {one.value for one in library.parameters if one.key == key}
    assert (words in library.clauses[clause].body, found) == (True, {figure})


def test_questions_end_as_questions_and_helps_are_short(library: Library) -> None:
    asked = {key: fact for key, fact in library.facts.items() if fact.question}
    assert [key for key, fact in asked.items() if not fact.question.endswith(" ?")] == []
    assert [key for key, fact in asked.items() if len(fact.question) > 130 or len(fact.help) > 260] == []


def test_a_sentence_that_a_text_ends_has_its_full_stop(library: Library) -> None:
    ends = re.compile(r"\S \{\{(\w+)\}\}$", re.MULTILINE)
    open_ended = [
        (clause.id, key)
        for clause in library.clauses.values()
        for key in ends.findall(clause.body)
        if library.facts[key].type in {FactType.TEXT, FactType.PIECE}
    ]
    assert open_ended == []


def test_threshold_of_direct_payment_is_computed_and_never_asked(library: Library) -> None:
    settled = Resolver(library).settle({"seuil_paiement_direct": Decimal(1)}, date(2026, 9, 1))
    assert settled.values["seuil_paiement_direct"] == Decimal(600)
    assert library.facts["seuil_paiement_direct"].question == ""
