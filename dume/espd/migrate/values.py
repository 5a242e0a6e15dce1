"""Turn the values of old documents into the types of 4.1.0; what cannot be turned is nothing, never a guess."""

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from lxml import etree

from dume.espd.migrate.codes import ROLES
from dume.espd.migrate.countries import alpha_3
from dume.espd.migrate.old import child, local, text
from dume.espd.model import Amount, Code, Identifier, Period, Quantity, Value
from dume.espd.ubl import LISTS

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEAR = re.compile(r"[12]\d{3}")
_CODE_LENGTH = 100
_URI_MARKS = ":/?#[]@!$&'()*+,;=%~"


def as_date(value: str) -> date | None:
    """Read an ISO date, with or without a time zone (which a day does not need)."""
    match = _DATE.match(value.strip())
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def as_time(value: str) -> time | None:
    """Read an ISO time."""
    try:
        return time.fromisoformat(value.strip())
    except ValueError:
        return None


def as_decimal(value: str) -> Decimal | None:
    """Read an exact decimal; spaces and a decimal comma are forgiven."""
    plain = re.sub(r"\s", "", value).replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None  # noqa: PLR2004  # No sum of money needs more.


def as_bool(value: str) -> bool | None:
    """Read an XML boolean."""
    return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())


def as_period(element: etree._Element) -> Period | None:
    """Read a period from its dates, or from dates written in its description."""
    period = Period(as_date(text(element, "StartDate")), as_date(text(element, "EndDate")))
    if period != Period():
        return period
    found = [as_date("-".join(parts)) for parts in _DATE.findall(text(element, "Description"))]
    if len(found) == 2:  # noqa: PLR2004  # A period has two ends.
        return Period(found[0], found[1])
    words = " ".join(text(element, "Description").split())
    return Period(description=words) if words else None


def convert(element: etree._Element, target: str, part: str = "") -> Value | None:
    """Read the value of an element as a 4.1.0 value type.

    The element is a value of a response (``cbc:ResponseAmount``, ``Amount`` ...) or an expected value; the result is
    nothing when the words cannot be of that type. `part` says which end of a period a date is, or ``role``.
    """
    written = text(element)
    if target == "PERIOD":
        return _part_of_period(written, part) if part else as_period(element)
    if local(element) in ("Period", "ApplicablePeriod"):
        written = " ".join("".join(str(each) for each in element.itertext()).split())
    if not written:
        return None
    plain = target.replace("MINIMUM_", "").replace("MAXIMUM_", "")
    if plain.startswith("CODE"):
        return _code(written, element, part or plain)
    return _READERS.get(plain, _words)(written, element)


def _part_of_period(written: str, part: str) -> Period | None:
    """Read one end of a period, or the year it is."""
    if part == "year":
        year = int(written) if _YEAR.fullmatch(written) else 0
        return Period(date(year, 1, 1), date(year, 12, 31)) if year else None
    day = as_date(written)
    return None if day is None else Period(day, None) if part == "start" else Period(None, day)


def _words(written: str, _element: etree._Element) -> Value:
    return written


def _amount(written: str, element: etree._Element) -> Amount | None:
    number = as_decimal(written)
    return None if number is None else Amount(number, element.get("currencyID", "").strip() or "EUR")


def _quantity(written: str, element: etree._Element) -> Quantity | None:
    number = as_decimal(written)
    unit = element.get("unitCode", "")
    return None if number is None else Quantity(number, "" if unit == "NUMBER" else unit)


def _year(written: str, _element: etree._Element) -> Quantity | None:
    """Read a year or a number of years; a year may be written as a date."""
    number, day = as_decimal(written), as_date(written)
    if number is None and day is not None:
        number = Decimal(day.year)
    return None if number is None else Quantity(number, "YEAR")


def _identifier(written: str, element: etree._Element) -> Identifier:
    return Identifier(written, element.get("schemeAgencyID", "").strip(), element.get("schemeID", "").strip())


def _day(written: str, _element: etree._Element) -> date | None:
    return as_date(written) or (date(int(written), 1, 1) if _YEAR.fullmatch(written) else None)


_READERS: dict[str, Callable[[str, etree._Element], Value | None]] = {
    "AMOUNT": _amount,
    "QUANTITY": _quantity,
    "QUANTITY_INTEGER": _quantity,
    "QUANTITY_YEAR": _year,
    "INDICATOR": lambda written, _element: as_bool(written),
    "WEIGHT_INDICATOR": lambda written, _element: as_bool(written),
    "PERCENTAGE": lambda written, _element: as_decimal(written.rstrip("% ")),
    "DATE": _day,
    "TIME": lambda written, _element: as_time(written),
    "URL": lambda written, _element: quote(written, safe=_URI_MARKS),
    "IDENTIFIER": _identifier,
    **{f"{kind}_IDENTIFIER": _identifier for kind in ("QUAL", "ECONOMIC_OPERATOR", "LOT", "EVIDENCE")},
}


def _code(written: str, element: etree._Element, target: str) -> Code | None:
    """Read a code: countries and roles changed their lists, other codes keep theirs when it is a published one."""
    if len(written) > _CODE_LENGTH:
        return None
    if target == "CODE_COUNTRY":
        return Code(alpha_3(written), LISTS["IdentificationCode"].list_id)
    role = ROLES.get(written.upper()) if target == "role" else None
    listed = element.get("listID", "")
    if role is not None:
        return Code(role.value, LISTS["RoleCode"].list_id)
    return Code(written, listed if "://" in listed else "")


def same_family(old: str, new: str) -> bool:
    """Tell whether a value keeps its type: a minimum is an amount, a whole number a quantity."""
    plain = [name.replace("MINIMUM_", "").replace("MAXIMUM_", "").partition("_")[0] for name in (old, new)]
    return plain[0] == plain[1] or (old == "DATE" and new == "PERIOD")


def evidence_uri(element: etree._Element) -> etree._Element | None:
    """Find the address in an evidence of version 1.0.2."""
    reference = child(element, "EvidenceDocumentReference")
    return child(reference, "Attachment", "ExternalReference", "URI")
