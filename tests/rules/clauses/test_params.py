"""Dated parameters: the reference date decides; gaps and overlaps are errors."""

from datetime import date
from decimal import Decimal

from clauses.rules.model import Parameter
from clauses.rules.params import ParameterTable, Situation, check_parameters
from tests.factories.clause_rules import FACTS, PARAMETERS


def period(start: str, end: str | None = None, value: str = "1", **more: tuple[str, ...]) -> Parameter:
    last = date.fromisoformat(end) if end else None
    return Parameter("p", Decimal(value), date.fromisoformat(start), last, **more)


def codes(*parameters: Parameter, needed: bool = True) -> list[str]:
    table = ParameterTable(parameters, FACTS)
    return [one.code for one in check_parameters(table, {"p"} if needed else ())]


def test_figure_is_that_of_the_day_the_buyer_and_the_nature() -> None:
    table = ParameterTable(PARAMETERS, FACTS)

    def value(on: date, buyer: str | None = None, nature: str | None = None) -> object:
        found = table.find("seuil", Situation(on, buyer, nature))
        return found.value if found else None

    assert value(date(2026, 1, 1), "etat") == Decimal("140000.00")
    assert value(date(2027, 12, 31), "collectivite") == Decimal("216000.00")
    assert value(date(2028, 1, 1), "etat") is None
    assert value(date(2025, 12, 31)) == Decimal("143000.00")
    assert value(date(2026, 1, 1)) is None
    assert value(date(2026, 1, 1), nature="travaux") is None
    assert table.find("inconnu", Situation(date(2026, 1, 1))) is None
    assert table.first_day("inconnu") == date.min
    assert (table.first_day("seuil"), table.last_day("seuil")) == (date(2024, 1, 1), date(2027, 12, 31))
    assert table.last_day("reforme") == date.max
    assert table.cuts(["seuil"]) == {date(2024, 1, 1), date(2026, 1, 1), date(2028, 1, 1)}


def test_table_without_buyers_has_one_nameless_kind() -> None:
    table = ParameterTable([period("2026-01-01")], {})
    assert table.find("p", Situation(date(2026, 1, 1))) == period("2026-01-01")


def test_periods_one_after_the_other_are_sound() -> None:
    assert codes(period("2026-01-01", "2026-06-30"), period("2026-07-01")) == []
    by_buyer = [period("2026-01-01", buyer_category=(buyer,)) for buyer in ("etat", "collectivite")]
    by_nature = [period("2026-01-01", nature=(nature,)) for nature in ("travaux", "services")]
    assert codes(*by_buyer) == codes(*by_nature) == []


def test_hole_between_two_periods_is_a_gap() -> None:
    assert codes(period("2026-01-01", "2026-06-29"), period("2026-07-01")) == ["param.gap"]
    assert codes(period("2026-07-01"), period("2026-01-01", "2026-06-29")) == ["param.gap"]


def test_buyer_without_any_figure_is_a_gap_only_where_one_is_needed() -> None:
    partial = period("2026-01-01", buyer_category=("etat",))
    assert codes(partial) == ["param.gap"]
    assert codes(partial, needed=False) == []


def test_two_figures_for_one_day_are_an_overlap() -> None:
    assert codes(period("2026-01-01", "2026-07-01"), period("2026-07-01")) == ["param.overlap"]
    assert codes(period("2026-01-01"), period("2027-01-01")) == ["param.overlap"]
    assert codes(period("2026-01-01"), period("2026-01-01", buyer_category=("etat",))) == ["param.overlap"]
    table = ParameterTable([period("2026-01-01"), period("2026-01-01")], FACTS)
    assert table.find("p", Situation(date(2026, 1, 1), "etat", "travaux")) is None


def test_finding_says_what_is_missing_in_french() -> None:
    table = ParameterTable([period("2026-01-01", "2026-06-29"), period("2026-07-01")], FACTS)
    (gap,) = check_parameters(table, ["p"])
    assert gap.text == "« p » n’a pas de valeur du 2026-06-30 au 2026-06-30 (etat, travaux)."
