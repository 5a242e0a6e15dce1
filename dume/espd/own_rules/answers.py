"""Look at the answers of a response: what lacks, what nobody confirmed, what is old, what cannot be true."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from dume.espd import complete
from dume.espd.findings import Finding, Severity
from dume.espd.model import (
    Amount,
    Answer,
    AnswerStatus,
    Document,
    Kind,
    Period,
    Quantity,
    Role,
)
from dume.espd.own_rules.index import properties
from dume.espd.taxonomy import taxonomy

FULL = Decimal(100)


def check(document: Document, today: date) -> Iterator[Finding]:
    """Yield what is wrong with the answers, as JSON Pointers into the document."""
    if document.kind is Kind.REQUEST:
        return
    for lacking in complete.missing(document):
        quoted = {"property": lacking.property, "criterion": lacking.criterion}
        yield Finding("PLI-ANSWER-MISSING", Severity.WARNING, "/answers", quoted)
    yield from _not_asked(document)
    for at, answer in enumerate(document.answers):
        place = f"/answers/{at}"
        if answer.status is not AnswerStatus.CONFIRMED:
            yield Finding("PLI-TO-CONFIRM", Severity.WARNING, place, {"property": answer.property})
        yield from _stale(answer, place, today)
        yield from _impossible(answer, place)


def _not_asked(document: Document) -> Iterator[Finding]:
    """Tell a subcontractor nobody relies on that the selection criteria are not for it."""
    operator = document.economic_operator
    if operator is None or operator.role is not Role.SUBCONTRACTOR:
        return
    asked, known = properties(document), taxonomy().by_code
    for at, answer in enumerate(document.answers):
        criterion = asked[answer.property].criterion if answer.property in asked else None
        entry = known.get(criterion.code) if criterion else None
        if criterion is not None and entry is not None and entry.kind == "selection":
            quoted = {"property": answer.property, "criterion": criterion.code}
            yield Finding("PLI-SUBCONT-SELECTION", Severity.WARNING, f"/answers/{at}", quoted)


def _stale(answer: Answer, place: str, today: date) -> Iterator[Finding]:
    """Tell that the proof behind a value is no longer valid; a time that cannot be read says nothing."""
    until = _day(answer.provenance.valid_until) if answer.provenance else None
    if until is not None and until < today:
        quoted = {"property": answer.property, "date": until.isoformat()}
        yield Finding("PLI-STALE", Severity.WARNING, place, quoted)


def _day(written: str) -> date | None:
    try:
        return datetime.fromisoformat(written).date() if written else None
    except ValueError:
        return None


def _impossible(answer: Answer, place: str) -> Iterator[Finding]:
    value = answer.value
    if isinstance(value, Period) and value.start and value.end and value.end < value.start:
        yield Finding("PLI-DATE-ORDER", Severity.WARNING, f"{place}/value", {"property": answer.property})
    number = value.value if isinstance(value, Amount | Quantity) else value
    if not isinstance(number, Decimal):
        return
    # A bare decimal is a percentage; a result or a turnover may exceed it, but it has a unit.
    too_much = isinstance(value, Decimal) and number > FULL
    if number < 0 or too_much:
        quoted = {"property": answer.property, "value": str(number)}
        yield Finding("PLI-NUMBER-RANGE", Severity.INFO, f"{place}/value", quoted)
