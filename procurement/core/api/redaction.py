"""Tell what a body was like without telling what it said: names of members, kinds of values, sizes."""

import json
from typing import Any

#: Larger bodies are told by their size alone; deeper or longer ones are cut.
MOST_BYTES = 64 * 1024
_DEPTH = 6
_MEMBERS = 40
_NAME = 60


def outline(body: bytes, content_type: str) -> dict[str, Any]:
    """Return media type, size and, for JSON, the outline of a body."""
    told: dict[str, Any] = {"type": content_type[:100], "bytes": len(body)}
    if "json" in content_type and 0 < len(body) <= MOST_BYTES:
        try:
            told["members"] = _shape(json.loads(body), _DEPTH)
        except (ValueError, RecursionError):
            told["members"] = "unreadable"
    return told


def _shape(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        if depth == 0:
            return "object"
        return {str(name)[:_NAME]: _shape(item, depth - 1) for name, item in list(value.items())[:_MEMBERS]}
    if isinstance(value, list):
        return [_shape(value[0], depth - 1), f"x{len(value)}"] if value and depth else "array"
    if isinstance(value, str):
        return f"string({len(value)})"
    return "null" if value is None else type(value).__name__
