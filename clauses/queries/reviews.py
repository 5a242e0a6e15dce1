"""What somebody has to look at: facts changed upstream, dates that change the law, two drafts, the impact of new articles."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses.hooks import FactSource, SourceFacts, facts_of
from clauses.models import Library, Override
from clauses.queries import drafts
from clauses.queries.desk import Desk, desk, desk_of
from clauses.queries.drafts import DraftView
from clauses.queries.editions import edition
from clauses.render.words import text_changes
from clauses.rules import coverage
from clauses.rules.coverage import ClauseImpact
from clauses.rules.facts import print_value
from clauses.rules.model import Layer, Parameter, Scope
from procurement.accounts import queries as accounts


@dataclass(frozen=True)
class FactChange:
    """A fact whose value differs; None where there is none."""

    fact: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Upstream:
    """What the consultation says now that the draft does not: nothing of it is applied unasked."""

    changes: tuple[FactChange, ...] = ()
    entering: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Tell whether there is something to look at."""
        return bool(self.changes)


@dataclass(frozen=True)
class ClauseDifference:
    """One clause of two drafts; ``text`` is the word diff of what both say."""

    clause: str
    title: str
    state: str
    text: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ImpactedDraft:
    """An open draft in which a clause to review stands."""

    id: uuid.UUID
    title: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class ImpactedOrganisation:
    """How much an organisation has to review: nobody else reads what; None stands for the programs of vendors."""

    name: str | None
    drafts: int
    overrides: int


@dataclass(frozen=True)
class Impact:
    """What changed articles oblige to review."""

    articles: tuple[str, ...]
    unknown: tuple[str, ...]
    clauses: tuple[ClauseImpact, ...]
    parameters: tuple[str, ...]
    drafts: tuple[ImpactedDraft, ...] = ()
    organisations: tuple[ImpactedOrganisation, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of ``pli clauses impact``."""
        return {
            "articles": list(self.articles),
            "unknown": list(self.unknown),
            "clauses": [
                {"id": one.clause, "articles": list(one.articles), "documents": list(one.documents)}
                for one in self.clauses
            ],
            "parameters": list(self.parameters),
            "drafts": [
                {"id": str(one.id), "title": one.title, "clauses": list(one.clauses)} for one in self.drafts
            ],
            "organisations": [
                {"name": one.name, "drafts": one.drafts, "overrides": one.overrides}
                for one in self.organisations
            ],
        }


def upstream(session: Session, draft: DraftView, source: FactSource) -> Upstream:
    """Compare a draft with what its consultation says now: facts, and the clauses that would enter and leave."""
    if draft.consultation_id is None:
        return Upstream()
    said = facts_of(source, session, draft.consultation_id, draft.lot_id)
    return upstream_of(session, draft, said)


def upstream_of(session: Session, draft: DraftView, said: SourceFacts) -> Upstream:
    """Compare a draft with given facts of its consultation."""
    found = edition(session, draft.release_id)
    fresh = {key: print_value(value) for key, value in found.typed(said.values).items()}
    changes = _changes(draft.facts, fresh)
    if not changes:
        return Upstream()
    entering, leaving = _moves(desk(session, draft), desk(session, replace(draft, facts=fresh)))
    return Upstream(changes, entering, leaving)


def regime_changed(session: Session, draft: DraftView, on: date) -> tuple[str, ...]:
    """Return the legal figures that are others on another reference date, for ``regime_modifie``."""
    found = edition(session, draft.release_id)
    known = found.values(draft.facts, draft.answers)
    before, after = (found.compiled.settle(known, day) for day in (draft.reference_date, on))
    return tuple(
        key
        for key in sorted(before.table.periods)
        if _figure(before.parameter(key)) != _figure(after.parameter(key))
    )


def regime_today(session: Session, draft: DraftView, today: date) -> tuple[str, ...]:
    """Return the legal figures that are others today than on the reference date; none any more once a draft is frozen."""
    return () if draft.frozen_at is not None else regime_changed(session, draft, today)


def disagreements(session: Session, draft: DraftView) -> tuple[FactChange, ...]:
    """Return the answers for the whole consultation that another of its documents gives otherwise."""
    if draft.consultation_id is None:
        return ()
    facts = edition(session, draft.release_id).library.facts
    found: dict[str, FactChange] = {}
    for other in drafts.of_consultation(session, draft.consultation_id):
        for key, answer in other.answers.items():
            mine = draft.answers.get(key)
            shared = key in facts and facts[key].scope is Scope.CONSULTATION
            if not shared or mine is None or None in (mine.value, answer.value):
                continue
            if mine.value != answer.value:
                found[key] = FactChange(key, mine.value, answer.value)
    return tuple(found[key] for key in sorted(found))


def compare(session: Session, one_id: uuid.UUID, other_id: uuid.UUID) -> list[ClauseDifference]:
    """Compare two drafts clause by clause, in the order of the first, then of the second."""
    one, other = desk_of(session, one_id), desk_of(session, other_id)
    keys = dict.fromkeys([*one.included, *other.included])
    return [_difference(key, one, other) for key in keys]


def impact(
    session: Session, release_id: uuid.UUID, changed: Iterable[str], *, open_drafts: Iterable[DraftView] = ()
) -> Impact:
    """Return the clauses and legal figures that changed articles touch, and those of ``open_drafts`` in which they stand.

    The caller hands over the drafts that are his to see: no other is looked at.
    """
    found = coverage.impact(edition(session, release_id).library, changed)
    touched = tuple(one for _draft, one in _touched(session, found.articles, open_drafts))
    return Impact(found.articles, found.unknown, found.clauses, found.parameters, touched)


def impact_by_organisation(session: Session, release_id: uuid.UUID, changed: Iterable[str]) -> Impact:
    """Return the impact for who keeps the library of all: of organisations, only how much each has to review."""
    found = impact(session, release_id, changed)
    drafts_of = Counter(
        draft.organisation_id
        for draft, _impacted in _touched(session, found.articles, drafts.open_drafts(session))
    )
    overrides_of = _overrides(session, {one.clause for one in found.clauses})
    rows = [
        ImpactedOrganisation(_name(session, one), drafts_of[one], overrides_of[one])
        for one in {*drafts_of, *overrides_of}
    ]
    return replace(found, organisations=tuple(sorted(rows, key=lambda one: one.name or "")))


def _overrides(session: Session, keys: set[str]) -> Counter[uuid.UUID | None]:
    query = (
        select(Library.organisation_id)
        .join(Override, Library.id == Override.library_id)
        .where(Override.removed_at.is_(None), Override.clause_key.in_(keys), Library.layer != Layer.AGENT)
    )
    return Counter(session.scalars(query))


def _name(session: Session, organisation_id: uuid.UUID | None) -> str | None:
    found = accounts.organisation(session, organisation_id) if organisation_id else None
    return found.legal_name if found else None


def _touched(
    session: Session, articles: Sequence[str], given: Iterable[DraftView]
) -> Iterator[tuple[DraftView, ImpactedDraft]]:
    touched: dict[uuid.UUID, set[str]] = {}
    for draft in given:
        if draft.release_id not in touched:
            library = edition(session, draft.release_id).library
            touched[draft.release_id] = {one.clause for one in coverage.impact(library, articles).clauses}
        keys = touched[draft.release_id]
        standing = [key for key in desk(session, draft).included if key in keys] if keys else []
        if standing:
            yield draft, ImpactedDraft(draft.id, draft.title, tuple(standing))


def _difference(key: str, one: Desk, other: Desk) -> ClauseDifference:
    left, right = one.included.get(key), other.included.get(key)
    title = (left or right).title  # type: ignore[union-attr]  # one of the two has it
    if left is None or right is None:
        return ClauseDifference(key, title, "added" if left is None else "removed")
    before = one.draft.texts.get(key, left.body).strip()
    after = other.draft.texts.get(key, right.body).strip()
    if before == after:
        return ClauseDifference(key, title, "same")
    return ClauseDifference(key, title, "changed", tuple(text_changes(before, after)))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FactChange, ...]:
    keys = sorted({*before, *after})
    return tuple(
        FactChange(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)
    )


def _moves(before: Desk, after: Desk) -> tuple[tuple[str, ...], tuple[str, ...]]:
    entering = tuple(key for key in after.included if key not in before.included)
    return entering, tuple(key for key in before.included if key not in after.included)


def _figure(parameter: Parameter | None) -> Any:
    return None if parameter is None else parameter.value
