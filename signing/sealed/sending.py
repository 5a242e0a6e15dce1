"""One stream being sealed: its segments may be asked for again, and never differ."""

import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

from signing.errors import SealedError
from signing.merkle import root
from signing.sealed import stream
from signing.sealed.descriptor import StoredStream
from signing.sealed.keys import Place


class SealingStream:
    """One stream to store or send. Its segments may be asked for again; they never differ.

    Salt, prefix and key are drawn once. A second reading re-encrypts and compares each segment's hash
    with the first one's *before* handing it out: a file that changed meanwhile is refused
    (``bid.source_changed``), for two plaintexts must never meet under one key and nonce.
    """

    def __init__(
        self, place: Place, n: int, key: bytes, size: int, read: Callable[[], Iterable[bytes]]
    ) -> None:
        self.envelope = place.envelope
        self.n = n
        self.size = size
        self.ct_size = stream.PLI.cipher_size(size)
        self._read = read
        salt, prefix = os.urandom(stream.SALT_BYTES), os.urandom(stream.PREFIX_BYTES)
        self._cipher = stream.SegmentCipher(stream.StreamSecrets(key, place.aad(n), salt, prefix))
        self._leaves: list[bytes] = []
        self._plain: stream.PlainHash | None = None

    def segments(self, first: int = 0) -> Iterator[bytes]:
        """Yield the ciphertext segments from number ``first`` on, having checked those before it."""
        hasher = stream.PlainHasher(self.size)
        seen = 0
        for j, plain, last in stream.cut(self._read(), stream.PLI.plain_size):
            seen += len(plain)
            if seen > self.size or (last and seen != self.size):
                raise self._changed(j)
            hasher.update(plain)
            segment = self._segment(j, plain, last=last)
            if j >= first:
                yield segment
        self._plain = hasher.result()

    def stored(self) -> StoredStream:
        """Return size and root, once the stream has been read to its end."""
        self.plain_hash()
        return StoredStream(self.ct_size, root(self._leaves))

    def plain_hash(self) -> stream.PlainHash:
        """Return the plaintext hash, once the stream has been read to its end."""
        if self._plain is None:
            raise SealedError("bid.incomplete", f"stream {self.n} was not read to its end", n=self.n)
        return self._plain

    def _segment(self, j: int, plain: bytes, *, last: bool) -> bytes:
        segment = self._cipher.encrypt(j, plain, last=last)
        leaf = sha256(segment).digest()
        if j == len(self._leaves):
            self._leaves.append(leaf)
        elif self._leaves[j] != leaf:
            raise self._changed(j)
        return segment

    def _changed(self, j: int) -> SealedError:
        return SealedError("bid.source_changed", f"file {self.n} changed at segment {j}", n=self.n)
