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


def derogations(
    clauses: Iterable[Clause], snapshot: Snapshot, own: Iterable[Derogation] = ()
) -> tuple[Derogation, ...]:
    """Return the derogations of included clauses whose condition holds, and those declared for edited texts (``own``), by article.

    Without a CCAG there is nothing to depart from; a condition that is not decided yet does not hold.
    """
    ccag = snapshot.values.get(CCAG_FACT)
    if ccag is None or ccag == NO_CCAG:
        return ()
    holding = (
        Derogation(one.ccag, one.article, clause.id)
        for clause in clauses
        for one in clause.derogations
        if one.ccag == ccag and (one.condition is None or holds(one.condition.tree, snapshot))
    )
    found = dict.fromkeys((*own, *holding))
    return tuple(sorted(found, key=lambda one: (article_order(one.article), one.clause)))


def article_order(article: str) -> tuple[tuple[int, int, str], ...]:
    """Return how an article sorts: 4.2 before 14.1, figures before letters."""
    parts = _PART.split(article)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
