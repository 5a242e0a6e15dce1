"""Compare two runs of text word by word, their look included."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeVar

from clauses.render.tree import Span, Spans

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_T = TypeVar("_T")


class Change(StrEnum):
    """What became of some words."""

    SAME = "="
    DELETED = "-"
    INSERTED = "+"


def changes(old: Sequence[_T], new: Sequence[_T]) -> Iterator[tuple[Change, Sequence[_T]]]:
    """Yield the stretches of two sequences: kept, deleted, inserted."""
    for kind, start, end, into, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Change.SAME, old[start:end]
            continue
        if end > start:
            yield Change.DELETED, old[start:end]
        if until > into:
            yield Change.INSERTED, new[into:until]


def compare(old: Spans, new: Spans) -> Iterator[tuple[Change, Spans]]:
    """Yield what became of the words of a paragraph, neighbours of one look in one span."""
    for change, tokens in changes(_tokens(old), _tokens(new)):
        yield change, joined(tokens)


def text_changes(old: str, new: str) -> list[tuple[str, str]]:
    """Return the word diff of two texts as ``[("=", …), ("-", …), ("+", …)]``."""
    return [
        (change.value, "".join(words)) for change, words in changes(_TOKEN.findall(old), _TOKEN.findall(new))
    ]


def joined(spans: Sequence[Span]) -> Spans:
    """Return the spans with neighbours of one look made one."""
    found: list[Span] = []
    for span in spans:
        if found and replace(found[-1], text="") == replace(span, text=""):
            found[-1] = replace(span, text=found[-1].text + span.text)
        else:
            found.append(span)
    return tuple(found)


def _tokens(spans: Spans) -> list[Span]:
    """Return words, blanks and marks, each with its look; a reference is one word."""
    return [
        replace(span, text=token)
        for span in spans
        for token in ([span.text] if span.target else _TOKEN.findall(span.text))
    ]
