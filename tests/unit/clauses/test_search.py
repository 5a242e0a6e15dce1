"""Search: the same answers in the same order on both engines, whatever the accents, the spelling of articles, the hyphens."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clauses import models, search, service
from clauses.queries import ReleaseView, edition

ALL = ["ccap.derogations", "ccap.objet", "ccap.penalites", "ccap.prix", "ccap.sociale", "rc.criteres"]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("penalite", ["ccap.penalites"]),
        ("pénalités", ["ccap.penalites"]),
        ("PENALITES retard", ["ccap.penalites"]),
        ("penalite plafond", ["ccap.penalites"]),
        ("plafond", ["ccap.penalites"]),
        ("plafonner", ["ccap.penalites"]),
        ("R. 2191-7", ["ccap.penalites"]),
        ("art. R2191-7", ["ccap.penalites"]),
        ("CCP:R2191-7", ["ccap.penalites"]),
        ("R2191", ["ccap.penalites"]),
        ("R2191-70", []),
        ("L2112-2", ["ccap.objet", "ccap.sociale"]),
        ("L2112-2-1", ["ccap.sociale"]),
        ("sous-traitance", ["ccap.penalites"]),
        ("soustraitance", ["ccap.penalites"]),
        ("sous traitance", ["ccap.penalites"]),
        ("l’objet", ["ccap.objet"]),
        ("l'objet", ["ccap.objet"]),
        ("prix", ["ccap.prix"]),
        ("introuvable", []),
        ("de la", []),
        ("100 % _", []),
    ],
)
def test_search_finds(session: Session, release: ReleaseView, words: str, keys: list[str]) -> None:
    synonyms = edition(session, release.id).library.synonyms
    found = search.search(session, [release.id], words, synonyms=synonyms)
    assert sorted(one.key for one in found) == keys


def test_words_in_the_title_come_first(session: Session, release: ReleaseView) -> None:
    found = search.search(session, [release.id], "marche")
    assert [one.key for one in found] == ["ccap.objet"]
    (first, *_others) = search.search(session, [release.id], "criteres")
    assert (first.key, first.documents) == ("rc.criteres", ("RC",))


def test_search_within_a_document(session: Session, release: ReleaseView) -> None:
    found = search.search(session, [release.id], "ccap", document="RC")
    assert found == []
    every = search.search(session, [release.id], "ccap", limit=3)
    assert [one.key for one in every] == ["ccap.derogations", "ccap.objet", "ccap.penalites"]


def test_ligatures_are_folded() -> None:
    assert search.terms("œuvre") == search.terms("oeuvre")


def test_terms_are_made_anew_after_the_stemmer_has_changed(session: Session, release: ReleaseView) -> None:
    assert not search.outdated(session)
    session.execute(
        update(models.ClauseTerms).values(stemmer="old", search_terms=" rien ", title_terms=" rien ")
    )
    assert search.outdated(session)
    assert search.search(session, [release.id], "prix") == []
    assert service.reindex(session) == len(ALL)
    assert not search.outdated(session)
    assert [one.key for one in search.search(session, [release.id], "prix")] == ["ccap.prix"]
    assert set(session.scalars(select(models.ClauseTerms.stemmer))) == {search.STEMMER}
