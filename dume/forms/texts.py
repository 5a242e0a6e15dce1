"""Between a value and the texts in its field: writing them out, reading them back, and what may be chosen."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from dume import wording
from dume.espd.codes import codes
from dume.espd.model import Amount, Answer, Code, Identifier, Period, Quantity, Value
from dume.espd.taxonomy import taxonomy
from dume.forms.fields import PARTS, Choice, Scope, Widget
from procurement.core import text
from procurement.core.errors import Invalid
from procurement.core.money import parse_amount
from procurement.core.text import _

_CURRENCY = "EUR"
_LONGEST = 20_000


def texts(
    widget: Widget, scope: Scope, answer: Answer | None, posted: Mapping[str, str] | None
) -> dict[str, str]:
    """Return the texts of a field's parts: what was posted, else the answer's."""
    names = PARTS.get(widget, ("",))
    if posted is not None and any(scope.part(part) in posted for part in names):
        return {part: posted.get(scope.part(part), "") for part in names}
    if answer is None:
        return {part: _CURRENCY if part == "currency" else "" for part in names}
    return written(answer.value)


def choices(widget: Widget, path: str, lang: str) -> tuple[Choice, ...]:
    """Return what may be chosen, by name; empty for a field that is typed."""
    if widget is Widget.COUNTRY:
        return named("country", lang)
    name = _list_of(path) if widget is Widget.CODE else ""
    return named(name, lang) if name else ()


@cache
def named(name: str, lang: str) -> tuple[Choice, ...]:
    """Return the values of a code list by their names, in the order of the alphabet; a code without a name is left out."""
    found = [Choice(value, wording.code_label(name, value, lang)) for value in codes(name).values]
    return tuple(sorted((one for one in found if one.label), key=lambda choice: _folded(choice.label)))


def _folded(label: str) -> str:
    return unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().casefold()


def _list_of(path: str) -> str:
    known = taxonomy().property(path)
    return known.code_list if known is not None else ""


def written(value: Value) -> dict[str, str]:
    """Return the texts that stand for a value in its field."""
    write = _WRITERS.get(type(value))
    return write(value) if write else {"": str(value)}


def _digits(value: Decimal) -> str:
    return f"{value:f}".replace(".", ",")


def _ends(value: Period) -> dict[str, str]:
    return {
        name: end.isoformat() if end else "" for name, end in (("start", value.start), ("end", value.end))
    }


_WRITERS: dict[type, Callable[[Any], dict[str, str]]] = {
    bool: lambda value: {"": "yes" if value else "no"},
    Amount: lambda value: {"": _digits(value.value), "currency": value.currency},
    Quantity: lambda value: {"": _digits(value.value), "unit": value.unit},
    Decimal: lambda value: {"": _digits(value)},
    Period: _ends,
    Code: lambda value: {"": value.value},
    Identifier: lambda value: {"": value.value},
    date: lambda value: {"": value.isoformat()},
}


def value_of(widget: Widget, value_type: str, said: Mapping[str, str], path: str) -> Value | None:
    """Return the value that the texts of a field stand for, None when they are empty; raise Invalid with a sentence."""
    if not any(said.get(part, "").strip() for part in ("", "start", "end")):
        return None
    return _READERS[widget](said, value_type, path)


def _indicator(said: Mapping[str, str], _value_type: str, _path: str) -> bool:
    if said[""] not in ("yes", "no"):
        raise Invalid("dume.answer_invalid", _("Répondez par oui ou par non."))
    return said[""] == "yes"


def _text(said: Mapping[str, str], value_type: str, _path: str) -> Value:
    clean = text.block(said[""]) if value_type == "DESCRIPTION" else text.line(said[""])
    if len(clean) > _LONGEST:
        raise Invalid("dume.answer_invalid", _("Cette réponse est trop longue : 20 000 signes au plus."))
    return Identifier(clean) if value_type.endswith("IDENTIFIER") else clean


def _url(said: Mapping[str, str], _value_type: str, _path: str) -> str:
    address = text.line(said[""])
    if not address.lower().startswith(("https://", "http://")) or " " in address:
        message = _("Écrivez une adresse internet complète, par exemple https://www.exemple.fr/preuve.")
        raise Invalid("dume.answer_invalid", message)
    return address


def _amount(said: Mapping[str, str], _value_type: str, _path: str) -> Amount:
    currency = text.line(said.get("currency", "") or _CURRENCY).upper()
    if currency not in codes("currency").values:
        raise Invalid("dume.answer_invalid", _("Choisissez une monnaie par son code, par exemple EUR."))
    return Amount(parse_amount(said[""]), currency)


def _number(said: Mapping[str, str], value_type: str, _path: str) -> Quantity:
    value = _decimal(said[""])
    if value_type.endswith("INTEGER") and value != value.to_integral_value():
        raise Invalid("dume.answer_invalid", _("Écrivez un nombre entier."))
    return Quantity(value, text.line(said.get("unit", "")))


def _years(said: Mapping[str, str], _value_type: str, _path: str) -> Quantity:
    return Quantity(_decimal(said[""]), "YEAR")


def _decimal(said: str) -> Decimal:
    cleaned = said.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        value = Decimal(cleaned)
    except InvalidOperation as error:
        raise Invalid("dume.answer_invalid", _("Écrivez un nombre, en chiffres.")) from error
    if not value.is_finite():
        raise Invalid("dume.answer_invalid", _("Écrivez un nombre, en chiffres."))
    return value


def _date(said: str) -> date:
    try:
        return date.fromisoformat(said.strip())
    except ValueError as error:
        message = _("Écrivez une date : année, mois, jour, par exemple 2027-03-15.")
        raise Invalid("dume.answer_invalid", message) from error


def _period(said: Mapping[str, str], _value_type: str, _path: str) -> Period:
    start, end = (_date(said[part]) if said.get(part, "").strip() else None for part in ("start", "end"))
    if start and end and end < start:
        raise Invalid(
            "dume.answer_invalid", _("La fin de la période précède son début : corrigez l’une des deux.")
        )
    return Period(start, end)


def _code(said: Mapping[str, str], value_type: str, path: str) -> Code:
    value = text.line(said[""])
    name = "country" if value_type == "CODE_COUNTRY" else _list_of(path)
    if not name:
        return Code(value)
    known = codes(name)
    if value not in known.values:
        raise Invalid("dume.answer_invalid", _("Choisissez une des réponses proposées."))
    return Code(value, known.list_id)


_READERS: dict[Widget, Callable[[Mapping[str, str], str, str], Value]] = {
    Widget.YES_NO: _indicator,
    Widget.LINE: _text,
    Widget.TEXT: _text,
    Widget.PROOF: _text,
    Widget.URL: _url,
    Widget.AMOUNT: _amount,
    Widget.NUMBER: _number,
    Widget.YEARS: _years,
    Widget.PERCENTAGE: lambda said, _value_type, _path: _decimal(said[""]),
    Widget.DATE: lambda said, _value_type, _path: _date(said[""]),
    Widget.PERIOD: _period,
    Widget.COUNTRY: _code,
    Widget.CODE: _code,
}
