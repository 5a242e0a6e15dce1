"""Write a value of a document as people read it, without losing a digit of it."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from dume import wording
from dume.espd.model import Amount, Code, Identifier, Period, Quantity, Value
from procurement.core import i18n
from procurement.core.text import _
from procurement.core.web.filters import day_in

_FIGURES = {"fr": ("\u202f", ","), "en": (",", ".")}
_SPACE = "\u00a0"
_FIRST_YEAR = 1000
#: The lists whose values have names people know, by value type.
_LISTS = {
    "CODE_COUNTRY": "country",
    "CODE_CURRENCY": "currency",
    "CODE_LANGUAGE": "language",
    "CODE_BOOLEAN": "boolean-gui-control-type",
    "CODE_FINANCIAL_RATIO": "financial-ratio-type",
}


def shown(value: Value, value_type: str, lang: str) -> str:
    """Return a value in words of ``lang``: ``1 234,50 EUR``, ``15 mars 2027``, ``Oui``; every digit is kept."""
    write = _WRITERS.get(type(value))
    return write(value, value_type, lang) if write else str(value)


def figure(value: Decimal, lang: str) -> str:
    """Return a decimal with its thousands apart and exactly the digits it has."""
    group, mark = _FIGURES.get(lang, _FIGURES["fr"])
    whole, point, rest = f"{value:,f}".partition(".")
    return whole.replace(",", group) + (mark + rest if point else "")


def _amount(value: Amount, _value_type: str, lang: str) -> str:
    return f"{figure(value.value, lang)}{_SPACE}{value.currency}".strip()


def _quantity(value: Quantity, value_type: str, lang: str) -> str:
    if "YEAR" in value_type and value.value >= _FIRST_YEAR:
        return f"{value.value:f}"  # The same type asks for a number of years here, and for a year there.
    return f"{figure(value.value, lang)}{_SPACE}{_unit(value, lang)}".strip()


def _number(value: Decimal, value_type: str, lang: str) -> str:
    return figure(value, lang) + (f"{_SPACE}%" if value_type == "PERCENTAGE" else "")


def _period(value: Period, _value_type: str, lang: str) -> str:
    start = day_in(value.start, lang) if value.start else ""
    end = day_in(value.end, lang) if value.end else ""
    if start and end:
        return i18n.translate(_("du %(start)s au %(end)s"), lang, start=start, end=end)
    if start:
        return i18n.translate(_("à partir du %(start)s"), lang, start=start)
    return i18n.translate(_("jusqu’au %(end)s"), lang, end=end) if end else ""


def _unit(value: Quantity, lang: str) -> str:
    if value.unit.upper() not in ("YEAR", "ANN"):
        return value.unit
    return i18n.translate(_("ans") if abs(value.value) > 1 else _("an"), lang)


def _code(value: Code, value_type: str, lang: str) -> str:
    name = _LISTS.get(value_type) or value.list_id.rpartition("/")[2]
    return wording.code_label(name, value.value, lang) or value.value


_WRITERS: dict[type, Callable[[Any, str, str], str]] = {
    bool: lambda value, _value_type, lang: i18n.translate(_("Oui") if value else _("Non"), lang),
    Amount: _amount,
    Quantity: _quantity,
    Decimal: _number,
    Period: _period,
    date: lambda value, _value_type, lang: day_in(value, lang),
    time: lambda value, _value_type, _lang: value.isoformat(),
    Code: _code,
    Identifier: lambda value, _value_type, _lang: value.value,
}
