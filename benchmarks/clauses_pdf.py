"""P14b: a contract of 42 pages from its tree to PDF, against bare ``typst.compile`` of the same JSON and standards.

Typst remembers what it laid out: a second document in one process costs a sixth of the first. So each time is taken
in a fresh process, after its imports. Ours then starts the typesetter's process as well, as a server does once.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.harness import Measure, Timed, run
from clauses.render import pdf, tree
from clauses.render.tree import Document
from tests.factories import contract

PAGES = 42
#: How many chapters fill them: the first two of the small contract of the tests, over and over.
CHAPTERS = 55
DEMAND = 2.0
_TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "pdf"

FLOOR = """
import sys, time
from pathlib import Path
import typst
data, meta = (Path(name).read_text(encoding="utf-8") for name in sys.argv[2:4])
start = time.perf_counter()
made = typst.compile(
    sys.argv[1], root=str(Path(sys.argv[1]).parent), ignore_system_fonts=True, sys_inputs={"data": data, "meta": meta},
    pdf_standards=["ua-1", "a-2a"], timestamp=1700000000,
)
print(time.perf_counter() - start, made.count(b"/Type/Page/"))
"""
SUBJECT = """
import time
from benchmarks.clauses_pdf import document
from clauses.render import pdf
from tests.factories import contract
whole = document()
start = time.perf_counter()
made = pdf.write(whole, date=contract.DATE)
print(time.perf_counter() - start, made.count(b"/Type/Page/"))
"""


def document() -> Document:
    """Return a contract of 42 pages: chapters of the tests' contract, each copy under anchors of its own."""
    small = contract.document()
    chapters = (_copied(small.chapters[number % 2], number // 2) for number in range(CHAPTERS))
    return replace(small, chapters=tuple(chapters))


def _copied(chapter: tree.Chapter, number: int) -> tree.Chapter:
    """Return the chapter with anchors of its own; references go to the first copy."""
    if number == 0:
        return chapter
    clauses = tuple(_renamed(clause, number) for clause in chapter.clauses)
    return replace(chapter, anchor=f"{chapter.anchor}_{number}", clauses=clauses)


def _renamed(clause: tree.Clause, number: int) -> tree.Clause:
    blocks = (
        replace(block, anchor=f"{block.anchor}_{number}") if isinstance(block, tree.Subheading) else block
        for block in clause.blocks
    )
    return replace(clause, anchor=f"{clause.anchor}_{number}", blocks=tuple(blocks))


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Yield the one row: medians of alternated pairs."""
    rounds = 3 if quick else 5
    yield Measure(
        id="P14b",
        what=f"contract of {PAGES} pages, tree to PDF / bare typst.compile",
        clock="wall",
        floor=_floor(folder),
        subject=_timed([sys.executable, "-c", SUBJECT]),
        demand=DEMAND,
        rounds=rounds,
        at_most=True,
        statistic="median",
    )


def _floor(folder: Path) -> Timed:
    whole = document()
    meta = {"title": whole.full_title, "language": "fr", "attachments": [], "date": [2026, 11, 23]}
    for template in _TEMPLATES.glob("*.typ"):
        (folder / template.name).write_bytes(template.read_bytes())
    logo = next(line.data for line in whole.cover if line.data)
    (folder / "logo.png").write_bytes(logo)
    (folder / "data.json").write_text(json.dumps(pdf.payload(whole), ensure_ascii=False), encoding="utf-8")
    (folder / "meta.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
    names = ("contract.typ", "data.json", "meta.json")
    return _timed([sys.executable, "-c", FLOOR, *(str(folder / name) for name in names)])


def _timed(command: list[str]) -> Timed:
    def timed() -> float:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, pages = done.stdout.split()
        assert int(pages) == PAGES, f"{pages} pages"
        return float(seconds)

    return timed


def main() -> int:
    """Measure and say whether the demand holds."""
    with tempfile.TemporaryDirectory(prefix="pli-bench-") as folder:
        for measure in measures(Path(folder), quick=False):
            result = run(measure)
            print(
                f"{result.id} {result.what}: floor {result.floor_us / 1000:.0f} ms, ours {result.subject_us / 1000:.0f} ms, "
                f"ratio {result.ratio:.2f} (<= {result.demand}), noisy {result.noisy}"
            )
    return 1 if result.passed is False else 0


if __name__ == "__main__":
    sys.exit(main())
