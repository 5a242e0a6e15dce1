"""Read and write DER (X.690), strictly: a value has one encoding, and every other one is refused.

General ASN.1 libraries accept BER even in their strict modes; a sealed bid that two readers may
understand differently is what the format must exclude, so the fixed profiles of pli/1 are read here.
"""

from dataclasses import dataclass
from typing import NoReturn

from signing.errors import SealedError

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
GENERALIZED_TIME = 0x18
SEQUENCE, SET = 0x30, 0x31
VERSION_TAG = 0xA0

_SHORT_LENGTH = 0x80
_LENGTH_BYTES = 4
_HIGH_TAG = 0x1F


def tlv(tag: int, content: bytes) -> bytes:
    """Encode one value under a one-byte tag."""
    size = len(content)
    if size < _SHORT_LENGTH:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _SHORT_LENGTH | len(length)]) + length + content


def sequence(*items: bytes) -> bytes:
    """Encode a SEQUENCE of encoded items."""
    return tlv(SEQUENCE, b"".join(items))


def set_of(*items: bytes) -> bytes:
    """Encode a SET OF, sorted as DER demands (X.690, 11.6)."""
    return tlv(SET, b"".join(sorted(items)))


def integer(value: int) -> bytes:
    """Encode a non-negative INTEGER in as few bytes as possible."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(content: bytes) -> bytes:
    """Encode an OCTET STRING."""
    return tlv(OCTET_STRING, content)


def boolean(*, value: bool) -> bytes:
    """Encode a BOOLEAN."""
    return tlv(BOOLEAN, b"\xff" if value else b"\0")


def bits(content: bytes) -> bytes:
    """Encode a BIT STRING of whole bytes."""
    return tlv(BIT_STRING, b"\0" + content)


def null() -> bytes:
    """Encode NULL."""
    return tlv(NULL, b"")


def oid(dotted: str) -> bytes:
    """Encode an OBJECT IDENTIFIER given in dotted form."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return tlv(OID, b"".join(_base128(part) for part in (first * 40 + second, *rest)))


def explicit(number: int, content: bytes) -> bytes:
    """Wrap encoded content in a constructed context tag."""
    return tlv(0xA0 | number, content)


def _base128(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(0x80 | value & 0x7F)
    return bytes(reversed(groups))


@dataclass(frozen=True, slots=True)
class Value:
    """One decoded value: its tag, its content, and its whole encoding."""

    tag: int
    content: bytes
    encoded: bytes


class Reader:
    """Walk through the values of one content, in order, refusing what was not asked for."""

    def __init__(self, data: bytes, *, code: str) -> None:
        self._data = data
        self._at = 0
        self._code = code

    def refuse(self, reason: str, detail: str) -> NoReturn:
        """Raise the refusal, with a short stable reason."""
        raise SealedError(self._code, detail, reason=reason)

    def more(self) -> bool:
        """Tell whether anything is left."""
        return self._at < len(self._data)

    def done(self) -> None:
        """Refuse anything left over."""
        if self.more():
            self.refuse("trailing", f"{len(self._data) - self._at} bytes too many")

    def peek(self) -> int | None:
        """Return the tag of the next value, if there is one."""
        return self._data[self._at] if self.more() else None

    def next(self, tag: int) -> Value:
        """Take the next value, which must bear this tag."""
        if self.peek() != tag:
            self.refuse("structure", f"expected tag {tag:#04x}, found {self.peek()}")
        return self.any()

    def any(self) -> Value:
        """Take the next value, whatever its tag."""
        start = self._at
        tag = self._byte()
        if tag & _HIGH_TAG == _HIGH_TAG:
            self.refuse("structure", "a tag above 30 has no place here")
        size = self._length()
        end = self._at + size
        if end > len(self._data):
            self.refuse("truncated", "a value runs past the end")
        content = self._data[self._at : end]
        self._at = end
        return Value(tag, content, self._data[start:end])

    def inside(self, tag: int) -> "Reader":
        """Take the next value and return a reader over its content."""
        return Reader(self.next(tag).content, code=self._code)

    def exactly(self, encoded: bytes, reason: str) -> None:
        """Take the next value, which must be these very bytes."""
        if self.any().encoded != encoded:
            self.refuse(reason, "a field has another value than the profile allows")

    def integer(self) -> int:
        """Take a minimal INTEGER."""
        content = self.next(INTEGER).content
        value = int.from_bytes(content, "big", signed=True)
        if not content or value.to_bytes(_signed_size(value), "big", signed=True) != content:
            self.refuse("not_der", "an INTEGER is not minimal")
        return value

    def octets(self, tag: int = OCTET_STRING) -> bytes:
        """Take a primitive OCTET STRING, possibly under an implicit tag."""
        return self.next(tag).content

    def bits(self) -> bytes:
        """Take a BIT STRING of whole bytes."""
        content = self.next(BIT_STRING).content
        if content[:1] != b"\0":
            self.refuse("not_der", "a BIT STRING is not made of whole bytes")
        return content[1:]

    def set_of(self, tag: int = SET) -> list[Value]:
        """Take a SET OF and return its values, which must stand in DER order."""
        inner = self.inside(tag)
        values = []
        while inner.more():
            values.append(inner.any())
        encodings = [value.encoded for value in values]
        if encodings != sorted(encodings):
            self.refuse("not_der", "a SET OF is not sorted")
        return values

    def _byte(self) -> int:
        if not self.more():
            self.refuse("truncated", "a value is cut short")
        self._at += 1
        return self._data[self._at - 1]

    def _length(self) -> int:
        first = self._byte()
        if first < _SHORT_LENGTH:
            return first
        count = first & 0x7F
        if not 1 <= count <= _LENGTH_BYTES:
            self.refuse("not_der", "an indefinite or oversized length (BER)")
        size = int.from_bytes(bytes(self._byte() for _ in range(count)), "big")
        if size < _SHORT_LENGTH or size.bit_length() <= 8 * (count - 1):
            self.refuse("not_der", "a length is not minimal (BER)")
        return size


def _signed_size(value: int) -> int:
    magnitude = value if value >= 0 else ~value
    return magnitude.bit_length() // 8 + 1
