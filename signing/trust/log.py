"""The append-only log of a trust store: who loaded which list, who trusted which certificate, and why.

One JSON object a line; each holds the SHA-256 of the line before, so that a line taken out or changed shows.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from signing.trust.codec import instant_text

NAME = "log.jsonl"
_START = "0" * 64


def append(directory: Path, action: str, facts: Mapping[str, object], *, at: datetime, by: str) -> None:
    """Write one line and have it on the disk before returning."""
    previous = _lines(directory)[-1:]
    entry = {
        "at": instant_text(at),
        "by": by,
        "action": action,
        **facts,
        "previous": sha256(previous[0]).hexdigest() if previous else _START,
    }
    line = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    descriptor = os.open(directory / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def entries(directory: Path) -> list[dict[str, object]]:
    """Return the entries, oldest first."""
    return [json.loads(line) for line in _lines(directory)]


def first_bad(directory: Path) -> int | None:
    """Return the number (from 1) of the first line that does not follow the one before, None when all do."""
    expected = _START
    for number, line in enumerate(_lines(directory), 1):
        try:
            entry = json.loads(line)
        except ValueError:
            return number
        if not isinstance(entry, dict) or entry.get("previous") != expected:
            return number
        expected = sha256(line).hexdigest()
    return None


def _lines(directory: Path) -> list[bytes]:
    path = directory / NAME
    return path.read_bytes().splitlines() if path.exists() else []
