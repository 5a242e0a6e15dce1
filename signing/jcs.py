"""Read and write the one JSON form that is hashed and signed: RFC 8785 (JCS), restricted to pli/1.

Keys are ASCII, numbers are integers a JavaScript number holds exactly, and there are no floats: what is left
of RFC 8785 is sorted keys, no spaces and minimal escapes, which two implementations cannot disagree about.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

from signing.errors import SealedError

# Beyond 2^53 - 1 a JavaScript reader silently rounds (RFC 8785, section 3.2.2.3).
MAX_INTEGER = 2**53 - 1

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def dumps(value: Json) -> bytes:
    """Return the RFC 8785 bytes of a value made of objects, arrays, strings, integers, booleans and null."""
    _check_all(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return _utf8(text)


def loads(data: bytes) -> Json:
    """Parse JSON strictly: UTF-8, no duplicate key, no float, no integer above 2^53 - 1."""
    try:
        text = data.decode("utf-8")
        value: Json = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_integer,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise SealedError("json.refused", f"not JSON: {error}", reason="syntax") from error
    _check_all(value)
    return value


def parse(data: bytes) -> Json:
    """Parse JSON strictly and refuse bytes that are not the canonical form of what they say."""
    value = loads(data)
    if dumps(value) != data:
        _refuse("not_canonical", "the bytes are not the RFC 8785 form of their own content")
    return value


def _refuse(reason: str, detail: str) -> NoReturn:
    raise SealedError("json.refused", detail, reason=reason)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("duplicate_key", "an object holds the same key twice")
    return found


def _no_float(text: str) -> NoReturn:
    _refuse("float", f"{text[:40]} is not an integer")


def _integer(text: str) -> int:
    # The length is looked at first: converting a million digits costs quadratic time.
    if len(text) > len(str(-MAX_INTEGER)):
        _refuse("integer", "an integer is too large")
    return int(text)


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise SealedError("json.refused", "a string holds a lone surrogate", reason="surrogate") from error


def _check_all(value: Json) -> None:
    """Check a value; one nested so deep that the check runs out of stack is refused like any other bad one."""
    try:
        _check(value)
    except RecursionError as error:
        raise SealedError("json.refused", "nested too deep", reason="depth") from error


def _check(value: Json) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            _refuse("integer", "an integer is beyond 2^53 - 1")
    elif isinstance(value, str):
        _utf8(value)
    elif isinstance(value, Mapping):
        _check_object(value)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for item in value:
            _check(item)
    else:
        _refuse("type", f"{type(value).__name__} has no place in pli/1 JSON")


def _check_object(value: Mapping[str, Json]) -> None:
    for key, item in value.items():
        if not isinstance(key, str) or not key.isascii():
            _refuse("key", "a key is not ASCII")
        _check(item)
