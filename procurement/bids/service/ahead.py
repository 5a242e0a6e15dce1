"""Work on the next pieces while the present one is written: decryption on one core, the disk on the other."""

import queue
import threading
from collections.abc import Iterator

#: Pieces that may wait, of 1 MiB each: enough to hide a slow write, little enough to bound memory.
_DEPTH = 8
_PATIENCE = 0.2


class _Ahead:
    """Draw from an iterator in a thread of its own, which ends when the reader has gone."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(_DEPTH)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def read(self) -> Iterator[bytes]:
        """Yield the pieces in order; raise what the iterator raised."""
        self._thread.start()
        try:
            while True:
                piece = self._queue.get()
                if isinstance(piece, BaseException):
                    raise piece
                if piece is None:
                    return
                yield piece
        finally:
            self._stop.set()
            self._thread.join()

    def _run(self) -> None:
        try:
            for piece in self._pieces:
                if not self._put(piece):
                    return
        except BaseException as error:  # noqa: BLE001  # raised again in the reader's thread
            self._put(error)
        else:
            self._put(None)

    def _put(self, item: bytes | BaseException | None) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=_PATIENCE)
            except queue.Full:
                continue
            return True
        return False


def ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same pieces, made in another thread up to eight ahead; an error comes out where it happened."""
    return _Ahead(pieces).read()
