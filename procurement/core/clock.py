"""Tell the time: the only place that reads the machine's clocks.

``boottime`` goes on during a suspend (CLOCK_BOOTTIME), so that a wall clock that jumps can be told from one that is
right: the guard compares both and keeps deposits on the guarded time (quality rules on time).
"""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from procurement.core import services
from procurement.core.settings import Settings

#: Largest difference between the wall clock and the anchored one before times are called guarded, in seconds.
GUARD_TOLERANCE = 2.0


class Clock(Protocol):
    """Give the time; two implementations: the system's, and one that tests and the sandbox may move."""

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""
        ...

    def boottime(self) -> float:
        """Return seconds since boot, suspend included."""
        ...

    def drift(self) -> float:
        """Return wall time minus anchored time, in seconds."""
        ...


class SystemClock:
    """Read the machine's clocks, and notice when the wall clock jumps."""

    def __init__(self) -> None:
        self._anchor = datetime.now(UTC)
        self._anchor_boot = self.boottime()

    def boottime(self) -> float:
        """Return CLOCK_BOOTTIME in seconds."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def drift(self) -> float:
        """Return how far the wall clock has moved against the boot clock since the start, in seconds."""
        anchored = self._anchor + timedelta(seconds=self.boottime() - self._anchor_boot)
        return (datetime.now(UTC) - anchored).total_seconds()

    def now(self) -> datetime:
        """Return the wall time, or the anchored time once the wall clock has jumped."""
        wall = datetime.now(UTC)
        drift = self.drift()
        if abs(drift) > GUARD_TOLERANCE:
            return wall - timedelta(seconds=drift)
        return wall


class SandboxClock:
    """A clock that ``POST /sandbox/clock`` and tests move; it runs on between two moves unless frozen.

    With a ``path`` the move is kept in that file, so that the server, the worker and the command line of one
    installation share one time.
    """

    def __init__(
        self, start: datetime | None = None, *, frozen: bool = False, path: Path | None = None
    ) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._stamp = 0
        self._offset = timedelta(0)
        self._frozen: datetime | None = None
        if start is not None:
            self.move_to(start, frozen=frozen)

    def boottime(self) -> float:
        """Return CLOCK_BOOTTIME in seconds."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def drift(self) -> float:
        """Return 0: a moved clock is moved on purpose."""
        return 0.0

    def now(self) -> datetime:
        """Return the moved time."""
        with self._lock:
            self._refresh()
            return self._frozen or datetime.now(UTC) + self._offset

    def move_to(self, instant: datetime, *, frozen: bool = False) -> None:
        """Set the clock to ``instant`` (aware); it stands still when ``frozen``."""
        with self._lock:
            self._frozen = instant.astimezone(UTC) if frozen else None
            self._offset = instant - datetime.now(UTC)
            if self._path is not None:
                self._keep(self._path)

    def advance(self, **duration: float) -> datetime:
        """Move forward by ``timedelta(**duration)`` and return the new time."""
        target = self.now() + timedelta(**duration)
        self.move_to(target, frozen=self._frozen is not None)
        return target

    def _keep(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        frozen = self._frozen.isoformat() if self._frozen else None
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"offset": self._offset.total_seconds(), "frozen": frozen}))
        fresh.replace(path)

    def _refresh(self) -> None:
        """Take over a move made by another process."""
        if self._path is None:
            return
        try:
            stamp = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if stamp != self._stamp:
            kept = json.loads(self._path.read_text())
            self._stamp = stamp
            self._offset = timedelta(seconds=kept["offset"])
            self._frozen = datetime.fromisoformat(kept["frozen"]) if kept["frozen"] else None


def outside() -> datetime:
    """Return the machine's own time, wherever the sandbox stands: for what other machines compare with theirs."""
    return datetime.now(UTC)


def build(settings: Settings) -> Clock:
    """Return the clock that the settings name."""
    if settings.clock == "sandbox":
        return SandboxClock(path=settings.data_directory / "sandbox-clock.json")
    return SystemClock()


def includeme(config: Any) -> None:
    """Register the clock and ``request.now``, read once per request."""
    settings = services.find(config.registry, Settings)
    services.register(config.registry, Clock, build(settings))
    config.add_request_method(lambda request: services.get(request, Clock).now(), "now", reify=True)
