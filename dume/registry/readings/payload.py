"""Read answers of sources without trusting their shape: wrong types and absent keys become nothing. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

#: Numbers of seconds since 1970 stand in some answers where others write a date.
_EPOCH = (int, float)
#: A figure of more digits is no figure of a company, and writing it out could fill the memory.
_MAGNITUDE = 30


@dataclass(frozen=True, kw_only=True)
class Link:
    """A document to fetch at once, for its address expires."""

    url: str
    name: str
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an answer says, in our words; `notice` is for the company alone."""

    values: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    as_of: date | None = None
    valid_until: date | None = None
    notice: str = ""


def at(data: object, *keys: str) -> Any:
    """Return what stands under nested keys, or None."""
    for key in keys:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def text(data: object, *keys: str) -> str:
    """Return a text or a number as text, stripped; empty when there is none."""
    found = at(data, *keys)
    return str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""


def flag(data: object, *keys: str) -> bool | None:
    """Return a boolean, or None when the answer holds none."""
    found = at(data, *keys)
    return found if isinstance(found, bool) else None


def day(data: object, *keys: str) -> date | None:
    """Return an ISO date (or a UNIX time as its day), or None."""
    found = at(data, *keys)
    try:
        if isinstance(found, str):
            return date.fromisoformat(found.strip()[:10])
        if isinstance(found, _EPOCH) and not isinstance(found, bool):
            return datetime.fromtimestamp(found, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
    return None


def number(data: object, *keys: str) -> Decimal | None:
    """Return an exact number, or None."""
    found = at(data, *keys)
    if isinstance(found, bool) or not isinstance(found, str | int | float | Decimal):
        return None
    try:
        exact = Decimal(str(found).strip())
    except ArithmeticError:
        return None
    return exact if exact.is_finite() and abs(exact.adjusted()) < _MAGNITUDE else None


def rows(data: object, *keys: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list that hold something (those of an enveloped list without their envelope)."""
    found = at(data, *keys) if keys else data
    items = [_bare(item) for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []
    return [item for item in items if item]


def _bare(item: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = item.get("data")
    return inner if isinstance(inner, Mapping) else item


def iso(value: date | None) -> str:
    """Return an ISO date, or an empty text."""
    return value.isoformat() if value else ""


def compact(**values: Any) -> dict[str, Any]:
    """Return the values that say something: no None, no empty text, no empty list."""
    return {key: value for key, value in values.items() if value is not None and value not in ("", [], {})}


def links(data: object, key: str, name: str, about: str = "") -> tuple[Link, ...]:
    """Return the document under a key, if the answer names one."""
    url = text(data, key)
    return (Link(url=url, name=name, about=about),) if url else ()


def latest(days: Iterator[date | None]) -> date | None:
    """Return the last of some dates, or None."""
    return max((item for item in days if item), default=None)


def earliest(days: Iterator[date | None]) -> date | None:
    """Return the first of some dates, or None."""
    return min((item for item in days if item), default=None)
