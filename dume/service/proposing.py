"""Run a prefilling: what the sources gave is proposed where nobody has answered; a person confirms or refuses it."""

import logging
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from dume.espd import complete
from dume.espd.model import (
    Address,
    Answer,
    AnswerStatus,
    Document,
    EconomicOperator,
    Evidence,
    Person,
)
from dume.models import Dume
from dume.queries.content import document
from dume.queries.rows import by_id, status_of
from dume.queries.sources import prefill as sources_of
from dume.registry import mapping
from dume.registry.mapping import Proposal
from dume.rules import SourceStatus, Status
from dume.service.answers import place_of
from dume.service.asking import Asker, Question, results_of
from dume.service.news import tell
from dume.service.operator import propose_operator, proposed_operator, write_proposals
from dume.service.writing import lock, put
from procurement.accounts.registry.results import SourceResult
from procurement.core.errors import Invalid
from procurement.core.jobs import JobContext

__all__ = ["Prefiller", "add_proposals"]

_log = logging.getLogger(__name__)


class Prefiller:
    """Do one prefilling; a second run asks only the sources that have not answered yet."""

    def __init__(self, context: JobContext) -> None:
        self._asker = Asker(context)
        self._database, self._clock, self._last = context.database, context.clock, context.last

    def run(self, dume_id: uuid.UUID, prefill_id: uuid.UUID) -> None:
        """Ask, keep, propose; a run that was cut off before the proposals makes them now."""
        question = self._pending(dume_id, prefill_id)
        for result in self._results(question):
            self._asker.keep(question, prefill_id, result)
        self._propose(dume_id, prefill_id)

    def _results(self, question: Question) -> Iterator[SourceResult]:
        """Yield what the sources say; when the question itself is refused, or this is the last try, that is the answer."""
        if not question.sources:
            return
        told: set[str] = set()
        try:
            for result in self._asker.results(question):
                told.add(result.source)
                yield result
        except Invalid as error:
            left, why = SourceStatus.BAD_PARAMETER, error.code
        except Exception:
            if not self._last:
                raise
            _log.exception("a prefilling was given up")
            left, why = SourceStatus.UNAVAILABLE, "given_up"
        else:
            left, why = SourceStatus.UNAVAILABLE, "no_answer"
        for source in question.sources:
            if source not in told:
                yield SourceResult(source=source, status=left, detail=why)

    def _pending(self, dume_id: uuid.UUID, prefill_id: uuid.UUID) -> Question:
        with self._database.read() as session:
            row = by_id(session, dume_id)
            asked = sources_of(session, row, prefill_id)
            waiting = [one.source for one in asked if one.status is SourceStatus.PENDING]
            return self._asker.question(row, waiting)

    def _propose(self, dume_id: uuid.UUID, prefill_id: uuid.UUID) -> None:
        now = self._clock.now()
        with self._database.write() as session:
            row = by_id(session, dume_id)
            lock(session, row)
            # Once it is validated the statement is made: what comes late is shown beside it, never slipped in.
            if status_of(row) is Status.DRAFT:
                self._write(session, row, prefill_id, now)
            tell(session, row, "prefill.completed", now=now, more={"prefill": str(prefill_id)})

    def _write(self, session: Session, row: Dume, prefill_id: uuid.UUID, now: datetime) -> None:
        vault = self._asker.vault
        what = document(session, vault, row)
        told = results_of(session, vault, row, prefill_id=prefill_id)
        found = mapping.proposals(told.values(), what)
        known = proposed_operator(session, vault, row)
        operator = what.economic_operator or EconomicOperator()
        put(session, vault, row, add_proposals(what, found), by=None, now=now)
        write_proposals(session, vault, row, propose_operator(operator, found, known))


def add_proposals(what: Document, proposals: Iterable[Proposal]) -> Document:
    """Return the document with the proposals for which nobody has answered; one that does not fit is left out."""
    answered = {place_of(one) for one in what.answers if one.status is not AnswerStatus.PROPOSED}
    for one in proposals:
        if isinstance(one.value, Address | Person) or one.property.startswith("EO/"):
            continue
        made = Answer(one.property, one.value, one.occurrence, (), AnswerStatus.PROPOSED, one.provenance)
        if place_of(made) not in answered:
            what = _with(what, made, one.evidence)
    return what


def _with(what: Document, made: Answer, evidence: Evidence | None) -> Document:
    try:
        answered = complete.with_answers(what, [made])
    except Invalid:
        return what
    known = {one.id.value for one in answered.evidences}
    if evidence is None or evidence.id.value in known:
        return answered
    return replace(answered, evidences=(*answered.evidences, evidence))
