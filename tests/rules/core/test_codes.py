import pytest

from procurement.core import codes


def test_cpv_lists_every_code():
    assert len(codes.cpv_codes()) == 9454
    assert list(codes.cpv_codes()) == sorted(codes.cpv_codes())


def test_nuts_lists_every_code():
    assert len(codes.nuts_codes()) == 1521


def test_edition_of_both_lists_is_the_same():
    assert codes.edition("cpv") == codes.edition("nuts")
    assert codes.edition().startswith("eforms-sdk ")


def test_cpv_of_a_known_code():
    found = codes.cpv("45000000")
    assert found == codes.CpvCode("45000000", "Travaux de construction", "Construction work")
    assert (found.full, found.label("fr"), found.label("en")) == (
        "45000000-7",
        "Travaux de construction",
        "Construction work",
    )


@pytest.mark.parametrize("code", ["45000001", "", "4500000", "45000000-7"])
def test_cpv_of_an_unknown_code(code):
    assert codes.cpv(code) is None


def test_nuts_of_a_known_code():
    found = codes.nuts("FRK26")
    assert (found.code, found.country, found.label("fr"), found.label("en")) == (
        "FRK26",
        "FR",
        "Rhône",
        "Rhône",
    )


def test_nuts_extra_regio_is_valid():
    assert codes.nuts("FRZZZ").label("fr") == "Extra-Regio NUTS 3"


def test_nuts_of_an_unknown_code():
    assert codes.nuts("FR1") is None


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("45210000", "4521"),
        ("45000000", "45"),
        ("30000000", "30"),
        ("45211341", "45211341"),
        ("90910000", "9091"),
    ],
)
def test_cpv_prefix(code, prefix):
    assert codes.cpv_prefix(code) == prefix


@pytest.mark.parametrize("words", ["72230000", "72230000-6", " 7223 0000 "])
def test_search_cpv_by_code(words):
    assert [found.code for found in codes.search_cpv(words)] == ["72230000"]


def test_search_cpv_by_first_digits_gives_the_broadest_first():
    assert [found.code for found in codes.search_cpv("7223", limit=2)] == ["72230000", "72231000"]


def test_search_cpv_by_words():
    assert codes.search_cpv("logiciel")[0].code == "48000000"
    assert codes.search_cpv("TRAVAUX  de construction")[0].code == "45000000"


def test_search_cpv_by_the_beginning_of_a_word():
    assert codes.search_cpv("travaux constr")[0].code == "45000000"


def test_search_cpv_in_english():
    assert codes.search_cpv("construction work", language="en")[0].code == "45000000"


@pytest.mark.parametrize("words", ["", "  ", "de la", "zzzz", "99999999"])
def test_search_cpv_without_answer(words):
    assert codes.search_cpv(words) == []


def test_search_nuts_by_name():
    assert [found.code for found in codes.search_nuts("rhone")] == ["FRK26", "FRL04"]


def test_search_nuts_by_code_in_another_country():
    assert [found.code for found in codes.search_nuts("lu000", country="LU")] == ["LU000"]
    assert codes.search_nuts("lu000") == []
