"""The spaces that French typography ties: put in once, when the tree is built, plain again when one is read back."""

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from clauses.render.tree import Span, Spans, text_of

#: Where a space must not end a line; the pattern of the space itself is filled in.
_PLACES = r"{space}(?=[:;?!»])|(?<=\d){space}(?=[%€])|(?<=«){space}|(?<=\bn°){space}(?=\d)|(?<=\b[LRD]\.){space}(?=\d)"
_TIED = re.compile(_PLACES.format(space=" "))
_LOOSE = re.compile(_PLACES.format(space="[\u00a0\u202f]"))
#: What a reader sees of a tree; the rest are names of files, anchors and sources.
_SHOWN = frozenset(
    {"title", "subject", "notice", "label", "lines", "spans"}
    | {"cover", "chapters", "clauses", "blocks", "items", "head", "rows"}
)
_Tree = TypeVar("_Tree")


def tied(text: str) -> str:
    """Return the text with no line end possible before « : », inside guillemets or within « R. 2191-7 »."""
    return _TIED.sub("\u00a0", text)


def loose(text: str) -> str:
    """Return the text as files hold it: `tied` puts the same spaces in again."""
    return _LOOSE.sub(" ", text)


def tied_tree(tree: _Tree) -> _Tree:
    """Return a document, or a part of one, with every text tied that a reader sees, whatever format will write it."""
    done: _Tree = _tied(tree)
    return done


def loose_spans(spans: Spans) -> Spans:
    """Return a run with plain spaces; a mark that begins the next span counts."""
    return _over(spans, loose)


def _tied(value: Any) -> Any:
    if isinstance(value, str):
        return tied(value)
    if isinstance(value, tuple):
        run = bool(value) and all(isinstance(one, Span) for one in value)
        return _over(value, tied) if run else tuple(map(_tied, value))
    if is_dataclass(value) and not isinstance(value, type):
        shown = (field.name for field in fields(value) if field.name in _SHOWN)
        return replace(value, **{name: _tied(getattr(value, name)) for name in shown})
    return value


def _over(spans: Spans, change: Callable[[str], str]) -> Spans:
    """Return a run whose whole text went through a change that keeps the number of characters."""
    whole = change(text_of(spans))
    changed: list[Span] = []
    start = 0
    for span in spans:
        end = start + len(span.text)
        changed.append(replace(span, text=whole[start:end]))
        start = end
    return tuple(changed)
