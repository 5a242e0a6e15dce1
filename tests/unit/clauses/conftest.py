"""A buyer, the small library released, and a write session."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from clauses.queries import ReleaseView
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.security import Identity
from tests.factories import clauses
from tests.factories.accounts import Made, create_buyer


@pytest.fixture
def now(clock: SandboxClock) -> datetime:
    return clock.now()


@pytest.fixture
def buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Ville de Valcombe-sur-Orle")


@pytest.fixture
def release(database: Database, runtime: Runtime, now: datetime) -> ReleaseView:
    with database.write() as session:
        return clauses.publish(session, runtime, now)


@pytest.fixture
def session(database: Database, buyer: Made, release: ReleaseView) -> Iterator[Session]:
    """Return a write session that begins once everything is there: SQLite has one writer."""
    with database.write_sessions() as opened:
        opened.begin()
        yield opened
        opened.rollback()


@pytest.fixture
def drafter(buyer: Made) -> Identity:
    return buyer.identity("drafter")


@pytest.fixture
def publisher(buyer: Made) -> Identity:
    return buyer.identity("publisher")
