"""Certificates parsed once, by content; and a bounded memory for verdicts, under everything they depend on.

What is cached here is a function of bytes alone: that a certificate was parsed for one file tells another file nothing.
"""

from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from threading import Lock
from typing import Generic, TypeVar

from signing.path.certs import Cert, read
from signing.path.names import comparable

__all__ = ["PARSED", "VERDICTS", "Cert", "Memory", "certificate", "comparable"]

Value = TypeVar("Value")

#: Certificates and verdicts that are remembered, and the bytes that CRLs and OCSP responses in memory may take.
PARSED = 1_024
VERDICTS = 1_024
WEIGHT = 64 << 20


@lru_cache(maxsize=PARSED)
def certificate(der: bytes) -> Cert | None:
    """Parse a certificate; None when it is none (RFC 5280, 4.1)."""
    return read(der)


class Memory(Generic[Value]):
    """The last values under their keys: at most ``size`` of them, and ``weight`` bytes altogether. Safe for threads."""

    def __init__(self, size: int, weight: int = WEIGHT) -> None:
        self._size = size
        self._most = weight
        self._total = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        """Return what was kept, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def keep(self, key: Hashable, value: Value, weight: int = 0) -> None:
        """Keep a value that holds ``weight`` bytes, and forget those unused for longest when there is too much."""
        with self._lock:
            self._forget(key)
            self._values[key] = value, weight
            self._total += weight
            while self._values and (len(self._values) > self._size or self._total > self._most):
                self._forget(next(iter(self._values)))

    def _forget(self, key: Hashable) -> None:
        _, weight = self._values.pop(key, (None, 0))
        self._total -= weight
