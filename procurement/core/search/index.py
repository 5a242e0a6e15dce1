"""Put things into the search index, and find them.

User text never reaches the engines' query languages: it goes through the analyser, which leaves letters and digits,
and each term is quoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, literal_column, select, text
from sqlalchemy.orm import Session

from procurement.core.search.analyser import search_terms
from procurement.core.search.models import FTS_TABLE, SearchFacet, SearchRow

#: Longest text kept per row, in characters: PostgreSQL's tsvector has a ceiling of 1 MB.
MOST_TEXT = 200_000
#: Most words of a question that count.
MOST_WORDS = 20


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a room puts into the index; ``facets`` maps a name to the values a row can be filtered by."""

    kind: str
    subject: str
    label: str
    url: str
    at: datetime
    due_at: datetime | None
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked; a row must match every word, and for each facet one of the values given."""

    words: str = ""
    kinds: tuple[str, ...] = ()
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    due_from: datetime | None = None
    due_until: datetime | None = None
    past_before: datetime | None = None
    sort: str = "due"
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One row of results."""

    kind: str
    subject: str
    label: str
    url: str
    at: datetime
    due_at: datetime | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Hits:
    """A page of results and how many there are in all."""

    total: int
    rows: tuple[Hit, ...]


SORTS = ("due", "due_late", "recent", "relevance")


def upsert(session: Session, entry: Entry) -> None:
    """Put an entry into the index in the caller's transaction; the one of the same kind and subject goes."""
    remove(session, entry.kind, entry.subject)
    terms = search_terms(entry.text[:MOST_TEXT])
    row = SearchRow(
        kind=entry.kind,
        subject=entry.subject,
        label=entry.label,
        url=entry.url,
        at=entry.at,
        due_at=entry.due_at,
        data=dict(entry.data),
        terms=terms,
    )
    session.add(row)
    session.flush()
    values = [
        {"row_id": row.id, "name": name, "value": value}
        for name, given in entry.facets.items()
        for value in dict.fromkeys(given)
    ]
    if values:
        session.execute(insert(SearchFacet), values)
    if _sqlite(session):
        statement = text(f"INSERT INTO {FTS_TABLE} (rowid, terms) VALUES (:id, :terms)")  # noqa: S608  # a constant
        session.execute(statement, {"id": row.id, "terms": terms})


def remove(session: Session, kind: str, subject: str) -> None:
    """Take an entry out of the index, if it is there."""
    row_id = session.scalar(select(SearchRow.id).where(SearchRow.kind == kind, SearchRow.subject == subject))
    if row_id is None:
        return
    if _sqlite(session):
        session.execute(text(f"DELETE FROM {FTS_TABLE} WHERE rowid = :id"), {"id": row_id})  # noqa: S608  # a constant
    session.execute(delete(SearchFacet).where(SearchFacet.row_id == row_id))
    session.execute(delete(SearchRow).where(SearchRow.id == row_id))
    session.expire_all()


def search(session: Session, question: Question) -> Hits:
    """Return one page of what answers, always in the same number of queries."""
    terms = _terms(question)
    if question.words.strip() and not terms:
        return Hits(0, ())  # Only stop words or punctuation: nothing can match.
    conditions = _conditions(question, terms, sqlite=_sqlite(session))
    total = session.scalar(select(func.count()).select_from(SearchRow).where(*conditions)) or 0
    query = _sorted(select(SearchRow), question, terms, sqlite=_sqlite(session)).where(*conditions)
    rows = session.scalars(query.offset(question.offset).limit(question.limit))
    return Hits(int(total), tuple(_hit(row) for row in rows))


def counts(session: Session, question: Question, name: str) -> dict[str, int]:
    """Return how many rows there are for each value of a facet, whatever is chosen in that facet itself."""
    terms = _terms(question)
    if question.words.strip() and not terms:
        return {}
    others = {other: values for other, values in question.facets.items() if other != name}
    conditions = _conditions(_with(question, others), terms, sqlite=_sqlite(session))
    query = (
        select(SearchFacet.value, func.count())
        .join(SearchRow, SearchRow.id == SearchFacet.row_id)
        .where(SearchFacet.name == name, *conditions)
        .group_by(SearchFacet.value)
    )
    return {str(value): int(number) for value, number in session.execute(query)}


def _with(question: Question, facets: Mapping[str, Sequence[str]]) -> Question:
    return Question(
        words=question.words,
        kinds=question.kinds,
        facets=facets,
        due_from=question.due_from,
        due_until=question.due_until,
        past_before=question.past_before,
    )


def _terms(question: Question) -> list[str]:
    return list(dict.fromkeys(search_terms(question.words).split()))[:MOST_WORDS]


def _conditions(question: Question, terms: list[str], *, sqlite: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if question.kinds:
        found.append(SearchRow.kind.in_(question.kinds))
    if question.due_from is not None:
        found.append(SearchRow.due_at >= question.due_from)
    if question.due_until is not None:
        found.append(SearchRow.due_at <= question.due_until)
    if question.past_before is not None:
        found.append(SearchRow.due_at < question.past_before)
    if terms:
        found.append(_sqlite_match(terms) if sqlite else _postgresql_match(terms))
    for name, values in question.facets.items():
        chosen = select(SearchFacet.row_id).where(SearchFacet.name == name, SearchFacet.value.in_(values))
        found.append(SearchRow.id.in_(chosen))
    return found


def _sqlite_match(terms: list[str]) -> ColumnElement[bool]:
    quoted = " ".join(f'"{term}"' for term in terms)
    rows: Select[Any] = (
        select(literal_column("rowid"))
        .select_from(text(FTS_TABLE))
        .where(text(f"{FTS_TABLE} MATCH :pli_terms").bindparams(pli_terms=quoted))
    )
    return SearchRow.id.in_(rows)


def _postgresql_match(terms: list[str]) -> ColumnElement[bool]:
    vector = func.to_tsvector(literal_column("'simple'"), SearchRow.terms)
    return vector.bool_op("@@")(_tsquery(terms))


def _tsquery(terms: list[str]) -> ColumnElement[Any]:
    return func.to_tsquery(literal_column("'simple'"), " & ".join(f"'{term}'" for term in terms))


def _sorted(query: Select[Any], question: Question, terms: list[str], *, sqlite: bool) -> Select[Any]:
    due, newest = SearchRow.due_at, SearchRow.at.desc()
    if question.sort == "due_late":
        return query.order_by(due.desc().nulls_last(), newest, SearchRow.id)
    if question.sort == "recent":
        return query.order_by(newest, SearchRow.id.desc())
    if question.sort == "relevance" and terms:
        return query.order_by(_rank(terms, sqlite=sqlite), newest, SearchRow.id)
    return query.order_by(due.nulls_last(), newest, SearchRow.id)


def _rank(terms: list[str], *, sqlite: bool) -> ColumnElement[Any]:
    """Return a figure that is smaller for a better match."""
    if sqlite:
        match = text(f"{FTS_TABLE} MATCH :pli_ranked AND {FTS_TABLE}.rowid = core_search.id")
        quoted = " ".join(f'"{term}"' for term in terms)
        score: Select[Any] = select(literal_column(f"bm25({FTS_TABLE})")).select_from(text(FTS_TABLE))
        return score.where(match.bindparams(pli_ranked=quoted)).correlate(SearchRow).scalar_subquery()
    vector = func.to_tsvector(literal_column("'simple'"), SearchRow.terms)
    return -func.ts_rank(vector, _tsquery(terms))


def _hit(row: SearchRow) -> Hit:
    return Hit(
        kind=row.kind,
        subject=row.subject,
        label=row.label,
        url=row.url,
        at=row.at,
        due_at=row.due_at,
        data=row.data,
    )


def _sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
