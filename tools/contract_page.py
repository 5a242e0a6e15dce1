"""The reference page of the DUME API, from its contract ``dume/openapi.yaml``."""

from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

CONTRACT = Path(__file__).resolve().parents[1] / "dume" / "openapi.yaml"
_METHODS = ("get", "post", "put", "patch", "delete")
_HEAD = """# API of the DUME

From the contract, `GET /api/v1/openapi.yaml`, which says bodies and answers as well. How to begin:
[a first DUME by API](../tutorial/first-dume-by-api.md); conventions: [connect a marketplace](../how-to/connect-a-marketplace.md).
A dash in the column of scopes means that no token is needed.
"""


def contract_page() -> str:
    """Return every operation with its scope, by subject in the order of the contract."""
    told = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    subjects = [tag["name"] for tag in told["tags"]]
    found = sorted(_operations(told["paths"]), key=lambda row: subjects.index(row[0]))
    parts = [_HEAD]
    for subject, rows in groupby(found, key=lambda row: row[0]):
        parts += [f"## {subject}\n", "| call | scope | does |", "| --- | --- | --- |"]
        parts += [f"| `{call}` | {scope} | {does} |" for _subject, call, scope, does in rows]
        parts.append("")
    return "\n".join(parts)


def _operations(paths: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (said["tags"][0], f"{method.upper()} {path}", _scope(said), said["summary"].replace("|", "\\|"))
        for path, methods in paths.items()
        for method, said in methods.items()
        if method in _METHODS
    ]


def _scope(said: dict[str, Any]) -> str:
    named = [scope for way in said.get("security", ()) for scope in way.get("oauth2", ())]
    return ", ".join(f"`{scope}`" for scope in named) or "-"
