"""Keep to the published limits: calls a minute, and the pauses that the service asks for.

Published: 250 calls a minute per token for data, 50 for documents, 1,000 per address. Counts live in the memory of one
process, the worker that fetches; with several workers each must be given its share.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

MINUTE = 60.0
DATA_PER_MINUTE = 250
DOCUMENTS_PER_MINUTE = 50
ADDRESS_PER_MINUTE = 1_000


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """How time passes: seconds that never go back, and a way to wait. Tests give their own."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class Bucket:
    """Hold so many tokens, refilled evenly over a minute."""

    def __init__(self, per_minute: int, ticks: Ticks) -> None:
        self._size = float(per_minute)
        self._rate = per_minute / MINUTE
        self._ticks = ticks
        self._left = self._size
        self._seen = ticks.monotonic()
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Take one token and return 0, or return the seconds after which to try again."""
        with self._lock:
            now = self._ticks.monotonic()
            if now < self._closed_until:
                return self._closed_until - now
            self._left = min(self._size, self._left + (now - self._seen) * self._rate)
            self._seen = now
            if self._left < 1:
                return (1 - self._left) / self._rate
            self._left -= 1
            return 0.0

    def put_back(self) -> None:
        """Give a token back that was not used."""
        with self._lock:
            self._left = min(self._size, self._left + 1)

    def close(self, seconds: float) -> None:
        """Give nothing for so many seconds: the service said so."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._ticks.monotonic() + seconds)


class Limits:
    """The three limits together; a call takes one token of its kind and one of the address."""

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks
        self._kinds = {False: Bucket(DATA_PER_MINUTE, ticks), True: Bucket(DOCUMENTS_PER_MINUTE, ticks)}
        self._address = Bucket(ADDRESS_PER_MINUTE, ticks)

    def take(self, *, documents: bool, deadline: float) -> bool:
        """Wait for a call's turn; False when it does not come before the deadline (monotonic seconds)."""
        while True:
            pause = self._try(documents=documents)
            if pause <= 0:
                return True
            if self._ticks.monotonic() + pause >= deadline:
                return False
            self._ticks.sleep(pause)

    def close(self, seconds: float, *, documents: bool) -> None:
        """Stop calls of this kind for so many seconds."""
        self._kinds[documents].close(seconds)

    def _try(self, *, documents: bool) -> float:
        pause = self._kinds[documents].wait()
        if pause > 0:
            return pause
        pause = self._address.wait()
        if pause > 0:
            self._kinds[documents].put_back()
        return pause
