"""Work out the articles of the CCAG a document departs from (R2112-3; the list is its last article)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clauses.rules.evaluate import Snapshot, holds
from clauses.rules.model import Clause

CCAG_FACT = "ccag"
NO_CCAG = "aucun"
_PART = re.compile(r"[.\-]")


@dataclass(frozen=True)
class Derogation:
    """One article of one CCAG, and the clause that departs from it."""

    ccag: str
    article: str
    clause: str


@dataclass(frozen=True)
class Derogations:
    """The list of a document; ``applies`` is false without a CCAG; ``pending`` clauses wait for an answer."""

    applies: bool
    lines: tuple[Derogation, ...]
    pending: tuple[str, ...]


def derogations(clauses: Iterable[Clause], snapshot: Snapshot, own: Iterable[Derogation] = ()) -> Derogations:
    """Return the derogations of included clauses whose condition holds, and those declared for edited texts (``own``)."""
    ccag = snapshot.values.get(CCAG_FACT)
    if ccag is None or ccag == NO_CCAG:
        return Derogations(False, (), ())
    found: list[Derogation] = list(own)
    pending: list[str] = []
    for clause in clauses:
        for one in clause.derogations:
            value = holds(one.condition.tree, snapshot) if one.condition else True
            if one.ccag == ccag and value:
                found.append(Derogation(one.ccag, one.article, clause.id))
            elif one.ccag == ccag and value is None:
                pending.append(clause.id)
    lines = sorted(dict.fromkeys(found), key=lambda one: (article_order(one.article), one.clause))
    return Derogations(True, tuple(lines), tuple(dict.fromkeys(pending)))


def article_order(article: str) -> tuple[tuple[int, int, str], ...]:
    """Return how an article sorts: 4.2 before 14.1, figures before letters."""
    parts = _PART.split(article)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
