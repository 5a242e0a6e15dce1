"""The tender documents as one ZIP, laid out in advance: size and every byte are known before the first is sent.

Entries are stored, not compressed, with their CRC-32 and size in the local header (APPNOTE 6.3.10, ZIP64 where
needed): the same manifest always gives the same bytes, so that a download can be resumed by range. Pure.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

_LIMIT = 0xFFFFFFFF
_MANY = 0xFFFF
_UTF8 = 0x0800
_PLAIN, _ZIP64 = 20, 45
_UNIX = 3 << 8
_FILE_MODE = 0o100644 << 16

OpenObject = Callable[[str, int, int], Iterator[bytes]]


@dataclass(frozen=True)
class Item:
    """One file of the archive; its bytes lie in the store under ``key``."""

    name: str
    size: int
    crc32: int
    key: str


@dataclass(frozen=True)
class Archive:
    """The layout: pieces that are either bytes of our own or an object of the store with its size."""

    pieces: tuple[bytes | Item, ...]
    size: int

    def read(self, start: int, stop: int, open_object: OpenObject) -> Iterator[bytes]:
        """Give the bytes from ``start`` to before ``stop``; ``open_object(key, start, length)`` reads the store."""
        position = 0
        for piece in self.pieces:
            length = len(piece) if isinstance(piece, bytes) else piece.size
            first, last = max(start - position, 0), min(stop - position, length)
            if first < last:
                if isinstance(piece, bytes):
                    yield piece[first:last]
                else:
                    yield from open_object(piece.key, first, last - first)
            position += length
            if position >= stop:
                return


def plan(items: Sequence[Item], at: datetime) -> Archive:
    """Lay out an archive of ``items``, dated ``at`` (a local time; ZIP knows no zone)."""
    pieces: list[bytes | Item] = []
    central: list[bytes] = []
    offset = 0
    for item in items:
        head = _local_header(item, at)
        central.append(_central_header(item, at, offset))
        pieces += [head, item]
        offset += len(head) + item.size
    directory = b"".join(central)
    end = directory + _end(len(items), len(directory), offset)
    return Archive((*pieces, end), offset + len(end))


def _local_header(item: Item, at: datetime) -> bytes:
    name = item.name.encode()
    large = item.size >= _LIMIT
    extra = struct.pack("<HHQQ", 1, 16, item.size, item.size) if large else b""
    shown = _LIMIT if large else item.size
    return (
        struct.pack(
            "<4s5H3I2H",
            b"PK\x03\x04",
            _ZIP64 if large else _PLAIN,
            _UTF8,
            0,
            _dos_time(at),
            _dos_date(at),
            item.crc32,
            shown,
            shown,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def _central_header(item: Item, at: datetime, offset: int) -> bytes:
    name = item.name.encode()
    wide = [value for value in (item.size, item.size) if item.size >= _LIMIT]
    wide += [offset] if offset >= _LIMIT else []
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    shown = min(item.size, _LIMIT)
    version = _ZIP64 if wide else _PLAIN
    head = struct.pack(
        "<4s6H3I5H2I",
        b"PK\x01\x02",
        _UNIX | version,
        version,
        _UTF8,
        0,
        _dos_time(at),
        _dos_date(at),
        item.crc32,
        shown,
        shown,
        len(name),
        len(extra),
        0,
        0,
        0,
        _FILE_MODE,
        min(offset, _LIMIT),
    )
    return head + name + extra


def _end(count: int, size: int, offset: int) -> bytes:
    wide = b""
    if count >= _MANY or size >= _LIMIT or offset >= _LIMIT:
        record = struct.pack(
            "<4sQ2H2I4Q", b"PK\x06\x06", 44, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, offset
        )
        wide = record + struct.pack("<4sIQI", b"PK\x06\x07", 0, offset + size, 1)
    shown = min(count, _MANY)
    return wide + struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, shown, shown, min(size, _LIMIT), min(offset, _LIMIT), 0
    )


def _dos_time(at: datetime) -> int:
    return at.hour << 11 | at.minute << 5 | at.second // 2


def _dos_date(at: datetime) -> int:
    return (at.year - 1980) << 9 | at.month << 5 | at.day
