from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.core import money
from procurement.core.errors import Invalid

CENTS = st.integers(min_value=-9_000_000_000_000_000, max_value=9_000_000_000_000_000)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 234,50", "1234.50"),
        ("1234.50", "1234.50"),
        ("1234,5", "1234.5"),
        ("1\u202f234,50\u00a0€", "1234.50"),
        ("€ 12", "12"),
        ("1'234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("12 345 678", "12345678"),
        ("0,5", "0.5"),
        ("0", "0"),
        ("007", "7"),
    ],
)
def test_parse_amount_of_usual_forms(text, amount):
    assert money.parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "money.empty"),
        (" € ", "money.empty"),
        ("1,234", "money.ambiguous"),
        ("1.234", "money.ambiguous"),
        ("123,456", "money.ambiguous"),
        ("douze", "money.format"),
        ("1e3", "money.format"),
        ("NaN", "money.format"),
        ("1.234.5", "money.format"),
        ("1,2,3", "money.format"),
        ("12 34", "money.format"),
        ("1 234 56", "money.format"),
        ("1 234.567.890", "money.format"),
        ("+5", "money.format"),
        (",5", "money.format"),
        ("٣", "money.format"),
        ("-1", "money.negative"),
        ("1,2345", "money.precision"),
        ("0,123", "money.precision"),
        ("90000000000000,01", "money.too_large"),
    ],
)
def test_parse_amount_refused(text, code):
    with pytest.raises(Invalid) as caught:
        money.parse_amount(text)
    assert caught.value.code == code
    assert str(caught.value)


def test_parse_amount_of_the_largest():
    assert money.parse_amount("90 000 000 000 000,00") == money.MAX_AMOUNT


def test_parse_amount_negative_where_allowed():
    assert money.parse_amount("-1 234,5", negative=True) == Decimal("-1234.5")


def test_parse_amount_too_far_below_zero():
    with pytest.raises(Invalid, match=r"money\.too_large"):
        money.parse_amount("-90000000000001", negative=True)


def test_parse_amount_with_more_places_for_unit_prices():
    assert money.parse_amount("0,0125", places=4) == Decimal("0.0125")


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("1", "1.00")],
)
def test_round_cents_halves_away_from_zero(amount, rounded):
    assert str(money.round_cents(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234.5", "1\u202f234,50\u00a0€"),
        ("0", "0,00\u00a0€"),
        ("-1234567.891", "-1\u202f234\u202f567,89\u00a0€"),
    ],
)
def test_format_euros(amount, text):
    assert money.format_euros(Decimal(amount)) == text


@given(CENTS)
def test_cents_round_trip(cents):
    assert money.to_cents(money.from_cents(cents)) == cents


@given(CENTS)
def test_written_amount_is_read_back(cents):
    amount = money.from_cents(cents)
    assert money.parse_amount(money.format_euros(amount), negative=True) == amount
