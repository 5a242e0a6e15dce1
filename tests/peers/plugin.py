"""Fixtures of the real peers: PostgreSQL, S3, SMTP. Each starts once per run, when a test first needs it.

Loaded by tests/conftest.py: ``pytest_plugins = ["tests.peers.plugin"]``.
"""

from collections.abc import Iterator

import pytest

from tests.peers import postgres, s3, shared, smtp
from tests.peers.postgres import PostgresPeer
from tests.peers.smtp import SmtpPeer


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shared.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.drop_templates()
        shared.end()


@pytest.fixture(scope="session")
def postgres_server() -> PostgresPeer:
    return postgres.connect()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresPeer) -> Iterator[str]:
    """The URL of a database of the worker's own, empty when it is first asked for."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def fresh_postgres_url(postgres_server: PostgresPeer) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def s3_settings() -> dict[str, str]:
    """Settings of an S3 store (a bucket per worker), ready for ``Settings(**...)``."""
    return s3.connect()


@pytest.fixture
def smtp_server() -> Iterator[SmtpPeer]:
    peer = SmtpPeer()
    controller = smtp.start(peer)
    yield peer
    controller.stop()
