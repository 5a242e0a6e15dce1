"""A whole opened bid as one ZIP, streamed: files as they are, no compression, bounded memory."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from procurement.bids.models import BidOpenedFile
from procurement.core.storage import Storage

#: What a name must not carry out of an archive or onto a screen: paths, controls, direction marks.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_LONGEST = 150


class _Sink(io.RawIOBase):
    """Take what zipfile writes, until it is sent; zipfile sees that it cannot seek, and writes descriptors."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Keep the bytes."""
        self._held += data
        return len(data)

    def take(self) -> bytes:
        """Return and forget what was written."""
        held = bytes(self._held)
        self._held.clear()
        return held


def entry_name(file: BidOpenedFile) -> str:
    """Return a name that can be unpacked anywhere; its number keeps two files of one name apart."""
    name = _UNSAFE.sub("_", file.name).strip(". ") or "fichier"
    stem, dot, ending = name.rpartition(".")
    if len(name) > _LONGEST:
        name = f"{stem[: _LONGEST - 10]}{dot}{ending[:9]}" if dot else name[:_LONGEST]
    return f"{file.n:03d}-{name}"


def whole_bid(storage: Storage, files: Sequence[BidOpenedFile]) -> Iterator[bytes]:
    """Yield the archive piece by piece."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            info = zipfile.ZipInfo(entry_name(file), file.opened_at.timetuple()[:6])
            info.file_size = file.size
            with archive.open(info, "w", force_zip64=True) as entry:
                for piece in storage.open(file.storage_key):
                    entry.write(piece)
                    yield sink.take()
    yield sink.take()
