"""Options that several commands share."""

import json
from typing import Any

import click

from procurement.core.runtime import DEFAULT_INI

config = click.option("--config", "ini", default=DEFAULT_INI, show_default=True, help="Settings file.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


def show(result: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print a result as JSON, or its sentence."""
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else sentence)
