"""Every exchange of these tests that the contract knows is held against it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from webtest import TestApp

from procurement.core.runtime import Runtime
from tests.peers.contract import ContractApp


@pytest.fixture
def app(runtime: Runtime) -> Iterator[TestApp]:
    """Return a client of the whole application; at the end, every refusal met has a page that explains it."""
    made = ContractApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    yield made
    pages = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    for code, address in made.refusals.items():
        page = pages.get(urlsplit(address).path, status="*")
        assert (page.status_int, code in page.text) == (200, True), address
