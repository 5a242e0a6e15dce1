"""Cut a document to one lot, and leave out what is not to be exported. Pure."""

from dataclasses import replace

from dume.espd.complete.showing import Answers, below
from dume.espd.model import (
    Answer,
    Condition,
    Criterion,
    Document,
    Extra,
    Group,
    Identifier,
    Kind,
    Property,
    PropertyType,
)

_LOT = "LOT_IDENTIFIER"
_CRITERION = "/cac:TenderingCriterion["


def for_lot(document: Document, lot: str) -> Document:
    """Return the part of a document that holds for one lot, without hidden answers (BR-LOT-10: one lot per response).

    An answer given for this lot takes the place of the one given for all.
    """
    kept = [
        (place, _criterion(each, lot))
        for place, each in enumerate(document.criteria, 1)
        if not each.lots or lot in each.lots
    ]
    criteria = tuple(each for _place, each in kept)
    known = {entry.id for each in criteria for group in each.groups for entry in below(group)}
    gone = {entry.id for each in document.criteria for group in each.groups for entry in below(group)} - known
    part = replace(
        document,
        lots=tuple(each for each in document.lots if each.id == lot),
        criteria=criteria,
        answers=tuple(each for each in _answers(document.answers, lot) if each.property not in gone),
        extras=rehung(document.extras, [place for place, _each in kept]),
    )
    return exported(part)


def exported(document: Document) -> Document:
    """Return a document without the answers that an indicator hides (rules BR-TCR-06-02 and -07-02).

    A caption in a group that is shown by an indicator gets an empty answer: the official rules ask for one.
    """
    if document.kind is not Kind.RESPONSE:
        return document
    hidden: set[tuple[str, tuple[int, ...]]] = set()
    acknowledged: list[Answer] = []
    answers = Answers(document.answers)
    for criterion in document.criteria:
        for group in criterion.groups:
            _look(group, answers, hidden, acknowledged)
    kept = tuple(each for each in document.answers if (each.property, each.occurrence) not in hidden)
    return replace(document, answers=(*kept, *acknowledged))


def _look(
    parent: Group, answers: Answers, hidden: set[tuple[str, tuple[int, ...]]], acknowledged: list[Answer]
) -> None:
    """Gather the answers below a group that its indicators hide, and the captions they ask an answer for."""
    said = [
        (each.occurrence[:-1], each.value)
        for entry in parent.properties
        for each in answers.of(entry.id)
        if isinstance(each.value, bool)
    ]
    for group in parent.groups:
        if group.condition is not Condition.ALWAYS:
            wanted = group.condition is Condition.ON_TRUE
            closed = [
                prefix for prefix, value in said if value is not wanted and (prefix, wanted) not in said
            ]
            hidden.update(_closed(group, closed, answers))
            if any(value is wanted for _prefix, value in said):
                acknowledged += _captions(group, answers)
        _look(group, answers, hidden, acknowledged)


def _closed(
    group: Group, closed: list[tuple[int, ...]], answers: Answers
) -> set[tuple[str, tuple[int, ...]]]:
    """Return the answers in and below a group in the occurrences that are closed."""
    return {
        (entry.id, each.occurrence)
        for entry in below(group)
        for each in answers.of(entry.id)
        if any(each.occurrence[: len(prefix)] == prefix for prefix in closed)
    }


def _captions(group: Group, answers: Answers) -> list[Answer]:
    return [
        Answer(entry.id, "", (1,))
        for entry in group.properties
        if entry.type is not PropertyType.QUESTION and not answers.of(entry.id)
    ]


def rehung(extras: tuple[Extra, ...], kept: list[int]) -> tuple[Extra, ...]:
    """Return the extras of a document that keeps only these criteria (places from 1), at their new places."""
    places = {old: new for new, old in enumerate(kept, 1)}
    found = []
    for extra in extras:
        if not extra.parent.startswith(_CRITERION):
            found.append(extra)
            continue
        number, _bracket, rest = extra.parent.removeprefix(_CRITERION).partition("]")
        if int(number) in places:
            found.append(replace(extra, parent=f"{_CRITERION}{places[int(number)]}]{rest}"))
    return tuple(found)


def _answers(answers: tuple[Answer, ...], lot: str) -> list[Answer]:
    """Return the answers that hold for a lot: its own before those for all."""
    own = {(each.property, each.occurrence) for each in answers if lot in each.lots}
    found = []
    for each in answers:
        if lot in each.lots:
            found.append(replace(each, lots=(lot,)))
        elif not each.lots and (each.property, each.occurrence) not in own:
            found.append(each)
    return found


def _criterion(criterion: Criterion, lot: str) -> Criterion:
    """Return a criterion for one lot: of its requirement groups, those that name this lot."""
    groups = [_group(each, lot) for each in criterion.groups if _holds(each, lot)]
    if not groups:
        return replace(criterion, lots=(lot,) if criterion.lots else ())
    seen: dict[str, int] = {}
    counted = []
    for group in groups:
        seen[group.path] = seen.get(group.path, 0) + 1
        counted.append(replace(group, occurrence=seen[group.path]))
    return replace(criterion, lots=(lot,) if criterion.lots else (), groups=tuple(counted))


def _holds(group: Group, lot: str) -> bool:
    named = [
        each for each in group.properties if each.value_type == _LOT and isinstance(each.expected, Identifier)
    ]
    return not named or any(_names(each, lot) for each in named)


def _group(group: Group, lot: str) -> Group:
    """Return a requirement group that names one lot only."""
    if not any(_names(each, lot) for each in group.properties):
        return group
    kept = tuple(each for each in group.properties if each.value_type != _LOT or _names(each, lot))
    return replace(group, properties=kept)


def _names(entry: Property, lot: str) -> bool:
    return entry.value_type == _LOT and isinstance(entry.expected, Identifier) and entry.expected.value == lot
