"""Read the directory of a ZIP archive (PKWARE APPNOTE 6.3), so strictly that two readers cannot understand it differently.

Every byte of the file must belong to an entry, to the directory or to the end records: data before, between or after
them is how one archive is made to show two contents. Nothing is expanded here.
"""

import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

from signing import limits
from signing.errors import Unverifiable

STORED, DEFLATED = 0, 8
ENCRYPTED, DESCRIPTOR, UTF8 = 0x0001, 0x0008, 0x0800
#: Strong encryption and a masked central directory (APPNOTE 4.4.4).
_LOCKED = ENCRYPTED | 0x0040 | 0x2000
#: Flags that two honest headers may differ in: how hard the packing was tried, and the descriptor.
_HINTS = 0x0006 | DESCRIPTOR
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_END_BYTES, _END64_BYTES, _LOCATOR_BYTES, _CENTRAL_BYTES, _LOCAL_BYTES = 22, 56, 20, 46, 30
_COMMENT_MOST = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_EXTRA_ZIP64, _EXTRA_NAME = 0x0001, 0x7075
_UNIX = 3
_TYPE_MASK, _REGULAR, _FOLDER = 0o170000, 0o100000, 0o040000
_NAME_MOST = 1024
_SHOWN_MOST = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: ``start`` is the offset of its packed bytes, ``header`` of its local header."""

    name: str
    method: int
    crc: int
    size: int
    packed: int
    header: int
    start: int
    #: The local header has no extra field, as the mimetype of a container must not (EN 319 162-1, annex A.1).
    bare: bool = True

    @property
    def folder(self) -> bool:
        """Tell whether the entry only names a folder."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Index:
    """The entries in the order of the central directory, and the comment of the archive."""

    entries: tuple[Entry, ...]
    comment: bytes


@dataclass(frozen=True, slots=True)
class _End:
    at: int
    entries: int
    size: int
    offset: int
    comment: bytes


def refuse(reason: str, detail: str, *, offset: int | None = None, **params: str | int) -> NoReturn:
    """Refuse an archive whose form is a trap."""
    raise Unverifiable("REFUSED_ZIP", f"containers.{reason}", detail, offset=offset, **params)


def damaged(detail: str, *, offset: int | None = None) -> NoReturn:
    """Say that an archive cannot be read."""
    raise Unverifiable("UNREADABLE", "containers.zip_damaged", detail, offset=offset)


def read_index(data: bytes) -> Index:
    """Return the directory of an archive; raise Unverifiable when it is damaged or ambiguous."""
    end = _end(data)
    if end.entries > limits.ZIP_ENTRIES:
        refuse("zip_entries", f"{end.entries} entries", count=end.entries, most=limits.ZIP_ENTRIES)
    if end.offset + end.size != end.at:
        refuse("zip_hidden", "the directory does not end where the end record begins", offset=end.at)
    records = list(_central(data, end))
    entries = [_with_local(data, record, end.offset) for record in records]
    _check_layout(data, list(zip(records, entries, strict=True)), end.offset)
    _check_names(entries)
    return Index(tuple(entries), end.comment)


def _end(data: bytes) -> _End:
    """Find the one end record whose comment ends with the file."""
    found = []
    at = data.find(_END, max(0, len(data) - _END_BYTES - _COMMENT_MOST))
    while at >= 0:
        size = int.from_bytes(data[at + 20 : at + 22], "little")
        if len(data) - at >= _END_BYTES and at + _END_BYTES + size == len(data):
            found.append(at)
        at = data.find(_END, at + 1)
    if not found:
        damaged("no end record ends with the file")
    if len(found) > 1:
        refuse("zip_ambiguous", "two end records fit", offset=found[0])
    return _read_end(data, found[0])


def _read_end(data: bytes, at: int) -> _End:
    disk, first, here, total, size, offset, _ = struct.unpack_from("<4H2LH", data, at + 4)
    end = _End(at, total, size, offset, data[at + _END_BYTES :])
    wide = data[max(0, at - _LOCATOR_BYTES) : at].startswith(_LOCATOR64)
    if here != total or not {disk, first} <= ({0, _FULL16} if wide else {0}):
        refuse("zip_parts", "an archive in several parts")
    return _read_end64(data, end) if wide else end


def _read_end64(data: bytes, end: _End) -> _End:
    """Read the zip64 end record, which must say the same as the small one wherever that one can."""
    locator = end.at - _LOCATOR_BYTES
    disk, at, disks = struct.unpack_from("<LQL", data, locator + 4)
    if at + _END64_BYTES > locator or data[at : at + 4] != _END64:
        damaged("the zip64 end record is not where it should be", offset=locator)
    length, _, _, disk2, first, here, total, size, offset = struct.unpack_from("<QHHLLQQQQ", data, at + 4)
    if disk or disk2 or first or disks > 1 or here != total:
        refuse("zip_parts", "an archive in several parts")
    if at + 12 + length != locator:
        refuse("zip_hidden", "bytes between the two end records", offset=at)
    pairs = ((end.entries, total, _FULL16), (end.size, size, _FULL32), (end.offset, offset, _FULL32))
    if any(small not in {large, full} for small, large, full in pairs):
        refuse("zip_ambiguous", "the two end records differ", offset=end.at)
    return replace(end, at=at, entries=total, size=size, offset=offset)


@dataclass(frozen=True, slots=True)
class _Record:
    """One header of the central directory."""

    name: bytes
    text: str
    flags: int
    method: int
    made: int
    crc: int
    packed: int
    size: int
    header: int


def _central(data: bytes, end: _End) -> Iterator[_Record]:
    at = end.offset
    for _ in range(end.entries):
        if at + _CENTRAL_BYTES > end.at or data[at : at + 4] != _CENTRAL:
            damaged("a header of the directory is cut short", offset=at)
        (system, flags, method, made, crc, packed, size, names, extras, comments, disk, mode, header) = (
            struct.unpack_from("<xBxxHHLLLLHHHHxxLL", data, at + 4)
        )
        name = data[at + _CENTRAL_BYTES : at + _CENTRAL_BYTES + names]
        extra = data[at + _CENTRAL_BYTES + names : at + _CENTRAL_BYTES + names + extras]
        following = at + _CENTRAL_BYTES + names + extras + comments
        if following > end.at:
            damaged("a header of the directory is cut short", offset=at)
        text = _name(name, flags, extra)
        size, packed, header, disk = _zip64(extra, (size, packed, header, disk))
        if disk:
            refuse("zip_parts", "an entry in another part", name=text)
        _check_record(text, flags, method, mode if system == _UNIX else 0)
        yield _Record(name, text, flags, method, made, crc, packed, size, header)
        at = following
    if at != end.at:
        refuse("zip_hidden", "more in the directory than it says", offset=at)


def _check_record(name: str, flags: int, method: int, mode: int) -> None:
    if flags & _LOCKED:
        refuse("zip_encrypted", "an encrypted entry", name=name)
    if method not in {STORED, DEFLATED}:
        raise Unverifiable("UNSUPPORTED", "containers.zip_method", f"method {method}", name=name)
    kind = mode >> 16 & _TYPE_MASK
    if kind not in {0, _REGULAR, _FOLDER}:
        refuse("zip_link", f"mode {mode >> 16:o}", name=name)


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<HH", extra, at)
        yield tag, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _zip64(extra: bytes, values: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Replace the values that did not fit (size, packed size, offset, disk) by those of the zip64 field."""
    wide = next((value for tag, value in _fields(extra) if tag == _EXTRA_ZIP64), b"")
    read, at = [], 0
    for value, full, width in zip(values, (_FULL32, _FULL32, _FULL32, _FULL16), (8, 8, 8, 4), strict=True):
        if value == full and at + width <= len(wide):
            read.append(int.from_bytes(wide[at : at + width], "little"))
            at += width
        else:
            read.append(value)
    return read[0], read[1], read[2], read[3]


def _name(raw: bytes, flags: int, extra: bytes) -> str:
    """Decode a name: as flagged, else by its Unicode field (0x7075), else UTF-8 if it is, else code page 437."""
    if not flags & UTF8:
        for tag, value in _fields(extra):
            if tag == _EXTRA_NAME and value[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
                return _utf8(value[5:])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if flags & UTF8:
            refuse("zip_name", "a name is not UTF-8", name=raw.decode("ascii", "replace"))
        return raw.decode("cp437")


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        refuse("zip_name", "a name is not UTF-8", name=raw.decode("ascii", "replace"))


def _with_local(data: bytes, record: _Record, most: int) -> Entry:
    """Compare the local header with the directory's and return the entry."""
    at = record.header
    if at + _LOCAL_BYTES > most or data[at : at + 4] != _LOCAL:
        refuse("zip_mismatch", "no local header there", name=record.text, offset=at)
    flags, method, made, crc, packed, size, names, extras = struct.unpack_from("<xxHHLLLLHH", data, at + 4)
    name = data[at + _LOCAL_BYTES : at + _LOCAL_BYTES + names]
    start = at + _LOCAL_BYTES + names + extras
    extra = data[start - extras : start]
    size, packed, _, _ = _zip64(extra, (size, packed, 0, 0))
    same = (name, method, made) == (record.name, record.method, record.made)
    same = same and not (flags ^ record.flags) & ~_HINTS
    figures = ((crc, record.crc), (packed, record.packed), (size, record.size))
    streamed = bool(flags & DESCRIPTOR)
    if not same or any(here != there and not (streamed and here == 0) for here, there in figures):
        refuse("zip_mismatch", "the two headers differ", name=record.text, offset=at)
    if _name(name, flags, extra) != record.text:
        refuse("zip_mismatch", "the two headers name it differently", name=record.text, offset=at)
    return Entry(record.text, method, record.crc, record.size, record.packed, at, start, bare=extras == 0)


def _check_layout(data: bytes, pairs: list[tuple[_Record, Entry]], directory: int) -> None:
    """Refuse entries that overlap, and bytes that belong to none."""
    position = 0
    for record, entry in sorted(pairs, key=lambda pair: pair[1].header):
        if entry.header < position:
            refuse("zip_overlap", "an entry begins inside another", name=entry.name, offset=entry.header)
        if entry.header > position:
            refuse("zip_hidden", "bytes that belong to no entry", offset=position)
        position = entry.start + entry.packed
        if position > directory:
            refuse("zip_overlap", "an entry runs into the directory", name=entry.name, offset=entry.header)
        position += _descriptor(data, position, record)
    if position != directory:
        reason = "zip_overlap" if position > directory else "zip_hidden"
        refuse(reason, "the last entry does not end at the directory", offset=position, name="")


def _descriptor(data: bytes, at: int, record: _Record) -> int:
    """Return the size of the data descriptor after an entry, which must repeat the directory's figures."""
    if not int.from_bytes(data[record.header + 6 : record.header + 8], "little") & DESCRIPTOR:
        return 0
    forms = ("<LQQ",) if max(record.packed, record.size) > _FULL32 else ("<LLL", "<LQQ")
    for form in forms:
        body = struct.pack(form, record.crc, record.packed, record.size)
        for mark in (b"PK\x07\x08", b""):
            if data.startswith(mark + body, at):
                return len(mark) + len(body)
    # Some writers set the flag and write the figures in the local header all the same, with no descriptor.
    return 0


def _check_names(entries: list[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        # An archive made on Windows may separate folders with a backslash; a trap may too.
        path = unicodedata.normalize("NFC", entry.name).replace("\\", "/")
        parts = path.removesuffix("/").split("/")
        unsafe = path.startswith("/") or ".." in parts or "" in parts or "." in parts or ":" in parts[0]
        if unsafe or len(path) > _NAME_MOST or any(ord(char) < ord(" ") for char in path):
            refuse("zip_path", "a path that leaves the folder, or none", name=printable(entry.name))
        if path.removesuffix("/") in seen:
            refuse("zip_duplicate", "two entries with one name", name=printable(entry.name))
        seen.add(path.removesuffix("/"))


def printable(name: str) -> str:
    """Return a name that can be shown: no control or bidirectional characters, and not too long."""
    shown = "".join("�" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in name)
    return shown if len(shown) <= _SHOWN_MOST else shown[: _SHOWN_MOST - 1] + "…"
