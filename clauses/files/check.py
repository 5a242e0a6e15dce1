"""Check a library directory: ``python -m clauses.files.check DIR [--json]``; exit 0 clean, 1 findings, 2 no directory."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clauses.files.reader import read
from clauses.rules.facts import print_value
from clauses.rules.model import Finding, Library

CLEAN, FOUND, BAD_INPUT = 0, 1, 2


def check(folder: Path) -> tuple[Library, list[Finding]]:
    """Return the library and what is wrong with it: faults of files first, else findings of the analysis."""
    reading = read(folder)
    return reading.library, reading.faults.found


def report(library: Library, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the JSON of ``pli clauses check``."""
    return {
        "clauses": len(library.clauses),
        "findings": [finding_json(one) for one in findings],
        "clean": not findings,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return one finding as JSON."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "clause": finding.clause,
        "message": finding.text,
        "witness": {key: print_value(value) for key, value in finding.witness.items()},
    }


def finding_text(finding: Finding) -> str:
    """Return one finding as a line for people."""
    witness = ", ".join(f"{key}={print_value(value)}" for key, value in finding.witness.items())
    shown = f" [{witness}]" if witness else ""
    return f"{finding.file}:{finding.line}:{finding.column}: {finding.code}: {finding.text}{shown}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m clauses.files.check")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        sys.stderr.write(f"{options.folder} : ce dossier n’existe pas.\n")
        return BAD_INPUT
    library, findings = check(options.folder)
    if options.json:
        sys.stdout.write(json.dumps(report(library, findings), ensure_ascii=False, indent=1) + "\n")
    else:
        for finding in findings:
            sys.stderr.write(finding_text(finding) + "\n")
        sys.stdout.write(f"{len(library.clauses)} clauses, {len(findings)} findings\n")
    return FOUND if findings else CLEAN


if __name__ == "__main__":
    sys.exit(main())
