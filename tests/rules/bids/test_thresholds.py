"""Minimums of the buyer against the answers: met, not met, or for a person to judge."""

from decimal import Decimal

import pytest

from dume.espd.model import (
    Amount,
    Answer,
    Criterion,
    Document,
    Group,
    Header,
    Identifier,
    Property,
    PropertyType,
    Quantity,
    Value,
)
from dume.espd.model import Kind as DocumentKind
from procurement.bids.thresholds import Reached, thresholds

LEAST = Amount(Decimal(500_000), "EUR")


def euros(value: str, currency: str = "EUR") -> Amount:
    return Amount(Decimal(value), currency)


def criterion(value_type: str, expected: Value | None, asked: str) -> Criterion:
    """Return a demand with a repeated question below it, and a question of the same type elsewhere."""
    demand = Property("c/RQ", "c/RQ", PropertyType.REQUIREMENT, value_type, expected=expected)
    inside = Property("c/RG/Q", "c/RG/Q", PropertyType.QUESTION, asked)
    words = Property("c/RG/W", "c/RG/W", PropertyType.QUESTION, "DESCRIPTION")
    outside = Property("c/OTHER", "c/OTHER", PropertyType.QUESTION, asked)
    below = Group("c/RG", properties=(inside, words))
    return Criterion(
        "c", "gen-year-to", "C29", groups=(Group("c", properties=(demand,), groups=(below,)), Group("o", properties=(outside,)))
    )  # fmt: skip


def reached(value_type: str, expected: Value | None, asked: str, *values: Value) -> list[Reached]:
    one = criterion(value_type, expected, asked)
    answers = tuple(Answer("c/RG/Q", value, (place,)) for place, value in enumerate(values, 1))
    elsewhere = Answer("c/OTHER", Quantity(Decimal(0)), (1,))
    document = Document(
        DocumentKind.RESPONSE, Header(Identifier("essai")), criteria=(one,), answers=(*answers, elsewhere)
    )
    return [found.reached for found in thresholds(document, one)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((euros("500000"),), Reached.MET),
        ((euros("499999.99"),), Reached.NOT_MET),
        ((euros("900000"), euros("400000")), Reached.NOT_MET),
        ((euros("900000", "CHF"),), Reached.UNKNOWN),
        ((euros("900000"), euros("900000", "CHF")), Reached.UNKNOWN),
        ((), Reached.UNKNOWN),
    ],
)
def test_every_amount_must_reach_the_minimum(values: tuple[Value, ...], expected: Reached) -> None:
    assert reached("MINIMUM_AMOUNT", LEAST, "AMOUNT", *values) == [expected]


@pytest.mark.parametrize(
    ("count", "expected"), [(0, Reached.UNKNOWN), (1, Reached.NOT_MET), (2, Reached.MET), (3, Reached.MET)]
)
def test_a_minimum_number_counts_how_often_the_question_was_answered(count: int, expected: Reached) -> None:
    values = [euros("1")] * count
    least = Quantity(Decimal(2), "YEAR")
    assert reached("MINIMUM_QUANTITY_YEAR", least, "AMOUNT", *values) == [expected]
    assert reached("MINIMUM_QUANTITY_INTEGER", Quantity(Decimal(2)), "AMOUNT", *values) == [expected]


def test_quantities_compare_within_a_unit() -> None:
    least = Quantity(Decimal("1.5"), "")
    assert reached("MINIMUM_QUANTITY", least, "QUANTITY", Quantity(Decimal("1.6"), "")) == [Reached.MET]
    assert reached("MINIMUM_QUANTITY", least, "QUANTITY", Quantity(Decimal(2), "KGM")) == [Reached.UNKNOWN]
    assert reached("MINIMUM_QUANTITY", Decimal(2), "QUANTITY", Decimal(1)) == [Reached.NOT_MET]


def test_what_is_no_minimum_states_none() -> None:
    assert reached("MINIMUM_AMOUNT", None, "AMOUNT", euros("1")) == []
    assert reached("QUANTITY_YEAR", Quantity(Decimal(3)), "AMOUNT", euros("1")) == []
    assert reached("MINIMUM_AMOUNT", "beaucoup", "AMOUNT", euros("1")) == [Reached.UNKNOWN]
    assert reached("MINIMUM_QUANTITY_YEAR", "beaucoup", "AMOUNT", euros("1")) == [Reached.UNKNOWN]
