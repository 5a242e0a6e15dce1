"""Compare two runs of text word by word, their look included."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeVar

from clauses.render.tree import Span, Spans

#: A word or a mark with the blanks after it: blanks by themselves would be the same everywhere, and make the diff cubic.
_TOKEN = re.compile(r"(?:\w+|[^\w\s])\s*|\s+")
_SENTENCE_END = re.compile(r"[.;:!?…]\s+$|\n\s*$")
#: Most comparisons that a diff may take, about a second: what differs is then shown as replaced.
MOST = 10_000_000
_T = TypeVar("_T", bound=Hashable)


class Change(StrEnum):
    """What became of some words."""

    SAME = "="
    DELETED = "-"
    INSERTED = "+"


def changes(old: Sequence[_T], new: Sequence[_T]) -> Iterator[tuple[Change, Sequence[_T]]]:
    """Yield the stretches of two sequences: kept, deleted, inserted; one replacement where a diff would take too long."""
    head, tail = _common(old, new)
    middle, other = old[head : len(old) - tail], new[head : len(new) - tail]
    yield from _stretch(Change.SAME, old[:head])
    if costly(middle, other):
        yield from _stretch(Change.DELETED, middle)
        yield from _stretch(Change.INSERTED, other)
    else:
        yield from _matched(middle, other)
    yield from _stretch(Change.SAME, old[len(old) - tail :])


def compare(old: Spans, new: Spans) -> Iterator[tuple[Change, Spans]]:
    """Yield what became of the words of a paragraph, neighbours of one look in one span."""
    for change, tokens in _word_changes(_tokens(old), _tokens(new), lambda span: span.text):
        yield change, joined(tokens)


def text_changes(old: str, new: str) -> list[tuple[str, str]]:
    """Return the word diff of two texts as ``[("=", …), ("-", …), ("+", …)]``."""
    found = _word_changes(_TOKEN.findall(old), _TOKEN.findall(new), str)
    return [(change.value, "".join(words)) for change, words in found]


def _word_changes(
    old: Sequence[_T], new: Sequence[_T], text: Callable[[_T], str]
) -> Iterator[tuple[Change, Sequence[_T]]]:
    """Yield the stretches of words; long texts are compared by sentences first, then inside those that changed."""
    if not costly(old, new):
        yield from changes(old, new)
        return
    deleted: list[_T] = []
    for change, sentences in changes(_sentences(old, text), _sentences(new, text)):
        words = [word for sentence in sentences for word in sentence]
        if change is Change.DELETED:
            deleted = words
        elif change is Change.INSERTED:
            yield from changes(deleted, words)
            deleted = []
        else:
            yield from _stretch(Change.DELETED, deleted)
            yield Change.SAME, words
            deleted = []
    yield from _stretch(Change.DELETED, deleted)


def _sentences(words: Sequence[_T], text: Callable[[_T], str]) -> list[tuple[_T, ...]]:
    found: list[list[_T]] = [[]]
    for word in words:
        found[-1].append(word)
        if _SENTENCE_END.search(text(word)):
            found.append([])
    return [tuple(one) for one in found if one]


def _common(old: Sequence[_T], new: Sequence[_T]) -> tuple[int, int]:
    """Return how many items are the same at the beginning, and of the rest at the end."""
    most = min(len(old), len(new))
    head = next((place for place in range(most) if old[place] != new[place]), most)
    left = most - head
    tail = next((place for place in range(left) if old[-1 - place] != new[-1 - place]), left)
    return head, tail


def costly(old: Sequence[Hashable], new: Sequence[Hashable], most: int = MOST) -> bool:
    """Tell whether a diff would take too long: each match that is found looks at all pairs of equal items again."""
    counts, others = Counter(old), Counter(new)
    pairs = sum(count * others[item] for item, count in counts.items())
    return min(len(old), len(new)) * (len(old) + pairs) > most


def _matched(old: Sequence[_T], new: Sequence[_T]) -> Iterator[tuple[Change, Sequence[_T]]]:
    for kind, start, end, into, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Change.SAME, old[start:end]
            continue
        yield from _stretch(Change.DELETED, old[start:end])
        yield from _stretch(Change.INSERTED, new[into:until])


def _stretch(change: Change, items: Sequence[_T]) -> Iterator[tuple[Change, Sequence[_T]]]:
    """Yield a stretch unless it is empty."""
    if items:
        yield change, items


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
    """Return words and marks, each with its blanks and its look; a reference is one word."""
    return [
        replace(span, text=token)
        for span in spans
        for token in ([span.text] if span.target else _TOKEN.findall(span.text))
    ]
