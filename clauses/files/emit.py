"""Write YAML in one way only: LF, NFC, two spaces, plain or double-quoted scalars, literal blocks for several lines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

#: What a canonical file holds; keys stand in the order given.
Tree: TypeAlias = str | Sequence["Tree"] | Mapping[str, "Tree"]

_INDENT = "  "
# Words other readers of YAML would take for something else than text.
_RESERVED = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|~)|[-+.0-9].*|<<|=")
_PLAIN = re.compile(r"[^\W\d][^\n\t\"#:,\[\]{}\\]*(?::[^\s\"#:,\[\]{}\\]+)*")
_CODE = re.compile(r"[0-9A-Za-z_.:*-]{1,80}")


def emit(top: Mapping[str, Tree]) -> str:
    """Return the text of a file."""
    return "\n".join(_mapping(top, 0)) + "\n"


def _mapping(entries: Mapping[str, Tree], level: int) -> Iterator[str]:
    for key, value in entries.items():
        yield from _entry(f"{_INDENT * level}{scalar(key)}:", value, level)


def _entry(head: str, value: Tree, level: int) -> Iterator[str]:
    """Give one value after its key or its dash."""
    if isinstance(value, str):
        yield from _text(head, value, level)
    elif not value:
        yield f"{head} {'{}' if isinstance(value, Mapping) else '[]'}"
    elif isinstance(value, Mapping):
        yield head
        yield from _mapping(value, level + 1)
    elif all(isinstance(item, str) and _CODE.fullmatch(item) for item in value):
        yield f"{head} [{', '.join(scalar(str(item)) for item in value)}]"
    else:
        yield head
        for item in value:
            yield from _item(item, level + 1)


def _item(item: Tree, level: int) -> Iterator[str]:
    """Give one item: a mapping begins on the line of its dash."""
    if isinstance(item, Mapping) and item:
        first, *rest = _mapping(item, level + 1)
        yield f"{_INDENT * level}- {first.lstrip(' ')}"
        yield from rest
    else:
        yield from _entry(f"{_INDENT * level}-", item, level)


def _text(head: str, text: str, level: int) -> Iterator[str]:
    if "\n" not in text:
        yield f"{head} {scalar(text)}"
        return
    yield f"{head} |"
    margin = _INDENT * (level + 1)
    for row in text.split("\n"):
        yield f"{margin}{row}" if row else ""


def scalar(text: str) -> str:
    """Return one line of text, between quotes unless every reader would take it for this text."""
    if _PLAIN.fullmatch(text) and not _RESERVED.fullmatch(text) and text == text.strip():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    return f'"{escaped}"'
