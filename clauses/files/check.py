"""Check a library directory: ``python -m clauses.files.check DIR [--json]``; exit 0 clean, 1 findings, 2 no directory."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clauses.files.reader import read
from clauses.rules.analyse import Analysis, analyse
from clauses.rules.facts import print_value
from clauses.rules.model import Finding, Library

CLEAN, FOUND, BAD_INPUT = 0, 1, 2


def check(folder: Path) -> tuple[Library, Analysis]:
    """Return the library and what is wrong with it: faults of files first, else what the analysis finds."""
    reading = read(folder)
    if reading.faults.found:
        return reading.library, Analysis(tuple(reading.faults.found), 0, 0, 0)
    return reading.library, analyse(reading.library)


def report(library: Library, analysis: Analysis) -> dict[str, Any]:
    """Return the JSON of ``pli clauses check``."""
    return {
        "clauses": len(library.clauses),
        "examples": {"run": analysis.examples_run, "failed": analysis.examples_failed},
        "epochs": analysis.epochs,
        "findings": [finding_json(one) for one in analysis.findings],
        "clean": analysis.clean,
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
        "witness": witness_json(finding),
    }


def witness_json(finding: Finding) -> dict[str, Any]:
    """Return the fact set that shows a finding, with the reference date as ``le``."""
    facts = {key: print_value(value) for key, value in finding.witness.items()}
    return facts | ({"le": finding.on.isoformat()} if finding.on else {})


def finding_text(finding: Finding) -> str:
    """Return one finding as a line for people."""
    witness = ", ".join(f"{key}={value}" for key, value in witness_json(finding).items())
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
    library, analysis = check(options.folder)
    if options.json:
        sys.stdout.write(json.dumps(report(library, analysis), ensure_ascii=False, indent=1) + "\n")
    else:
        for finding in analysis.findings:
            sys.stderr.write(finding_text(finding) + "\n")
        sys.stdout.write(
            f"{len(library.clauses)} clauses, {analysis.examples_run} examples, {len(analysis.findings)} findings\n"
        )
    return CLEAN if analysis.clean else FOUND


if __name__ == "__main__":
    sys.exit(main())
