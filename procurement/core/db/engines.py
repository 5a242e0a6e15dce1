"""Two engines on one database: one that writes, one that can only read.

SQLite: WAL and ``synchronous=FULL`` (NORMAL may lose the last commits on power loss: a receipt would outlive its bid),
``BEGIN IMMEDIATE`` for writes behind a fair lock, ``query_only`` for reads. PostgreSQL: READ COMMITTED and durable commits.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

from procurement.core.db import writing
from procurement.core.db.fair import FairLock

#: Longest wait for the one writer of SQLite, in seconds.
WRITER_TIMEOUT = 30.0
# Every engine hides parameters: an error's text goes to the log, where no token, address or file name may stand.
_TOKEN = "pli.writer"  # noqa: S105  # a key of the connection's notes, no secret

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")


class Database:
    """The application's database; sessions that write and sessions that only read."""

    def __init__(self, url: str, *, observe_wait: Callable[[float], None] | None = None) -> None:
        self.url: URL = make_url(url)
        self.dialect: str = self.url.get_backend_name()
        self._observe_wait = observe_wait
        if self.dialect == "sqlite":
            self.write_engine, self.read_engine = self._sqlite()
        else:
            self.write_engine, self.read_engine = self._postgresql()
        writing.watch(self.write_engine)
        self.write_sessions = sessionmaker(self.write_engine, expire_on_commit=False)
        self.read_sessions = sessionmaker(self.read_engine, expire_on_commit=False, autoflush=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that commits at the end and rolls back on an error."""
        with self.write_sessions() as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session on which a write fails."""
        with self.read_sessions() as session:
            yield session

    def ping(self) -> None:
        """Ask the database for a trivial answer; raise what the driver raises."""
        with self.read_engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close all connections."""
        self.write_engine.dispose()
        self.read_engine.dispose()

    def _sqlite(self) -> tuple[Engine, Engine]:
        if self.url.database in {None, "", ":memory:"}:
            raise ValueError("SQLite needs a file: sqlalchemy.url = sqlite:////path/to/pli.sqlite")
        Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        write = create_engine(
            self.url, connect_args={"isolation_level": None, "check_same_thread": False}, hide_parameters=True
        )
        read = create_engine(
            self.url,
            connect_args={"isolation_level": None, "check_same_thread": False},
            pool_size=10,
            hide_parameters=True,
        )
        event.listen(write, "connect", lambda connection, _: _set_pragmas(connection, _PRAGMAS))
        event.listen(
            read, "connect", lambda connection, _: _set_pragmas(connection, (*_PRAGMAS, "query_only=ON"))
        )
        event.listen(read, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        self._queue_writers(write)
        return write, read

    def _queue_writers(self, engine: Engine) -> None:
        """Hold the fair lock from before BEGIN IMMEDIATE until the connection is back in the pool, after COMMIT."""
        lock = FairLock()

        def begin(connection: Any) -> None:
            notes = connection.connection.record_info
            if _TOKEN not in notes:
                waited = lock.acquire(WRITER_TIMEOUT)
                notes[_TOKEN] = True
                if self._observe_wait is not None:
                    self._observe_wait(waited)
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        def give_back(_connection: Any, record: Any) -> None:
            if record.record_info.pop(_TOKEN, None):
                lock.release()

        event.listen(engine, "begin", begin)
        event.listen(engine, "checkin", give_back)

    def _postgresql(self) -> tuple[Engine, Engine]:
        write = create_engine(
            self.url, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True
        )
        read = create_engine(
            self.url, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True
        )
        event.listen(
            read, "begin", lambda connection: connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        )
        return write, read


def _set_pragmas(connection: Any, pragmas: tuple[str, ...]) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
