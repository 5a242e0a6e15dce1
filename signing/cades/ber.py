"""Walk BER and DER (X.690) without copying it: lengths of either form, strings in pieces, the bytes as transmitted.

Signatures are over exact bytes, so a value is never decoded and encoded again behind the caller's back: ``raw`` is
what stands in the file and ``to_der`` is asked for by name. Nothing here recurses on hostile input without a bound.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from signing.der import tlv

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
ENUMERATED, UTC_TIME, GENERALIZED_TIME = 0x0A, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONSTRUCTED = 0x20

#: No honest CMS comes near these; a hostile one is stopped before it costs a second.
MAX_DEPTH = 40
MAX_VALUES = 20_000
#: A content of 256 MiB in pieces of 1,000 bytes, the usual size, has fewer.
MAX_PIECES = 300_000

_CLASS = 0xC0
_HIGH_TAG = 0x1F
_LONG_FORM = 0x80
_LENGTH_BYTES = 5
_OID_BYTES = 64
_UTC_CENTURY = 50
_TIME = re.compile(r"([0-9]{10,14})(?:[.,]([0-9]+))?(?:Z|([+-])([0-9]{2})([0-9]{2}))")


class BadBer(ValueError):
    """Say that bytes are not the BER that was expected; ``offset`` is where, in the whole buffer."""

    def __init__(self, detail: str, offset: int) -> None:
        super().__init__(f"{detail} at byte {offset}")
        self.detail = detail
        self.offset = offset


@dataclass(slots=True, eq=False)
class Node:
    """One value: ``tag`` is its first identifier byte, the rest are offsets into the buffer it stands in.

    Never changed once made; not frozen, because a file holds thousands of them and that triples what each costs.
    """

    tag: int
    buffer: bytes = field(repr=False)
    start: int
    content_start: int
    content_end: int
    end: int
    indefinite: bool = False
    _children: "tuple[Node, ...] | None" = field(default=None, init=False, repr=False)

    @property
    def raw(self) -> bytes:
        """Return the whole encoding, as transmitted."""
        return self.buffer[self.start : self.end]

    @property
    def content(self) -> bytes:
        """Return the content without tag and length, as transmitted."""
        return self.buffer[self.content_start : self.content_end]

    @property
    def constructed(self) -> bool:
        """Tell whether the value is made of values."""
        return bool(self.tag & CONSTRUCTED)

    @property
    def children(self) -> tuple["Node", ...]:
        """Return the values inside; raises BadBer when the value is primitive or its content is not made of values."""
        if self._children is None:
            if not self.constructed:
                raise BadBer(f"tag {self.tag:#04x} is not constructed", self.start)
            self._children = tuple(self.walk(MAX_VALUES))
        return self._children

    def walk(self, most: int) -> Iterator["Node"]:
        """Yield the values inside one by one; raises BadBer beyond a number of them."""
        return _values(self.buffer, self.content_start, self.content_end, most)

    def expect(self, tag: int) -> "Node":
        """Return the node itself when it bears this tag, else raise BadBer."""
        if self.tag != tag:
            raise BadBer(f"expected tag {tag:#04x}, found {self.tag:#04x}", self.start)
        return self

    def child(self, index: int, tag: int | None = None) -> "Node":
        """Return one value inside, which must bear the tag when one is given."""
        if index >= len(self.children):
            raise BadBer(f"no value number {index}", self.start)
        found = self.children[index]
        return found if tag is None else found.expect(tag)

    def tagged(self, tag: int) -> "Node | None":
        """Return the first value inside that bears the tag, None without."""
        return next((found for found in self.children if found.tag == tag), None)

    def octets(self) -> bytes:
        """Return the bytes of an OCTET STRING, or of one under an implicit tag, put together from its pieces."""
        return b"".join(_pieces(self)) if self.constructed else self.content

    def integer(self) -> int:
        """Return an INTEGER or ENUMERATED."""
        if self.tag not in {INTEGER, ENUMERATED} or self.content_end == self.content_start:
            raise BadBer("not an INTEGER", self.start)
        return int.from_bytes(self.content, "big", signed=True)

    def boolean(self) -> bool:
        """Return a BOOLEAN."""
        return self.expect(BOOLEAN).content not in {b"", b"\0"}

    def bits(self) -> bytes:
        """Return the whole bytes of a BIT STRING."""
        return self.expect(BIT_STRING).content[1:]

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER in dotted form."""
        content = self.expect(OID).content
        if not content or len(content) > _OID_BYTES or content[-1] & _LONG_FORM:
            raise BadBer("not an OBJECT IDENTIFIER", self.start)
        return _dotted(content)

    def time(self) -> datetime:
        """Return a UTCTime or GeneralizedTime, in UTC; raises BadBer for local times."""
        if self.tag not in {UTC_TIME, GENERALIZED_TIME}:
            raise BadBer("not a time", self.start)
        try:
            return _time(self.content.decode("ascii"), short=self.tag == UTC_TIME)
        except (ValueError, OverflowError) as error:
            raise BadBer("an unreadable time", self.start) from error


def parse(data: bytes, offset: int = 0) -> Node:
    """Return the value that starts at an offset; what follows it is left alone. Raises BadBer."""
    return _node(data, offset, len(data))


def to_der(node: Node, depth: int = 0) -> bytes:
    """Return a value in DER: definite lengths, strings in one piece, SETs sorted; every other content kept as it is."""
    if depth > MAX_DEPTH:
        raise BadBer("nested too deep", node.start)
    if not node.constructed:
        return tlv(node.tag, node.content)
    if node.tag == OCTET_STRING | CONSTRUCTED:
        return tlv(OCTET_STRING, node.octets())
    parts = [to_der(child, depth + 1) for child in node.children]
    return tlv(node.tag, b"".join(sorted(parts) if node.tag == SET else parts))


@lru_cache(maxsize=1024)
def _dotted(content: bytes) -> str:
    """Write an identifier in dotted form; the same few hundred stand in every file."""
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & _LONG_FORM:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _values(data: bytes, start: int, end: int, most: int) -> Iterator[Node]:
    count = 0
    while start < end:
        node = _node(data, start, end)
        count += 1
        if count > most:
            raise BadBer("too many values", start)
        yield node
        start = node.end


def _pieces(node: Node) -> Iterator[bytes]:
    """Yield the pieces of a constructed string, which may themselves be in pieces; bounded in depth and number."""
    waiting, count = [node.walk(MAX_PIECES)], 0
    while waiting:
        piece = next(waiting[-1], None)
        count += 1
        if piece is None:
            waiting.pop()
        elif piece.tag == OCTET_STRING:
            yield piece.content
        elif piece.tag == OCTET_STRING | CONSTRUCTED and len(waiting) < MAX_DEPTH and count < MAX_PIECES:
            waiting.append(piece.walk(MAX_PIECES))
        else:
            raise BadBer("a string is made of something else", piece.start)


def _node(data: bytes, start: int, end: int) -> Node:
    tag, content_start, size = _header(data, start, end)
    if size is not None:
        stop = content_start + size
        if stop > end:
            raise BadBer("a value runs past the end", start)
        return Node(tag, data, start, content_start, stop, stop)
    stop = _end_of_contents(data, content_start, end)
    return Node(tag, data, start, content_start, stop, stop + 2, indefinite=True)


def _end_of_contents(data: bytes, at: int, end: int) -> int:
    """Find where a value of indefinite length ends, without recursion; nested ones count."""
    depth, count = 1, 0
    while True:
        count += 1
        if depth > MAX_DEPTH or count > MAX_PIECES:
            raise BadBer("nested too deep, or too many values", at)
        if data[at : at + 2] == b"\0\0" and at + 2 <= end:
            depth -= 1
            if depth == 0:
                return at
            at += 2
            continue
        _, content, size = _header(data, at, end)
        if size is None:
            depth += 1
        at = content + (size or 0)
        if at > end:
            raise BadBer("a value runs past the end", at)


def _header(data: bytes, start: int, end: int) -> tuple[int, int, int | None]:
    """Return tag, start of content and length of content (None when indefinite)."""
    if start + 2 > end:
        raise BadBer("a value is cut short", start)
    tag, at = data[start], start + 1
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise BadBer("a tag above 30 has no place here", start)
    first, at = data[at], at + 1
    if first < _LONG_FORM:
        return tag, at, first
    if first == _LONG_FORM:
        if not tag & CONSTRUCTED:
            raise BadBer("a primitive value of indefinite length", start)
        return tag, at, None
    count = first & 0x7F
    if count > _LENGTH_BYTES and any(data[at : at + count - _LENGTH_BYTES]):
        raise BadBer("an oversized length", start)
    if at + count > end:
        raise BadBer("a length is cut short", start)
    return tag, at + count, int.from_bytes(data[at : at + count], "big")


def _time(text: str, *, short: bool) -> datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("local time, or no time")
    whole, fraction, sign, hours, minutes = found.groups()
    if short:
        whole = ("19" if int(whole[:2]) >= _UTC_CENTURY else "20") + whole
    moment = datetime.strptime(whole.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    zone = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    return moment.replace(microsecond=int((fraction or "")[:6].ljust(6, "0"))) - zone
