"""The documentation cannot lie: generated pages are fresh, everything is named, every link leads somewhere."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from procurement.cli import COMMANDS, cli
from procurement.core.error_catalogue import catalogue
from procurement.core.jobs import handlers
from procurement.core.metrics import REGISTRY
from procurement.core.permissions import Permission
from procurement.core.runtime import Runtime
from procurement.core.settings import Settings
from procurement.core.web.problems import _HTTP

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
ACTION = re.compile(
    r'"((?:core|accounts|signatures|dume|consultations|clauses|bids|notices):[a-z_]+:[a-z_]+)"'
)


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def rows(name: str) -> set[str]:
    """Return the first cells of a generated page's table, which stand between backquotes."""
    return set(re.findall(r"^\| `([^`]+)`", page(name), re.MULTILINE))


def test_generated_pages_are_fresh():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "tools/reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_setting_is_documented():
    assert rows("settings.md") == {item.name for item in fields(Settings)}


def test_every_permission_is_documented():
    assert rows("permissions.md") == {str(permission) for permission in Permission}


def test_every_command_and_option_is_documented():
    text = page("commands.md")
    sections = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    known = dict(every_command())
    assert sections == set(known)
    for path, command in known.items():
        help_text = text.split(f"## {path}\n", 1)[1].split("\n## ", 1)[0]
        options = [name for parameter in command.params for name in parameter.opts if name.startswith("--")]
        assert [name for name in options if name not in help_text] == []


def every_command() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli, info_name="pli")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from below(f"pli {name}", command, context)


def below(path: str, command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from below(f"{path} {name}", inner, context)


def test_every_error_code_is_documented():
    assert rows("errors.md") == set(catalogue())
    assert {f"http.{name}" for name in ("not_found", "forbidden", "csrf")} <= set(catalogue())
    assert {status for code in catalogue().values() for status in code.statuses} >= set(_HTTP)


def test_every_route_is_documented(runtime: Runtime):
    text = page("routes.md")
    named = {view.route for view in runtime.registry["pli.views"]}
    assert {route for route in named if f"| `{route}` |" not in text} == set()


def test_every_job_is_documented(runtime: Runtime):
    assert rows("jobs.md") == set(handlers(runtime.registry))


def test_every_journal_action_is_documented():
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for room in ("procurement", "dume", "clauses")
        for path in (ROOT / room).rglob("*.py")
    )
    written = set(ACTION.findall(source)) - {str(permission) for permission in Permission}
    assert written - rows("journal-events.md") == set()


def test_every_action_that_happens_is_documented(runtime: Runtime):
    """What the journal of a played procedure holds is in the page: a check that needs no syntax trees."""
    from procurement.cli.demo import people
    from procurement.core.journal import JournalEntry

    people.load(runtime, runtime.clock.now())
    with runtime.database.read() as session:
        happened = {entry.action for entry in session.query(JournalEntry)}
    assert len(happened) > 3
    assert happened - rows("journal-events.md") == set()


def test_every_metric_is_documented():
    named = rows("metrics.md")
    shown = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("pli_")}
    assert {name for name in shown if name not in named and f"{name}_total" not in named} == set()


@pytest.mark.parametrize("source", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(source: Path):
    text = INLINE.sub("", FENCE.sub("", source.read_text(encoding="utf-8")))
    broken = []
    for link in ("".join(found) for found in LINK.findall(text)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _hash, anchor = unquote(link).partition("#")
        target = (source.parent / path).resolve() if path else source
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def anchors(target: Path) -> set[str]:
    """Return the anchors of a page, made of its headings as forges make them."""
    headings = HEADING.findall(target.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
