"""Keep one's own usual answers, and carry them into a document that one begins (ADR 16).

A draft holds them as its own answers, each with whose it is: a colleague reads the same document as who began it, and what
the person changes of his habits later changes no document that is there already.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clauses import errors
from clauses.queries.adapted import above
from clauses.queries.drafts import kept_answer
from clauses.queries.editions import Edition
from clauses.queries.layers import DEFAULT_VALUE
from clauses.queries.releases import LibraryView, in_force, person_layer
from clauses.queries.usual import asked, fitting, form_of, has_usual, usual_answers
from clauses.rules.model import Canvas, Layer
from clauses.rules.questions import facts_of
from clauses.service.layers import adapt, ensure_layer, layer_row, take_back
from clauses.service.wordings import Wording
from procurement.core.security import Identity


@dataclass(frozen=True)
class Carried:
    """What a new document begins with of a person's usual answers, as a row keeps them, and those that were left out."""

    answers: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def keep_usual(
    session: Session, fact: str, value: str, *, on: date, by: Identity, now: datetime, form: str = ""
) -> None:
    """Make a value one's usual answer to a question, at once, for the documents one begins from now on.

    ``form`` is that of the question where it was answered, which may be asked otherwise by now (`queries.usual.form_of`).
    Raise ``clauses.usual_empty``, ``clauses.no_usual_question``, ``clauses.not_asked`` for what a purchase says itself,
    ``clauses.usual_other_form`` or ``clauses.wrong_value``.
    """
    if not value.strip():
        raise errors.usual_empty()
    layer = _own_layer(session, on=on, by=by, now=now)
    library = above(session, layer, on).library
    if fact in library.facts and not has_usual(library.facts[fact], Layer.AGENT):
        raise errors.not_asked(library.facts[fact].label.fr)
    clause = asked(library.clauses.values(), library, Layer.AGENT).get(fact)
    if clause is None:
        raise errors.no_usual_question(fact)
    if form and form != form_of(library.facts[fact]):
        raise errors.usual_other_form()
    kept = usual_answers(session, *_who(by)).get(fact)
    if kept is not None and (kept.value, kept.form) == (value, form_of(library.facts[fact])):
        return
    wording = Wording(clause=clause, mode=DEFAULT_VALUE, fact=fact, body=value)
    adapt(session, layer.id, wording, on=on, by=by, now=now)


def forget_usual(session: Session, fact: str, *, by: Identity, now: datetime) -> None:
    """Have no usual answer to a question any more; the documents that began with it keep theirs."""
    found = usual_answers(session, *_who(by)).get(fact)
    layer = person_layer(session, *_who(by))
    if found is None or layer is None:
        raise errors.usual_not_found()
    take_back(session, layer.id, found.id, by=by, now=now)


def carried(
    session: Session, found: Edition, canvas: Canvas, taken: Mapping[str, Any], *, by: Identity
) -> Carried:
    """Return what a document takes of the usual answers of who begins it: to what its clauses ask and nothing has answered yet.

    ``taken`` are the facts and answers that it has; a program has no habits.
    """
    if by.client_id is not None or by.person_id is None or by.organisation_id is None:
        return Carried()
    mine = fitting(found, usual_answers(session, by.organisation_id, by.person_id))
    clauses = found.library.clauses_of(canvas)
    wanted = asked(clauses, found.library, Layer.AGENT).keys() - taken.keys()
    values = {key: value for key, value in mine.values.items() if key in wanted}
    # The history of a document is everybody's: it names no habit that has nothing to do with the document.
    named = {key for clause in clauses for key in facts_of(clause)}
    left_out = tuple(key for key in mine.left_out if key in named)
    return Carried({key: kept_answer(value, by.person_id) for key, value in values.items()}, left_out)


def _who(by: Identity) -> tuple[uuid.UUID, uuid.UUID]:
    """Return for whom a person acts, and who it is."""
    assert by.organisation_id is not None
    assert by.person_id is not None
    return by.organisation_id, by.person_id


def _own_layer(session: Session, *, on: date, by: Identity, now: datetime) -> LibraryView:
    """Return the layer of the person, made at its first use below what the organisation's new documents stand on."""
    assert by.organisation_id is not None
    below = in_force(session, on, by.organisation_id)
    if below is None:
        raise errors.no_release()
    ensure = partial(
        ensure_layer, session, Layer.AGENT, parent_id=below.library_id, title=by.name, by=by, now=now
    )
    try:
        with session.begin_nested():
            mine = ensure()
    except IntegrityError:  # Another page of the same person was first.
        mine = ensure()
    # Two pages at once: the second waits here, and then supersedes the first.
    layer_row(session, mine.id, held=True)
    return mine
