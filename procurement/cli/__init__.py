"""The ``pli`` command: one module per noun, imported only when its command is used.

Exit codes: 0 ok, 1 findings or refusal, 2 bad input, 3 not permitted yet or format unavailable.
"""

import importlib
import sys
import warnings
from typing import Any

import click

#: Command -> module that holds it as ``command``.
COMMANDS = {
    "account": "procurement.cli.accounts",
    "clauses": "procurement.cli.clauses",
    "client": "procurement.cli.client",
    "db": "procurement.cli.database",
    "demo": "procurement.cli.demo.commands",
    "doctor": "procurement.cli.doctor",
    "dume": "procurement.cli.dume",
    "journal": "procurement.cli.journal",
    "notice": "procurement.cli.notice",
    "open": "procurement.cli.open_",
    "receipt": "procurement.cli.receipt",
    "run": "procurement.cli.run",
    "seal": "procurement.cli.seal",
    "serve": "procurement.cli.serve",
    "sign": "procurement.cli.sign",
    "signature": "procurement.cli.signature",
    "timestamp": "procurement.cli.timestamp",
    "trust": "procurement.cli.trust",
    "worker": "procurement.cli.worker",
}


class _Lazy(click.Group):
    """A group that imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in alphabetical order."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pli")
def cli() -> None:
    """Operate Pli: serve, work, check, seal, open, demonstrate."""


def main(argv: list[str] | None = None) -> Any:
    """Run the command; a wrong setting is a sentence, not a traceback."""
    # Pyramid imports pkg_resources, which warns about itself; the operator can do nothing about it.
    warnings.filterwarnings("ignore", "(pkg_resources is deprecated|Deprecated call to .pkg_resources)")
    from procurement.core.settings import SettingsError

    try:
        return cli(argv, prog_name="pli")
    except SettingsError as error:
        click.echo(f"pli: {error}", err=True)
        sys.exit(2)
