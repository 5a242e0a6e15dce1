"""Encrypt and decrypt a long stream in segments: Tink's AES256_GCM_HKDF_1MB, with bounded memory.

Header ``0x28 | salt[32] | prefix[7]``; segment j is AES-256-GCM under nonce ``prefix | be32(j) | last``.
Tink's published format: https://developers.google.com/tink/wire-format#streaming_encryption.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from struct import pack

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signing.errors import SealedError
from signing.merkle import Tree

SEGMENT = 1 << 20
SALT_BYTES = 32
PREFIX_BYTES = 7
HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES
TAG_BYTES = 16
FLAT_HASH_LIMIT = 64 << 20
"""Up to this size a file's hash is a plain SHA-256 that anybody can check with ``sha256sum``."""

FLAT, TREE = "sha256", "sha256-tree-seg"


@dataclass(frozen=True, slots=True)
class Layout:
    """The arithmetic of one segment size; pli/1 uses 1 MiB, other sizes serve the test vectors."""

    segment: int = SEGMENT

    def plain_size(self, j: int) -> int:
        """Return how many plaintext bytes a full segment ``j`` holds."""
        return self.segment - TAG_BYTES - (HEADER_BYTES if j == 0 else 0)

    def segments(self, plain_size: int) -> int:
        """Return the number of segments of a plaintext; an empty one has one."""
        beyond = plain_size - self.plain_size(0)
        return 1 if beyond <= 0 else 1 + -(-beyond // self.plain_size(1))

    def cipher_size(self, plain_size: int) -> int:
        """Return the size of the stream of a plaintext."""
        return plain_size + HEADER_BYTES + TAG_BYTES * self.segments(plain_size)

    def plain_size_of(self, cipher_size: int) -> int:
        """Return the plaintext size of a stream, or refuse a size no stream has."""
        segments = max(1, -(-cipher_size // self.segment))
        plain = cipher_size - HEADER_BYTES - TAG_BYTES * segments
        if plain < 0 or self.cipher_size(plain) != cipher_size:
            raise SealedError("bid.damaged", f"no stream has {cipher_size} bytes", reason="size")
        return plain


PLI = Layout()


@dataclass(frozen=True, slots=True)
class StreamSecrets:
    """What encrypts one stream. Two different plaintexts must never meet under one of these."""

    key: bytes = field(repr=False)
    aad: bytes
    salt: bytes
    prefix: bytes

    @property
    def header(self) -> bytes:
        """Return the clear bytes at the head of the stream."""
        return bytes([HEADER_BYTES]) + self.salt + self.prefix


class SegmentCipher:
    """Encrypt or decrypt single segments, in any order: what a resumed upload needs."""

    def __init__(self, secrets: StreamSecrets) -> None:
        self._header = secrets.header
        self._prefix = secrets.prefix
        self._gcm = AESGCM(HKDF(SHA256(), 32, secrets.salt, secrets.aad).derive(secrets.key))

    def encrypt(self, j: int, plain: bytes, *, last: bool) -> bytes:
        """Return ciphertext segment ``j``; segment 0 begins with the header."""
        sealed = self._gcm.encrypt(self._nonce(j, last=last), plain, None)
        return self._header + sealed if j == 0 else sealed

    def decrypt(self, j: int, sealed: bytes, *, last: bool) -> bytes:
        """Return the plaintext of segment ``j`` (the header already taken off), or refuse it."""
        try:
            return self._gcm.decrypt(self._nonce(j, last=last), sealed, None)
        except InvalidTag as error:
            raise SealedError("bid.damaged", f"segment {j} fails authentication", segment=j) from error

    def _nonce(self, j: int, *, last: bool) -> bytes:
        return self._prefix + pack(">IB", j, last)


def cut(chunks: Iterable[bytes], size: Callable[[int], int]) -> Iterator[tuple[int, bytes, bool]]:
    """Regroup chunks of any size into pieces of ``size(j)`` bytes: number, bytes, whether it is the last.

    A piece is held back until a further byte shows that it is not the last one.
    """
    waiting: bytes | bytearray = b""
    j = 0
    for chunk in chunks:
        if len(waiting) == size(j) and chunk:
            yield j, bytes(waiting), False
            waiting, j = b"", j + 1
        if not waiting and len(chunk) <= size(j):
            waiting = chunk  # Whole pieces, as the store gives them, pass without being copied.
            continue
        waiting = bytearray(waiting) if isinstance(waiting, bytes) else waiting
        waiting += chunk
        while len(waiting) > size(j):
            piece = bytes(waiting[: size(j)])
            del waiting[: size(j)]
            yield j, piece, False
            j += 1
    yield j, bytes(waiting), True


@dataclass(frozen=True, slots=True)
class PlainHash:
    """The hash of a plaintext: a flat SHA-256 up to 64 MiB, else the root over its segments."""

    algorithm: str
    value: bytes


class PlainHasher:
    """Hash the plaintext segments of a file whose size is known beforehand."""

    def __init__(self, size: int) -> None:
        self._flat = sha256() if size <= FLAT_HASH_LIMIT else None
        self._tree = Tree()

    def update(self, segment: bytes) -> None:
        """Take the next plaintext segment."""
        if self._flat is None:
            self._tree.append(sha256(segment).digest())
        else:
            self._flat.update(segment)

    def result(self) -> PlainHash:
        """Return the hash in the form that the size calls for."""
        if self._flat is None:
            return PlainHash(TREE, self._tree.root())
        return PlainHash(FLAT, self._flat.digest())


def hash_plaintext(chunks: Iterable[bytes], size: int, layout: Layout = PLI) -> PlainHash:
    """Return the plaintext hash of a file read in chunks of any size."""
    hasher = PlainHasher(size)
    for _, segment, _ in cut(chunks, layout.plain_size):
        hasher.update(segment)
    return hasher.result()


def cipher_root(chunks: Iterable[bytes], layout: Layout = PLI) -> bytes:
    """Return ``ct_root`` of a stored stream: leaf data j is the SHA-256 of ciphertext segment j."""
    tree = Tree()
    for _, segment, _ in cut(chunks, lambda _: layout.segment):
        tree.append(sha256(segment).digest())
    return tree.root()


def encrypt(chunks: Iterable[bytes], secrets: StreamSecrets, layout: Layout = PLI) -> Iterator[bytes]:
    """Yield the ciphertext segments of a plaintext, the first one with the header."""
    cipher = SegmentCipher(secrets)
    for j, plain, last in cut(chunks, layout.plain_size):
        yield cipher.encrypt(j, plain, last=last)


def decrypt(chunks: Iterable[bytes], key: bytes, aad: bytes, layout: Layout = PLI) -> Iterator[bytes]:
    """Yield the plaintext segments of a stream; anything cut, added, moved or changed is refused.

    Segments come out before the end has been seen: the caller keeps nothing until the iterator is
    exhausted, because a stream cut at a segment edge is only told by its missing last segment.
    """
    pieces = cut(chunks, lambda _: layout.segment)
    j, first, last = next(pieces)
    cipher = _cipher_of(first[:HEADER_BYTES], key, aad)
    yield cipher.decrypt(j, first[HEADER_BYTES:], last=last)
    for j, sealed, last in pieces:
        # Tink's writer never ends on an empty segment: one plaintext has one length of stream.
        if len(sealed) <= TAG_BYTES:
            raise SealedError("bid.damaged", f"segment {j} is too short", segment=j)
        yield cipher.decrypt(j, sealed, last=last)


def _cipher_of(header: bytes, key: bytes, aad: bytes) -> SegmentCipher:
    if len(header) != HEADER_BYTES or header[0] != HEADER_BYTES:
        raise SealedError("bid.damaged", "the stream has no header", segment=0)
    salt, prefix = header[1 : 1 + SALT_BYTES], header[1 + SALT_BYTES :]
    return SegmentCipher(StreamSecrets(key, aad, salt, prefix))
