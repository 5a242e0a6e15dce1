"""``pli worker``: do the background jobs."""

import signal
import threading
from typing import Any

import click

from procurement.cli import options
from procurement.core.runtime import bootstrap
from procurement.core.worker import Worker


@click.command()
@options.config
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def command(ini: str, once: bool) -> None:
    """Do jobs until told to stop (SIGTERM ends after the job in hand)."""
    worker = Worker(bootstrap(ini).jobs)
    if once:
        click.echo(f"{worker.run_all()} jobs done")
        return
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: _stop(worker))
    worker.run()


def _stop(worker: Any) -> None:
    worker.stop()
