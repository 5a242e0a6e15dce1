"""Documents to sign in the store: all of them, or none."""

from typing import Any

import pytest

from procurement.core.runtime import Runtime
from procurement.core.storage import Storage, StorageError
from procurement.signatures.joint import documents
from signing.types import Bytes


def test_document_that_cannot_be_stored_leaves_none_before_it(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = runtime.find(Storage)
    real, seen = storage.put, []

    def full(key: str, data: Any) -> Any:
        seen.append(key)
        if len(seen) == 2:
            raise StorageError("full")
        return real(key, data)

    monkeypatch.setattr(storage, "put", full)
    with pytest.raises(StorageError):
        documents.store(storage, [Bytes("a", b"a"), Bytes("b", b"b")])
    assert (len(seen), list(storage.keys("signing"))) == (2, [])
