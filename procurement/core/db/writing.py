"""Know whether this thread holds a write transaction: nothing may wait for the network meanwhile."""

import threading
from typing import Any

from sqlalchemy import Engine, event

_NOTE = "pli.writing"


class _Held(threading.local):
    """How many connections of this thread have begun to write and are not back in their pool."""

    count = 0


_held = _Held()


def underway() -> bool:
    """Tell whether a write transaction is open in this thread."""
    return _held.count > 0


def watch(engine: Engine) -> None:
    """Count the write transactions of an engine, from BEGIN until the connection is given back."""

    def begin(connection: Any) -> None:
        notes = connection.connection.record_info
        if _NOTE not in notes:
            notes[_NOTE] = True
            _held.count += 1

    def give_back(_connection: Any, record: Any) -> None:
        if record.record_info.pop(_NOTE, None):
            _held.count -= 1

    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", give_back)
