import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.core import text
from procurement.core.errors import Invalid

HOSTILE = [
    "\x00",
    "\x1b",
    "\x7f",
    "\x85",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\ud800",
    "\ufff9",
]


def test_marker_changes_nothing():
    assert text._("Déposer un pli") == "Déposer un pli"


def test_nfc_composes():
    assert text.nfc("e\u0301cole") == "école"


@pytest.mark.parametrize("char", HOSTILE)
def test_line_with_hostile_character_is_refused_with_its_place(char):
    with pytest.raises(Invalid) as caught:
        text.line(f"ab{char}c", field="title")
    assert caught.value.code == "text.character"
    assert caught.value.params == {"character": f"U+{ord(char):04X}", "place": 3, "field": "title"}
    assert f"U+{ord(char):04X}, en position 3" in str(caught.value)


@pytest.mark.parametrize("char", sorted(set(HOSTILE) - {"\u2028"}))
def test_block_with_hostile_character_is_refused(char):
    with pytest.raises(Invalid) as caught:
        text.block(f"a\n{char}")
    assert (caught.value.code, caught.value.params["place"]) == ("text.character", 3)


def test_line_is_trimmed_and_single_spaced():
    assert text.line("  Ville \t de\r\n Lyon ") == "Ville de Lyon"


def test_line_keeps_unbroken_spaces_and_joiners():
    assert text.line("n°\u00a012 می\u200cخواهم") == "n°\u00a012 می\u200cخواهم"


def test_block_normalises_line_ends():
    assert text.block("a \r\nb\rc\u2028d\t\n\ne ") == "a\nb\nc\nd\n\ne"


def test_display_name_shows_what_hides():
    assert text.display_name("facture\u202efdp.exe\n") == "facture�fdp.exe�"


def test_display_name_of_an_honest_name_is_itself():
    assert text.display_name("Mémoire technique (v2).pdf") == "Mémoire technique (v2).pdf"


def test_hostile_character_absent():
    assert text.hostile_character("rien à signaler") is None


@given(st.text())
def test_display_name_never_holds_a_hostile_character(name):
    assert text.hostile_character(text.display_name(name)) is None


@given(st.text())
def test_line_is_stable_or_refused(value):
    try:
        once = text.line(value)
    except Invalid:
        assert text.hostile_character(value) is not None
    else:
        assert text.line(once) == once
        assert unicodedata.is_normalized("NFC", once)
