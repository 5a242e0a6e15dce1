"""Every fenced block marked ``run``, executed in order, each page in an empty folder.

```` ```sh run ```` and ```` ```python run ```` are executed; ```` ```text run ```` is the standard output expected of the block before
it, where ``…`` stands for anything.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+) run\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Pages whose blocks need a sandbox and a person: ``test_quickstart.py`` runs them.
SERVED = {"first-dume-by-api.md"}
PAGES = sorted(
    page
    for page in (ROOT / "docs").rglob("*.md")
    if page.name not in SERVED and BLOCK.search(page.read_text(encoding="utf-8"))
)
#: Seconds that one block may take; playing a whole procedure is the longest.
PATIENCE = 180


def environment() -> dict[str, str]:
    """Return the environment of a person who has just installed Pli: its commands are in the path, nothing is set."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PLI_", "PYTEST_", "COV_"))
    }
    return kept | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}


def run(language: str, source: str, folder: Path) -> str:
    command = (
        ["bash", "-euo", "pipefail", "-c", source] if language == "sh" else [sys.executable, "-c", source]
    )
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, f"{source}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
    return done.stdout


def test_pages_with_blocks_are_found():
    assert {page.name for page in PAGES} >= {"seal-and-open.md", "verifier-un-recu.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_blocks_run_as_written(page: Path, tmp_path: Path):
    printed = ""
    for language, source in BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "text":
            pattern = ".*".join(re.escape(part) for part in source.strip().split("…"))
            assert re.fullmatch(pattern, printed.strip(), re.DOTALL), (
                f"expected:\n{source}\nprinted:\n{printed}"
            )
        else:
            printed = run(language, source, tmp_path)
