"""Take a JSON object apart field by field, so that nothing unknown or misshapen passes unnoticed."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NoReturn
from uuid import UUID

from signing.errors import SealedError
from signing.jcs import MAX_INTEGER, Json

SHA256_HEX = r"[0-9a-f]{64}"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def b64encode(data: bytes) -> str:
    """Write bytes as base64url without padding, the only binary form of pli/1 JSON."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def instant_text(moment: datetime) -> str:
    """Write an aware instant as RFC 3339 UTC with exactly three decimals."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Fields:
    """Read the members of one object; every refusal names the member and carries one code.

    Give ``closed=False`` for objects that a newer server may extend; pli/1 itself refuses unknown keys.
    """

    def __init__(self, value: Json, *, code: str, where: str = "$", closed: bool = True) -> None:
        self._code = code
        self._where = where
        if not isinstance(value, Mapping):
            self.refuse("", "is not an object")
        self._value = value
        self._left = set(value)
        self._closed = closed

    def refuse(self, key: str, why: str) -> NoReturn:
        """Raise the refusal for one member."""
        where = f"{self._where}.{key}" if key else self._where
        raise SealedError(self._code, f"{where} {why}", where=where)

    def done(self) -> None:
        """Refuse members that nobody asked for."""
        if self._closed and self._left:
            self.refuse(min(self._left), "is not a known key")

    def raw(self, key: str) -> Json:
        """Return a member as it is; it must be there."""
        if key not in self._value:
            self.refuse(key, "is missing")
        self._left.discard(key)
        return self._value[key]

    def is_null(self, key: str) -> bool:
        """Tell whether a member, which must be there, is null."""
        return self.raw(key) is None

    def text(self, key: str, *, most: int = 1000, least: int = 1) -> str:
        """Return a string of a length between bounds, in characters."""
        value = self.raw(key)
        if not isinstance(value, str) or not least <= len(value) <= most:
            self.refuse(key, f"is not a text of {least} to {most} characters")
        return value

    def matching(self, key: str, pattern: str) -> str:
        """Return a string that a pattern matches entirely."""
        value = self.raw(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.refuse(key, f"does not match {pattern}")
        return value

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """Return a string of a closed list."""
        value = self.raw(key)
        if not isinstance(value, str) or value not in allowed:
            self.refuse(key, f"is none of {', '.join(allowed)}")
        return value

    def integer(self, key: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
        """Return an integer between bounds."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(key, f"is not an integer from {least} to {most}")
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean."""
        value = self.raw(key)
        if not isinstance(value, bool):
            self.refuse(key, "is not true or false")
        return value

    def sha256(self, key: str) -> bytes:
        """Return the 32 bytes of a lower-case hexadecimal hash."""
        return bytes.fromhex(self.matching(key, SHA256_HEX))

    def uuid(self, key: str) -> UUID:
        """Return a UUID written in its one canonical form."""
        text = self.text(key, most=36)
        return self._uuid(key, text)

    def _uuid(self, key: str, text: str) -> UUID:
        try:
            value = UUID(text)
        except ValueError:
            self.refuse(key, "is not a UUID")
        if str(value) != text:
            self.refuse(key, "is not a UUID in lower case with hyphens")
        return value

    def binary(self, key: str, *, size: int | None = None, most: int = 1 << 20) -> bytes:
        """Return the bytes of a base64url member without padding, of an exact or bounded size."""
        value = self.raw(key)
        if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
            self.refuse(key, "is not base64url")
        try:
            data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except binascii.Error:
            self.refuse(key, "is not base64url")
        if b64encode(data) != value or len(data) > most or (size is not None and len(data) != size):
            self.refuse(key, "has the wrong size or stray bits")
        return data

    def instant(self, key: str) -> datetime:
        """Return an aware UTC instant written with milliseconds."""
        text = self.matching(key, _INSTANT)
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            self.refuse(key, "is not an instant of the calendar")

    def items(self, key: str, *, least: int = 0, most: int = 10_000) -> Sequence[Json]:
        """Return an array whose length is within bounds."""
        value = self.raw(key)
        if isinstance(value, str) or not isinstance(value, Sequence) or not least <= len(value) <= most:
            self.refuse(key, f"is not an array of {least} to {most} items")
        return value

    def objects(self, key: str, *, least: int = 0, most: int = 10_000) -> list["Fields"]:
        """Return the objects of an array, each ready to be taken apart."""
        return [
            Fields(item, code=self._code, where=f"{self._where}.{key}[{index}]", closed=self._closed)
            for index, item in enumerate(self.items(key, least=least, most=most))
        ]

    def object(self, key: str) -> "Fields":
        """Return a nested object, ready to be taken apart."""
        return Fields(self.raw(key), code=self._code, where=f"{self._where}.{key}", closed=self._closed)

    def texts(self, key: str, pattern: str, *, least: int = 0, most: int = 10_000) -> tuple[str, ...]:
        """Return an array of different strings that a pattern matches entirely."""
        found = []
        for item in self.items(key, least=least, most=most):
            if not isinstance(item, str) or not re.fullmatch(pattern, item) or item in found:
                self.refuse(key, f"holds an item that is repeated or does not match {pattern}")
            found.append(item)
        return tuple(found)

    def hashes(self, key: str, *, least: int = 0, most: int = 10_000) -> tuple[bytes, ...]:
        """Return an array of different hashes."""
        return tuple(bytes.fromhex(text) for text in self.texts(key, SHA256_HEX, least=least, most=most))

    def uuids(self, key: str, *, most: int = 1000) -> tuple[UUID, ...]:
        """Return an array of different UUIDs."""
        return tuple(self._uuid(key, text) for text in self.texts(key, r".{36}", most=most))
