"""Facts: every type read from files and forms, bounds, canonical and French writing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clauses.rules.facts import format_number, format_value, json_value, parse_facts, parse_value, print_value
from clauses.rules.facts.reading import Raw
from clauses.rules.facts.writing import format_cell
from clauses.rules.model import (
    TYPE_NAMES,
    Column,
    Domain,
    Duration,
    DurationUnit,
    Fact,
    FactType,
    Label,
    Month,
    Value,
)
from procurement.core.errors import Invalid
from tests.factories.clause_rules import FACTS, codes, fact, values

COLUMNS = (
    Column("critere", FactType.TEXT, Label("Critère")),
    Column("poids", FactType.RATE, Label("Poids")),
    Column("sorte", FactType.ENUM, Label("Sorte"), values=codes("prix", "env").values, optional=True),
)
TABLE = Fact(
    "criteres", FactType.RECORDS, Label("Critères"), domain=Domain(columns=COLUMNS, min_size=1, max_size=2)
)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (FactType.BOOL, "Oui", True),
        (FactType.BOOL, "non", False),
        (FactType.INTEGER, "1 200", 1200),
        (FactType.INTEGER, "-3", -3),
        (FactType.AMOUNT, "139000", Decimal("139000.00")),
        (FactType.AMOUNT, "1 234,5 €", Decimal("1234.50")),
        (FactType.RATE, "5,25 %", Decimal("5.25")),
        (FactType.RATE, "5.00", Decimal(5)),
        (FactType.DATE, "2026-08-22", date(2026, 8, 22)),
        (FactType.DATE, "22/8/2026", date(2026, 8, 22)),
        (FactType.DATETIME, "2026-08-22T12:00", datetime(2026, 8, 22, 10, tzinfo=UTC)),
        (FactType.DATETIME, "2026-01-01 12:00:05Z", datetime(2026, 1, 1, 12, 0, 5, tzinfo=UTC)),
        (FactType.MONTH, "2026-09", Month(2026, 9)),
        (FactType.MONTH, "9/2026", Month(2026, 9)),
        (FactType.DURATION, "90 jours", Duration(90, DurationUnit.DAYS)),
        (FactType.DURATION, "1 semaine", Duration(1, DurationUnit.WEEKS)),
        (FactType.DURATION, "2 ans", Duration(2, DurationUnit.YEARS)),
        (FactType.TEXT, " Un texte \r\n sur deux ", "Un texte\n sur deux"),
        (FactType.RICH, "**gras**", "**gras**"),
        (FactType.SIRET, "732 829 320 00074", "73282932000074"),
        (FactType.IBAN, "FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
        (FactType.NUTS, "fr101", "FR101"),
        (FactType.PIECE, "CCAP", "CCAP"),
        (FactType.ENUM, "a", "a"),
        (FactType.SET, "a, b", frozenset({"a", "b"})),
        (FactType.SET, ["b"], frozenset({"b"})),
        (FactType.TEXTS, ["un", "deux"], ("un", "deux")),
        (FactType.ORGANISATION, "Ville de Lyon", {"nom": "Ville de Lyon"}),
        (FactType.PERSON, {"nom": "Anne", "fonction": "maire"}, {"nom": "Anne", "fonction": "maire"}),
        (FactType.ORGANISATION, {"siret": "73282932000074", "nom": "X"}, {"nom": "X", "siret": "73282932000074"}),
    ],
)  # fmt: skip
def test_value_of_each_type_is_read(kind: FactType, text: Raw, expected: Value) -> None:
    one = fact("x", kind, *(("a", "b") if kind in {FactType.ENUM, FactType.SET} else ()))
    assert parse_value(one, text) == expected


def test_cpv_is_checked_by_its_key() -> None:
    assert parse_value(fact("cpv", FactType.CPV), "45000000-7").startswith("45000000")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (FactType.BOOL, "peut-être", "fact.bool"),
        (FactType.BOOL, ["oui"], "fact.shape"),
        (FactType.INTEGER, "3.5", "fact.integer"),
        (FactType.INTEGER, "1" * 16, "fact.integer"),
        (FactType.AMOUNT, "1,234", "money.ambiguous"),
        (FactType.RATE, "5.123456", "fact.rate"),
        (FactType.RATE, "x" * 50, "fact.rate"),
        (FactType.DATE, "2026-02-30", "fact.date"),
        (FactType.DATE, "hier", "fact.date"),
        (FactType.DATETIME, "2026-13-01T00:00", "fact.datetime"),
        (FactType.DATETIME, "2026-08-22", "fact.datetime"),
        (FactType.DATETIME, "0001-01-01T00:00+14:00", "fact.datetime"),
        (FactType.MONTH, "2026-13", "fact.month"),
        (FactType.MONTH, "septembre", "fact.month"),
        (FactType.DURATION, "3 lunes", "fact.duration"),
        (FactType.DURATION, "long", "fact.duration"),
        (FactType.TEXT, "x" * 4_001, "fact.too_long"),
        (FactType.RICH, "x" * 20_001, "fact.too_long"),
        (FactType.TEXT, "a\x00", "text.character"),
        (FactType.IBAN, "FR7630006000011234567890188", "fact.iban"),
        (FactType.IBAN, "x", "fact.iban"),
        (FactType.NUTS, "F", "fact.nuts"),
        (FactType.ENUM, "z", "fact.value"),
        (FactType.SET, "a, z", "fact.value"),
        (FactType.SET, {"a": "b"}, "fact.shape"),
        (FactType.TEXTS, "un", "fact.shape"),
        (FactType.TEXTS, ["un", ""], "fact.empty"),
        (FactType.TEXTS, ["x"] * 501, "fact.too_many"),
        (FactType.ORGANISATION, ["x"], "fact.shape"),
        (FactType.ORGANISATION, {"siret": "73282932000074"}, "fact.column"),
        (FactType.ORGANISATION, {"nom": "X", "chef": "Y"}, "fact.column"),
        (FactType.ORGANISATION, {"nom": "X", "siret": "1"}, "siret.format"),
    ],
)  # fmt: skip
def test_wrong_value_is_refused_by_its_code(kind: FactType, text: Raw, code: str) -> None:
    one = fact("x", kind, *(("a", "b") if kind in {FactType.ENUM, FactType.SET} else ()))
    with pytest.raises(Invalid) as refused:
        parse_value(one, text)
    assert refused.value.code == code
    assert str(refused.value)


def test_rows_are_typed_by_their_columns() -> None:
    rows = parse_value(
        TABLE, [{"poids": "60", "critere": "Prix"}, {"critere": "Env", "poids": "40", "sorte": "env"}]
    )
    assert rows == (
        {"critere": "Prix", "poids": Decimal(60)},
        {"critere": "Env", "poids": Decimal(40), "sorte": "env"},
    )
    assert print_value(rows) == [
        {"critere": "Prix", "poids": "60"},
        {"critere": "Env", "poids": "40", "sorte": "env"},
    ]
    assert format_value(TABLE, rows) == "Prix, 60\u00a0% ; Env, 40\u00a0%, env"
    assert format_cell(COLUMNS[1], Decimal("0.5")) == "0,5\u00a0%"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ([], "fact.size"),
        ([{"critere": "a", "poids": "1"}] * 3, "fact.size"),
        ([{"critere": "a"}], "fact.column"),
        ([{"critere": "a", "poids": "1", "autre": "x"}], "fact.column"),
        ([{"critere": "a", "poids": "x"}], "fact.rate"),
        (["x"], "fact.shape"),
    ],
)
def test_wrong_rows_are_refused(raw: Raw, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_value(TABLE, raw)
    assert refused.value.code == code


def test_bounds_are_included() -> None:
    rate = fact("taux", FactType.RATE, domain=Domain(minimum=Decimal(5), maximum=Decimal(30)))
    assert [parse_value(rate, text) for text in ("5", "30")] == [Decimal(5), Decimal(30)]
    for text in ("4.9999", "30.1"):
        with pytest.raises(Invalid) as refused:
            parse_value(rate, text)
        assert refused.value.code == "fact.range"
    limits = Domain(minimum=Duration(1, DurationUnit.MONTHS))
    months = fact("d", FactType.DURATION, unit="mois", domain=limits)
    assert parse_value(months, "1 mois") == Duration(1, DurationUnit.MONTHS)
    for text, code in (("0 mois", "fact.range"), ("90 jours", "fact.unit")):
        with pytest.raises(Invalid) as refused:
            parse_value(months, text)
        assert refused.value.code == code


def test_fact_set_lists_every_fault_with_type_and_nearest_names() -> None:
    given_ones: dict[str, Raw] = {"lotss": "oui", "nombre": "x", "lots": "oui", "zzz": "1"}
    with pytest.raises(Invalid) as refused:
        parse_facts(FACTS, given_ones)
    assert [(one.field, one.code) for one in refused.value.errors] == [
        ("lotss", "fact.unknown"),
        ("nombre", "fact.integer"),
        ("zzz", "fact.unknown"),
    ]
    assert refused.value.errors[0].params["nearest"] == ["lots"]
    assert refused.value.errors[1].params["type"] == "entier"
    assert parse_facts(FACTS, {"lots": "oui"}) == {"lots": True}


@given(st.data())
def test_printed_value_is_read_back(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(list(FACTS.values())))
    value = data.draw(values(one))
    assert parse_value(one, print_value(value)) == value


def test_json_keeps_booleans_and_whole_numbers_and_writes_amounts_as_text() -> None:
    assert [json_value(value) for value in (None, True, 3, Decimal("1.50"), frozenset({"b", "a"}), date(2026, 1, 2))] == [
        None, True, 3, "1.50", ["a", "b"], "2026-01-02",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "value", "expected"),
    [
        (fact("x", FactType.AMOUNT), Decimal("139000.00"), "139\u202f000,00\u00a0€\u00a0HT"),
        (Fact("x", FactType.AMOUNT, Label("x")), Decimal("0.50"), "0,50\u00a0€"),
        (fact("x", FactType.INTEGER, unit="mois"), 1200, "1\u202f200\u00a0mois"),
        (fact("x", FactType.INTEGER), -3, "-3"),
        (fact("x", FactType.RATE), Decimal("5.25"), "5,25\u00a0%"),
        (fact("x", FactType.DATE), date(2026, 8, 2), "02/08/2026"),
        (fact("x", FactType.DATETIME), datetime(2026, 8, 2, 10, 5, tzinfo=UTC), "02/08/2026 à 12\u00a0h\u00a005"),
        (fact("x", FactType.MONTH), Month(2026, 8), "août 2026"),
        (fact("x", FactType.DURATION), Duration(1, DurationUnit.DAYS), "1\u00a0jour"),
        (fact("x", FactType.DURATION), Duration(3, DurationUnit.WEEKS), "3\u00a0semaines"),
        (fact("x", FactType.DURATION), Duration(2, DurationUnit.YEARS), "2\u00a0ans"),
        (fact("x", FactType.DURATION), Duration(0, DurationUnit.MONTHS), "0\u00a0mois"),
        (fact("x", FactType.BOOL), True, "oui"),
        (fact("x", FactType.TEXT), "mot", "mot"),
        (fact("x", FactType.ENUM, "a", "b"), "b", "b"),
        (fact("x", FactType.SET, "a", "b", "c"), frozenset({"c", "a"}), "a, c"),
        (fact("x", FactType.TEXTS), ("un", "deux"), "un, deux"),
        (fact("x", FactType.PERSON), {"nom": "Anne", "fonction": "maire"}, "Anne, maire"),
    ],
)  # fmt: skip
def test_value_is_written_the_french_way(one: Fact, value: Value, expected: str) -> None:
    assert format_value(one, value) == expected


def test_numbers_part_their_thousands() -> None:
    assert format_number(Decimal("1234567.5")) == "1\u202f234\u202f567,5"
    assert str(Month(2026, 3)) == "2026-03"
    assert set(TYPE_NAMES) == set(FactType)
    assert print_value(datetime(2026, 1, 1, 10, 0, 5, tzinfo=UTC)) == "2026-01-01T10:00:05+00:00"
