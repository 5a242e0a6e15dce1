"""The third layer of a report: codes into plain French sentences."""

from functools import cache
from importlib import import_module

from signing.types import Finding

_AREAS = ("verdict", "xml", "cms", "pdf", "containers", "path", "trust", "produce")


@cache
def sentences() -> dict[str, str]:
    """Return every sentence by its code; a code belongs to one area."""
    found: dict[str, str] = {}
    for area in _AREAS:
        for code, text in import_module(f"signing.wording.{area}").SENTENCES.items():
            if code in found:
                raise ValueError(f"{code} stands in two areas")
            found[code] = text
    return found


def sentence(finding: Finding) -> str:
    """Return the French sentence of a finding, its figures filled in."""
    text = sentences()[finding.code]
    return text % finding.params if finding.params else text
