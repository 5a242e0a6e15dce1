"""A buyer, a company and others of each side, the vault and the store."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.core.vault import KeyVault
from tests.factories.accounts import Made, create_buyer, create_company


@pytest.fixture
def now(clock: SandboxClock) -> datetime:
    return clock.now()


@pytest.fixture
def session(database: Database, buyer: Made, company: Made, other_company: Made) -> Iterator[Session]:
    """Return a write session that begins once everybody is there: SQLite has one writer."""
    with database.write_sessions() as opened:
        opened.begin()
        yield opened
        opened.rollback()


@pytest.fixture
def vault(runtime: Runtime) -> KeyVault:
    found: KeyVault = runtime.find(KeyVault)
    return found


@pytest.fixture
def storage(runtime: Runtime) -> Storage:
    found: Storage = runtime.find(Storage)
    return found


@pytest.fixture
def buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Ville de Valcombe-sur-Orle")


@pytest.fixture
def company(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_company(session, now, name="Isoléa Façades")


@pytest.fixture
def other_company(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_company(session, now, name="Ventilor")
