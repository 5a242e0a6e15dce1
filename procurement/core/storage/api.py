"""What an object store promises, and how it says no."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from procurement.core.errors import Conflict, NotFound, StorageExhausted, Unavailable
from procurement.core.text import _

#: Size of the pieces that ``open`` gives.
PIECE = 1 << 20


@dataclass(frozen=True)
class Stored:
    """What lies under a key: its size in bytes and its SHA-256 in lower hex, empty when it was not asked for."""

    size: int
    sha256: str


class KeyTaken(Conflict):
    """Refuse to write a key twice: a sealed bid is never overwritten."""

    def __init__(self, key: str) -> None:
        super().__init__("storage.key_taken", _("Ce fichier est déjà enregistré ; il n’est jamais remplacé."))
        self.key = key


class KeyMissing(NotFound):
    """Say that nothing lies under a key."""

    def __init__(self, key: str) -> None:
        super().__init__("storage.key_missing", _("Ce fichier n’existe pas dans l’espace de stockage."))
        self.key = key


class StorageFull(StorageExhausted):
    """Say that there is no room left (507); what was stored before is intact."""

    def __init__(self) -> None:
        super().__init__(
            "storage.full",
            _(
                "L’espace de stockage du service est plein. Ce qui est déjà reçu est gardé. Réessayez dans quelques "
                "minutes, et appelez le support si cela dure."
            ),
        )


class StorageError(Unavailable):
    """Say that the store did not answer or failed; the detail is for the log."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "storage.unavailable",
            _("L’espace de stockage du service ne répond pas. Ce qui est déjà reçu est gardé ; réessayez."),
        )
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class BadKey(ValueError):
    """Refuse a key that could leave the store: absolute, ``..``, hidden or odd characters."""


class Storage(Protocol):
    """Keep objects under write-once keys; every method raises StorageError when the store fails."""

    def put(self, key: str, chunks: Iterable[bytes], *, hashed: bool = True) -> Stored:
        """Write ``chunks`` under a new key and return once they are durable.

        ``hashed=False`` spares the hash of the whole, for callers that hash each piece themselves. Raises KeyTaken when the key exists and StorageFull when there is no room; in both cases nothing is
        left behind.
        """
        ...

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return at most ``length`` bytes from ``start`` in pieces of at most 1 MiB, or raise KeyMissing."""
        ...

    def size(self, key: str) -> int:
        """Return the size in bytes, or raise KeyMissing."""
        ...

    def exists(self, key: str) -> bool:
        """Tell whether something lies under the key."""
        ...

    def age(self, key: str) -> timedelta:
        """Return how long ago the key was written, by the store's own clock; or raise KeyMissing."""
        ...

    def delete(self, key: str) -> None:
        """Remove the key if it is there. For the sweeper alone, and only what no row names."""
        ...

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Return the keys that begin with ``prefix``, in alphabetical order."""
        ...

    def sweep(self, older_than: timedelta) -> int:
        """Remove what interrupted writes left behind; return how many."""
        ...
