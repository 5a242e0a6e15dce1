#!/usr/bin/env bash
# The one lint, here and in CI.
# usage: tools/lint.sh
set -uo pipefail
cd "$(dirname "$0")/.."
status=0
run() {
    printf '%-14s' "$1"; shift
    if output=$("$@" 2>&1); then echo "ok"; else echo "FAILED"; echo "$output"; status=1; fi
}
run "ruff" .venv/bin/ruff check .
run "ruff format" .venv/bin/ruff format --check .
run "mypy" .venv/bin/mypy
run "import-linter" .venv/bin/lint-imports --config pyproject.toml
run "catalogue" .venv/bin/python tools/messages.py --check
exit $status
