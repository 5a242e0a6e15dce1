"""Read a PNG or a JPEG to its last byte, and write it anew without what is no picture.

A logo goes into public documents and is shown by whatever opens them. So nothing that is not needed to draw it is kept:
no EXIF (an author, a place, a thumbnail of what was cut off), no profile, no comment, no byte after the end. A PNG is
decompressed whole, never beyond the size that its header gives; a JPEG is walked from marker to marker up to its end.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from procurement.core.errors import Invalid
from procurement.core.text import _

__all__ = ["MOST_PIXELS", "MOST_RATIO", "cleaned", "unreadable"]

#: Longest side of a logo, in pixels, and how many times it may be longer than the other: 22 mm high, it fits the page.
MOST_PIXELS = 2_000
MOST_RATIO = 7
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Bits of a sample that each colour type allows, and its samples per pixel (PNG, 11.2.2).
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PALETTE = 3
#: Start and step of the columns and the rows of each pass of an interlaced PNG (PNG, 8.2).
_ADAM7 = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))
_FILTERS = 4
_SOI, _EOI, _SOS, _ADOBE = b"\xff\xd8", 0xD9, 0xDA, 0xEE
#: Baseline, extended and progressive Huffman: what every reader draws (T.81, B.1.1.3).
_FRAMES = {0xC0, 0xC1, 0xC2}
#: Tables, frame, restart interval and scan. Everything else either draws nothing or draws what few readers know.
_DRAWN = {0xC4, 0xDB, 0xDD, _SOS, *_FRAMES}
_OTHER_FRAMES = {0xC3, *range(0xC5, 0xD0)} - {0xC4, 0xC8, 0xCC}
#: A marker, with bytes that fill up before it; and, looked for from byte to byte, where coded pixels end: without the filling,
#: which would be run through again from each of its bytes.
_MARKER = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")
_SCAN_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_RGB_IDS = b"RGB"
#: A progressive JPEG takes about ten scans; each is drawn over the whole picture, so thousands of empty ones take minutes.
_MOST_SCANS = 64


@dataclass(frozen=True)
class _Head:
    """The header of a PNG."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool


def cleaned(data: bytes) -> bytes:
    """Return the picture alone; raise ``clauses.logo_format``, ``_damaged``, ``_colours`` or ``_dimensions``."""
    if data.startswith(_SIGNATURE):
        return _png(data)
    if data.startswith(_SOI + b"\xff"):
        return _jpeg(data)
    raise unreadable()


def unreadable() -> Invalid:
    """Return the refusal of what is no picture of these two kinds."""
    return Invalid("clauses.logo_format", _("Ce logo n’est pas une image PNG ou JPEG lisible."))


def _damaged() -> NoReturn:
    message = _(
        "Ce fichier de logo est incomplet ou abîmé : enregistrez l’image de nouveau, puis envoyez-la."
    )
    raise Invalid("clauses.logo_damaged", message)


def _colours() -> NoReturn:
    message = _(
        "Les couleurs de ce JPEG ne sont pas lues partout : enregistrez-le en RVB ou en gris, ou en PNG."
    )
    raise Invalid("clauses.logo_colours", message)


def _measured(width: int, height: int) -> None:
    long, short = max(width, height), min(width, height)
    if short and long <= MOST_PIXELS and long <= short * MOST_RATIO:
        return
    message = _(
        "Ce logo mesure %(width)s × %(height)s pixels. Au plus %(most)s pixels de côté, et un côté au plus %(ratio)s fois "
        "plus long que l’autre : réduisez l’image ou recadrez-la."
    )
    raise Invalid(
        "clauses.logo_dimensions", message, width=width, height=height, most=MOST_PIXELS, ratio=MOST_RATIO
    )


def _png(data: bytes) -> bytes:
    chunks = list(_chunks(data))
    head = _head(chunks)
    _measured(head.width, head.height)
    pixels = b"".join(content for name, content in chunks if name == b"IDAT")
    if not _fills(head, pixels):
        _damaged()
    kept = [(name, content) for name, content in chunks if name in {b"PLTE", b"tRNS"}]
    known = {name: content for name, content in reversed(kept)}  # noqa: C416  # the first of a name counts
    if head.colour == _PALETTE and not (known.get(b"PLTE") and len(known[b"PLTE"]) % 3 == 0):
        _damaged()
    written = [chunks[0], *((name, known[name]) for name in (b"PLTE", b"tRNS") if name in known)]
    return _SIGNATURE + b"".join(_chunk(*one) for one in [*written, (b"IDAT", pixels), (b"IEND", b"")])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks up to the end, each once its checksum is right."""
    at, name = len(_SIGNATURE), b""
    while name != b"IEND":
        if at + 12 > len(data):
            _damaged()
        length, name = struct.unpack_from(">I4s", data, at)
        whole = data[at + 4 : at + 8 + length]
        if data[at + 8 + length : at + 12 + length] != struct.pack(">I", zlib.crc32(whole)):
            _damaged()
        yield name, whole[4:]
        at += 12 + length


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _head(chunks: list[tuple[bytes, bytes]]) -> _Head:
    name, content = chunks[0]
    if name != b"IHDR" or len(content) != struct.calcsize(">IIBBBBB"):
        _damaged()
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">IIBBBBB", content)
    if depth not in _DEPTHS.get(colour, ()) or packing or filtering or interlace > 1:
        _damaged()
    return _Head(width, height, depth, colour, bool(interlace))


def _fills(head: _Head, packed: bytes) -> bool:
    """Tell whether the pixels are exactly those that the header announces; no more of them is ever unpacked."""
    rows = list(_rows(head))
    expected = sum(count * length for count, length in rows)
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(packed, expected + 1)
    except zlib.error:
        return False
    if len(found) != expected or not (reader.eof or _ends(reader)) or reader.unused_data:
        return False
    at = 0
    for count, length in rows:
        if count and max(found[at : at + count * length : length]) > _FILTERS:
            return False
        at += count * length
    return True


def _ends(reader: "zlib._Decompress") -> bool:
    """Tell whether nothing but the end is left: all bytes may be out before the checksum was read."""
    try:
        return not reader.decompress(reader.unconsumed_tail, 1) and reader.eof
    except zlib.error:
        return False


def _rows(head: _Head) -> Iterator[tuple[int, int]]:
    """Yield how many rows of how many bytes, the byte of the filter included, each pass has."""
    bits = head.depth * _SAMPLES[head.colour]
    for left, step, top, jump in _ADAM7 if head.interlaced else ((0, 1, 0, 1),):
        columns = -(-(head.width - left) // step)
        rows = -(-(head.height - top) // jump)
        if columns > 0 and rows > 0:
            yield rows, 1 + -(-columns * bits // 8)


def _jpeg(data: bytes) -> bytes:
    parts = [_SOI, _JFIF]
    frames = scans = 0
    transform = 1
    for marker, content, scan in _segments(data):
        if marker in _OTHER_FRAMES:
            _colours()
        if marker == _ADOBE and content.startswith(b"Adobe"):
            transform = content[-1]
        if marker not in _DRAWN:
            continue
        if marker in _FRAMES:
            frames += 1
            _framed(content, transform)
        scans += marker == _SOS and frames
        parts.append(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + scan)
    if frames != 1 or not 0 < scans <= _MOST_SCANS:
        _damaged()
    return b"".join([*parts, bytes((0xFF, _EOI))])


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the marker, the content and, of a scan, the coded pixels of each segment up to the end of the picture."""
    at = len(_SOI)
    while True:
        start = _MARKER.match(data, at)
        if start is None:
            _damaged()
        marker, at = data[start.end() - 1], start.end()
        if marker == _EOI:
            return
        length = int.from_bytes(data[at : at + 2], "big")
        content = data[at + 2 : at + length]
        if length < 2 or len(content) != length - 2:  # noqa: PLR2004  # the length counts its own two bytes
            _damaged()
        at += length
        end = _SCAN_END.search(data, at) if marker == _SOS else start
        if end is None:
            _damaged()
        scan = data[at : end.start()] if marker == _SOS else b""
        at += len(scan)
        yield marker, content, scan.rstrip(b"\xff")


def _framed(content: bytes, transform: int) -> None:
    """Check the size and the colours of a frame: eight bits, grey or luminance and two differences of colour.

    ``transform`` is what Adobe's segment says: 0 for three components that are red, green and blue themselves.
    """
    if len(content) < struct.calcsize(">BHHB"):
        _damaged()
    depth, height, width, components = struct.unpack_from(">BHHB", content)
    _measured(width, height)
    if len(content) != 6 + 3 * components:
        _damaged()
    plain = components == 1 or (components == 3 and transform == 1 and content[6::3] != _RGB_IDS)  # noqa: PLR2004
    if depth != 8 or not plain:  # noqa: PLR2004  # bits of a sample
        _colours()
