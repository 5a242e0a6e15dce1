"""A report of import or conversion as its page shows it."""

from typing import Any

from dume.wording.reasons import reason


def grouped(told: dict[str, Any], lang: str) -> dict[str, Any]:
    """Return a report with its items sorted by what became of them, their reasons in the reader's language."""
    groups: dict[str, list[dict[str, Any]]] = {"lost": [], "changed": [], "kept": []}
    for item in told["items"]:
        one = {**item, "why": reason(item["why"], lang)}
        groups[item["kind"] if item["kind"] in groups else "changed"].append(one)
    return {**told, "groups": groups}
