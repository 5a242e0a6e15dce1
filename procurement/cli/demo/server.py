"""A throw-away server: its own database, store, keys and clock in a folder that goes with it."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel

from procurement.core.db import Database, schema
from procurement.core.runtime import Runtime, start
from procurement.core.worker import Worker

#: Most bytes of one request: a tender document, and what a form adds.
BODY = 64 << 20


def ini_for(folder: Path, url: str | None = None) -> dict[str, str]:
    """Return the settings of a server that lives in ``folder``."""
    return {
        "pli.environment": "development",
        "pli.data_directory": str(folder),
        "sqlalchemy.url": url or f"sqlite:///{folder}/pli.sqlite",
        "pli.secret_key": secrets.token_hex(32),
        "pli.mail": "outbox",
        "pli.timestamp": "development",
        "pli.clock": "sandbox",
        "pli.rate_limits": "false",
        "pli.log_format": "json",
        "pli.operator_name": "Serveur de démonstration",
    }


def build(folder: Path, ini: dict[str, str]) -> Runtime:
    """Return the application on a migrated database."""
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(ini["sqlalchemy.url"])
    schema.upgrade(database)
    database.dispose()
    return start(ini)


class TidyChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that, cut in the middle of a request, closes the temporary copy of the body itself."""

    def handle_close(self) -> None:
        """Close the connection, and what of a request had arrived."""
        super().handle_close()
        if self.request is not None:
            self.request.close()


@contextmanager
def answering(app: object, *, threads: int = 8) -> Iterator[str]:
    """Serve an application in the background on a free port; give the address; stop at the end."""
    server = create_server(
        app, host="127.0.0.1", port=0, threads=threads, max_request_body_size=BODY, ident="pli"
    )
    server.channel_class = TidyChannel
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # First the threads that answer, then the sockets, closed by the loop itself: its map is then empty and it ends.
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))  # noqa: SLF001  # waitress offers no other way to stop from outside
        thread.join(30)


@contextmanager
def serving(runtime: Runtime, *, threads: int = 8) -> Iterator[str]:
    """Serve and work in the background; give the address; stop both at the end."""
    worker = Worker(runtime.jobs)
    work = threading.Thread(target=worker.run, daemon=True)
    try:
        with answering(runtime.app, threads=threads) as address:
            work.start()
            try:
                yield address
            finally:
                worker.stop()
                work.join(30)
    finally:
        runtime.database.dispose()
