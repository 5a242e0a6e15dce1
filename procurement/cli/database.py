"""``pli db``: bring the schema to this version."""

import click

from procurement.cli import options
from procurement.core.db import Database, schema
from procurement.core.runtime import settings_from


@click.group()
def command() -> None:
    """Create and migrate the database."""


@command.command()
@options.config
@options.as_json
def upgrade(ini: str, as_json: bool) -> None:
    """Migrate to the schema of this version."""
    database = Database(settings_from(ini).database_url)
    before = schema.current(database)
    schema.upgrade(database)
    after = schema.current(database)
    result = {"before": before, "after": after}
    options.show(
        result,
        f"Schema {after}" + ("" if before == after else f" (was {before or 'empty'})"),
        as_json=as_json,
    )


@command.command()
@options.config
@options.as_json
def status(ini: str, as_json: bool) -> None:
    """Say which schema the database has; exit 1 when it is not this version's."""
    database = Database(settings_from(ini).database_url)
    result = {"current": schema.current(database), "head": schema.head()}
    options.show(result, f"Schema {result['current']}, this version's is {result['head']}", as_json=as_json)
    raise SystemExit(0 if result["current"] == result["head"] else 1)
