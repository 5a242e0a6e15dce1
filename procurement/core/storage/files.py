"""Keep objects as files: temporary file beside, fsync, link without overwriting, fsync of the folder.

A reader never sees half an object, and a key that exists is never replaced: ``link`` fails where ``rename``
would overwrite. Symbolic links inside the store are refused, since they could point out of it.
"""

import errno
import hashlib
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from procurement.core.metrics import STORE_ERRORS
from procurement.core.storage.api import (
    PIECE,
    BadKey,
    KeyMissing,
    KeyTaken,
    StorageError,
    StorageFull,
    Stored,
)
from procurement.core.storage.keys import check_key

_PART_SUFFIX = ".part"
#: Hashing runs beside the disk: the two take about as long, and neither holds the interpreter.
_hashing = ThreadPoolExecutor(max_workers=4, thread_name_prefix="pli-sha256")
#: Below this size handing a chunk over costs more than hashing it.
_BESIDE = 1 << 18
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the system's errors into the store's.

    Only around our own calls: an OSError of the caller's chunks (a client that hung up) is not the store's.
    """
    try:
        yield
    except OSError as error:
        STORE_ERRORS.inc()
        if error.errno in _NO_ROOM:
            raise StorageFull from error
        raise StorageError(f"{error.strerror}: {error.filename}") from error


class FileStorage:
    """Keep objects under one folder."""

    def __init__(self, folder: Path) -> None:
        with _translated():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._root = folder.resolve()

    def put(self, key: str, chunks: Iterable[bytes], *, hashed: bool = True) -> Stored:
        """Write ``chunks`` under a new key; durable on return."""
        path = self._path(key)
        self._make_folder(path.parent)
        fresh = path.parent / f".{uuid.uuid4().hex}{_PART_SUFFIX}"
        try:
            stored = _write(fresh, chunks, hashed=hashed)
            with _translated():
                try:
                    os.link(fresh, path, follow_symlinks=False)
                except FileExistsError:
                    raise KeyTaken(key) from None
        finally:
            fresh.unlink(missing_ok=True)
        with _translated():
            _sync_folder(path.parent)
        return stored

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return the bytes of a key in pieces."""
        size = self.size(key)
        end = size if length is None else min(size, start + length)
        return _read(self._path(key), start, end)

    def size(self, key: str) -> int:
        """Return the size in bytes."""
        return self._stat(key).st_size

    def exists(self, key: str) -> bool:
        """Tell whether something lies under the key."""
        try:
            self._stat(key)
        except KeyMissing:
            return False
        return True

    def age(self, key: str) -> timedelta:
        """Return how long ago the key was written."""
        # Files bear the machine's time, never that of the application's clock, which a sandbox moves.
        return timedelta(seconds=time.time() - self._stat(key).st_mtime)

    def delete(self, key: str) -> None:
        """Remove the key if it is there."""
        path = self._path(key)
        with _translated():
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Return the keys that begin with ``prefix``, sorted."""
        found: list[str] = []
        with _translated():
            for folder, _folders, names in os.walk(self._root):
                base = Path(folder).relative_to(self._root)
                found.extend((base / name).as_posix() for name in names if not name.startswith("."))
        return iter(sorted(key for key in found if key.startswith(prefix)))

    def sweep(self, older_than: timedelta) -> int:
        """Remove the temporary files of interrupted writes."""
        limit = time.time() - older_than.total_seconds()
        gone = 0
        with _translated():
            for path in self._root.rglob(f".*{_PART_SUFFIX}"):
                if path.lstat().st_mtime < limit:
                    path.unlink(missing_ok=True)
                    gone += 1
        return gone

    def _path(self, key: str) -> Path:
        """Return the file of a key; raise BadKey when a symbolic link lies on the way."""
        path = self._root
        for part in check_key(key).split("/"):
            path /= part
            if path.is_symlink():
                raise BadKey(f"{key!r} passes a symbolic link")
        return path

    def _stat(self, key: str) -> os.stat_result:
        path = self._path(key)
        with _translated():
            try:
                found = path.lstat()
            except (FileNotFoundError, NotADirectoryError):
                raise KeyMissing(key) from None
        if path.is_dir():
            raise KeyMissing(key)
        return found

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and its parents durable: a new entry lives in the parent, which is synced as well."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        with _translated():
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(folder.parent)


def _write(path: Path, chunks: Iterable[bytes], *, hashed: bool) -> Stored:
    digest, size, behind = hashlib.sha256(), 0, None
    with _translated():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        for chunk in chunks:
            if behind is not None:
                behind.result()
                behind = None
            if hashed and len(chunk) < _BESIDE:
                digest.update(chunk)
            elif hashed:
                behind = _hashing.submit(digest.update, chunk)
            with _translated():
                _write_all(handle, chunk)
            size += len(chunk)
        with _translated():
            os.fdatasync(handle)
    finally:
        os.close(handle)
    if behind is not None:
        behind.result()
    return Stored(size, digest.hexdigest() if hashed else "")


def _write_all(handle: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]


def _read(path: Path, start: int, end: int) -> Iterator[bytes]:
    with _translated():
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while start < end:
            with _translated():
                piece = os.pread(handle, min(PIECE, end - start), start)
            if not piece:
                raise StorageError(f"{path.name} became shorter while it was read")
            start += len(piece)
            yield piece
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
