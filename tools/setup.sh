#!/usr/bin/env bash
# Build .venv from the lock file: uv when it is there, else venv and pip. A second run ends in a moment.
# usage: tools/setup.sh
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/.locked
want=$(cat requirements.lock pyproject.toml setup.py | sha256sum | cut -d' ' -f1)
if [ -x .venv/bin/pli ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$want" ]; then
    exit 0
fi

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Pli needs Python 3.11 or later. On Debian: apt-get install python3 python3-venv" >&2
    exit 2
fi
echo "Building the environment in .venv (about 700 MB with the test tools) ..."
if command -v uv >/dev/null 2>&1; then
    [ -x .venv/bin/python ] || uv venv --quiet --python "$python" .venv
    uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r requirements.lock
    uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
else
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        echo "The venv module is missing. Install it, then run this again: apt-get install python3-venv" >&2
        exit 2
    fi
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    # The lock file names every package: resolving again would let a newer release of an extra break the hashes.
    .venv/bin/python -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements.lock
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
    .venv/bin/python -m pip check --disable-pip-version-check
fi
echo "$want" > "$stamp"
echo "Environment ready."
