"""Turn one value of a property into JSON-safe data and back, with the leniency forms and API callers may expect. Pure."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from dume.espd.model import Amount, Code, Identifier, Period, Quantity, Value
from dume.espd.ubl import ANSWERED

_LONGEST = 40
#: The shape of a value by the element that holds it in a response.
_SHAPES: Mapping[str, type] = {
    "ResponseAmount": Amount,
    "ResponseCode": Code,
    "ResponseDate": date,
    "Description": str,
    "EvidenceSupplied": Identifier,
    "ResponseID": Identifier,
    "ResponseIndicator": bool,
    "ResponseNumeric": Decimal,
    "ApplicablePeriod": Period,
    "ResponseQuantity": Quantity,
    "ResponseTime": time,
    "ResponseURI": str,
}
_NAMES: Mapping[str, type] = {
    "amount": Amount,
    "code": Code,
    "date": date,
    "identifier": Identifier,
    "number": Decimal,
    "period": Period,
    "quantity": Quantity,
    "time": time,
}
_BOOLEANS = {"true": True, "false": False}


def shape(value_type: str) -> type:
    """Return the Python type of the values of a value type; text when the type is unknown."""
    return _SHAPES[ANSWERED.get(value_type, "Description")]


def dump_value(value: Value) -> Any:
    """Return one value as JSON-safe data: text and booleans as they are, the others with their ``type``."""
    match value:
        case bool() | str():
            return value
        case Decimal():
            return {"type": "number", "value": str(value)}
        case date():
            return {"type": "date", "value": value.isoformat()}
        case time():
            return {"type": "time", "value": value.isoformat()}
        case _:
            return _dump_compound(value)


def _dump_compound(value: Amount | Code | Identifier | Period | Quantity) -> dict[str, str]:
    match value:
        case Amount():
            data = {"type": "amount", "value": str(value.value), "currency": value.currency}
        case Quantity():
            data = {"type": "quantity", "value": str(value.value), "unit": value.unit}
        case Code():
            data = {"type": "code", "value": value.value, "list": value.list_id}
        case Identifier():
            data = {
                "type": "identifier",
                "value": value.value,
                "agency": value.agency,
                "scheme": value.scheme,
            }
        case Period():
            start = value.start.isoformat() if value.start else ""
            end = value.end.isoformat() if value.end else ""
            data = {"type": "period", "start": start, "end": end, "description": value.description}
    return {key: each for key, each in data.items() if each or key in ("type", "value")}


def load_value(data: Any, value_type: str) -> Value | None:
    """Return the value of a property of this value type (empty: as the data say); None stays None.

    Numbers, dates and the like may be given as plain text or numbers. Raise ValueError when the data do not fit.
    """
    if data is None:
        return None
    wanted = shape(value_type) if value_type else _said(data)
    value: Value = _LOADERS[wanted](data)
    if value_type and value == Period():
        raise ValueError("a period has a start or an end")
    return _with_unit(value, value_type) if isinstance(value, Quantity) and value_type else value


def _said(data: Any) -> type:
    """Return the shape the data name."""
    if isinstance(data, bool):
        return bool
    if isinstance(data, Mapping) and data.get("type") in _NAMES:
        return _NAMES[data["type"]]
    return str


def _with_unit(value: Quantity, value_type: str) -> Quantity:
    """Refuse a fraction where whole numbers count; a number of years is in years."""
    if value_type.endswith(("_INTEGER", "_YEAR")) and value.value != value.value.to_integral_value():
        raise ValueError("a whole number is expected")
    return Quantity(value.value, "YEAR") if value_type.endswith("_YEAR") else value


def _part(data: Any, key: str = "value") -> Any:
    """Return a member of an object, or the data themselves when they are no object."""
    return data.get(key, "") if isinstance(data, Mapping) else data if key == "value" else ""


def _text(data: Any, key: str = "value") -> str:
    found = _part(data, key)
    if not isinstance(found, str):
        raise ValueError("text is expected")  # noqa: TRY004  # One error for every misfit.
    if any(character < " " and character not in "\t\n\r" for character in found):
        raise ValueError("a control character is in the text")
    return found


def _bool(data: Any) -> bool:
    found = _BOOLEANS.get(data) if isinstance(data, str) else data
    if not isinstance(found, bool):
        raise ValueError("true or false is expected")  # noqa: TRY004  # One error for every misfit.
    return found


def _decimal(data: Any) -> Decimal:
    found = _part(data)
    if isinstance(found, bool | float) or len(str(found)) > _LONGEST:
        raise ValueError("a decimal number is expected, as text")
    try:
        number = Decimal(str(found).strip())
    except InvalidOperation:
        raise ValueError("a decimal number is expected, as text") from None
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST:
        raise ValueError("a decimal number is expected, as text")
    return number


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _period(data: Any) -> Period:
    if not isinstance(data, Mapping):
        raise ValueError("a period has a start and an end")  # noqa: TRY004  # One error for every misfit.
    return Period(_day(_text(data, "start")), _day(_text(data, "end")), _text(data, "description"))


def _amount(data: Any) -> Amount:
    return Amount(_decimal(data), _text(data, "currency") or "EUR")


_LOADERS: Mapping[type, Any] = {
    str: _text,
    bool: _bool,
    Decimal: _decimal,
    date: lambda data: date.fromisoformat(_text(data)),
    time: lambda data: time.fromisoformat(_text(data)),
    Amount: _amount,
    Quantity: lambda data: Quantity(_decimal(data), _text(data, "unit")),
    Code: lambda data: Code(_text(data), _text(data, "list")),
    Identifier: lambda data: Identifier(_text(data), _text(data, "agency"), _text(data, "scheme")),
    Period: _period,
}
