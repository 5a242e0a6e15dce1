"""``pli clauses``: check, release and compare clause libraries; draft, explain and read back contract documents."""

import click

from procurement.cli.clauses import drafting, layers, library, releases, usual

_COMMANDS = (
    drafting.draft, drafting.explain, drafting.readback, layers.command, library.check, library.diff, library.impact, library.search,
    library.simulate, releases.export, releases.import_, releases.release, releases.withdraw,
    usual.command,
)  # fmt: skip


@click.group()
def command() -> None:
    """Check and release clause libraries; draft contract documents from them."""


for _one in _COMMANDS:
    command.add_command(_one)
