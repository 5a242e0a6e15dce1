"""Write typed values the French way: « 140 000,00 € HT », « 1er mars 2027 », « 3 mois », « a, b et c »."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from clauses.rules.model import Choice, Column, DurationUnit, Fact, FactType, Record, Value
from procurement.core.money import format_euros

PARIS = ZoneInfo("Europe/Paris")
_NBSP = "\u00a0"
_NARROW = "\u202f"
_UNITS = {
    DurationUnit.DAYS: ("jour", "jours"),
    DurationUnit.WEEKS: ("semaine", "semaines"),
    DurationUnit.MONTHS: ("mois", "mois"),
    DurationUnit.YEARS: ("an", "ans"),
}
_PLURAL_FROM = 2


def write(value: Value, fact: Fact | Column) -> str:
    """Return the words of a value; an amount says HT or TTC where its fact does."""
    if fact.type in _CODED:
        choices = fact.domain.values if isinstance(fact, Fact) else fact.values
        return _coded(value, choices)
    if fact.type is FactType.AMOUNT:
        return _amount(value, fact.unit)
    if fact.type is FactType.INTEGER and fact.unit:
        return f"{_integer(value)}{_NBSP}{_agreed(value, fact.unit)}"
    return _WRITERS.get(fact.type, _text)(value)


def enumerate_fr(words: Iterable[str]) -> str:
    """Return « a, b et c »."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} et {last}" if first else last


def decimal_fr(value: Decimal) -> str:
    """Return a figure with a decimal comma, no zero left behind: ``5,5``."""
    plain = f"{value.normalize():f}"
    return plain.replace(".", ",")


def day_fr(day: date) -> str:
    """Return « 1er mars 2027 »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{_NBSP}{format_date(day, 'MMMM y', locale='fr')}"


_CODED = {FactType.ENUM, FactType.SET}


def _coded(value: Any, choices: tuple[Choice, ...]) -> str:
    labels: dict[str, str] = {choice.value: choice.label.fr for choice in choices}
    if isinstance(value, str):
        return labels.get(value, value)
    ordered: list[str] = [code for code in labels if code in value] + sorted(
        code for code in value if code not in labels
    )
    return enumerate_fr([labels.get(code, code) for code in ordered])


def _amount(value: Any, unit: str) -> str:
    return f"{format_euros(value)}{_NBSP}{unit}" if unit in {"HT", "TTC"} else format_euros(value)


def _agreed(value: Any, unit: str) -> str:
    """Return the unit in the singular where French wants it: « 1 jour », « 0 heure », but « 1 mois »."""
    return unit if abs(value) >= _PLURAL_FROM or unit == "mois" else unit.removesuffix("s")


def _integer(value: Any) -> str:
    return f"{value:,}".replace(",", _NARROW)


def _rate(value: Any) -> str:
    return f"{decimal_fr(value)}{_NBSP}%"


def _boolean(value: Any) -> str:
    return "oui" if value else "non"


def _moment(value: datetime) -> str:
    local = value.astimezone(PARIS)
    return f"{day_fr(local.date())} à {local.hour}{_NBSP}h{_NBSP}{local.minute:02d} (heure de Paris)"


def _month(value: Any) -> str:
    return format_date(date(value.year, value.month, 1), "MMMM y", locale="fr")


def _duration(value: Any) -> str:
    one, many = _UNITS[value.unit]
    return f"{_integer(value.number)}{_NBSP}{one if value.number < _PLURAL_FROM else many}"


def _texts(value: Any) -> str:
    return enumerate_fr(value)


def _siret(value: Any) -> str:
    digits = str(value)
    return _NBSP.join((digits[:3], digits[3:6], digits[6:9], digits[9:])).strip(_NBSP)


def _iban(value: Any) -> str:
    letters = str(value).replace(" ", "")
    return _NBSP.join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _organisation(value: Record) -> str:
    siret = value.get("siret")
    return _parts(
        value.get("nom"), siret and f"SIRET {_siret(siret)}", _address_or_text(value.get("adresse"))
    )


def _person(value: Record) -> str:
    return _parts(*(value.get(key) for key in ("nom", "fonction", "courriel", "telephone")))


def _address(value: Record) -> str:
    town = " ".join(str(value[key]) for key in ("code_postal", "commune") if value.get(key))
    return _parts(value.get("voie"), value.get("complement"), town, value.get("pays"))


def _address_or_text(value: Any) -> str:
    return _address(value) if isinstance(value, Mapping) else str(value or "")


def _parts(*parts: Any) -> str:
    return ", ".join(str(part) for part in parts if part)


def _records(value: Any) -> str:
    return " ; ".join(_parts(*record.values()) for record in value)


def _text(value: Any) -> str:
    return str(value)


_WRITERS: Mapping[FactType, Callable[[Any], str]] = {
    FactType.BOOL: _boolean,
    FactType.INTEGER: _integer,
    FactType.RATE: _rate,
    FactType.DATE: day_fr,
    FactType.DATETIME: _moment,
    FactType.MONTH: _month,
    FactType.DURATION: _duration,
    FactType.RECORDS: _records,
    FactType.TEXTS: _texts,
    FactType.ORGANISATION: _organisation,
    FactType.PERSON: _person,
    FactType.ADDRESS: _address,
    FactType.SIRET: _siret,
    FactType.IBAN: _iban,
}
