"""Take one part of an upload from the network to the store: bounded memory, one hash per segment."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from procurement.bids import rules
from procurement.bids.errors import BadRequest, ChecksumMismatch
from procurement.core.errors import Conflict
from procurement.core.text import _
from signing.merkle import Tree

#: tus checksum algorithms: sha1 because the extension obliges it (transport only), ours to hash nothing twice.
ALGORITHMS = ("sha256", "sha1", "pli-tree")
_READ = 1 << 18
#: A segment is hashed while the store writes it: the two take about as long, and neither holds the interpreter.
_hashing = ThreadPoolExecutor(max_workers=4, thread_name_prefix="pli-leaf")


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a client announced of the bytes it sends."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One PATCH: where it begins, how much it announces, the stream's whole length, and how to read it."""

    offset: int
    length: int
    total: int
    read: Callable[[int], bytes]
    checksum: Checksum | None = None


class Intake:
    """Read a part in segments, once; afterwards ``size`` and ``leaves`` tell what was taken.

    A part that is cut, or does not end on a segment, keeps its whole segments when no checksum was announced, and
    nothing otherwise.
    """

    def __init__(self, part: Part, alive: Callable[[], None]) -> None:
        self._part = part
        self._alive = alive
        self._hash = _hasher(part.checksum)
        self._tree = Tree()
        self.size = 0
        self.leaves = bytearray()

    def segments(self) -> Iterator[bytes]:
        """Yield the segments to store; raise when the announced checksum is not theirs."""
        while self.size < self._part.length:
            segment = self._segment()
            if not self._takes(segment):
                break
            leaf = _hashing.submit(_leaf, segment)
            if self._hash is not None:
                self._hash.update(segment)
            self.size += len(segment)
            self._alive()
            yield segment
            self._keep(leaf)
        self._check()

    def _keep(self, leaf: "Future[bytes]") -> None:
        digest = leaf.result()
        self.leaves += digest
        self._tree.append(digest)

    def _segment(self) -> bytes:
        want = min(rules.SEGMENT, self._part.length - self.size)
        pieces: list[bytes] = []
        while want:
            piece = self._read(want)
            if not piece:
                break
            pieces.append(piece)
            want -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read(self, want: int) -> bytes:
        try:
            return self._part.read(min(want, _READ) if want < rules.SEGMENT else want)
        except OSError:  # The client hung up: what came before is told apart from what did not come.
            return b""

    def _takes(self, segment: bytes) -> bool:
        part, received = self._part, self.size + len(segment)
        kept = rules.acceptable_part(part.offset, part.length, received=received, total=part.total)
        return bool(segment) and kept == received

    def _check(self) -> None:
        announced = self._part.checksum
        if announced is None:
            return
        if self.size != self._part.length:
            raise Conflict(
                "bid.chunk_unaligned",
                _(
                    "Cette partie du fichier est arrivée coupée ou ne finit pas sur un segment de 1 Mio. "
                    "Elle n’a pas été gardée ; les parties précédentes le sont. Reprenez l’envoi."
                ),
            )
        found = self._tree.root() if self._hash is None else self._hash.digest()
        if not hmac.compare_digest(found, announced.digest):
            raise ChecksumMismatch(
                "bid.checksum_mismatch",
                _(
                    "Cette partie du fichier a été altérée pendant l’envoi. Elle n’a pas été gardée ; "
                    "les parties précédentes le sont. L’envoi peut reprendre."
                ),
            )


def first_segment(intake: Intake) -> Iterator[bytes]:
    """Return the segments once a first one is there; refuse a part that holds none, before anything is stored."""
    segments = intake.segments()
    first = next(segments, None)
    if first is None:
        raise BadRequest(
            "bid.chunk_empty",
            _(
                "Cette partie du fichier est vide ou plus courte qu’un segment de 1 Mio. Rien n’a été gardé ; "
                "reprenez l’envoi à la position indiquée."
            ),
        )
    return _chained(first, segments)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _leaf(segment: bytes) -> bytes:
    return hashlib.sha256(segment).digest()


def _hasher(checksum: Checksum | None) -> "hashlib._Hash | None":
    if checksum is None or checksum.algorithm == "pli-tree":
        return None
    return hashlib.new(checksum.algorithm, usedforsecurity=checksum.algorithm != "sha1")
