"""Put files in place whole: written beside, synced, renamed; one writer at a time."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

_FOLDER_MODE = 0o750
_FILE_MODE = 0o640


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the store for one writer; it is made when it does not exist."""
    (directory / "lists").mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, _FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write(path: Path, data: bytes) -> None:
    """Put bytes at a path in one step: a reader sees the old file or the new one."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), _FILE_MODE)
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_once(path: Path, data: bytes) -> None:
    """Put bytes at a path named by their digest; what is there already is the same, unless it is damaged."""
    if not path.exists() or path.read_bytes() != data:
        write(path, data)


def remove_others(directory: Path, patterns: Sequence[str], keep: set[Path]) -> None:
    """Remove the files of given names that nobody refers to any more."""
    for pattern in patterns:
        for path in directory.glob(pattern):
            if path not in keep:
                path.unlink()


def stamp(path: Path) -> tuple[int, ...] | None:
    """Return what changes when a file is replaced, None when there is no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
