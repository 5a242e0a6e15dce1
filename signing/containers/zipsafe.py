"""Open a ZIP archive that may be hostile: at most 1,000 entries, 1 GiB expanded, a ratio of 100, and no surprise inside.

Nothing is written to disk, nothing is expanded before it is asked for, and what is expanded is expanded in pieces.
"""

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from unicodedata import normalize

from signing import limits
from signing.containers.zipindex import STORED, Entry, damaged, printable, read_index, refuse
from signing.errors import Unverifiable
from signing.types import Bytes, Content, Digests

#: Below this size a high ratio proves nothing: an empty sheet of an office document reaches 100.
RATIO_FLOOR = 1 << 20
#: One entry is kept in memory up to this size, all of them together up to the other.
CONTENT_BYTES, CONTENTS_BYTES = 8 << 20, 24 << 20
_PIECE_IN, _PIECE_OUT = 64 << 10, 256 << 10
#: What a digest of an entry may be asked in.
ALGORITHMS = (
    "sha256", "sha384", "sha512", "sha224", "sha3_256", "sha3_384", "sha3_512", "sha1", "ripemd160",
)  # fmt: skip


class Archive:
    """A checked archive over bytes in memory.

    Raises Unverifiable: TOO_LARGE, REFUSED_ZIP (a trap), UNSUPPORTED (a compression method), UNREADABLE (damaged).
    """

    def __init__(self, data: bytes) -> None:
        if len(data) > limits.FILE_BYTES:
            raise Unverifiable("TOO_LARGE", "containers.too_large", f"{len(data)} bytes", most=_MIB_MOST)
        index = read_index(data)
        _check_sizes(index.entries, len(data))
        self._data = memoryview(data)
        self._entries = {entry.name: entry for entry in index.entries}
        self._digests: dict[tuple[str, str], str] = {}
        self._contents: dict[str, Content] = {}
        self._left = CONTENTS_BYTES
        self.comment = index.comment

    @property
    def entries(self) -> list[Entry]:
        """Return the entries, folders left out, in the order of the directory."""
        return [entry for entry in self._entries.values() if not entry.folder]

    @cached_property
    def composed(self) -> Mapping[str, str]:
        """Return the names of the entries by their composed form (Unicode, normal form C)."""
        return {normalize("NFC", entry.name): entry.name for entry in self.entries}

    @property
    def first(self) -> Entry | None:
        """Return the entry that stands first in the file."""
        return min(self._entries.values(), key=lambda entry: entry.header, default=None)

    def __contains__(self, name: str) -> bool:
        return name in self._entries and not self._entries[name].folder

    def entry(self, name: str) -> Entry:
        """Return an entry that is there."""
        return self._entries[name]

    def read(self, name: str, most: int = limits.TOKEN_BYTES) -> bytes:
        """Return one whole entry; TOO_LARGE beyond ``most`` bytes."""
        if self._entries[name].size > most:
            raise Unverifiable(
                "TOO_LARGE", "containers.entry_too_large", f"more than {most} bytes", name=printable(name)
            )
        return b"".join(self.chunks(name))

    def head(self, name: str, size: int = 1024) -> bytes:
        """Return the first bytes of an entry, at little cost."""
        entry = self._entries[name]
        packed = self._data[entry.start : entry.start + entry.packed]
        if entry.method == STORED:
            return bytes(packed[:size])
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed[:_PIECE_IN], size)
        except zlib.error as error:
            damaged(f"{name}: {error}", offset=entry.start)

    def digest(self, name: str, algorithm: str) -> str:
        """Return the digest of an entry in lower-case hex; it is computed once."""
        key = (name, algorithm)
        if key not in self._digests:
            state = hashlib.new(algorithm, usedforsecurity=False)
            for piece in self.chunks(name):
                state.update(piece)
            self._digests[key] = state.hexdigest()
        return self._digests[key]

    def digests(self, name: str) -> "LazyDigests":
        """Return the digests of an entry, each computed when it is looked at."""
        return LazyDigests(self, name)

    def content(self, name: str) -> Content:
        """Return an entry as a document for a reader: a small one in full, read once, a large one as digests."""
        if name not in self._contents:
            size = self._entries[name].size
            if size <= min(CONTENT_BYTES, self._left):
                self._left -= size
                self._contents[name] = Bytes(name, self.read(name))
            else:
                self._contents[name] = Digests(name, self.digests(name))
        return self._contents[name]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield one entry in pieces; refuse it as soon as it is longer than announced, or in the end if it differs."""
        entry = self._entries[name]
        size, crc = 0, 0
        for piece in self._expand(entry):
            size += len(piece)
            if size > entry.size:
                refuse("zip_bomb", "an entry is longer than announced", name=printable(name))
            crc = zlib.crc32(piece, crc)
            yield piece
        if (size, crc) != (entry.size, entry.crc):
            damaged(f"{name}: size or checksum differs", offset=entry.header)

    def _expand(self, entry: Entry) -> Iterator[bytes]:
        packed = self._data[entry.start : entry.start + entry.packed]
        if entry.method == STORED:
            for at in range(0, len(packed), _PIECE_OUT):
                yield bytes(packed[at : at + _PIECE_OUT])
            return
        try:
            yield from _inflate(packed)
        except zlib.error as error:
            damaged(f"{entry.name}: {error}", offset=entry.start)


_MIB_MOST = limits.FILE_BYTES >> 20


class LazyDigests(Mapping[str, str]):
    """The digests of one entry by algorithm: a large entry is read only if a signature is over it."""

    def __init__(self, archive: Archive, name: str) -> None:
        self._archive = archive
        self._name = name

    def __getitem__(self, algorithm: str) -> str:
        if algorithm not in ALGORITHMS:
            raise KeyError(algorithm)
        return self._archive.digest(self._name, algorithm)

    def __iter__(self) -> Iterator[str]:
        return iter(ALGORITHMS)

    def __len__(self) -> int:
        return len(ALGORITHMS)


def _inflate(packed: memoryview) -> Iterator[bytes]:
    """Expand raw deflate in bounded pieces; the stream must end exactly with its bytes."""
    state = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(0, len(packed), _PIECE_IN):
        waiting: bytes | memoryview = packed[at : at + _PIECE_IN]
        while waiting:
            yield state.decompress(waiting, _PIECE_OUT)
            waiting = state.unconsumed_tail
        if state.eof and (state.unused_data or at + _PIECE_IN < len(packed)):
            raise zlib.error("bytes after the end of the stream")
    yield state.flush()
    if not state.eof:
        raise zlib.error("the stream has no end")


def _check_sizes(entries: tuple[Entry, ...], size: int) -> None:
    """Refuse what would expand too much, from the figures of the directory, which reading then holds to."""
    expanded = sum(entry.size for entry in entries)
    if expanded > limits.ZIP_EXPANDED:
        refuse("zip_bomb", f"{expanded} bytes expanded", name="")
    if expanded > max(RATIO_FLOOR, limits.ZIP_RATIO * size):
        refuse("zip_bomb", f"{expanded} bytes from {size}", name="")
    for entry in entries:
        if entry.size > max(RATIO_FLOOR, limits.ZIP_RATIO * entry.packed):
            refuse("zip_bomb", f"{entry.size} bytes from {entry.packed}", name=printable(entry.name))
        if entry.method == STORED and entry.size != entry.packed:
            refuse("zip_mismatch", "a stored entry of two sizes", name=printable(entry.name))
