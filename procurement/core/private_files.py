"""Write the files that hold secrets: readable by their owner alone, whole or not at all, and never over another."""

import os
import uuid
from pathlib import Path


def write_once(path: Path, content: bytes) -> None:
    """Write a file of mode 0600, and its folders of mode 0700; one that exists is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # Server and worker may start at once: the first one's key stays.
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
