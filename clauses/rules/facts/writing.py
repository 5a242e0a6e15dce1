"""Write the values of facts: for files and JSON (canonical), and for people (French)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from clauses.rules.model import Column, Domain, Duration, Fact, FactType, Record, Value
from procurement.core.money import format_euros

_PARIS = ZoneInfo("Europe/Paris")
_NARROW_SPACE = "\u202f"
_NO_BREAK_SPACE = "\u00a0"
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def print_value(value: Value) -> Any:
    """Return ``value`` as files hold it: text, or lists and mappings of text, in one order only."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [print_value(item) for item in value]
    if isinstance(value, Mapping):
        return {key: print_value(part) for key, part in value.items()}
    return print_scalar(value)


def json_value(value: Value | None) -> Any:
    """Return ``value`` for JSON: amounts and rates are strings, booleans and whole numbers themselves."""
    return value if value is None or isinstance(value, int) else print_value(value)


def print_scalar(value: Value) -> str:
    """Return the one way to write a scalar."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def format_value(fact: Fact, value: Value) -> str:
    """Return ``value`` for people, in French: ``139 000,00 € HT``, ``22/08/2026``, the labels of codes."""
    if fact.type in {FactType.ENUM, FactType.SET}:
        chosen = {value} if isinstance(value, str) else cast("frozenset[str]", value)
        return ", ".join(choice.label.fr for choice in fact.domain.values if choice.value in chosen)
    if fact.type is FactType.RECORDS:
        rows = cast("tuple[Record, ...]", value)
        return " ; ".join(_formatted_row(fact.domain.columns, row) for row in rows)
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(str(part) for part in value.values())
    return _formatted_scalar(fact, value)


def format_number(number: Decimal | int) -> str:
    """Write a number the French way, thousands apart and a comma."""
    return f"{number:,}".replace(",", _NARROW_SPACE).replace(".", ",")


def format_date(day: date) -> str:
    """Write a date the French way."""
    return f"{day:%d/%m/%Y}"


def _formatted_scalar(fact: Fact, value: Value) -> str:
    writer = _WRITERS.get(fact.type)
    return writer(fact, value) if writer else print_scalar(value)


def _amount(fact: Fact, value: Any) -> str:
    return _with_unit(format_euros(value), fact.unit)


def _number(fact: Fact, value: Any) -> str:
    return _with_unit(format_number(value), fact.unit)


def _with_unit(text: str, unit: str) -> str:
    return f"{text}{_NO_BREAK_SPACE}{unit}" if unit else text


def _rate(_fact: Fact, value: Any) -> str:
    return _with_unit(format_number(value), "%")


def _day(_fact: Fact, value: Any) -> str:
    return format_date(value)


def _moment(_fact: Fact, value: Any) -> str:
    local = value.astimezone(_PARIS)
    return f"{local:%d/%m/%Y} à {local:%H}{_NO_BREAK_SPACE}h{_NO_BREAK_SPACE}{local:%M}"


def _month(_fact: Fact, value: Any) -> str:
    return f"{_MONTHS[value.month - 1]} {value.year}"


def _duration(_fact: Fact, value: Any) -> str:
    return _formatted_duration(value)


_WRITERS: Mapping[FactType, Callable[[Fact, Any], str]] = {
    FactType.AMOUNT: _amount,
    FactType.INTEGER: _number,
    FactType.RATE: _rate,
    FactType.DATE: _day,
    FactType.DATETIME: _moment,
    FactType.MONTH: _month,
    FactType.DURATION: _duration,
}


def _formatted_duration(value: Duration) -> str:
    words = {"jours": ("jour", "jours"), "semaines": ("semaine", "semaines"), "mois": ("mois", "mois")}
    one, many = words.get(value.unit.value, ("an", "ans"))
    return f"{format_number(value.number)}{_NO_BREAK_SPACE}{many if value.number > 1 else one}"


def _cell_fact(column: Column) -> Fact:
    return Fact(column.key, column.type, column.label, domain=Domain(values=column.values), unit=column.unit)


def _formatted_row(columns: tuple[Column, ...], row: Record) -> str:
    cells = (format_value(_cell_fact(column), row[column.key]) for column in columns if column.key in row)
    return ", ".join(cells)


def format_cell(column: Column, value: Value) -> str:
    """Return one cell of a ``liste(record)`` for people."""
    return format_value(_cell_fact(column), value)
