"""A draft on the desk: evaluated against its release, with what is asked next, what is missing, and its document."""

import json
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from clauses import errors
from clauses.queries import drafts
from clauses.queries.drafts import DraftView
from clauses.queries.editions import Edition, edition
from clauses.queries.layers import DEFAULT_VALUE, Said, Source
from clauses.render.build import Assembly, build
from clauses.render.tree import Document
from clauses.rules.derogations import CCAG_FACT, NO_CCAG, Derogation, derogations
from clauses.rules.evaluate import Evaluation, Outcome, holds
from clauses.rules.lang import parse
from clauses.rules.model import (
    Canvas,
    Chapter,
    Clause,
    Facts,
    Layer,
    LegalStatus,
    Lock,
    Nature,
    Validity,
)
from clauses.rules.questions import Question, decided, next_questions
from clauses.rules.readiness import OwnWords, Refusal, Standing, refusals
from procurement.accounts import queries as accounts

_NIL = uuid.UUID(int=0)
#: Drafts whose last state is kept in memory, evaluated.
_MOST = 16
_recent: "OrderedDict[tuple[object, ...], Desk]" = OrderedDict()
_lock = threading.Lock()
LOCAL_CHAPTER = "Clauses propres à ce marché"


@dataclass(frozen=True)
class Desk:
    """A draft, its release and what comes out of them."""

    draft: DraftView
    edition: Edition
    conflicts: int
    #: Those whose usual answers it began with.
    people: Mapping[uuid.UUID, str] = field(default_factory=dict)

    @property
    def canvas(self) -> Canvas:
        """Return the canvas of the draft."""
        return self.edition.library.canvases[self.draft.canvas]

    @cached_property
    def values(self) -> Facts:
        """Return everything that is known, computed and neutral values included."""
        return self.evaluation.snapshot.values

    @cached_property
    def evaluation(self) -> Evaluation:
        """Return the outcome of each clause of the canvas, with its trace."""
        return self.edition.compiled.evaluate(
            self._known, on=self.draft.reference_date, canvas=self.draft.canvas, trace=True
        )

    @cached_property
    def _known(self) -> Facts:
        return self.edition.values(self.draft.facts, self.draft.answers)

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Return what becomes of each clause of the canvas, those included that no answer can change."""
        return decided(self.edition.compiled, self.evaluation)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Return what is still asked, in the order to ask it."""
        return next_questions(
            self.edition.compiled, self._known, self.draft.reference_date, self.draft.canvas
        )

    @cached_property
    def usual(self) -> Mapping[str, Said]:
        """Return whose usual answer stands for a question, a layer's or a person's, as long as nobody answered otherwise.

        None stands where the consultation says it, or where the question has no object.
        """
        answers, given = self.draft.answers, self.draft.facts
        found = {key: said for key, said in self.edition.usual.items() if key not in answers}
        for key, one in answers.items():
            if one.usual_of is not None and one.value is not None:
                who = Source(Layer.AGENT, self.people.get(one.usual_of, ""), person=one.usual_of)
                found[key] = Said(who, DEFAULT_VALUE)
        void = {*given, *self.evaluation.snapshot.irrelevant}
        return {key: said for key, said in found.items() if key in self.values and key not in void}

    @cached_property
    def included(self) -> Mapping[str, Clause]:
        """Return the clauses that stand in the document, those that their library has withdrawn last."""
        known = self.edition.library.clauses
        found = {key: known[key] for key, one in self.outcomes.items() if one is Outcome.INCLUDED}
        return found | {one.id: one for one in self._local()}

    @cached_property
    def departures(self) -> tuple[Derogation, ...]:
        """Return the articles of the CCAG that the document departs from, by article."""
        ccag = str(self.values.get(CCAG_FACT) or "")
        own = [
            Derogation(ccag, one.derogated_article, key)
            for key, one in self.draft.clauses.items()
            if one.derogates and one.body is not None and key in self.included
        ]
        return derogations(self.included.values(), self.evaluation.snapshot, own)

    @cached_property
    def document(self) -> Document:
        """Return the numbered tree of the document."""
        draft, library = self.draft, self.edition.library
        images = {path.rpartition("/")[2]: data for path, data in library.images.items()}
        assembly = Assembly(
            canvas=self._canvas_with_local(),
            clauses=self.included,
            facts=library.facts,
            values=self.values,
            holds=self._holds(),
            cover=library.covers.get(self.canvas.cover),
            texts=self.draft.texts,
            departures=self.departures,
            reference=draft.consultation_ref,
            lot=f"{draft.lot_number} – {draft.lot_title}" if draft.lot_number is not None else "",
            images=images,
        )
        return build(assembly)

    def refusals(self) -> list[Refusal]:
        """Return everything that forbids the submission now."""
        clauses = self.draft.clauses
        return refusals(
            Standing(
                included=self.included,
                facts=self.edition.library.facts,
                values=self.values,
                unknown=[key for key, one in self.outcomes.items() if one is Outcome.UNKNOWN],
                missing=self.document.missing,
                conflicts=self.conflicts,
                own_words=[
                    OwnWords(key, one.derogates) for key, one in clauses.items() if one.body is not None
                ],
                acknowledged=frozenset(
                    key for key, one in clauses.items() if one.acknowledged_at is not None
                ),
                ccag=self.values.get(CCAG_FACT) not in {None, NO_CCAG},
            )
        )

    def _holds(self) -> Callable[[str], bool | None]:
        words, snapshot = self.edition.compiled.words, self.evaluation.snapshot
        return lambda text: holds(parse(text, words), snapshot)

    def _local(self) -> Iterator[Clause]:
        for key, own in self.draft.clauses.items():
            if own.local and own.body is not None:
                yield Clause(
                    id=key, title=own.local_title or key, legal_status=LegalStatus(), nature=Nature.FREE,
                    lock=Lock.NONE, documents=(self.draft.document,), contract_types=("*",), procedures=("*",),
                    validity=Validity(), body=own.body,
                )  # fmt: skip

    def _canvas_with_local(self) -> Canvas:
        placed = set(self.canvas.clause_ids)
        local = tuple(one.id for one in self._local() if one.id not in placed)
        if not local:
            return self.canvas
        chapter = Chapter(LOCAL_CHAPTER, local)
        # The list of derogations stays last (CCAG, article 1).
        return replace(self.canvas, chapters=(*self.canvas.chapters[:-1], chapter, self.canvas.chapters[-1]))


def free_desk(
    found: Edition, canvas: str, facts: Mapping[str, Any], on: date, *, reference: str = ""
) -> Desk:
    """Put facts on the desk that nobody keeps; raise ``clauses.canvas_not_found``."""
    known = found.library.canvases.get(canvas)
    if known is None:
        raise errors.canvas_not_found(canvas)
    never = datetime.min.replace(tzinfo=UTC)
    draft = DraftView(
        id=_NIL, organisation_id=None, client_id=None, title=known.title, canvas=canvas, document=known.document,
        release_id=found.release.id, release_version=found.release.version, reference_date=on, consultation_id=None,
        consultation_ref=reference, lot_id=None, lot_number=None, lot_title="", facts=facts, notes=(), answers={},
        clauses={}, revision=0, created_at=never, created_by=None, edited_at=never, submitted_at=None,
        submitted_by=None, returned_at=None, returned_reason="", validated_at=None, validated_by=None, frozen_at=None,
        frozen=None,
    )  # fmt: skip
    return Desk(draft, found, 0)


def desk(session: Session, draft: DraftView) -> Desk:
    """Put a draft on the desk; what was worked out of the very same state is not worked out again.

    A verb that checks a draft in its write transaction so finds the work done, when it was done before and nothing
    changed since: the comparison of the two states, field by field, is what tells.
    """
    found = edition(session, draft.release_id)
    if draft.canvas not in found.library.canvases:
        raise errors.canvas_not_found(draft.canvas)
    fresh = Desk(draft, found, len(drafts.conflicts(session, draft.id)), _people(session, draft))
    # A draft and what it would be on another date, or with other facts, stand beside each other.
    key = (
        draft.id,
        draft.release_id,
        draft.reference_date,
        json.dumps(draft.facts, sort_keys=True, default=str),
    )
    with _lock:
        known = _recent.get(key)
        if known is not None and known == fresh:
            _recent.move_to_end(key)
            return known
        _recent[key] = fresh
        while len(_recent) > _MOST:
            _recent.popitem(last=False)
    return fresh


def _people(session: Session, draft: DraftView) -> dict[uuid.UUID, str]:
    """Return the names of those whose usual answers a draft holds."""
    marked = {one.usual_of for one in draft.answers.values() if one.usual_of is not None}
    found = ((one, accounts.person(session, one)) for one in sorted(marked))
    return {one: person.name for one, person in found if person is not None}


def desk_of(session: Session, draft_id: uuid.UUID) -> Desk:
    """Put the draft of an id on the desk."""
    return desk(session, drafts.view(session, draft_id))
