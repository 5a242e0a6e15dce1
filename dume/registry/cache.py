"""Remember answers for a while, apart for each recipient: what one buyer may know, another may not.

In memory only: protected data is never written outside the vault. The key is (path, identifier, recipient).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from procurement.accounts.registry import SourceResult, SourceStatus

#: Seconds that an answer, and a refusal, are remembered.
OBTAINED = 3_600.0
NEGATIVE = 900.0
#: Refusals that asking again would not change; a failure is never remembered.
_REMEMBERED = {
    SourceStatus.OBTAINED: OBTAINED,
    SourceStatus.NOT_FOUND: NEGATIVE,
    SourceStatus.NO_RIGHT: NEGATIVE,
    SourceStatus.LEGAL_BLOCK: NEGATIVE,
    SourceStatus.BAD_PARAMETER: NEGATIVE,
}
ENTRIES = 2_000
BYTES = 64 << 20


@dataclass(frozen=True)
class Key:
    """What was asked, about whom, for whom."""

    path: str
    identifier: str
    recipient: str


class Cache:
    """Keep the latest results; the oldest leave when there are too many, or too many bytes of documents."""

    def __init__(self, monotonic: Callable[[], float], *, entries: int = ENTRIES, size: int = BYTES) -> None:
        self._monotonic = monotonic
        self._entries = entries
        self._size = size
        self._held: OrderedDict[Key, tuple[float, SourceResult]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Key) -> SourceResult | None:
        """Return a result that is still fresh."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            if self._monotonic() >= found[0]:
                self._drop(key)
                return None
            return found[1]

    def put(self, key: Key, result: SourceResult) -> None:
        """Remember a result, if its status is worth it."""
        seconds = _REMEMBERED.get(result.status)
        if seconds is None:
            return
        with self._lock:
            if key in self._held:
                self._drop(key)
            self._held[key] = (self._monotonic() + seconds, result)
            self._bytes += _weight(result)
            while self._held and (len(self._held) > self._entries or self._bytes > self._size):
                self._drop(next(iter(self._held)))

    def _drop(self, key: Key) -> None:
        _until, result = self._held.pop(key)
        self._bytes -= _weight(result)


def _weight(result: SourceResult) -> int:
    return sum(document.size for document in result.documents)
