"""The object store: bids and tender documents as write-once objects, in files or in an S3 bucket.

Keys are never overwritten, and ``put`` returns only once the bytes are durable: a row that names a key can be
committed after it, and a receipt can leave after the row.
"""

from typing import Any

from procurement.core import services
from procurement.core.settings import Settings
from procurement.core.storage.api import (
    PIECE,
    BadKey,
    KeyMissing,
    KeyTaken,
    Storage,
    StorageError,
    StorageFull,
    Stored,
)
from procurement.core.storage.files import FileStorage
from procurement.core.storage.s3 import S3Storage, connect

__all__ = [
    "PIECE",
    "BadKey",
    "FileStorage",
    "KeyMissing",
    "KeyTaken",
    "S3Storage",
    "Storage",
    "StorageError",
    "StorageFull",
    "Stored",
    "build",
]


def build(settings: Settings) -> Storage:
    """Return the store that the settings name."""
    if settings.storage == "s3":
        return S3Storage(connect(settings), settings.s3_bucket)
    return FileStorage(settings.objects_directory)


def includeme(config: Any) -> None:
    """Register the store."""
    services.register(config.registry, Storage, build(services.find(config.registry, Settings)))
