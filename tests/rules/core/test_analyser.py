import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.core.search.analyser import fold, search_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Rénovation énergétique des écoles", "renov energet ecol"),
        ("renovations energetiques ecole", "renov energet ecol"),
        ("L’entretien d'espaces verts", "entretien espac vert"),
        ("qu'il s’agisse jusqu’au bout", "agiss bout"),
        ("Aujourd’hui", "aujourdhui"),
        ("presqu’île", "presqu ile"),
        ("Œuvre à l'été", "oeuvr ete"),
        ("sous-traitance", "sous traitanc"),
        ("Marché 2026-000123, lot n° 12", "march 2026 000123 lot n 12"),
        ("26S0012", "26s0012"),
        ('NEAR("plomb*" OR zinc) -toiture', "near plomb or zinc toitur"),
        ("snake_case", "snak cas"),
        ("", ""),
        ("de la des", ""),
    ],
)
def test_search_terms_of(text, terms):
    assert search_terms(text) == terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pénalités", "penalite"),
        ("Pénalité", "PENALITES"),
        ("élèves", "eleve"),
        ("l'hôpital", "hopital"),
        ("e\u0301coles", "écoles"),
        ("où", "ou"),
        ("d’œuvres", "oeuvre"),
    ],
)
def test_search_terms_meet(one, other):
    assert search_terms(one) == search_terms(other)


def test_fold_drops_accents_and_case():
    assert fold("ÉCOLE d’Œuvre") == "ecole d’oeuvre"


def test_search_terms_from_another_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(search_terms("les écoles")))
    thread.start()
    thread.join()
    assert found == ["ecol"]


@given(st.text())
def test_search_terms_hold_no_query_syntax(text):
    assert all(term.isalnum() for term in search_terms(text).split())


@given(st.text())
def test_search_terms_ignore_case_and_accents(text):
    assert search_terms(fold(text)) == search_terms(text)
