"""Sentences of this area, by code."""

from signing.wording import _

SENTENCES: dict[str, str] = {}
