"""Documents and values as plain JSON data: exact both ways, forgiving in, and clear about what does not fit."""

import json
from datetime import date, time
from decimal import Decimal

import pytest

from dume.espd.codec import dump, dump_part, dump_value, load, load_part, load_value
from dume.espd.model import Amount, Answer, Code, Header, Identifier, Period, Quantity
from tests.vectors.dume.documents import documents

VALUES = [
    (True, "INDICATOR", True),
    ("oui", "DESCRIPTION", "oui"),
    (Decimal("0.10"), "PERCENTAGE", {"type": "number", "value": "0.10"}),
    (date(2026, 3, 31), "DATE", {"type": "date", "value": "2026-03-31"}),
    (time(9, 30), "TIME", {"type": "time", "value": "09:30:00"}),
    (Code("FRA", "pays"), "CODE_COUNTRY", {"type": "code", "value": "FRA", "list": "pays"}),
    (Amount(Decimal("1.50"), "EUR"), "AMOUNT", {"type": "amount", "value": "1.50", "currency": "EUR"}),
    (Quantity(Decimal(12)), "QUANTITY_INTEGER", {"type": "quantity", "value": "12"}),
    (Quantity(Decimal(3), "YEAR"), "QUANTITY_YEAR", {"type": "quantity", "value": "3", "unit": "YEAR"}),
    (Period(date(2025, 1, 1)), "PERIOD", {"type": "period", "start": "2025-01-01"}),
    (Identifier("P1", "PLI"), "EVIDENCE_IDENTIFIER", {"type": "identifier", "value": "P1", "agency": "PLI"}),
]


@pytest.mark.parametrize(("value", "value_type", "data"), VALUES)
def test_value_goes_and_comes(value, value_type, data):
    assert dump_value(value) == data
    assert load_value(json.loads(json.dumps(data)), value_type) == value
    assert load_value(data, "") == value


@pytest.mark.parametrize(
    ("data", "value_type", "value"),
    [
        ("true", "INDICATOR", True),
        ("2026-03-31", "DATE", date(2026, 3, 31)),
        ("12", "QUANTITY_INTEGER", Quantity(Decimal(12))),
        (12, "QUANTITY_YEAR", Quantity(Decimal(12), "YEAR")),
        ("1.50", "AMOUNT", Amount(Decimal("1.50"), "EUR")),
        ("FRA", "CODE_COUNTRY", Code("FRA")),
        ("P1", "EVIDENCE_IDENTIFIER", Identifier("P1")),
        (None, "DATE", None),
    ],
)
def test_plain_form_is_understood(data, value_type, value):
    assert load_value(data, value_type) == value


@pytest.mark.parametrize(
    ("data", "value_type"),
    [
        ("peut-être", "INDICATOR"),
        (1, "INDICATOR"),
        (1.5, "PERCENTAGE"),
        (True, "PERCENTAGE"),
        ("NaN", "AMOUNT"),
        ("1e99", "AMOUNT"),
        ("9" * 41, "AMOUNT"),
        ("2026-02-30", "DATE"),
        ("1.5", "QUANTITY_INTEGER"),
        ("2025", "PERIOD"),
        ({"start": ""}, "PERIOD"),
        ({"value": 3}, "DESCRIPTION"),
        ("a\x00b", "DESCRIPTION"),
        ([], "DESCRIPTION"),
    ],
)
def test_value_that_does_not_fit_is_refused(data, value_type):
    with pytest.raises(ValueError, match=r"."):
        load_value(data, value_type)


@pytest.mark.parametrize("name", ["request-per-lot", "request-with-extras", "response-full"])
def test_document_goes_and_comes(name):
    document = documents()[name]
    assert load(json.loads(json.dumps(dump(document)))) == document


def test_part_leaves_out_what_is_at_its_default():
    assert dump_part(Answer("p", True, (1,))) == {"property": "p", "value": True, "occurrence": [1]}


@pytest.mark.parametrize(
    ("kind", "data", "place"),
    [
        (Answer, {"property": "p", "value": True, "colour": 1}, "/colour"),
        (Answer, {"property": "p"}, "/Answer"),
        (Answer, {"property": 3, "value": True}, "/property"),
        (Answer, {"property": "p", "value": True, "occurrence": [1, True]}, "/occurrence/1"),
        (Answer, {"property": "p", "value": None}, "/value"),
        (Header, {"id": {"value": 1}}, "/id/value"),
        (Header, [], "/Header"),
    ],
)
def test_error_names_the_place(kind, data, place):
    with pytest.raises(ValueError, match=r"/") as caught:
        load_part(kind, data)
    assert str(caught.value).startswith(place)
