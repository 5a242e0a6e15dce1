"""Answer questions and change words, field by field; nothing that somebody typed is ever lost.

A save names the revision that it was typed over. When somebody saved the same field meanwhile, the stored text stays
and the given one is kept whole in the history (``SaveResult.conflict``): the verb does not raise, so that this line is
committed, and the caller answers 412 with both texts. ``settle`` closes the conflict.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from clauses import errors
from clauses.models import Draft, DraftClause
from clauses.queries import drafts as reading
from clauses.queries.drafts import Conflict, DraftView
from clauses.queries.editions import Edition, edition
from clauses.rules import body as bodies
from clauses.rules.facts import parse_value, print_value
from clauses.rules.facts.reading import nearest
from clauses.rules.model import Clause, Lock
from clauses.rules.states import EventKind, Move
from clauses.service.writing import event, held, new_clause, note, own_clause, touched
from procurement.core.errors import Invalid
from procurement.core.security import Identity
from procurement.core.text import block

ANSWER, TEXT = "answer", "text"


@dataclass(frozen=True)
class SaveResult:
    """The draft after a save; with a ``conflict`` the given text was kept beside and nothing else changed."""

    draft: DraftView
    revision: int
    conflict: Conflict | None = None


@dataclass(frozen=True)
class Settlement:
    """What becomes of two texts: ``keep`` what is stored, else take what lost, or ``merged`` in the place of both."""

    keep: bool
    merged: Any = None


def save_answer(
    session: Session,
    draft_id: uuid.UUID,
    fact: str,
    raw: Any,
    *,
    revision: int,
    by: Identity | None,
    now: datetime,
) -> SaveResult:
    """Answer a question, or take an answer back with None; ``revision`` is 0 for a question never answered."""
    row = held(session, draft_id, Move.EDIT)
    found = edition(session, row.release_id)
    given = _typed(found, row, fact, raw)
    kept = row.answers.get(fact, {"value": None, "revision": 0})
    if given == kept["value"]:
        return SaveResult(reading.to_view(session, row), kept["revision"])
    if revision != kept["revision"]:
        return _lost(session, row, fact, _both(ANSWER, given, kept), by=by, now=now)
    fresh = _answer(session, row, fact, given, by=by, now=now)
    return SaveResult(reading.to_view(session, row), fresh)


def save_text(
    session: Session,
    draft_id: uuid.UUID,
    clause: str,
    body: str | None,
    *,
    revision: int,
    by: Identity | None,
    now: datetime,
) -> SaveResult:
    """Write a clause in the buyer's own words, or go back to the library's with None."""
    row = held(session, draft_id, Move.EDIT)
    found = edition(session, row.release_id)
    known = found.library.clauses.get(clause)
    own = own_clause(row, clause)
    if known is None and own is None:
        raise errors.clause_not_found(clause)
    given = checked_text(known, body)
    kept: dict[str, Any] = {
        "value": own.body if own else None,
        "revision": own.revision if own else 0,
    }
    if given == kept["value"]:
        return SaveResult(reading.to_view(session, row), kept["revision"])
    if revision != kept["revision"]:
        return _lost(session, row, clause, _both(TEXT, given, kept), by=by, now=now)
    own = own or new_clause(row, clause, found.hashes[clause], by=by, now=now)
    write_text(session, row, own, given, by=by, now=now)
    touched(row, now)
    session.flush()
    return SaveResult(reading.to_view(session, row), own.revision)


def settle(
    session: Session,
    draft_id: uuid.UUID,
    conflict_id: uuid.UUID,
    choice: Settlement,
    *,
    revision: int,
    by: Identity | None,
    now: datetime,
) -> SaveResult:
    """Close a conflict as it was chosen.

    ``revision`` is that of the stored text which was compared. Over another one nothing is settled: the result holds the
    conflict with what is stored now, or, where a merged text was given, that text kept beside as one more.
    """
    row = held(session, draft_id, Move.EDIT)
    open_ones = {one.id: one for one in reading.conflicts(session, draft_id)}
    found = open_ones.get(conflict_id)
    if found is None:
        raise errors.conflict_not_found()
    current = _kept(row, found)
    if revision != current["revision"]:
        return _unsettled(session, row, found, None if choice.keep else choice.merged, by=by, now=now)
    event(
        session, row, EventKind.RESOLVED, by=by, now=now, subject=found.subject,
        data={"conflict": str(conflict_id), "keep": choice.keep, "merged": choice.merged is not None},
    )  # fmt: skip
    if not choice.keep:
        chosen = found.given if choice.merged is None else choice.merged
        _take(session, row, found, chosen, by=by, now=now)
    return SaveResult(reading.view(session, draft_id), _kept(row, found)["revision"])


def say_derogation(
    session: Session,
    draft_id: uuid.UUID,
    clause: str,
    *,
    derogates: bool,
    article: str = "",
    by: Identity | None,
    now: datetime,
) -> DraftView:
    """Say whether one's own words depart from the CCAG, and from which article."""
    row = held(session, draft_id, Move.EDIT)
    own = own_clause(row, clause)
    if own is None or own.body is None:
        raise errors.clause_not_found(clause)
    if derogates and not article.strip():
        raise errors.reason_missing()
    own.derogates, own.derogated_article = derogates, article.strip()[:120] if derogates else ""
    touched(row, now)
    data = {"derogates": derogates, "article": own.derogated_article}
    event(session, row, EventKind.DEROGATION, by=by, now=now, subject=clause, data=data)
    return reading.to_view(session, row)


def acknowledge(
    session: Session, draft_id: uuid.UUID, clause: str, *, by: Identity | None, now: datetime
) -> DraftView:
    """Say that one has read a clause that no lawyer has validated yet, and takes it as it is."""
    row = held(session, draft_id, Move.EDIT)
    found = edition(session, row.release_id)
    if clause not in found.library.clauses:
        raise errors.clause_not_found(clause)
    own = own_clause(row, clause) or new_clause(row, clause, found.hashes[clause], by=by, now=now)
    own.acknowledged_at, own.acknowledged_by = now, by.person_id if by else None
    own.revision = own.revision or 0
    event(session, row, EventKind.ACKNOWLEDGED, by=by, now=now, subject=clause)
    return reading.to_view(session, row)


def checked_text(known: Clause | None, body: str | None) -> str | None:
    """Return words as they are kept: None when they are the library's; raise wrong_body or locked."""
    if body is None:
        return None
    text = block(body)
    if known is not None and text == known.body.strip():
        return None
    try:
        bodies.parse(text)
    except bodies.BodyFaults as faults:
        raise errors.wrong_body(str(faults)) from None
    if known is not None and known.lock is Lock.TEXT and not text.startswith(known.body.strip()):
        raise errors.locked(known.id)
    return text


def write_text(
    session: Session,
    row: Draft,
    own: DraftClause,
    body: str | None,
    *,
    by: Identity | None,
    now: datetime,
    source: str = "",
) -> None:
    """Put words into a clause and the former ones into the history; what was answered, or acknowledged, about those goes."""
    data = {"before": own.body, "after": body, "base": own.base_sha256}
    own.body = body
    own.revision = (own.revision or 0) + 1
    own.derogates, own.derogated_article = None, ""
    own.acknowledged_at = own.acknowledged_by = None
    own.edited_at, own.edited_by = now, by.person_id if by else None
    if source:
        data["source"] = source
    event(session, row, EventKind.TEXT, by=by, now=now, subject=own.clause_key, data=data)


def _typed(found: Edition, row: Draft, key: str, raw: Any) -> Any:
    """Return an answer as it is kept, once it is of its type."""
    fact = found.library.facts.get(key)
    if fact is None:
        raise errors.unknown_fact(key, ", ".join(nearest(key, list(found.library.facts))))
    if key in row.facts or key in found.computed(row.reference_date, row.facts, row.answers):
        raise errors.not_asked(fact.label.fr)
    if raw is None or raw == "":
        return None
    try:
        return print_value(parse_value(fact, raw))
    except Invalid as refusal:
        text = refusal.message % refusal.params if refusal.params else refusal.message
        raise errors.wrong_value(key, text) from None


def _answer(
    session: Session, row: Draft, fact: str, value: Any, *, by: Identity | None, now: datetime
) -> int:
    kept = row.answers.get(fact, {"value": None, "revision": 0})
    fresh = {"value": value, "revision": kept["revision"] + 1}
    # A new mapping: the column does not see a change inside the old one.
    row.answers = {**row.answers, fact: fresh}
    touched(row, now)
    data = {"before": kept["value"], "after": value}
    event(session, row, EventKind.ANSWER, by=by, now=now, subject=fact, data=data)
    return int(fresh["revision"])


def _both(field: str, given: Any, kept: dict[str, Any]) -> dict[str, Any]:
    """Return both texts of a conflict, as the history keeps them."""
    return {"field": field, "given": given, "current": kept["value"], "revision": kept["revision"]}


def _lost(
    session: Session,
    row: Draft,
    subject: str,
    data: dict[str, Any],
    *,
    by: Identity | None,
    now: datetime,
) -> SaveResult:
    """Keep what came second, whole, and change nothing else."""
    line = event(session, row, EventKind.CONFLICT, by=by, now=now, subject=subject, data=data)
    note(session, row, "conflicted", by=by, now=now, data={"subject": subject})
    return SaveResult(reading.to_view(session, row), data["revision"], reading.to_conflict(line))


def _kept(row: Draft, found: Conflict) -> dict[str, Any]:
    """Return what is stored of the passage of a conflict, and its revision."""
    if found.field == ANSWER:
        return dict(row.answers.get(found.subject, {"value": None, "revision": 0}))
    own = own_clause(row, found.subject)
    return {"value": own.body if own else None, "revision": own.revision if own else 0}


def _unsettled(
    session: Session, row: Draft, found: Conflict, merged: Any, *, by: Identity | None, now: datetime
) -> SaveResult:
    """Leave a conflict open whose stored text moved on; what was written in the place of both is kept beside."""
    current = _kept(row, found)
    if merged is None:
        shown = replace(found, current=current["value"], revision=current["revision"])
        return SaveResult(reading.to_view(session, row), current["revision"], shown)
    return _lost(session, row, found.subject, _both(found.field, merged, current), by=by, now=now)


def _take(
    session: Session, row: Draft, found: Conflict, chosen: Any, *, by: Identity | None, now: datetime
) -> None:
    save = save_answer if found.field == ANSWER else save_text
    current = _kept(row, found)["revision"]
    save(session, row.id, found.subject, chosen, revision=current, by=by, now=now)


def revision_of(session: Session, draft_id: uuid.UUID, subject: str) -> int:
    """Return the revision that a save of a fact, or of a clause, has to name now."""
    draft = reading.view(session, draft_id)
    if subject in draft.clauses:
        return draft.clauses[subject].revision
    return draft.answers[subject].revision if subject in draft.answers else 0
