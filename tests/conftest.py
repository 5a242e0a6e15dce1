"""Fixtures of every test: the whole application on an empty, migrated database of each engine.

The application is built once per engine and worker; each test starts from an empty database, an empty object store, an
empty outbox and the clock at ``START``.
"""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from sqlalchemy import text
from webtest import TestApp

from procurement.accounts.service import passwords
from procurement.core import services
from procurement.core.api.log import Buffer
from procurement.core.clock import Clock, SandboxClock
from procurement.core.db import Database, schema
from procurement.core.runtime import Runtime, start
from procurement.core.worker import Worker

pytest_plugins = ["tests.peers.plugin", "tests.peers.chromium", "tests.scheduling"]

#: Where the clock stands when a test begins: a Monday, 10:00 in Paris.
START = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
ENGINES = ("sqlite", "postgresql")

# How fast a machine draws examples says nothing of the code under test.
settings.register_profile("pli", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pli")


@contextmanager
def _without_the_browsers_loop(item: pytest.Item) -> Iterator[None]:
    """Hide Playwright's event loop, which stays running in this thread, from libraries that want to run one of their own."""
    running = None if item.get_closest_marker("browser") else asyncio._get_running_loop()
    if running is None:
        yield
        return
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(running)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Set a test up, its fixtures of every scope included."""
    with _without_the_browsers_loop(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test."""
    with _without_the_browsers_loop(item):
        yield


@pytest.fixture(scope="session", autouse=True)
def _light_passwords() -> Iterator[None]:
    """Hash passwords at a hundredth of the cost: every signed-in test pays it (tests/unit/accounts holds the real one)."""
    real = passwords._HASHER
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    passwords._nobody.cache_clear()
    yield
    passwords._HASHER = real
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session")
def runtimes() -> dict[str, Runtime]:
    """Hold the applications already built, by engine."""
    return {}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Run the test once per database engine."""
    return str(request.param)


def settings_for(url: str, folder: Path) -> dict[str, str]:
    """Return the ini of an application under test."""
    return {
        "pli.environment": "test",
        "pli.base_url": "http://localhost",
        "pli.data_directory": str(folder),
        "sqlalchemy.url": url,
        "pli.secret_key": "test-only-" * 4,
        "pli.storage": "files",
        "pli.mail": "outbox",
        "pli.timestamp": "development",
        "pli.clock": "sandbox",
        "pli.rate_limits": "false",
        "pli.operator_name": "Service d'essai",
    }


@pytest.fixture
def runtime(
    engine: str,
    runtimes: dict[str, Runtime],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Runtime]:
    """Return the application on ``engine``, emptied."""
    if engine not in runtimes:
        folder = tmp_path_factory.mktemp(engine)
        url = (
            f"sqlite:///{folder}/pli.sqlite"
            if engine == "sqlite"
            else request.getfixturevalue("postgres_url")
        )
        built = start(settings_for(url, folder))
        schema.upgrade(built.database)
        if engine == "sqlite":
            built.database.dispose()
            shutil.copy(folder / "pli.sqlite", folder / "empty.sqlite")
        runtimes[engine] = built
    built = runtimes[engine]
    empty(built)
    yield built
    built.database.dispose()


#: Empties every table past its triggers and restarts the counters: to truncate, which makes new files, took ten times as long.
_FORGET_ROWS = """DO $$
DECLARE one record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    FOR one IN SELECT sequencename, start_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        PERFORM setval(quote_ident(one.sequencename)::regclass, one.start_value, false);
    END LOOP;
END $$"""


def empty(runtime: Runtime) -> None:
    """Forget everything that an earlier test left."""
    clock = runtime.clock
    assert isinstance(clock, SandboxClock)
    clock.move_to(START, frozen=True)
    runtime.find(Buffer).forget()
    shutil.rmtree(runtime.settings.objects_directory, ignore_errors=True)
    runtime.settings.objects_directory.mkdir(parents=True)
    runtime.database.dispose()
    if runtime.database.dialect == "sqlite":
        file = Path(str(runtime.database.url.database))
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        shutil.copy(file.with_name("empty.sqlite"), file)
        return
    with runtime.database.write_engine.begin() as connection:
        connection.execute(text(_FORGET_ROWS))


@pytest.fixture
def database(runtime: Runtime) -> Database:
    """Return the application's database."""
    return runtime.database


@pytest.fixture
def session(database: Database) -> Iterator[object]:
    """Return a write session; what it holds is rolled back."""
    with database.write_sessions() as opened:
        opened.begin()
        yield opened
        opened.rollback()


@pytest.fixture
def clock(runtime: Runtime) -> SandboxClock:
    """Return the application's clock, standing at START."""
    found = services.find(runtime.registry, Clock)
    assert isinstance(found, SandboxClock)
    return found


@pytest.fixture
def app(runtime: Runtime) -> TestApp:
    """Return a client of the whole application."""
    return TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})


@pytest.fixture
def worker(runtime: Runtime) -> Worker:
    """Return a worker; ``worker.run_all()`` does what is due."""
    return Worker(runtime.jobs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the tests that draw at random share."""
    parser.addoption("--seed", type=int, help="repeat the draws of an earlier run")


@pytest.fixture(scope="session")
def scale() -> str:
    """Return ``ci`` or ``full``: how far the long tests go."""
    return os.environ.get("PLI_TEST_SCALE", "ci")
