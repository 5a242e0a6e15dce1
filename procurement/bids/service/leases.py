"""Tell a second writer early that a first one is at work; correctness never rests on it.

The offset in the database decides which part counts. A lease lives in the memory of one process and runs out by itself,
so a writer that froze hinders nobody; what it writes later under its own key changes no committed byte.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from procurement.bids.errors import Locked
from procurement.core.text import _

#: Seconds without a segment after which another writer may go on.
LEASE = 60.0


class Leases:
    """Who writes which upload now; ``clock`` gives seconds that also run during a suspend."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._held: dict[uuid.UUID, tuple[object, float]] = {}

    @contextmanager
    def hold(self, upload: uuid.UUID) -> Iterator[Callable[[], None]]:
        """Hold an upload; give a function that prolongs the lease. Raises Locked (423) while another holds it."""
        mark = object()
        with self._guard:
            holder = self._held.get(upload)
            if holder is not None and holder[1] > self._clock():
                raise Locked(
                    "bid.upload_locked",
                    _(
                        "Un autre envoi de ce fichier est en cours. Rien n’est perdu : l’envoi reprendra de lui-même."
                    ),
                )
            self._held[upload] = (mark, self._clock() + LEASE)
        try:
            yield lambda: self._prolong(upload, mark)
        finally:
            with self._guard:
                if self._held.get(upload, (None,))[0] is mark:
                    del self._held[upload]

    def _prolong(self, upload: uuid.UUID, mark: object) -> None:
        with self._guard:
            if self._held.get(upload, (None,))[0] is mark:
                self._held[upload] = (mark, self._clock() + LEASE)
