"""The ByteRange of a signature (ISO 32000-1, 12.8.1): all of a revision, except exactly the value of /Contents."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from signing.containers.pdf import BLANKS, last_startxref
from signing.types import Finding

_HEX_STRING = re.compile(rb"<[0-9A-Fa-f\x00\t\n\x0c\r ]*>")
_NUMBERS = 4


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Two stretches of a file around the value of a signature."""

    start: int
    gap: int
    resume: int
    length: int

    @property
    def end(self) -> int:
        """Return where the signed revision ends."""
        return self.resume + self.length

    def pieces(self, data: bytes) -> list[memoryview]:
        """Return the signed bytes, cut where the file ends."""
        view = memoryview(data)
        return [view[self.start : self.start + self.gap], view[self.resume : self.end]]

    def digest(self, data: bytes) -> "Callable[[str], bytes]":
        """Return a function that digests the signed bytes with an algorithm of hashlib, each once."""
        known: dict[str, bytes] = {}

        def digest(algorithm: str) -> bytes:
            if algorithm not in known:
                hashed = hashlib.new(algorithm, usedforsecurity=False)
                for piece in self.pieces(data):
                    hashed.update(piece)
                known[algorithm] = hashed.digest()
            return known[algorithm]

        return digest


def parse(value: object) -> ByteRange | None:
    """Return a ByteRange whose two stretches make sense, None for any other value."""
    if not isinstance(value, list) or len(value) != _NUMBERS:
        return None
    if not all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in value):
        return None
    return ByteRange(*value)


def faults(data: bytes, found: ByteRange | None, contents: bytes | None) -> list[Finding]:
    """Say what is wrong with a ByteRange and the value it leaves out; ``contents`` None leaves the value uncompared."""
    if found is None:
        return [Finding("pdf.byte_range_missing")]
    wrong = _misplaced(data, found)
    if wrong is not None:
        return [wrong]
    left_out = data[found.gap : found.resume]
    if not _HEX_STRING.fullmatch(left_out):
        return [Finding("pdf.byte_range_gap")]
    if contents is not None and hex_string(left_out) != contents:
        return [Finding("pdf.contents_differ")]
    return []


def _misplaced(data: bytes, found: ByteRange) -> Finding | None:
    if found.start != 0:
        return Finding("pdf.byte_range_start", {"start": found.start})
    if not 0 < found.gap < found.resume or found.length == 0:
        return Finding("pdf.byte_range_overlap")
    if found.end > len(data):
        return Finding("pdf.byte_range_past_end", {"end": found.end, "size": len(data)})
    if last_startxref(data, found.end) is None:
        return Finding("pdf.byte_range_not_a_revision", {"end": found.end})
    return None


def hex_string(written: bytes) -> bytes:
    """Decode a hexadecimal string with its brackets (ISO 32000-1, 7.3.4.3)."""
    digits = written[1:-1].translate(None, BLANKS)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
