"""Hold the ceilings: what spoils a codebase is the tail."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("procurement", "dume", "clauses", "signing", "templates", "alembic", "tools", "benchmarks")
MOST_LINES = 400
MOST_LINES_TEST = 600
MOST_LINES_CONFTEST = 250
MOST_LINES_FUNCTION = 40
MOST_LINES_MAIN = 120
BANNED_NAMES = {"utils", "helpers", "common", "misc"}


def _files(*suffixes: str) -> list[Path]:
    folders = [ROOT / name for name in (*FOLDERS, "tests")]
    return [path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes]


def _ceiling(path: Path) -> int:
    if path.name == "conftest.py":
        return MOST_LINES_CONFTEST
    return MOST_LINES_TEST if "tests" in path.relative_to(ROOT).parts else MOST_LINES


def test_file_lines_below_ceiling() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in _files(".py", ".js", ".css", ".html")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > _ceiling(path)
    }
    assert too_long == {}


def test_function_lines_below_ceiling() -> None:
    too_long = {}
    for path in _files(".py"):
        if path.is_relative_to(ROOT / "alembic" / "versions"):
            continue  # A migration is a list of statements.
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MOST_LINES_FUNCTION:
                    too_long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert too_long == {}


def test_application_is_one_page() -> None:
    assert len((ROOT / "procurement" / "__init__.py").read_text().splitlines()) <= MOST_LINES_MAIN


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in _files(".py", ".js") if path.stem in BANNED_NAMES] == []


def test_alembic_folder_holds_no_package() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
