"""Turn a document, or one value, into JSON-safe plain data and back, exactly. Pure.

A field at its default is left out. Decimals, dates and times are strings; a value that is neither text nor a boolean says
its shape under ``type``.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, time
from enum import StrEnum
from typing import Any, NamedTuple

from dume.espd.model import Document, Value
from dume.espd.value_codec import dump_value, load_value

__all__ = ["dump", "dump_part", "dump_value", "load", "load_part", "load_value"]

Dumper = Callable[[Any], Any]
Loader = Callable[[Any], Any]


class Field(NamedTuple):
    """How one field of a dataclass is written and read."""

    name: str
    default: Any
    dump: Dumper
    load: Loader


_PLANS: dict[Any, tuple[Field, ...]] = {}


def dump(document: Document) -> dict[str, Any]:
    """Return a document as JSON-safe data."""
    return dump_part(document)


def load(data: Mapping[str, Any]) -> Document:
    """Return the document that ``dump`` gave; raise ValueError on anything else, naming the place."""
    return load_part(Document, data)


def dump_part(part: Any) -> dict[str, Any]:
    """Return a dataclass of the model (an answer, a buyer, a criterion ...) as JSON-safe data."""
    return {
        field.name: field.dump(value)
        for field in _plan(type(part))
        if (value := getattr(part, field.name)) != field.default
    }


T = typing.TypeVar("T")


def load_part(kind: type[T], data: Any) -> T:
    """Return a dataclass of the model from what ``dump_part`` gave; raise ValueError on anything else."""
    if not isinstance(data, Mapping):
        raise ValueError(f"/{kind.__name__}: an object is expected")  # noqa: TRY004  # One error for every misfit.
    fields = {field.name: field for field in _plan(kind)}
    unknown = set(data) - set(fields)
    if unknown:
        raise ValueError(f"/{min(unknown)}: {kind.__name__} has no such field")
    try:
        return kind(**{name: _at(name, fields[name].load, value) for name, value in data.items()})
    except TypeError as error:
        raise ValueError(f"/{kind.__name__}: {error}") from None


def _at(name: str, loader: Loader, value: Any) -> Any:
    """Read one field and put its name before the place of an error."""
    try:
        return loader(value)
    except ValueError as error:
        message = str(error)
        raise ValueError(f"/{name}{message if message.startswith('/') else ': ' + message}") from None


def _plan(kind: Any) -> tuple[Field, ...]:
    """Return how each field of a dataclass is written and read; each class is looked at once."""
    found = _PLANS.get(kind)
    if found is None:
        found = _PLANS[kind] = _new_plan(kind)
    return found


def _new_plan(kind: Any) -> tuple[Field, ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        Field(field.name, field.default, *_codec(hints[field.name])) for field in dataclasses.fields(kind)
    )


def _codec(hint: Any) -> tuple[Dumper, Loader]:
    """Return the writer and reader of a type."""
    if hint == Value:
        return dump_value, _required_value
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return _optional(hint, arguments)
    if typing.get_origin(hint) is tuple:
        write, read = _codec(arguments[0])
        return (lambda items: [write(item) for item in items]), (lambda items: _sequence(items, read))
    if dataclasses.is_dataclass(hint):
        return dump_part, lambda data: load_part(typing.cast("type[Any]", hint), data)
    return _scalar(hint)


def _optional(hint: Any, arguments: tuple[Any, ...]) -> tuple[Dumper, Loader]:
    """Return the writer and reader of a type or nothing."""
    if set(arguments) == {*typing.get_args(Value), types.NoneType}:
        return (lambda value: None if value is None else dump_value(value)), (
            lambda data: None if data is None else load_value(data, "")
        )
    write, read = _codec(next(each for each in arguments if each is not types.NoneType))
    del hint
    return (lambda value: None if value is None else write(value)), (
        lambda data: None if data is None else read(data)
    )


def _scalar(hint: type[Any]) -> tuple[Dumper, Loader]:
    if issubclass(hint, StrEnum):
        return (lambda value: value.value), hint
    if hint in (date, time):
        return (lambda value: value.isoformat()), lambda data: hint.fromisoformat(_typed(data, str))
    return (lambda value: value), lambda data: _typed(data, hint)


def _typed(data: Any, hint: type[T]) -> T:
    """Return the data when they are of exactly this type: a boolean is no number."""
    if type(data) is not hint:
        raise ValueError(f"{hint.__name__} expected")
    return data


def _sequence(data: Any, read: Loader) -> tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        raise ValueError("a list is expected")  # noqa: TRY004  # One error for every misfit.
    return tuple(_at(str(index), read, item) for index, item in enumerate(data))


def _required_value(data: Any) -> Value:
    value = load_value(data, "")
    if value is None:
        raise ValueError("a value is expected")
    return value
