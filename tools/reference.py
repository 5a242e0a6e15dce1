"""Write the reference pages that are generated, and the catalogue of error codes that the help pages read.

usage: python tools/reference.py [--check]     exit 1 when a committed page is stale
"""

import ast
import inspect
import sys
from dataclasses import MISSING, fields
from pathlib import Path

import click
import error_codes
import fixed_limits
import journal_actions
import live_application as live
from contract_page import contract_page, signature_page

from procurement.cli import COMMANDS, cli
from procurement.core.jobs import BACKOFF, own_pauses
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


def errors_page() -> str:
    """Return every code with its statuses and sentences."""
    rows = [
        "# Error codes",
        "",
        "Every refusal carries a code that stays the same from one version to the next; the sentence may change. The API answers",
        "with `application/problem+json` (RFC 9457), whose `type` is the page `/aide/erreurs/<code>` of the service. Codes without a",
        "status are said by `pli`, in a report, in the minutes of an opening or in the list of what a draft lacks.",
        "",
        "Two families are open: `api.<kind>` names what pydantic found wrong in one value of a body (`errors[].code`), and",
        "`http.<name>` names a plain HTTP refusal.",
        "",
        "| code | status | sentence |",
        "| --- | --- | --- |",
    ]
    for code, entry in error_codes.collect().items():
        statuses = ", ".join(str(status) for status in sorted(entry.statuses))
        sentences = "<br>".join(cell(sentence) for sentence in sorted(entry.sentences))
        rows.append(f"| `{code}` | {statuses} | {sentences} |")
    return "\n".join(rows) + "\n"


def cell(text: str) -> str:
    """Return text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def routes_page() -> str:
    """Return every view: address, methods, permission, what it is for."""
    rows = [
        "# Routes",
        "",
        "Every address, from the running application. `core:public:view` means that nobody has to sign in. Unsafe methods check a CSRF token",
        "where the column says so. GET also answers HEAD. Routes marked * exist in development only.",
        "",
        "| address | methods | permission | CSRF | name | does |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    with live.application(production=True) as registry:
        lasting = {view.name for view in registry["pli.views"]}
    with live.application() as registry:
        views = live.views(registry)
    for view in views:
        mark = "" if view.name in lasting else " *"
        rows.append(
            f"| `{view.address}`{mark} | {view.methods} | `{view.permission}` | {'yes' if view.csrf else ''} "
            f"| `{view.route}` | {cell(view.purpose)} |"
        )
    return "\n".join(rows) + "\n"


def jobs_page() -> str:
    """Return every kind of job."""
    rows = [
        "# Jobs",
        "",
        "Background work stands in the table `core_job` of the application's own database and is done by `pli worker`, at least once.",
        f"After a failure a job waits {live.waits(BACKOFF)}; then it is `dead` and `pli doctor` says so.",
    ]
    with live.application() as registry:
        own = sorted(own_pauses(registry).items())
        rows += [
            f"One of the kind `{kind}`, for which somebody waits, waits {live.waits(one)}."
            for kind, one in own
        ]
        rows += ["", "| kind | does |", "| --- | --- |"]
        rows += [f"| `{kind}` | {cell(purpose)} |" for kind, purpose in live.jobs(registry)]
    return "\n".join(rows) + "\n"


def journal_page() -> str:
    """Return every action of the journal."""
    rows = [
        "# Journal events",
        "",
        "Every action that the journal may hold: `room:subject:verb`, written in the transaction of the deed. What an entry holds and",
        "how the chain is built: [evidence](../explanation/evidence.md).",
        "",
        "| action | meaning | written in |",
        "| --- | --- | --- |",
    ]
    for action, paths in journal_actions.found().items():
        places = ", ".join(f"`{path}`" for path in paths)
        rows.append(f"| `{action}` | {cell(journal_actions.MEANINGS[action])} | {places} |")
    return "\n".join(rows) + "\n"


def metrics_page() -> str:
    """Return every metric of ``/metrics``."""
    rows = [
        "# Metrics",
        "",
        "Prometheus text at `/metrics`, on `127.0.0.1:<pli.metrics_port>`; on the main port in development only. `pli_deposit_total`",
        "is rounded down to steps of ten, so that a single deposit does not show. The usual `process_*` and `python_*` are there too.",
        "",
        "| metric | kind | labels | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for name, kind, labels, meaning in live.metrics():
        shown = ", ".join(f"`{label}`" for label in labels)
        rows.append(f"| `{name}` | {kind} | {shown} | {cell(meaning)} |")
    return "\n".join(rows) + "\n"


def limits_page() -> str:
    """Return the limits that are constants."""
    rows = [
        "# Limits",
        "",
        "Limits that the code fixes. Those that an operator chooses (largest file, largest bid ...) are [settings](settings.md); those",
        "of a consultation are set by the buyer below the operator's.",
        "",
        "| what | limit | constant |",
        "| --- | --- | --- |",
        *fixed_limits.rows(),
    ]
    return "\n".join(rows) + "\n"


PAGES = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "permissions.md": permissions_page,
    "errors.md": errors_page,
    "routes.md": routes_page,
    "jobs.md": jobs_page,
    "journal-events.md": journal_page,
    "metrics.md": metrics_page,
    "limits.md": limits_page,
    "dume-api.md": contract_page,
    "signature-api.md": signature_page,
}


def main(arguments: list[str]) -> int:
    """Write or check the pages and the catalogue; return the exit code."""
    written = {ROOT / name: build for name, build in PAGES.items()}
    written[error_codes.CATALOGUE] = error_codes.as_json
    stale = []
    for target, build in written.items():
        text = build()
        if "--check" not in arguments:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            stale.append(target.name)
    if stale:
        print(f"stale: {', '.join(stale)}; run: python tools/reference.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
