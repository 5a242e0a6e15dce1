"""``pli serve``: the web server; waitress in development, gunicorn (gthread) in production."""

import os
import sys
from pathlib import Path

import click

from procurement.cli import options
from procurement.core.runtime import bootstrap, settings_from

#: A tender document travels in one request; bids travel in pieces of 8 MiB.
_SLACK = 1 << 20


@click.command()
@options.config
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=6543, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
def command(ini: str, host: str, port: int, threads: int) -> None:
    """Serve the application."""
    settings = settings_from(ini)
    if settings.development:
        _waitress(ini, host, port, threads, settings.document_bytes + _SLACK)
    else:
        _gunicorn(ini, host, port, threads)


def _waitress(ini: str, host: str, port: int, threads: int, most: int) -> None:
    from waitress import serve

    serve(bootstrap(ini).app, host=host, port=port, threads=threads, max_request_body_size=most, ident="pli")


def _gunicorn(ini: str, host: str, port: int, threads: int) -> None:
    """Replace this process by gunicorn: it finishes the request in hand when told to stop."""
    program = Path(sys.executable).with_name("gunicorn")
    arguments = [
        str(program), "--worker-class", "gthread", "--workers", "1", "--threads", str(threads), "--bind", f"{host}:{port}",
        "--graceful-timeout", "120", "--timeout", "0", "--keep-alive", "75", "--no-control-socket",
        "--env", f"PLI_CONFIG={Path(ini).resolve()}", "procurement.wsgi:application()",
    ]  # fmt: skip
    os.execv(program, arguments)  # noqa: S606  # our own environment's gunicorn, no shell
