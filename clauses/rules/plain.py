"""Say a body as plain text: conditional blocks settled, places filled where the facts are known."""

import re
from collections.abc import Iterator

from clauses.rules import body as bodies
from clauses.rules.evaluate import Snapshot, holds
from clauses.rules.facts import format_value
from clauses.rules.lang import Vocabulary, parse
from clauses.rules.model import Clause

_SPACES = re.compile(r"\s+")


def plain_text(clause: Clause, snapshot: Snapshot, words: Vocabulary) -> str:
    """Return the words of a clause for settled facts, on one line; raise `BodyFaults` or `ConditionRefused`."""
    read = bodies.parse(clause.body)
    return _SPACES.sub(" ", " ".join(_texts(read.blocks, snapshot, words))).strip()


def same_text(text: str) -> str:
    """Return a text with every run of spaces, unbroken ones included, as one space."""
    return _SPACES.sub(" ", text).strip()


def _texts(blocks: tuple[bodies.Block, ...], snapshot: Snapshot, words: Vocabulary) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, bodies.Conditional):
            if holds(parse(block.condition, words), snapshot):
                yield from _texts(block.blocks, snapshot, words)
        elif isinstance(block, bodies.Insert):
            yield _filled(block.place, snapshot)
        else:
            for run in bodies.runs(block):
                yield "".join(_inline(inline, snapshot) for inline in run)


def _inline(inline: bodies.Inline, snapshot: Snapshot) -> str:
    return inline.text if isinstance(inline, bodies.Text) else _filled(inline, snapshot)


def _filled(place: bodies.Place, snapshot: Snapshot) -> str:
    """Return what stands at a place: the value, the label of what is missing, or the name of what is computed."""
    fact = snapshot.facts.get(place.name) if place.kind is bodies.PlaceKind.VALUE else None
    if fact is None:
        return f"[{place.kind.value} {place.name}]"
    value = snapshot.values.get(fact.key)
    return f"[à compléter : {fact.label.fr}]" if value is None else format_value(fact, value)
