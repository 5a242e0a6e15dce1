"""Leave a provider alone while it is down: after so many failures in a row, no call for a minute, then one try."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

FAILURES = 5
REST = 60.0


@dataclass
class _State:
    failures: int = 0
    closed_until: float = 0.0
    trying: bool = False


class Breakers:
    """One breaker per provider, shared by the threads of a process."""

    def __init__(
        self, monotonic: Callable[[], float], *, failures: int = FAILURES, rest: float = REST
    ) -> None:
        self._monotonic = monotonic
        self._failures = failures
        self._rest = rest
        self._states: dict[str, _State] = {}
        self._lock = threading.Lock()

    def allows(self, provider: str) -> bool:
        """Return whether the provider may be called now; after the rest a single call goes first."""
        with self._lock:
            state = self._states.setdefault(provider, _State())
            if state.failures < self._failures:
                return True
            if state.trying or self._monotonic() < state.closed_until:
                return False
            state.trying = True
            return True

    def release(self, provider: str) -> None:
        """Note that an allowed call was not made after all."""
        with self._lock:
            self._states.setdefault(provider, _State()).trying = False

    def record(self, provider: str, *, answered: bool) -> None:
        """Note whether the provider answered (any answer, a refusal included) or failed."""
        with self._lock:
            state = self._states.setdefault(provider, _State())
            state.trying = False
            if answered:
                state.failures = 0
                return
            state.failures += 1
            if state.failures >= self._failures:
                state.closed_until = self._monotonic() + self._rest
