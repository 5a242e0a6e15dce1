"""Say what an endpoint takes and gives where it differs from JSON, and until when it lives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
#: Shortest time between the announcement of an end and the end (conventions, section 4).
NOTICE = timedelta(days=365)
_ATTRIBUTE = "__pli_contract__"


@dataclass(frozen=True, kw_only=True)
class Deprecated:
    """An endpoint that goes away: since when it is announced, until when it answers, where to read what replaces it."""

    since: datetime
    sunset: datetime
    link: str

    def __post_init__(self) -> None:
        """Refuse an end announced less than twelve months before."""
        if self.sunset - self.since < NOTICE:
            raise ValueError("an endpoint is announced as deprecated twelve months before its end")


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What an endpoint consumes and produces; ``idempotent=False`` for a POST whose repetition does no harm.

    ``conditional=False`` is for an unsafe request whose object has no ETag.
    """

    consumes: tuple[str, ...] = (JSON,)
    produces: tuple[str, ...] = (JSON,)
    idempotent: bool = True
    conditional: bool = True
    deprecated: Deprecated | None = field(default=None)


def contract(**terms: Any) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Attach a ``Contract`` to a view; stands below ``@endpoint``."""
    made = Contract(**terms)

    def decorate(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        setattr(function, _ATTRIBUTE, made)
        return function

    return decorate


def contract_of(function: Callable[[Any], Any]) -> Contract | None:
    """Return the contract attached to a view, or None."""
    found: Contract | None = getattr(function, _ATTRIBUTE, None)
    return found


def usual(methods: tuple[str, ...]) -> Contract:
    """Return the contract of an endpoint that says nothing; a PATCH takes merge patches (RFC 7396) as well."""
    return Contract(consumes=(JSON, MERGE_PATCH)) if "PATCH" in methods else Contract()
