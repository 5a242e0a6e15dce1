"""Turn a document, or one value, into JSON-safe plain data and back, exactly. Pure.

Decimals, dates and times are strings; each value of an answer says its shape under ``type``.
"""

from typing import Any

from dume.espd.model import Document, Value


def dump(document: Document) -> dict[str, Any]:
    """Return a document as JSON-safe data; fields at their default are left out."""
    raise NotImplementedError


def load(data: dict[str, Any]) -> Document:
    """Return the document that ``dump`` gave; raise Invalid on anything else."""
    raise NotImplementedError


def dump_value(value: Value | None) -> Any:
    """Return one value as JSON-safe data."""
    raise NotImplementedError


def load_value(data: Any, value_type: str) -> Value | None:
    """Return the value of a property of this value type; raise ValueError when the data do not fit it."""
    raise NotImplementedError
