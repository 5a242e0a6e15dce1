"""Write a policy as JSON and read it back, for the evidence of a verdict."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from signing.policy import Policy
from signing.trust.codec import Json, checked, instant_from, instant_text, texts


def policy_json(policy: Policy) -> Json:
    """Write every rule of a policy; durations are whole seconds."""
    return {
        "digests": [[name, _end_json(end)] for name, end in policy.digests],
        "keys": [[family, bits, _end_json(end)] for family, bits, end in policy.keys],
        "freshness": None if policy.freshness is None else _seconds(policy.freshness),
        "freshness_without_next_update": _seconds(policy.freshness_without_next_update),
        "tolerance": _seconds(policy.tolerance),
        "signature_usages": list(policy.signature_usages),
        "foreign_extended_usages": list(policy.foreign_extended_usages),
        "list_age": _seconds(policy.list_age),
    }


def policy_from(value: Mapping[str, Any]) -> Policy:
    """Read a policy back; raises ValueError, TypeError or KeyError when it is misshapen."""
    freshness = value["freshness"]
    return Policy(
        digests=tuple(_digest(row) for row in checked(value["digests"], list)),
        keys=tuple(_key(row) for row in checked(value["keys"], list)),
        freshness=None if freshness is None else _duration(freshness),
        freshness_without_next_update=_duration(value["freshness_without_next_update"]),
        tolerance=_duration(value["tolerance"]),
        signature_usages=texts(value["signature_usages"]),
        foreign_extended_usages=texts(value["foreign_extended_usages"]),
        list_age=_duration(value["list_age"]),
    )


def _digest(row: object) -> tuple[str, datetime | None]:
    name, end = checked(row, list)
    return checked(name, str), _end_from(end)


def _key(row: object) -> tuple[str, int, datetime | None]:
    family, bits, end = checked(row, list)
    return checked(family, str), checked(bits, int), _end_from(end)


def _end_json(end: datetime | None) -> str | None:
    return None if end is None else instant_text(end)


def _end_from(value: object) -> datetime | None:
    return None if value is None else instant_from(value)


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _duration(value: object) -> timedelta:
    return timedelta(seconds=checked(value, int))
