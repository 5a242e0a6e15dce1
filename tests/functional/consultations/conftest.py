"""A buyer, another buyer, a company, and the store."""

from datetime import datetime

import pytest

from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from tests.factories.accounts import Made, create_buyer, create_company


@pytest.fixture
def now(clock: SandboxClock) -> datetime:
    return clock.now()


@pytest.fixture
def storage(runtime: Runtime) -> Storage:
    found: Storage = runtime.find(Storage)
    return found


@pytest.fixture
def buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Ville de Valcombe-sur-Orle")


@pytest.fixture
def other_buyer(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_buyer(session, now, name="Département de l’Orle")


@pytest.fixture
def company(database: Database, now: datetime) -> Made:
    with database.write() as session:
        return create_company(session, now, name="Isoléa Façades")
