"""Read what a person posted for one criterion: the answers that changed, those taken away, and what cannot be read."""

from collections.abc import Mapping
from dataclasses import dataclass

from dume.espd.model import Answer, Value
from dume.espd.taxonomy import strip, taxonomy
from dume.forms.fields import EVERY_LOT, PARTS, Field, Part, Scope
from dume.forms.shown import fields_of
from dume.forms.texts import value_of, written
from procurement.core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Read:
    """What was posted: answers to set, scopes to clear, and a refusal for each field that cannot be read."""

    answers: tuple[Answer, ...]
    cleared: tuple[Scope, ...]
    refused: Mapping[str, DomainError]


def read(parts: tuple[Part, ...], current: tuple[Answer, ...]) -> Read:
    """Read the fields of a tree made with the posted texts; a hidden part keeps what it held."""
    held = {
        Scope(answer.property, answer.occurrence, lot): answer
        for answer in current
        for lot in answer.lots or (EVERY_LOT,)
    }
    answers, cleared, refused = list[Answer](), list[Scope](), dict[str, DomainError]()
    for field in fields_of(parts):
        before = held.get(field.scope)
        if before is not None and _untouched(field, before.value):
            continue  # It stays as it came, whatever its age or origin.
        try:
            value = _value(field)
        except DomainError as error:
            refused[field.name] = error
            continue
        if value is not None:
            answers.append(_answer(field.scope, value))
        elif before is not None:
            cleared.append(field.scope)
    return Read(tuple(answers), tuple(cleared), refused)


def _untouched(field: Field, value: Value) -> bool:
    stood = written(value)
    return all(field.texts.get(part, "") == stood.get(part, "") for part in PARTS.get(field.widget, ("",)))


def _value(field: Field) -> Value | None:
    known = taxonomy().property(field.scope.question)
    value_type = known.value_type if known is not None else "DESCRIPTION"
    return value_of(field.widget, value_type, field.texts, strip(field.scope.question))


def _answer(scope: Scope, value: Value) -> Answer:
    lots = () if scope.lot == EVERY_LOT else (scope.lot,)
    return Answer(scope.question, value, scope.occurrence, lots)
