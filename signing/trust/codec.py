"""Write services and list descriptions as JSON and read them back, for the store's index and for kept evidence.

What is read may come from outside: anything unexpected is a ``ValueError``, a ``TypeError``, or another that ``reading``
turns into one refusal.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from signing.errors import Unverifiable
from signing.trust.model import ListInfo, Qualifier, Service, StatusPeriod

Json = dict[str, Any]


@contextmanager
def reading(reason: str) -> Iterator[None]:
    """Turn whatever a misshapen document provokes into one refusal, whose sentence takes ``why``."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Unverifiable("UNREADABLE", reason, repr(error), why=type(error).__name__) from error


def instant_text(moment: datetime) -> str:
    """Write an aware instant in UTC, to the microsecond when it has any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_from(value: object) -> datetime:
    """Read an instant; one without offset is refused."""
    if not isinstance(value, str):
        raise TypeError("an instant is a text")
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("an instant without offset")
    return moment.astimezone(UTC)


def binary_text(data: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(data).decode("ascii")


def binary_from(value: object) -> bytes:
    """Read base64; stray characters are refused."""
    return base64.b64decode(checked(value, str), validate=True)


def checked(value: object, kind: type[Any]) -> Any:
    """Return a value of the expected JSON type; a boolean is no integer."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
    return value


def texts(value: object) -> tuple[str, ...]:
    """Read an array of texts."""
    return tuple(checked(item, str) for item in checked(value, list))


def service_json(service: Service) -> Json:
    """Write a service with everything that its line in a snapshot's id rests on."""
    return {
        "territory": service.territory,
        "provider": service.provider,
        "name": service.name,
        "type": service.type,
        "certificates": [binary_text(certificate) for certificate in service.certificates],
        "history": [_period_json(period) for period in service.history],
        "qualifiers": _qualifiers_json(service.qualifiers),
        "additional": list(service.additional),
    }


def service_from(value: Mapping[str, Any]) -> Service:
    """Read a service back."""
    return Service(
        territory=checked(value["territory"], str),
        provider=checked(value["provider"], str),
        name=checked(value["name"], str),
        type=checked(value["type"], str),
        certificates=tuple(binary_from(item) for item in checked(value["certificates"], list)),
        history=tuple(_period_from(item) for item in checked(value["history"], list)),
        qualifiers=_qualifiers_from(value["qualifiers"]),
        additional=texts(value["additional"]),
    )


def list_json(info: ListInfo) -> Json:
    """Write the description of a list."""
    return {
        "territory": info.territory,
        "kind": info.kind,
        "version": info.version,
        "sequence": info.sequence,
        "issued_at": instant_text(info.issued_at),
        "next_update": instant_text(info.next_update) if info.next_update else None,
        "sha256": info.sha256,
        "origin": info.origin,
        "operator": info.operator,
        "services": info.services,
    }


def list_from(value: Mapping[str, Any]) -> ListInfo:
    """Read the description of a list back."""
    return ListInfo(
        territory=checked(value["territory"], str),
        version=checked(value["version"], int),
        sequence=checked(value["sequence"], int),
        issued_at=instant_from(value["issued_at"]),
        next_update=None if value["next_update"] is None else instant_from(value["next_update"]),
        sha256=checked(value["sha256"], str),
        origin=checked(value["origin"], str),
        operator=checked(value["operator"], str),
        services=checked(value["services"], int),
        kind=checked(value["kind"], str),
    )


def _period_json(period: StatusPeriod) -> Json:
    return {
        "status": period.status,
        "starts": instant_text(period.starts),
        "type": period.type,
        "qualifiers": None if period.qualifiers is None else _qualifiers_json(period.qualifiers),
        "additional": None if period.additional is None else list(period.additional),
    }


def _period_from(value: Mapping[str, Any]) -> StatusPeriod:
    return StatusPeriod(
        status=checked(value["status"], str),
        starts=instant_from(value["starts"]),
        type=None if value["type"] is None else checked(value["type"], str),
        qualifiers=None if value["qualifiers"] is None else _qualifiers_from(value["qualifiers"]),
        additional=None if value["additional"] is None else texts(value["additional"]),
    )


def _qualifiers_json(qualifiers: Sequence[Qualifier]) -> list[Json]:
    return [
        {
            "uris": list(one.uris),
            "policies": [list(alternative) for alternative in one.policies],
            "key_usages": [[list(pair) for pair in alternative] for alternative in one.key_usages],
            "readable": one.readable,
        }
        for one in qualifiers
    ]


def _qualifiers_from(value: object) -> tuple[Qualifier, ...]:
    return tuple(
        Qualifier(
            uris=texts(one["uris"]),
            policies=tuple(texts(alternative) for alternative in checked(one["policies"], list)),
            key_usages=tuple(
                tuple(_bit(pair) for pair in checked(alternative, list))
                for alternative in checked(one["key_usages"], list)
            ),
            readable=checked(one["readable"], bool),
        )
        for one in checked(value, list)
    )


def _bit(pair: object) -> tuple[str, bool]:
    name, wanted = checked(pair, list)
    return checked(name, str), checked(wanted, bool)
