"""What the tests of this room share: the test PKI trusted by the application, and signed files."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from procurement.core.runtime import Runtime
from signing.trust import store
from tests.signing import pki


@pytest.fixture
def trusted(runtime: Runtime) -> Iterator[Callable[..., None]]:
    """Return how the application comes to trust the test PKI; nobody is trusted before, nor after."""
    folder = runtime.settings.trusted_lists_directory
    shutil.rmtree(folder, ignore_errors=True)

    def trust(*names: str) -> None:
        for name in names or ("root",):
            store.add_anchor(folder, pki.holder(name).der, reason="essai", at=pki.NOW, by="test")

    yield trust
    shutil.rmtree(folder, ignore_errors=True)


def text_of(answer: Any) -> str:
    """Return what a person reads in the main part of a page, unbroken spaces made plain."""
    return str(answer.html.main.get_text(" ", strip=True)).replace("\u202f", " ").replace("\xa0", " ")
