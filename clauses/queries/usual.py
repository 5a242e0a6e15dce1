"""A person's own usual answers: what he keeps, what a release still asks in the same form, what a new draft takes of them.

They are one layer of the library (`Layer.AGENT`) that is never released: nobody but the person reads it, and what it says
enters a draft once, when that begins (ADR 16).
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses.models import Library as LibraryRow
from clauses.models import Override
from clauses.queries.editions import Edition
from clauses.queries.layers import DEFAULT_VALUE
from clauses.rules.facts import print_value
from clauses.rules.model import RECORD_KEYS, TYPE_NAMES, Clause, Fact, FactType, Layer, Library, Source
from clauses.rules.questions import facts_of

#: Answers made of several parts have no usual value.
_COMPOSED = {*RECORD_KEYS, FactType.RECORDS, FactType.SET, FactType.TEXTS}
#: What is said of one purchase by its consultation is nobody's habit.
_OF_THE_PURCHASE = frozenset({Source.CONSULTATION, Source.LOT})


@dataclass(frozen=True, kw_only=True)
class UsualAnswer:
    """What a person usually answers; ``value`` is as files of facts write it, ``form`` addresses the question as it was."""

    id: uuid.UUID
    fact: str
    value: str
    form: str
    since: datetime


@dataclass(frozen=True)
class Fitting:
    """Usual answers held against a release: those whose question it asks in the same form, as kept text; and the others."""

    values: Mapping[str, Any]
    left_out: tuple[str, ...]


def form_of(fact: Fact) -> str:
    """Return what addresses the form of a question: of another type, or in another unit, it is another question."""
    return hashlib.sha256("\n".join((fact.key, TYPE_NAMES[fact.type], fact.unit)).encode()).hexdigest()


def has_usual(fact: Fact, layer: Layer) -> bool:
    """Tell whether a layer may answer a question beforehand: one asked of people; for a person, not of the purchase itself."""
    of_people = fact.source is not Source.COMPUTED
    return of_people and (layer is not Layer.AGENT or fact.source not in _OF_THE_PURCHASE)


def asked(clauses: Iterable[Clause], library: Library, layer: Layer) -> dict[str, str]:
    """Return the questions of clauses that may have a usual answer, in one part, each with the first clause that asks it."""
    found: dict[str, str] = {}
    for clause in clauses:
        for key in facts_of(clause):
            fact = library.facts.get(key)
            if fact is not None and has_usual(fact, layer) and fact.type not in _COMPOSED:
                found.setdefault(key, clause.id)
    return found


def usual_answers(
    session: Session, organisation_id: uuid.UUID, person_id: uuid.UUID
) -> dict[str, UsualAnswer]:
    """Return what a person usually answers where he acts for an organisation, by question."""
    query = (
        select(Override)
        .join(LibraryRow, LibraryRow.id == Override.library_id)
        .where(
            LibraryRow.organisation_id == organisation_id,
            LibraryRow.person_id == person_id,
            LibraryRow.layer == Layer.AGENT,
            Override.mode == DEFAULT_VALUE,
            Override.removed_at.is_(None),
        )
        .order_by(Override.id)
    )
    return {
        row.fact: UsualAnswer(
            id=row.id, fact=row.fact, value=row.body, form=row.base_hash, since=row.created_at
        )
        for row in session.scalars(query)
    }


def fitting(found: Edition, answers: Mapping[str, UsualAnswer]) -> Fitting:
    """Hold usual answers against a release: one whose question is gone, or asked in another form, is left out."""
    facts = found.library.facts
    same = {
        key: one.value
        for key, one in answers.items()
        if key in facts and form_of(facts[key]) == one.form and has_usual(facts[key], Layer.AGENT)
    }
    typed = {key: print_value(value) for key, value in found.typed(same).items()}
    return Fitting(typed, tuple(sorted(answers.keys() - typed.keys())))
