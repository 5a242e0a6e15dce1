"""Answers: given all or none, confirmed one by one, and what a person still has to look at."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from dume import errors
from dume.espd import codec, complete
from dume.espd.complete.answering import refusal
from dume.espd.complete.showing import levels
from dume.espd.model import (
    Answer,
    AnswerStatus,
    Document,
    EconomicOperator,
    Group,
    Identifier,
    Kind,
    Property,
    Provenance,
)
from dume.models import Dume
from dume.queries.content import document
from dume.queries.rows import newer_request
from dume.rules import Verb
from dume.service.operator import (
    OperatorProposal,
    accept,
    is_operators,
    proposed_operator,
    write_proposals,
)
from dume.service.terms import Change, Changes, Given, Place, Why
from dume.service.writing import check, lock, put, require
from procurement.core.errors import FieldError, Invalid
from procurement.core.security import Identity
from procurement.core.text import _
from procurement.core.vault import KeyVault

__all__ = ["answer", "changes", "confirm", "place_of"]

#: What a value given by a person says of its source.
PERSON = "person"
_UNKNOWN = _("Cette question n’existe pas dans ce DUME.")
_WRONG_VALUE = _("Cette valeur n’est pas de la forme attendue pour cette question.")


def answer(
    session: Session,
    vault: KeyVault,
    row: Dume,
    given: Sequence[Given],
    *,
    by: Identity | None,
    now: datetime,
) -> Document:
    """Set or take back answers, all or none; what a person gives is confirmed by that.

    Raise Invalid ``dume.answers_refused`` with a JSON pointer into ``given`` for each one that does not fit.
    """
    require(row, Kind.RESPONSE)
    lock(session, row)
    check(row, Verb.EDIT)
    what = document(session, vault, row)
    refused = _refuse_operator(session, vault, row, given)
    read = _read(what, given, _said_by(by, now))
    gone = {_whole(what, one.place) for one in given if one.value is None}
    what = _set(_without(what, gone), read)
    put(session, vault, row, what, by=by, now=now)
    if refused is not None:
        write_proposals(session, vault, row, refused)
    return what


def confirm(
    session: Session,
    vault: KeyVault,
    row: Dume,
    places: Sequence[Place],
    *,
    edition: int,
    by: Identity | None,
    now: datetime,
) -> Document:
    """Make proposed answers, and those to review, the company's own claim, as they were read at ``edition``.

    Raise ``dume.changed_since`` when the DUME changed after that, ``dume.nothing_to_confirm`` with a pointer per place.
    """
    require(row, Kind.RESPONSE)
    lock(session, row)
    check(row, Verb.EDIT)
    if row.edition != edition:
        raise errors.changed_since()
    what = document(session, vault, row)
    proposed = {one.place: one for one in proposed_operator(session, vault, row)}
    known = {place_of(one) for one in what.answers} | set(proposed)
    named = [place if place in proposed else _whole(what, place) for place in places]
    unknown = tuple(f"/{index}" for index, place in enumerate(named) if place not in known)
    if unknown:
        raise errors.unknown_place(unknown)
    wanted, mark = set(named), _said_by(by, now)
    answers = tuple(_confirmed(one, mark) if place_of(one) in wanted else one for one in what.answers)
    operator = what.economic_operator or EconomicOperator(role=row.role)
    for place in wanted & set(proposed):
        operator = accept(operator, proposed.pop(place))
    what = replace(what, answers=answers, economic_operator=operator)
    put(session, vault, row, what, by=by, now=now)
    write_proposals(session, vault, row, proposed.values())
    return what


def changes(session: Session, vault: KeyVault, row: Dume) -> Changes:
    """Return « Ce qui a changé »: answers to review or proposed, questions without one; and a newer request, if any."""
    require(row, Kind.RESPONSE)
    what = document(session, vault, row)
    shown = complete.visible(what)
    criteria = _criteria_of(what)
    pending = [
        Change(
            place=place_of(one),
            why=Why(one.status),
            criterion=criteria.get(one.property, ""),
            value=one.value,
            source=one.provenance.source if one.provenance else "",
        )
        for one in what.answers
        if one.status is not AnswerStatus.CONFIRMED and one.property in shown
    ]
    unanswered = [
        Change(
            place=Place(property=one.property, occurrence=one.occurrence),
            why=Why.UNANSWERED,
            criterion=one.criterion,
        )
        for one in complete.missing(what)
    ]
    operator = [
        Change(place=one.place, why=Why.PROPOSED, value=one.value, source=one.provenance.source)
        for one in proposed_operator(session, vault, row)
    ]
    return Changes(items=(*operator, *pending, *unanswered), newer=newer_request(row))


def place_of(one: Answer) -> Place:
    """Return where an answer stands."""
    return Place(property=one.property, occurrence=one.occurrence, lots=one.lots)


def _whole(what: Document, place: Place) -> Place:
    """Return a place with all its indexes; those that are left out are 1."""
    asked = properties(what).get(place.property)
    lacking = levels(asked) - len(place.occurrence) if asked else 0
    return Place(
        property=place.property,
        occurrence=(*place.occurrence, *(1,) * lacking),
        lots=tuple(sorted(place.lots)),
    )


def properties(what: Document) -> dict[str, Property]:
    """Return every property of a document by its id."""
    return {one.id: one for criterion in what.criteria for one in _walk(criterion.groups)}


def _walk(groups: tuple[Group, ...]) -> list[Property]:
    found: list[Property] = []
    for group in groups:
        found += group.properties
        found += _walk(group.groups)
    return found


def _criteria_of(what: Document) -> dict[str, str]:
    return {one.id: criterion.code for criterion in what.criteria for one in _walk(criterion.groups)}


def _refuse_operator(
    session: Session, vault: KeyVault, row: Dume, given: Sequence[Given]
) -> tuple[OperatorProposal, ...] | None:
    """Return what stays proposed of the operator once some of it is refused; None when nothing of it is named."""
    gone = {one.place for one in given if is_operators(one.place)}
    if not gone:
        return None
    if any(one.value is not None for one in given if is_operators(one.place)):
        indexes = [index for index, one in enumerate(given) if is_operators(one.place)]
        raise refusal(
            tuple(FieldError(f"/{index}/value", "dume.value_refused", _WRONG_VALUE) for index in indexes)
        )
    return tuple(one for one in proposed_operator(session, vault, row) if one.place not in gone)


def _without(what: Document, gone: set[Place]) -> Document:
    """Return the document without some answers, nor the proofs that only they pointed to."""
    left = tuple(one for one in what.answers if place_of(one) not in gone)
    before, after = (_pointed(answers) for answers in (what.answers, left))
    evidences = tuple(one for one in what.evidences if one.id.value not in before - after)
    return replace(what, answers=left, evidences=evidences)


def _pointed(answers: tuple[Answer, ...]) -> set[str]:
    """Return the ids of the proofs that answers are made of."""
    return {one.value.value for one in answers if isinstance(one.value, Identifier)}


def _read(what: Document, given: Sequence[Given], mark: Provenance) -> list[tuple[int, Answer]]:
    """Read the values of what is set, each with its index in ``given``; refuse all when one does not fit."""
    known = properties(what)
    refused: list[FieldError] = []
    read: list[tuple[int, Answer]] = []
    for index, one in enumerate(given):
        if is_operators(one.place):
            continue
        asked = known.get(one.place.property)
        if asked is None:
            refused.append(FieldError(f"/{index}/property", "dume.property_unknown", _UNKNOWN))
            continue
        if one.value is None:
            continue
        try:
            value = codec.load_value(one.value, asked.value_type)
        except ValueError:
            refused.append(FieldError(f"/{index}/value", "dume.value_refused", _WRONG_VALUE))
            continue
        if value is None:
            continue
        made = Answer(
            one.place.property, value, one.place.occurrence, tuple(sorted(one.place.lots)), AnswerStatus.CONFIRMED, mark,
            evidences=one.evidences,
        )  # fmt: skip
        read.append((index, made))
    if refused:
        raise refusal(tuple(refused))
    return read


def _set(what: Document, read: list[tuple[int, Answer]]) -> Document:
    """Put answers into a document; pointers of a refusal are turned into those of what was given."""
    try:
        return complete.with_answers(what, [one for _index, one in read])
    except Invalid as error:
        raise refusal(tuple(_moved(one, [index for index, _one in read]) for one in error.errors)) from None


def _moved(error: FieldError, indexes: list[int]) -> FieldError:
    head, _slash, rest = error.field.removeprefix("/").partition("/")
    if not head.isdigit() or int(head) >= len(indexes):
        return error
    field = f"/{indexes[int(head)]}" + (f"/{rest}" if rest else "")
    return FieldError(field, error.code, error.message, error.params)


def _said_by(by: Identity | None, now: datetime) -> Provenance:
    """Return the provenance of what a person says now."""
    stamp = now.isoformat(timespec="seconds")
    who = str(by.person_id) if by else ""
    return Provenance(source=PERSON, obtained_at=stamp, confirmed_by=who, confirmed_at=stamp)


def _confirmed(one: Answer, mark: Provenance) -> Answer:
    """Return an answer that a person now stands behind; where its value came from stays with it."""
    origin = one.provenance or mark
    kept = replace(origin, confirmed_by=mark.confirmed_by, confirmed_at=mark.confirmed_at)
    return replace(one, status=AnswerStatus.CONFIRMED, provenance=kept)
