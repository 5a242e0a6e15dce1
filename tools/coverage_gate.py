"""Hold the coverage gates after a run with --cov: all branches of the rules and of signing/, 90 % elsewhere.

usage: python tools/coverage_gate.py
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

#: Files whose every branch a test takes: what decides in law, and what seals.
WHOLE = ("signing/", "/rules.py", "/rules/")
ELSEWHERE = 90.0


def report() -> dict[str, dict[str, float]]:
    """Return the figures of every file, as coverage.py writes them."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "coverage.json"
        line = [sys.executable, "-m", "coverage", "json", "-q", "-o", str(target)]
        subprocess.run(line, check=True)  # noqa: S603  # our own interpreter
        files = json.loads(target.read_text())["files"]
    return {name: item["summary"] for name, item in files.items()}


def main() -> int:
    """Print what falls short; return 1 when anything does."""
    files = report()
    short = [
        f"{name}: {figures['covered_branches']} of {figures['num_branches']} branches, {figures['percent_covered']:.1f} %"
        for name, figures in sorted(files.items())
        if any(part in f"/{name}" for part in WHOLE) and figures["percent_covered"] < 100  # noqa: PLR2004  # per cent
    ]
    lines = sum(item["num_statements"] + item["num_branches"] for item in files.values())
    held = sum(item["covered_lines"] + item["covered_branches"] for item in files.values())
    rate = 100 * held / max(lines, 1)
    if rate < ELSEWHERE:
        short.append(f"in all: {rate:.1f} %, {ELSEWHERE} % are asked")
    print("\n".join(short) or f"{rate:.1f} % in all, rules and signing whole")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
