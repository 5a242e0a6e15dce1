"""The reference pages of the APIs, from their contracts ``openapi.yaml``."""

from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).resolve().parents[1]
CONTRACT = _ROOT / "dume" / "openapi.yaml"
SIGNATURES = _ROOT / "procurement" / "signatures" / "openapi.yaml"
#: Ways in that are no scope of a client.
_WAYS = {"session": "a session", "job": "the job's token"}
_METHODS = ("get", "post", "put", "patch", "delete")
_HEAD = """# API of the DUME

From the contract, `GET /api/v1/openapi.yaml`, which says bodies and answers as well. How to begin:
[a first DUME by API](../tutorial/first-dume-by-api.md); conventions: [connect a marketplace](../how-to/connect-a-marketplace.md).
A dash in the column of scopes means that no token is needed.
"""
_SIGNATURES_HEAD = """# API of signatures

From the contract, `GET /api/v1/signatures/openapi.yaml`, which says bodies and answers as well. To verify, no token is needed and nothing is
kept; to sign, see [signer à plusieurs](../how-to/signer-a-plusieurs.md). For people: [vérifier une signature](../how-to/verifier-une-signature.md); what stands behind: [verdicts](../explanation/signatures.md).

```
curl -F file=@acte.p7s -F content=@acte.pdf https://SERVER/api/v1/signatures/verifications
```

The object is that of `pli signature verify --json`. Any verdict is a 200, « no signature » included; a file that cannot be read is a 422, a problem
document with the members of the report. `?detail=1` adds facts and time-stamps.
"""


def contract_page() -> str:
    """Return every operation of the DUME API with its scope, by subject in the order of the contract."""
    return _page(CONTRACT, _HEAD)


def signature_page() -> str:
    """Return every operation of the signature API, by subject in the order of the contract."""
    return _page(SIGNATURES, _SIGNATURES_HEAD)


def _page(contract: Path, head: str) -> str:
    told = yaml.safe_load(contract.read_text(encoding="utf-8"))
    subjects = [tag["name"] for tag in told["tags"]]
    found = sorted(_operations(told["paths"]), key=lambda row: subjects.index(row[0]))
    parts = [head]
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
    ways = said.get("security", ())
    named = [f"`{scope}`" for way in ways for scope in way.get("oauth2", ())]
    named += [_WAYS[name] for way in ways for name in way if name in _WAYS]
    return ", ".join(named) or "-"
