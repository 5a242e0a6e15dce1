"""Three-way upgrade of clauses: no local edit lost, nothing merged silently."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clauses.rules.upgrade import (
    Decision,
    Situation,
    UndecidedUpgrade,
    decide,
    merge,
    sentences,
    upgrade,
)

BASE = "Le délai est de trente jours. Le titulaire est prévenu. Il répond par écrit."
THEIRS = "Le délai est de trente jours. Le titulaire est prévenu. Il répond par voie électronique."
OURS = "Le délai est de quinze jours. Le titulaire est prévenu. Il répond par écrit."
MERGED = "Le délai est de quinze jours. Le titulaire est prévenu. Il répond par voie électronique."


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "situation", "text"),
    [
        (BASE, BASE, None, Situation.SAME, BASE),
        (BASE, BASE, BASE, Situation.SAME, BASE),
        (BASE, THEIRS, THEIRS, Situation.SAME, THEIRS),
        (BASE, THEIRS, None, Situation.TAKE, THEIRS),
        (BASE, THEIRS, BASE, Situation.TAKE, THEIRS),
        (BASE, BASE, OURS, Situation.KEEP, OURS),
        (BASE, THEIRS, OURS, Situation.DECIDE, None),
        (BASE, None, OURS, Situation.WITHDRAWN, OURS),
        (BASE, None, None, Situation.WITHDRAWN, BASE),
        (None, THEIRS, None, Situation.ADDED, THEIRS),
        (None, THEIRS, OURS, Situation.DECIDE, None),
    ],
)
def test_situation(
    base: str | None, theirs: str | None, ours: str | None, situation: Situation, text: str | None
) -> None:
    found = upgrade(base, theirs, ours)
    assert (found.situation, found.text) == (situation, text)


def test_changes_of_different_sentences_are_merged_only_when_asked() -> None:
    found = upgrade(BASE, THEIRS, OURS)
    assert (found.text, found.conflicts, found.merged) == (None, (), MERGED)
    assert decide(found, Decision.KEEP, theirs=THEIRS, ours=OURS) == OURS
    assert decide(found, Decision.TAKE, theirs=THEIRS, ours=OURS) == THEIRS
    assert decide(found, Decision.MERGED, theirs=THEIRS, ours=OURS) == MERGED
    assert decide(found, Decision.MERGED, theirs=THEIRS, ours=OURS, merged="Autre.") == "Autre."


def test_conflict_shows_the_words_of_each_side() -> None:
    theirs = BASE.replace("trente", "vingt")
    found = upgrade(BASE, theirs, OURS)
    (conflict,) = found.conflicts
    assert (conflict.base, conflict.theirs, conflict.ours) == (
        "Le délai est de trente jours. ",
        "Le délai est de vingt jours. ",
        "Le délai est de quinze jours. ",
    )
    assert found.merged is None
    with pytest.raises(UndecidedUpgrade):
        decide(found, Decision.MERGED, theirs=theirs, ours=OURS)


def test_deletion_and_addition_are_merged() -> None:
    theirs = BASE.replace("Le titulaire est prévenu. ", "")
    ours = BASE + " Il garde une copie."
    assert "".join(one.text for one in merge(BASE, theirs, ours)) == (
        "Le délai est de trente jours. Il répond par écrit. Il garde une copie."
    )


def test_abbreviations_do_not_end_a_sentence() -> None:
    text = "Selon l’art. 3 et R. 2191-7, M. Durand décide ! Puis il signe : « oui. » Fin.\n- un point\n- deux\n\n| a | b |"
    assert sentences(text) == (
        "Selon l’art. 3 et R. 2191-7, M. Durand décide ! ",
        "Puis il signe : « oui. » ",
        "Fin.\n",
        "- un point\n",
        "- deux\n\n",
        "| a | b |",
    )


@given(st.text(alphabet="ab. \n!?…»\u00a0«", max_size=80))
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


def _edit(text: list[str], chance: random.Random, mark: str) -> list[str]:
    found = []
    for number, sentence in enumerate(text):
        what = chance.random()
        if what < 0.1:
            continue
        found.append(f"Phrase {mark}{number} réécrite. " if what < 0.3 else sentence)
        if what > 0.9:
            found.append(f"Phrase {mark}{number} ajoutée. ")
    return found


def test_no_local_edit_is_lost_over_a_hundred_release_pairs() -> None:
    chance = random.Random(5)
    for _pair in range(100):
        base = [f"Phrase {number} du texte. " for number in range(12)]
        theirs, ours = _edit(base, chance, "T"), _edit(base, chance, "O")
        passages = list(merge("".join(base), "".join(theirs), "".join(ours)))
        shown = "".join(one.ours if one.conflict else one.text for one in passages)
        other = "".join(one.theirs if one.conflict else one.text for one in passages)
        assert all(sentence in shown for sentence in ours if "O" in sentence)
        assert all(sentence in other for sentence in theirs if "T" in sentence)


def test_merge_with_one_side_untouched_is_the_other() -> None:
    assert "".join(one.text for one in merge(BASE, BASE, OURS)) == OURS
    assert "".join(one.text for one in merge(BASE, THEIRS, BASE)) == THEIRS
    assert list(merge("", "", "")) == []
