"""Find clauses in words: the analyser of ``core.search``, and what this room asks of it beyond.

A legal reference is one term whatever its spelling (``R. 2191-7``, ``art. R2191-7``); a hyphened word stands joined and
split; a term also finds those it begins; the library's synonyms count as the word itself. One column of terms and
plain comparison of text, so that both engines give the same answer in the same order.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from clauses.models import Clause, ClauseTerms, ClauseVersion, ReleaseItem
from procurement.core.search.analyser import fold, search_terms

#: What the stored terms were made with: they are made anew when this changes.
STEMMER = f"snowball-french {version('PyStemmer')}; terms 1"
#: Most words of a question that count, and shortest term that also finds those it begins.
MOST_WORDS = 20
_SHORTEST_PREFIX = 3
_ARTICLE = re.compile(r"\b(?:art(?:icles?)?\.?\s*)?([lrd])\.?\s*\*?\s*(\d{1,4}(?:-\d+)*)\b")
_HYPHENED = re.compile(r"\b\w+(?:[-‐‑]\w+)+\b")


@dataclass(frozen=True)
class Found:
    """One clause that answers."""

    key: str
    title: str
    sha256: str
    legal_status: str
    documents: tuple[str, ...]


def terms(text: str) -> list[str]:
    """Return the terms of a text: legal references whole, hyphened words joined and split, the others as stems."""
    folded = fold(text)
    references = [f"{letter}{number}" for letter, number in _ARTICLE.findall(folded)]
    rest = _ARTICLE.sub(" ", folded)
    joined = " ".join(re.sub(r"[-‐‑]", "", word) for word in _HYPHENED.findall(rest))
    return [*references, *search_terms(rest).split(), *search_terms(joined).split()]


def stored(text: str) -> str:
    """Return the terms of a text as a column keeps them: each between two spaces."""
    return f" {' '.join(dict.fromkeys(terms(text)))} "


def asked(words: str) -> list[str]:
    """Return the terms that must all be found; a hyphened word counts split, since both spellings are stored so."""
    folded = fold(words)
    references = [f"{letter}{number}" for letter, number in _ARTICLE.findall(folded)]
    rest = search_terms(_ARTICLE.sub(" ", folded)).split()
    return list(dict.fromkeys([*references, *rest]))[:MOST_WORDS]


def variants(term: str, synonyms: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return what may stand for a term: itself, then each synonym, as terms that must stand together."""
    found: list[tuple[str, ...]] = [(term,)]
    for group in synonyms:
        spelled = [tuple(asked(word)) for word in group]
        if (term,) in spelled:
            found += [one for one in spelled if one and one not in found]
    return found


def search(
    session: Session,
    release_ids: Sequence[uuid.UUID],
    words: str,
    *,
    synonyms: Sequence[Sequence[str]] = (),
    document: str = "",
    limit: int = 50,
) -> list[Found]:
    """Return the clauses of releases in which every word is found, those with the words in their title first."""
    wanted = asked(words)
    if not wanted:
        return []
    choices = [variants(term, synonyms) for term in wanted]
    inside = select(ReleaseItem.clause_version_id).where(
        ReleaseItem.release_id.in_(release_ids), ReleaseItem.kind == "clause"
    )
    query = (
        select(ClauseVersion, ClauseTerms.title_terms)
        .join(Clause, Clause.id == ClauseVersion.clause_id)
        .join(ClauseTerms, ClauseTerms.version_id == ClauseVersion.id)
        .where(ClauseVersion.id.in_(inside), *(_any_of(choice) for choice in choices))
    )
    rows = [
        (row, title) for row, title in session.execute(query) if not document or document in row.documents
    ]
    rows.sort(key=lambda pair: (-_weight(pair[1], choices), pair[0].clause.key))
    return [_found(row) for row, _title in rows[:limit]]


def outdated(session: Session) -> bool:
    """Tell whether some terms were made with another stemmer."""
    query = select(ClauseTerms.version_id).where(ClauseTerms.stemmer != STEMMER)
    return session.scalar(query.limit(1)) is not None


def _any_of(choice: list[tuple[str, ...]]) -> ColumnElement[bool]:
    return or_(*(and_(*(_holds(term) for term in group)) for group in choice))


def _holds(term: str) -> ColumnElement[bool]:
    """Tell in SQL whether the terms hold one that is, or begins with, ``term``; terms are letters, digits and hyphens."""
    column = ClauseTerms.search_terms
    if any(char.isdigit() for char in term):  # « R2191 » finds R2191-7, « R2191-7 » does not find R2191-70.
        return or_(column.like(f"% {term} %"), column.like(f"% {term}-%"))
    return column.like(f"% {term}%" if len(term) >= _SHORTEST_PREFIX else f"% {term} %")


def _weight(title: str, choices: list[list[tuple[str, ...]]]) -> int:
    """Count the words that stand in the title: the same on both engines, since it is counted here."""
    return sum(any(all(f" {term}" in title for term in group) for group in choice) for choice in choices)


def _found(row: ClauseVersion) -> Found:
    return Found(row.clause.key, row.title, row.sha256, row.legal_status, tuple(row.documents))
