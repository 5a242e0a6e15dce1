"""``pli run``: everything on one machine: schema, demonstration data once, server and worker, until Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import click

from procurement.cli import options
from procurement.core.db import Database, schema
from procurement.core.runtime import settings_from


@click.command()
@options.config
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=6543, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--demo/--no-demo",
    default=True,
    show_default=True,
    help="Load the demonstration data into an empty database.",
)
def command(ini: str, host: str, port: int, demo: bool) -> None:
    """Prepare the database, then serve and work until Ctrl-C."""
    settings = settings_from(ini)
    if settings.development:
        # Links in messages lead to the port that was asked for.
        os.environ["PLI_BASE_URL"] = f"http://localhost:{port}"
    click.echo("1/3 Schema ...")
    database = Database(settings.database_url)
    schema.upgrade(database)
    database.dispose()
    if demo:
        click.echo("2/3 Demonstration data (once) ...")
        _load_demo(ini)
    click.echo(f"3/3 Server and worker on http://{host}:{port} (Ctrl-C stops both)", nl=True)
    serve = ["serve", "--config", ini, "--host", host, "--port", str(port)]
    raise SystemExit(supervise([serve, ["worker", "--config", ini]]))


def _load_demo(ini: str) -> None:
    from procurement.cli.demo.data import load_once

    for line in load_once(ini):
        click.echo(f"    {line}")


def supervise(commands: list[list[str]]) -> int:
    """Run ``pli`` commands side by side; when one ends, or on Ctrl-C or SIGTERM, end them all. Return the exit code."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    running = [_start(arguments) for arguments in commands]
    while not stop.wait(0.2) and all(process.poll() is None for process in running):
        pass
    failed = [process.returncode for process in running if process.poll() not in {None, 0}]
    _end(running)
    return failed[0] if failed and not stop.is_set() else 0


def _start(arguments: list[str]) -> "subprocess.Popen[bytes]":
    """Start a command in a session of its own, so that Ctrl-C reaches it through us only, once."""
    return subprocess.Popen(  # noqa: S603  # our own program with arguments of ours
        [sys.executable, "-m", "procurement.cli", *arguments], start_new_session=True
    )


def _end(running: list[Any]) -> None:
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 10
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
