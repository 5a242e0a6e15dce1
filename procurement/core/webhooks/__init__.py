"""Webhooks."""

from typing import Any


def includeme(config: Any) -> None:
    """Nothing yet."""
    del config
