"""Write one value as text and attributes, whatever element holds it. Pure."""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

from dume.espd.model import Amount, Code, Identifier, Period, Quantity, Value
from dume.espd.ubl import FINANCIAL_RATIO, FREE_LISTS, GUI_CONTROL, LISTS, NO_AGENCY, OCCUPATION, CodeListName
from dume.espd.write_v41.fragments import Extras, aggregate, day, leaf, number, optional


def value_leaf(element: str, value: Value, path: str, value_type: str) -> str:
    """Write the value of a property (taxonomy path, value type) in the cbc element of this name."""
    attributes = _attributes(value, path, value_type)
    if element == "ExpectedURI":
        attributes = {"schemeAgencyID": "OP"}
    elif element == "ResponseNumeric" and value_type == "PERCENTAGE":
        attributes = {"format": "PERCENTAGE"}
    elif element == "ExpectedValueNumeric":
        attributes = {}
    return leaf(element, text_of(value), attributes)


def text_of(value: Value) -> str:
    """Return a value as character data."""
    match value:
        case bool():
            written = "true" if value else "false"
        case Decimal():
            written = number(value)
        case Amount() | Quantity():
            written = number(value.value)
        case Code() | Identifier():
            written = value.value
        case date() | time():
            written = value.isoformat()
        case _:
            written = str(value)
    return written


def _attributes(value: Value, path: str, value_type: str) -> Mapping[str, str]:
    match value:
        case Amount():
            return {"currencyID": value.currency}
        case Quantity():
            return {"unitCode": value.unit}
        case Identifier():
            return {"schemeID": value.scheme, "schemeAgencyID": value.agency or NO_AGENCY}
        case Code():
            source = _list_of(value, path, value_type)
            return {"listID": source.list_id, "listAgencyID": source.agency, "listVersionID": source.version}
        case _:
            return {}


def _list_of(value: Code, path: str, value_type: str) -> CodeListName:
    """Return the list a code says it is from, or the one its question takes."""
    if value.list_id:
        return FREE_LISTS.get(value.list_id) or CodeListName(value.list_id, "OP", "4.1.0")
    return default_list(path, value_type)


def named(value: Value, path: str, value_type: str) -> Value:
    """Return a code with the identifier of its list, as a document read back would have it; other values as they are."""
    if isinstance(value, Code) and not value.list_id:
        return Code(value.value, default_list(path, value_type).list_id)
    return value


def default_list(path: str, value_type: str) -> CodeListName:
    """Return the list of a question's codes: by value type, then by criterion."""
    if value_type == "CODE_BOOLEAN":
        return GUI_CONTROL
    if value_type == "CODE_COUNTRY":
        return LISTS["IdentificationCode"]
    if path.startswith("C59_"):
        return LISTS["RoleCode"]
    return FINANCIAL_RATIO if "finan-rat" in path else OCCUPATION


def period(value: Period, path: str, extras: Extras) -> str:
    """Write a period at a path."""
    parts = [("StartDate", day("StartDate", value.start)), ("EndDate", day("EndDate", value.end))]
    parts.append(("Description", optional("Description", value.description)))
    return aggregate(path, parts, extras, always=True)
