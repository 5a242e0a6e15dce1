"""The word diff: what it says of short texts, and that no text makes it slow."""

import random

import pytest

from clauses.render.words import text_changes
from tests.pace import brief

VOCABULARY = ("le", "de", "la", "titulaire", "acheteur", "prix", "délai", "marché", "jours", "lot")


def sides(found: list[tuple[str, str]]) -> tuple[str, str]:
    """Return the old and the new text that a diff was made of."""
    return tuple("".join(text for kind, text in found if kind != gone) for gone in "+-")  # type: ignore[return-value]


def test_words_carry_their_blanks() -> None:
    assert text_changes("Les prix sont fermes. Fin.", "Les prix sont révisables. Fin.") == [
        ("=", "Les prix sont "),
        ("-", "fermes"),
        ("+", "révisables"),
        ("=", ". Fin."),
    ]
    assert text_changes("", "Nouveau") == [("+", "Nouveau")]
    assert text_changes("a b", "a b") == [("=", "a b")]


def test_long_text_shows_the_words_of_the_sentence_that_changed() -> None:
    before = "".join(f"Le titulaire remet le rapport {number} à l’acheteur. " for number in range(600))
    after = before.replace("rapport 7 à", "bilan 7 à").replace("rapport 500 à", "état 500 à")
    found = text_changes(before, after)
    assert [one for one in found if one[0] != "="] == [
        ("-", "rapport "), ("+", "bilan "), ("-", "rapport "), ("+", "état "),
    ]  # fmt: skip
    assert sides(found) == (before, after)


@pytest.mark.parametrize("stop", ["", "."])
@pytest.mark.parametrize("size", [500, 5_000, 50_000])
def test_no_text_makes_it_slow(size: int, stop: str) -> None:
    chance = random.Random(size)
    before, after = (
        " ".join(chance.choice(VOCABULARY) + (stop if n % 9 == 0 else "") for n in range(size))
        for _side in range(2)
    )
    with brief(3):
        found = text_changes(before, after)
    assert sides(found) == (before, after)
