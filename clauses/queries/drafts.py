"""Drafts as others see them: frozen, detached from the database."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clauses import errors
from clauses.models import Draft, DraftClause, DraftEvent, Release
from clauses.rules.states import WRITING_EVENTS, DraftFacts, DraftState, EventKind, state


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as it was given, and how many times it was changed; a value of None has been taken back.

    ``usual_of`` is whose usual answer the draft began with, as long as nobody has changed it.
    """

    value: Any
    revision: int
    usual_of: uuid.UUID | None = None

    def copied(self) -> dict[str, Any]:
        """Return how another draft keeps it, as its own first answer."""
        return kept_answer(self.value, self.usual_of)


def kept_answer(value: Any, usual_of: uuid.UUID | None = None) -> dict[str, Any]:
    """Return how a row keeps a first answer, with whose usual one it is."""
    mark = {"usual_of": str(usual_of)} if usual_of is not None else {}
    return {"value": value, "revision": 1, **mark}


@dataclass(frozen=True, kw_only=True)
class OwnClause:
    """What a draft says of one clause by itself; ``body`` is None while the library's words stand."""

    clause: str
    body: str | None
    revision: int
    base_sha256: str
    derogates: bool | None = None
    derogated_article: str = ""
    local: bool = False
    local_title: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_by: uuid.UUID | None = None
    edited_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A text that lost against one saved just before: kept whole until somebody has chosen, and afterwards too."""

    id: uuid.UUID
    at: datetime
    by: uuid.UUID | None
    field: str
    subject: str
    given: Any
    current: Any
    revision: int


@dataclass(frozen=True, kw_only=True)
class DraftView:
    """A draft, whole."""

    id: uuid.UUID
    organisation_id: uuid.UUID | None
    client_id: uuid.UUID | None
    title: str
    canvas: str
    document: str
    release_id: uuid.UUID
    release_version: str
    reference_date: date
    consultation_id: uuid.UUID | None
    consultation_ref: str
    lot_id: uuid.UUID | None
    lot_number: int | None
    lot_title: str
    facts: Mapping[str, Any]
    notes: tuple[str, ...]
    answers: Mapping[str, Answer]
    clauses: Mapping[str, OwnClause]
    revision: int
    created_at: datetime
    created_by: uuid.UUID | None
    edited_at: datetime
    submitted_at: datetime | None
    submitted_by: uuid.UUID | None
    returned_at: datetime | None
    returned_reason: str
    validated_at: datetime | None
    validated_by: uuid.UUID | None
    frozen_at: datetime | None
    frozen: Mapping[str, Any] | None = field(repr=False)

    @property
    def state(self) -> DraftState:
        """Return where it stands."""
        return state(life(self))

    @property
    def texts(self) -> dict[str, str]:
        """Return the buyer's own words, by clause."""
        return {key: own.body for key, own in self.clauses.items() if own.body is not None}


@dataclass(frozen=True)
class Event:
    """One line of a draft's history."""

    id: uuid.UUID
    at: datetime
    by: uuid.UUID | None
    kind: EventKind
    subject: str
    data: Mapping[str, Any]


def life(row: Draft | DraftView) -> DraftFacts:
    """Return the facts that the state is derived from."""
    return DraftFacts(submitted_at=row.submitted_at, validated_at=row.validated_at, frozen_at=row.frozen_at)


def view(session: Session, draft_id: uuid.UUID) -> DraftView:
    """Return a draft by its id; raise ``clauses.draft_not_found``."""
    row = session.get(Draft, draft_id)
    if row is None:
        raise errors.draft_not_found()
    return to_view(session, row)


def to_view(session: Session, row: Draft) -> DraftView:
    """Detach a row."""
    version = session.scalar(select(Release.version).where(Release.id == row.release_id))
    return _view(row, version or "")


def of_consultation(
    session: Session, consultation_id: uuid.UUID, *, organisation_id: uuid.UUID | None = None
) -> list[DraftView]:
    """Return the drafts of a consultation in the order of their making."""
    mine = [Draft.consultation_id == consultation_id]
    if organisation_id is not None:
        mine.append(Draft.organisation_id == organisation_id)
    query = select(Draft, Release.version).join(Release, Release.id == Draft.release_id).where(*mine)
    return [_view(row, version) for row, version in session.execute(query.order_by(Draft.id))]


def of_organisation(
    session: Session,
    organisation_id: uuid.UUID,
    *,
    within: Collection[uuid.UUID] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[int, list[DraftView]]:
    """Return how many drafts an organisation has, ``within`` some consultations, and one page of them, the latest first."""
    mine = Draft.organisation_id == organisation_id
    if within is not None:
        mine = mine & Draft.consultation_id.in_(within)
    return _page(session, mine, offset, limit)


def consultations_of(session: Session, organisation_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the consultations for which an organisation has drafts."""
    query = select(Draft.consultation_id).where(Draft.organisation_id == organisation_id).distinct()
    return [one for one in session.scalars(query) if one is not None]


def of_client(
    session: Session, client_id: uuid.UUID, *, offset: int = 0, limit: int = 50
) -> tuple[int, list[DraftView]]:
    """Return how many drafts an API client has and one page of them, the latest first."""
    return _page(session, Draft.client_id == client_id, offset, limit)


def open_drafts(session: Session, *, client_id: uuid.UUID | None = None) -> list[DraftView]:
    """Return the drafts that are not frozen, of one API client when it is given: for the impact of a change of the law."""
    query = select(Draft, Release.version).join(Release, Release.id == Draft.release_id)
    if client_id is not None:
        query = query.where(Draft.client_id == client_id)
    rows = session.execute(query.where(Draft.frozen_at.is_(None)).order_by(Draft.id))
    return [_view(row, version) for row, version in rows]


def _page(session: Session, mine: Any, offset: int, limit: int) -> tuple[int, list[DraftView]]:
    total = session.scalar(select(func.count()).select_from(Draft).where(mine)) or 0
    query = select(Draft, Release.version).join(Release, Release.id == Draft.release_id).where(mine)
    rows = session.execute(query.order_by(Draft.created_at.desc(), Draft.id).offset(offset).limit(limit))
    return int(total), [_view(row, version) for row, version in rows]


def history(session: Session, draft_id: uuid.UUID) -> list[Event]:
    """Return everything that happened to a draft, oldest first."""
    query = select(DraftEvent).where(DraftEvent.draft_id == draft_id).order_by(DraftEvent.id)
    return [
        Event(row.id, row.at, row.by, row.kind, row.subject, dict(row.data)) for row in session.scalars(query)
    ]


def conflicts(session: Session, draft_id: uuid.UUID, *, settled: bool = False) -> list[Conflict]:
    """Return the conflicts of a draft: those that wait for a choice, or all when ``settled`` ones count too."""
    kinds = (EventKind.CONFLICT, EventKind.RESOLVED)
    query = select(DraftEvent).where(DraftEvent.draft_id == draft_id, DraftEvent.kind.in_(kinds))
    rows = list(session.scalars(query.order_by(DraftEvent.id)))
    done = {row.data["conflict"] for row in rows if row.kind is EventKind.RESOLVED}
    found = [row for row in rows if row.kind is EventKind.CONFLICT]
    return [to_conflict(row) for row in found if settled or str(row.id) not in done]


def to_conflict(row: DraftEvent) -> Conflict:
    """Detach an event that is a conflict."""
    data = row.data
    return Conflict(
        id=row.id, at=row.at, by=row.by, field=data["field"], subject=row.subject, given=data["given"],
        current=data["current"], revision=data["revision"],
    )  # fmt: skip


def writers(session: Session, draft_id: uuid.UUID) -> set[uuid.UUID]:
    """Return who wrote in a draft or submitted it: they do not validate it."""
    query = select(DraftEvent.by).where(
        DraftEvent.draft_id == draft_id, DraftEvent.kind.in_(WRITING_EVENTS), DraftEvent.by.is_not(None)
    )
    return {by for by in session.scalars(query.distinct()) if by is not None}


def _view(row: Draft, version: str) -> DraftView:
    own = {"release_version", "answers", "clauses", "notes"}
    names = [name for name in DraftView.__dataclass_fields__ if name not in own]
    return DraftView(
        release_version=version,
        answers={key: _answer(kept) for key, kept in row.answers.items()},
        clauses={one.clause_key: _own(one) for one in row.clauses},
        notes=tuple(row.notes),
        **{name: getattr(row, name) for name in names},
    )


def _answer(kept: Mapping[str, Any]) -> Answer:
    mark = kept.get("usual_of")
    return Answer(value=kept["value"], revision=kept["revision"], usual_of=uuid.UUID(mark) if mark else None)


def _own(row: DraftClause) -> OwnClause:
    names = [name for name in OwnClause.__dataclass_fields__ if name != "clause"]
    return OwnClause(clause=row.clause_key, **{name: getattr(row, name) for name in names})
