"""``pli journal``: walk the evidence."""

import click

from procurement.cli import options
from procurement.core import journal
from procurement.core.db import Database
from procurement.core.runtime import settings_from


@click.group()
def command() -> None:
    """Check the journal."""


@command.command()
@click.option(
    "--from", "start", default=1, show_default=True, type=click.IntRange(min=1), help="First entry to check."
)
@options.config
@options.as_json
def verify(start: int, ini: str, as_json: bool) -> None:
    """Walk the hash chain; exit 1 naming the first entry that was altered, removed or moved."""
    database = Database(settings_from(ini).database_url)
    with database.read() as session:
        report = journal.verify(session, start=start)
    result = {"entries": report.entries, "head": report.head, "ok": report.ok, "first_bad": report.first_bad}
    sentence = f"{report.entries} entries hold, head {report.head}"
    if not report.ok:
        sentence = f"The chain breaks at entry {report.first_bad}: it was altered, removed or moved."
    options.show(result, sentence, as_json=as_json)
    raise SystemExit(0 if report.ok else 1)
