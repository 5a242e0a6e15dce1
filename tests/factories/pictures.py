"""Small pictures of our own, whole and broken: PNG chunk by chunk, a JPEG, and what hides in either."""

import base64
import struct
import zlib
from collections.abc import Sequence

PNG = b"\x89PNG\r\n\x1a\n"
#: 16 × 8 pixels of one green, baseline.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBk"
    "eFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAIABAD"
    "ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAgX/xAAUEQEA"
    "AAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCfANNf/9k="
)
#: The segments that a JPEG begins with: the start, then what says that it is a JFIF.
_START = 20


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int = 24,
    height: int = 24,
    *,
    more: Sequence[bytes] = (),
    rows: bytes | None = None,
    head: tuple[int, int, int] = (8, 2, 0),
) -> bytes:
    """Return a green PNG; ``more`` are chunks before its pixels, ``head`` the depth, the colour type, the interlace."""
    depth, colour, interlace = head
    pixels = b"".join(b"\0" + b"\x0a\x5a\x4c" * width for _row in range(height)) if rows is None else rows
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    parts = [chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(pixels)), chunk(b"IEND", b"")]
    return PNG + b"".join(parts)


def segment(marker: int, content: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(*segments: bytes) -> bytes:
    """Return the JPEG with more segments after its first ones."""
    return JPEG[:_START] + b"".join(segments) + JPEG[_START:]


def exif(words: bytes = b"Jeanne Martin, 48.85 N") -> bytes:
    """Return what a camera says of a picture: here a name and a place."""
    return segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08" + words)
