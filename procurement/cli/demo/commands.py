"""``pli demo``: the journey, the accounts, a code of the second factor."""

import contextlib
import json
import sys
import tempfile
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import click

from procurement.cli import options
from procurement.cli.demo import people, server
from procurement.cli.demo.browser import Browser
from procurement.cli.demo.journey import Journey, Step


@click.group()
def command() -> None:
    """Demonstrate: believable data, a whole procedure."""


@command.command()
@click.option(
    "--notice",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="eForms contract notice to begin with.",
)
@click.option(
    "--base-url",
    help="Play against this server (with the demonstration's accounts) instead of a throw-away one.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Leave here what an outsider needs to check a bid.",
)
@options.as_json
def journey(notice: Path | None, base_url: str | None, keep: Path | None, as_json: bool) -> None:
    """Play a procedure from the notice to the opened bids; exit 0 only when every step holds."""
    source = (notice.name, notice.read_bytes()) if notice else ("avis.xml", _own_notice())
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory(prefix="pli-demo-") as folder:
        if base_url:
            played = _play(base_url, source, Path(folder), keep)
        else:
            played = _play_here(source, Path(folder), keep)
    ok = all(step.ok for step in played.steps)
    click.echo(json.dumps(played.result(), ensure_ascii=False) if as_json else _table(played.steps))
    raise SystemExit(0 if ok else 1)


def _play_here(source: tuple[str, bytes], folder: Path, keep: Path | None) -> Journey:
    from procurement.core import logging

    runtime = server.build(folder / "server", server.ini_for(folder / "server"))
    logging.quiet()
    people.load(runtime, runtime.clock.now())
    with server.serving(runtime) as address:
        return _play(address, source, folder, keep)


def _play(base_url: str, source: tuple[str, bytes], folder: Path, keep: Path | None) -> Journey:
    played = Journey(base_url, source, folder / "companies", keep)
    played.play()
    return played


def _own_notice() -> bytes:
    return files("procurement.cli.demo").joinpath("notice.xml").read_bytes()


def _table(steps: list[Step]) -> str:
    lines = [
        f"{'ok' if step.ok else 'FAILED':7} {step.seconds:7.2f} s  {step.name:42} {step.detail}"
        for step in steps
    ]
    return "\n".join([*lines, f"{'':7} {sum(step.seconds for step in steps):7.2f} s  in all"])


@command.command()
def accounts() -> None:
    """Print the demonstration's accounts."""
    click.echo("\n".join(people.accounts_lines()))


@command.command()
@click.argument("email")
@click.option(
    "--base-url", default="http://localhost:6543", show_default=True, help="Server whose time counts."
)
def code(email: str, base_url: str) -> None:
    """Print the second-factor code of a demonstration account, at the server's time."""
    now = datetime.fromisoformat(Browser(base_url).get("/api/v1/horloge").json()["now"])
    click.echo(people.totp_code(email, now))
