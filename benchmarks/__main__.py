"""Run the sheets and print a table; exit 1 when a ratio fails."""

import argparse
import importlib
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import Result, run

#: Sheet -> module with ``measures(folder, *, quick) -> Iterator[Measure]`` and, where a figure is no ratio, ``notes()``.
SHEETS = {
    "P2": "benchmarks.dume_api",  # P1, P1b and P3 as well.
    "P6": "benchmarks.upload",
    "P7": "benchmarks.opening",
    "P8": "benchmarks.signatures",
    "P10": "benchmarks.commits",
    "P12": "benchmarks.sealing_act",
    "P13": "benchmarks.espd_validation",
    "P14": "benchmarks.clauses_evaluate",
    "P14b": "benchmarks.clauses_pdf",
    "P15": "benchmarks.browser_sealing",
}


def main() -> int:
    """Measure what the command line names; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("sheets", nargs="*", choices=[*SHEETS, []], help="all when none is named")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller data")
    parser.add_argument("--json", type=Path, help="write the report to this file")
    options = parser.parse_args()
    results: list[Result] = []
    for sheet in options.sheets or SHEETS:
        with tempfile.TemporaryDirectory(prefix="pli-bench-") as folder:
            for measure in importlib.import_module(SHEETS[sheet]).measures(Path(folder), quick=options.quick):
                result = run(measure, quick=options.quick)
                results.append(result)
                print(_line(result), flush=True)
    if options.json:
        options.json.write_text(json.dumps(_report(results), indent=1))
    return 1 if any(result.passed is False for result in results) else 0


def _line(result: Result) -> str:
    verdict = {True: "pass", False: "FAIL", None: "noisy"}[result.passed]
    sign = "<=" if result.at_most else ">="
    return (
        f"{result.id:5} {result.what:58} floor {result.floor_us / 1000:9.2f} ms  ours {result.subject_us / 1000:9.2f} ms  "
        f"ratio {result.ratio:5.2f} ({sign} {result.demand})  {verdict}"
    )


def _report(results: list[Result]) -> dict[str, object]:
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()  # git of the path
    machine = {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    return {"commit": commit, "machine": machine, "results": [result.as_json() for result in results]}


if __name__ == "__main__":
    sys.exit(main())
