"""Options that several commands share."""

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from procurement.core.errors import DomainError, Invalid
from procurement.core.settings import DEFAULT_INI

config = click.option("--config", "ini", default=DEFAULT_INI, show_default=True, help="Settings file.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


def show(result: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print a result as JSON, or its sentence."""
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else sentence)


def run(deed: Callable[[], tuple[dict[str, Any], str]], *, as_json: bool) -> None:
    """Show what a deed returned; a refusal is a sentence: exit 2 for what was given, 1 for what stands in the way."""
    try:
        result, sentence = deed()
    except DomainError as error:
        click.echo(f"pli: {error}", err=True)
        sys.exit(2 if isinstance(error, Invalid) else 1)
    show(result, sentence, as_json=as_json)
