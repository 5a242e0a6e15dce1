"""Every text that people read exists in French and in English."""

import re
import tomllib
from importlib.resources import files

import pytest

from dume import wording
from dume.espd.codes import codes
from dume.espd.taxonomy import taxonomy

TAXONOMY = taxonomy()
FILES = {
    lang: tomllib.loads((files("dume.wording") / f"{lang}.toml").read_text("utf-8")) for lang in ("fr", "en")
}
# Code lists that people see as words.
SHOWN = [
    "access-right",
    "boolean-gui-control-type",
    "criterion",
    "criterion-element-type",
    "docrefcontent-type",
    "economic-operator-size",
    "eo-role-type",
    "eoid-type",
    "financial-ratio-type",
    "property-group-type",
    "response-data-type",
]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_of_the_623_properties_has_a_label(lang):
    empty = [path for path in TAXONOMY.properties if not wording.label(path, lang).strip()]

    assert empty == []


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("text", [wording.criterion_name, wording.criterion_text, wording.criterion_help])
def test_each_of_the_62_criteria_has_its_texts(lang, text):
    empty = [code for code in TAXONOMY.by_code if not text(code, lang).strip()]

    assert empty == []


def test_french_and_english_texts_have_the_same_keys_and_differ():
    french, english = FILES["fr"], FILES["en"]

    assert french["labels"].keys() == english["labels"].keys()
    assert french["labels_by_path"].keys() == english["labels_by_path"].keys()
    assert french["criteria"].keys() == english["criteria"].keys()
    assert {name: set(codes) for name, codes in french["codes"].items()} == {
        name: set(codes) for name, codes in english["codes"].items()
    }
    assert [key for key, text in french["labels"].items() if english["labels"][key] == text] == []


def test_no_label_is_written_for_nothing():
    keys = {entry.label_key for entry in TAXONOMY.properties.values()}

    assert FILES["fr"]["labels"].keys() == keys
    assert FILES["fr"]["labels_by_path"].keys() - TAXONOMY.properties.keys() == set()
    assert FILES["fr"]["criteria"].keys() == TAXONOMY.by_code.keys()


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", SHOWN)
def test_each_value_of_a_shown_code_list_has_a_label(name, lang):
    empty = [value for value in codes(name).values if not wording.code_label(name, value, lang)]

    assert empty == []


def test_countries_currencies_and_languages_come_from_the_locale_data():
    assert wording.code_label("country", "DEU", "fr") == "Allemagne"
    assert wording.code_label("country", "DEU", "en") == "Germany"
    assert wording.code_label("country", "FR", "en") == "France"
    assert wording.code_label("country", "XKX", "en") == "Kosovo"
    assert wording.code_label("currency", "EUR", "fr") == "euro"
    assert wording.code_label("language", "FRA", "fr") == "français"


@pytest.mark.parametrize("value", ["DDR", "SUN", "XXZ", "nowhere", ""])
def test_a_former_or_unknown_country_has_no_name(value):
    assert wording.code_label("country", value, "fr") == ""


def test_a_label_is_found_by_the_identifier_of_an_answer():
    own = wording.label("C52_SC_wo-autent/RG1/QSG2/Q1/R1/R1", "fr")

    assert own == "Fournirez-vous ces échantillons, descriptions ou photographies ?"
    assert wording.label("C29_SC_gen-year-to/RG1/RQ1/R2/R1", "en") == "Lot concerned"


def test_unknown_things_have_an_empty_text():
    assert wording.label("C99_nothing/Q1", "fr") == ""
    assert wording.criterion_name("nothing", "fr") == wording.criterion_text("nothing", "en") == ""
    assert wording.code_label("nothing", "x", "fr") == ""
    assert wording.finding("NOTHING-1", "fr") == ""


def test_another_language_falls_back_on_french():
    assert wording.criterion_help("sme", "de") == wording.criterion_help("sme", "fr")


def test_older_spellings_of_two_criteria_are_known():
    assert wording.criterion_text("autorisation", "en") == wording.criterion_text("authorisation", "en")
    assert wording.criterion_name("misinterpr", "fr") == wording.criterion_name("misrepresent", "fr")


def test_sentences_are_short_enough_to_read():
    texts = [text for criterion in FILES["fr"]["criteria"].values() for text in criterion.values()] + list(
        FILES["fr"]["labels"].values()
    )
    sentences = [sentence for text in texts for sentence in re.split(r"(?<=[.?!])\s+(?=[A-ZÀÉ])", text)]
    bare = [re.sub(r" ?\([^)]*\)", "", sentence) for sentence in sentences]

    assert [sentence for sentence in bare if len(re.findall(r"[\w’'-]+", sentence)) > 26] == []


def test_the_sentence_of_a_finding_takes_its_parameters_whatever_their_names(tmp_path, monkeypatch):
    sentence = "Le critère {rule} attend {lang} et {missing}."
    monkeypatch.setattr(wording, "_findings", lambda: {"X-1": {"fr": sentence}})

    assert wording.finding("X-1", "en", rule="{0}", lang="b") == "Le critère {0} attend b et …."


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_finding_has_a_sentence_that_can_be_filled_in(lang):
    empty = [rule for rule, texts in wording._findings().items() if not texts.get(lang, "").strip()]
    filled = [wording.finding(rule, lang) for rule in wording._findings()]

    assert empty == []
    assert all(filled)
