import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from procurement.cli import cli
from procurement.core import pdf
from procurement.core.db import Database, schema
from procurement.core.logging import configure
from procurement.core.settings import Settings


@pytest.fixture
def ini(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "x.ini"
    path.write_text(
        "[app:main]\npli.environment = test\npli.data_directory = %(here)s/var\npli.clock = sandbox\n"
        "sqlalchemy.url = sqlite:///%(here)s/var/pli.sqlite\npli.mail = outbox\npli.timestamp = development\n"
        "pli.secret_key = 9f86d081884c7d659a2feaa0c55ad015\n"
    )
    database = Database(f"sqlite:///{tmp_path}/var/pli.sqlite")
    schema.upgrade(database)
    database.dispose()
    yield path
    pdf.close()
    structlog.reset_defaults()
    configure(Settings(environment="test"))


def run(ini: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", "--config", str(ini), *options])


def test_json_alone_on_standard_output(ini: Path) -> None:
    done = run(ini, "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 1
    assert report["status"] == "fail"
    failed = [check["id"] for check in report["checks"] if check["status"] == "fail"]
    assert failed == ["worker.alive"]
    assert set(report["checks"][0]) == {"id", "status", "value", "limit", "fix"}


def test_text_names_the_cure(ini: Path) -> None:
    lines = run(ini).stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if "worker.alive" in line)
    assert lines[at].startswith("défaut")
    assert lines[at + 1].strip().endswith("Lancez : pli worker")
    assert lines[-1] == "Des défauts sont à corriger avant d’ouvrir le service."


def test_what_keeps_the_application_from_starting_is_the_finding(ini: Path) -> None:
    (ini.parent / "var" / "objects").write_text("not a folder")
    done = run(ini, "--json")
    assert done.exit_code == 1
    (check,) = json.loads(done.stdout)["checks"]
    assert (check["id"], check["status"]) == ("settings", "fail")
    assert "objects" in check["fix"]


def test_missing_file_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "none.ini", "--json")
    assert done.exit_code == 1
    assert "No settings file" in json.loads(done.stdout)["checks"][0]["fix"]
