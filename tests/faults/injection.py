"""Make the Nth durable step fail: a write, fsync, link or folder of the store, or a commit of the database."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from procurement.core.runtime import Runtime
from procurement.core.storage import files

_WRAPPED = ("open", "write", "fdatasync", "fsync", "link")
_SAID = {errno.EIO: "disk I/O error", errno.ENOSPC: "database or disk is full"}


class Steps:
    """Count the durable steps and fail the one asked for, once."""

    def __init__(self) -> None:
        self.count = 0
        self.fail_at = 0
        self.error = errno.EIO
        self.failed = ""

    def arm(self, fail_at: int, error: int) -> None:
        self.count, self.fail_at, self.error, self.failed = 0, fail_at, error, ""

    def step(self, name: str) -> bool:
        """Count one step; tell whether it must fail."""
        self.count += 1
        if self.count != self.fail_at:
            return False
        self.failed = name
        return True

    def system_call(self, name: str, real: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            durable = name != "open" or arguments[1] & (os.O_CREAT | os.O_DIRECTORY)
            if durable and self.step(name):
                raise OSError(self.error, os.strerror(self.error), "the store")
            return real(*arguments, **named)

        return call

    def commit(self, _connection: Any) -> None:
        if self.step("commit"):
            said = sqlite3.OperationalError(_SAID[self.error])
            raise OperationalError("COMMIT", None, said)


class FaultyOs:
    """The module ``os`` as the store sees it."""

    def __init__(self, steps: Steps) -> None:
        self._calls = {name: steps.system_call(name, getattr(os, name)) for name in _WRAPPED}

    def __getattr__(self, name: str) -> Any:
        return self._calls.get(name) or getattr(os, name)


@contextmanager
def injected(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    """Count every durable step of the application while the block runs."""
    steps = Steps()
    real_mkdir = Path.mkdir

    def mkdir(path: Path, *arguments: Any, **named: Any) -> None:
        if runtime.settings.objects_directory in path.parents and steps.step("mkdir"):
            raise OSError(steps.error, os.strerror(steps.error), str(path))
        real_mkdir(path, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(files, "os", FaultyOs(steps))
        patch.setattr(Path, "mkdir", mkdir)
        event.listen(runtime.database.write_engine, "commit", steps.commit)
        try:
            yield steps
        finally:
            event.remove(runtime.database.write_engine, "commit", steps.commit)
