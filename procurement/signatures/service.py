"""Verify files for people and programs: within what may be spent on it, on this installation's trust."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import BoundedSemaphore

from procurement.signatures.errors import Busy, TooManyFiles, TooMuch
from procurement.signatures.trusted import Basis
from signing.report import Report
from signing.types import Bytes, Content

__all__ = ["MOST_BYTES", "MOST_CONTENTS", "RATE", "About", "Given", "judged", "place", "verify"]

#: Purpose under which the tries of an address are counted.
RATE = "signatures.verify"
#: A signed file and the documents beside it, in bytes: they are held in memory.
MOST_BYTES = 64 << 20
#: Documents given with a detached signature.
MOST_CONTENTS = 50
#: Verifications at the same time in one process, and how long one more waits for its turn, in seconds.
AT_ONCE = 2
PATIENCE = 10.0
_places = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Given:
    """A file that somebody gave, with the documents it may be detached from."""

    name: str
    data: bytes = field(repr=False)
    contents: Sequence[Bytes] = ()

    def about(self) -> "About":
        """Return what a report says of the file beside its signatures."""
        beside = tuple(content.name for content in self.contents)
        return About(self.name, len(self.data), sha256(self.data).hexdigest(), beside)

    def within_limits(self) -> "Given":
        """Return it, or raise TooManyFiles or TooMuch."""
        if len(self.contents) > MOST_CONTENTS:
            raise TooManyFiles(MOST_CONTENTS)
        if len(self.data) + sum(len(content.data) for content in self.contents) > MOST_BYTES:
            raise TooMuch(MOST_BYTES >> 20)
        return self


@dataclass(frozen=True, slots=True)
class About:
    """A file that was verified: its name, size, SHA-256, and the names of the documents given beside it."""

    name: str
    size: int
    sha256: str
    beside: tuple[str, ...] = ()


def verify(given: Given, *, basis: Basis, now: datetime) -> Report:
    """Verify one file at ``now``; what cannot be read is a report with its error, never an exception."""
    allowed = given.within_limits()
    with place():
        return judged(allowed.data, name=allowed.name, contents=allowed.contents, basis=basis, now=now)


def judged(data: bytes, *, name: str, contents: Sequence[Content], basis: Basis, now: datetime) -> Report:
    """Verify what is already known to be within the limits; what cannot be read is a report with its error."""
    # Brings the libraries of every format with it: imported at the first use.
    from signing.api import verify as judge

    return judge(
        data,
        name=name,
        contents=contents,
        trust=basis.snapshot,
        policy=basis.policy,
        at=now,
        fetch=basis.fetch,
    )


@contextmanager
def place() -> Iterator[None]:
    """Take one of the places that are set aside for verifications that somebody waits for; raise Busy."""
    if not _places.acquire(timeout=PATIENCE):
        raise Busy
    try:
        yield
    finally:
        _places.release()
