"""Write the reference pages that can be generated: settings, commands, permissions.

usage: python tools/reference.py [--check]     exit 1 when a committed page is stale
"""

import ast
import inspect
import sys
from dataclasses import MISSING, fields
from pathlib import Path

import click

from procurement.cli import COMMANDS, cli
from procurement.core.permissions import Permission
from procurement.core.settings import Settings

ROOT = Path(__file__).resolve().parents[1] / "docs" / "reference"


def settings_page() -> str:
    """Return the table of settings."""
    rows = [
        "# Settings",
        "",
        "In the ini file as `pli.<name>`, or in the environment as `PLI_<NAME>`, which wins.",
        "",
    ]
    rows += ["| name | default | effect |", "| --- | --- | --- |"]
    for item in fields(Settings):
        default = "" if item.default in {MISSING, None, ""} else f"`{item.default}`"
        rows.append(f"| `{item.name}` | {default} | {item.metadata['effect']} |")
    return "\n".join(rows) + "\n"


def commands_page() -> str:
    """Return the help of every command."""
    context = click.Context(cli, info_name="pli")
    parts = [
        "# Commands",
        "",
        "Exit codes: 0 ok, 1 findings or refusal, 2 bad input, 3 not permitted yet.",
        "",
    ]
    for name in sorted(COMMANDS):
        command = cli.get_command(context, name)
        assert command is not None, name
        parts += _help(command, click.Context(command, info_name=name, parent=context))
    return "\n".join(parts) + "\n"


def _help(command: click.Command, context: click.Context) -> list[str]:
    context.terminal_width = context.max_content_width = 100
    parts = [f"## {context.command_path}", "", "```", command.get_help(context), "```", ""]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, name
            parts += _help(inner, click.Context(inner, info_name=name, parent=context))
    return parts


def permissions_page() -> str:
    """Return the table of permissions with the sentence under each."""
    body = ast.parse(inspect.getsource(Permission)).body[0]
    assert isinstance(body, ast.ClassDef)
    rows = ["# Permissions", "", "| permission | allows to |", "| --- | --- |"]
    for statement, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            assert isinstance(after, ast.Expr)
            assert isinstance(after.value, ast.Constant)
            sentence = str(after.value.value)
            rows.append(
                f"| `{Permission[statement.targets[0].id]}` | {sentence[0].lower()}{sentence[1:].rstrip('.')} |"
            )
    return "\n".join(rows) + "\n"


PAGES = {"settings.md": settings_page, "commands.md": commands_page, "permissions.md": permissions_page}


def main(arguments: list[str]) -> int:
    """Write or check the pages; return the exit code."""
    stale = []
    for name, build in PAGES.items():
        page, text = ROOT / name, build()
        if "--check" not in arguments:
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print(f"stale: {', '.join(stale)}; run: python tools/reference.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
