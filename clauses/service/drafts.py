"""Begin a draft, take over what changed in its consultation, move its date, duplicate it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clauses import errors
from clauses.hooks import FactSource, SourceFacts, facts_of
from clauses.models import Draft, DraftClause
from clauses.queries import drafts as reading
from clauses.queries.desk import desk
from clauses.queries.drafts import DraftView
from clauses.queries.editions import Edition, edition
from clauses.queries.releases import in_force, release
from clauses.rules.facts import parse_facts, print_value
from clauses.rules.model import Scope
from clauses.rules.states import EventKind, Move
from clauses.service.usual import carried
from clauses.service.writing import event, held, note, touched
from procurement.core.security import Identity

_PARIS = ZoneInfo("Europe/Paris")
#: Longest title that a list shows.
_TITLE = 300


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What a draft begins with; a vendor's has no consultation here, and brings its facts."""

    canvas: str
    title: str = ""
    consultation_id: uuid.UUID | None = None
    lot_id: uuid.UUID | None = None
    release_id: uuid.UUID | None = None
    reference_date: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""


@dataclass(frozen=True)
class Duplicated:
    """A draft made of another, and the answers that could not come along, by fact."""

    draft: DraftView
    dropped: tuple[str, ...]


def start_draft(
    session: Session, beginning: Beginning, *, source: FactSource, by: Identity, now: datetime
) -> DraftView:
    """Begin a document: the release, the reference date and the consultation's facts are fixed now.

    What was answered for the consultation, or for its lot, in an earlier document is not asked again; who begins it brings
    his usual answers to the rest.
    """
    said = _said(session, beginning, source)
    on = beginning.reference_date or (said.reference_date if said else None) or now.astimezone(_PARIS).date()
    found = _edition(session, beginning, on, by)
    canvas = found.library.canvases.get(beginning.canvas)
    if canvas is None:
        raise errors.canvas_not_found(beginning.canvas)
    facts = _facts(found, said, beginning)
    inherited = _inherited(session, found, beginning, facts)
    usual = carried(session, found, canvas, {**facts, **inherited}, by=by)
    row = Draft(
        organisation_id=by.organisation_id if by.client_id is None else None, client_id=by.client_id,
        title=_title(beginning, canvas.title, said), canvas=canvas.id, document=canvas.document,
        release_id=found.release.id, reference_date=on, consultation_id=beginning.consultation_id,
        consultation_ref=said.reference if said else beginning.reference, lot_id=beginning.lot_id,
        lot_number=said.lot_number if said else None, lot_title=said.lot_title if said else "", facts=facts,
        notes=list(said.notes) if said else [], answers={**inherited, **usual.answers}, revision=1,
        created_at=now, created_by=by.person_id, edited_at=now, returned_reason="", clauses=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    data = {
        "release": str(row.release_id), "facts": facts, "inherited": sorted(inherited),
        "usual": sorted(usual.answers), "usual_left_out": list(usual.left_out),
    }  # fmt: skip
    event(session, row, EventKind.STARTED, by=by, now=now, data=data)
    note(session, row, "started", by=by, now=now, data={"canvas": row.canvas})
    return reading.to_view(session, row)


def apply_facts(
    session: Session, draft_id: uuid.UUID, *, source: FactSource, by: Identity | None, now: datetime
) -> DraftView:
    """Take over what the consultation says now, once somebody has seen which clauses enter and leave.

    The buyer's own words in clauses that leave are kept, and stand again when these come back.
    """
    row = held(session, draft_id, Move.EDIT)
    if row.consultation_id is None:
        return reading.to_view(session, row)
    said = facts_of(source, session, row.consultation_id, row.lot_id)
    fresh = kept_facts(edition(session, row.release_id), said.values)
    if fresh == row.facts:
        return reading.to_view(session, row)
    data = {"before": row.facts, "after": fresh}
    _forget_read(session, row, facts=fresh)
    row.facts, row.notes = fresh, list(said.notes)
    row.consultation_ref = said.reference
    if not said.lot_gone:
        row.lot_number, row.lot_title = said.lot_number, said.lot_title
    touched(row, now)
    event(session, row, EventKind.FACTS, by=by, now=now, data=data)
    note(session, row, "facts_applied", by=by, now=now)
    return reading.to_view(session, row)


def move_date(
    session: Session, draft_id: uuid.UUID, on: date, *, by: Identity | None, now: datetime
) -> DraftView:
    """Give another reference date: the dispatch of the notice, else the launch (CCP R2121-3)."""
    row = held(session, draft_id, Move.EDIT)
    if on == row.reference_date:
        return reading.to_view(session, row)
    data = {"before": row.reference_date.isoformat(), "after": on.isoformat()}
    _forget_read(session, row, reference_date=on)
    row.reference_date = on
    touched(row, now)
    event(session, row, EventKind.DATE_MOVED, by=by, now=now, data=data)
    return reading.to_view(session, row)


def duplicate(
    session: Session,
    draft_id: uuid.UUID,
    beginning: Beginning,
    *,
    source: FactSource,
    by: Identity,
    now: datetime,
) -> Duplicated:
    """Make a document of another: for another lot, or another consultation, whose own answers then do not come along."""
    original = reading.view(session, draft_id)
    if beginning.release_id is None:
        # The texts that come along were written over this release: the newer one is then offered, as everywhere.
        beginning = replace(beginning, release_id=original.release_id)
    fresh = start_draft(session, beginning, source=source, by=by, now=now)
    row = held(session, fresh.id)
    found = edition(session, row.release_id)
    same = original.consultation_id is not None and original.consultation_id == row.consultation_id
    row.answers, dropped = _copied(original, row, found, same=same)
    _copy_texts(original, row, found, now)
    touched(row, now)
    data = {"from": str(original.id), "dropped": dropped}
    event(session, row, EventKind.DUPLICATED, by=by, now=now, data=data)
    note(session, row, "duplicated", by=by, now=now, data={"from": str(original.id)})
    return Duplicated(reading.to_view(session, row), tuple(dropped))


def _forget_read(session: Session, row: Draft, **changed: Any) -> None:
    """Take back that a clause was read and accepted, where a change makes the document say it in other words."""
    gone = reworded(session, reading.to_view(session, row), **changed)
    for own in row.clauses:
        if own.clause_key in gone:
            own.acknowledged_at = own.acknowledged_by = None


def reworded(session: Session, draft: DraftView, **changed: Any) -> frozenset[str]:
    """Return the clauses that were read and accepted, and that a draft changed so would say in other words."""
    accepted = {key for key, one in draft.clauses.items() if one.acknowledged_at}
    if not accepted:
        return frozenset()
    old, new = (
        {one.id: one.blocks for one in desk(session, state).document.clauses}
        for state in (draft, replace(draft, **changed))
    )
    return frozenset(key for key in accepted if old.get(key) != new.get(key))


def kept_facts(found: Edition, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a consultation as a draft keeps them: those that its release knows, in their one form."""
    return {key: print_value(value) for key, value in sorted(found.typed(raw).items())}


def _said(session: Session, beginning: Beginning, source: FactSource) -> SourceFacts | None:
    if beginning.consultation_id is None:
        return None
    return source.facts(session, beginning.consultation_id, beginning.lot_id)


def _edition(session: Session, beginning: Beginning, on: date, by: Identity) -> Edition:
    if beginning.release_id is not None:
        chosen = release(session, beginning.release_id)
    else:
        latest = in_force(session, on, by.organisation_id if by.client_id is None else None)
        if latest is None:
            raise errors.no_release()
        chosen = latest
    return edition(session, chosen.id)


def _facts(found: Edition, said: SourceFacts | None, beginning: Beginning) -> dict[str, Any]:
    """Return the snapshot: what a vendor gives must be right to the last value, what we store ourselves is typed as far as it goes."""
    brought = parse_facts(found.library.facts, beginning.facts)
    stored = kept_facts(found, said.values) if said else {}
    return stored | {key: print_value(value) for key, value in brought.items() if key not in stored}


def _title(beginning: Beginning, canvas: str, said: SourceFacts | None) -> str:
    parts = [beginning.title.strip() or canvas]
    if said is not None and said.lot_number is not None and not beginning.title.strip():
        parts.append(f"lot {said.lot_number}")
    title = " – ".join(parts)
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


def _inherited(
    session: Session, found: Edition, beginning: Beginning, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the answers that other documents of the consultation hold already: the latest counts.

    A usual answer that nobody has changed comes along as such, and gives way to one that somebody gave.
    """
    if beginning.consultation_id is None:
        return {}
    answers: dict[str, Any] = {}
    siblings = reading.of_consultation(session, beginning.consultation_id)
    for sibling in sorted(siblings, key=lambda one: one.edited_at):
        for key, answer in sibling.answers.items():
            if answer.usual_of is not None and key in answers and "usual_of" not in answers[key]:
                continue
            fact = found.library.facts.get(key)
            shared = fact is not None and (
                fact.scope is Scope.CONSULTATION
                or (fact.scope is Scope.LOT and sibling.lot_id == beginning.lot_id)
            )
            if shared and key not in facts and answer.value is not None:
                answers[key] = answer.copied()
    return answers


def _copied(
    original: DraftView, row: Draft, found: Edition, *, same: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the answers of a copy, and what does not come along: what the original says comes before the copier's habits.

    What was taken back there is unknown here too.
    """
    dropped = []
    answers = dict(row.answers)
    for key, answer in original.answers.items():
        fact = found.library.facts.get(key)
        if key in row.facts or (key in answers and "usual_of" not in answers[key]):
            continue
        along = fact is not None and (fact.scope is not Scope.CONSULTATION or same)
        if along and answer.value is None:
            answers.pop(key, None)
        elif along:
            answers[key] = answer.copied()
        elif key not in answers and answer.value is not None:
            dropped.append(key)
    return answers, dropped


def _copy_texts(original: DraftView, row: Draft, found: Edition, now: datetime) -> None:
    for key, own in original.clauses.items():
        if own.body is None:
            continue
        row.clauses.append(
            DraftClause(
                clause_key=key, base_sha256=found.hashes.get(key, own.base_sha256), body=own.body, revision=1,
                derogates=own.derogates, derogated_article=own.derogated_article,
                local=own.local or key not in found.library.clauses, local_title=own.local_title, edited_at=now,
                edited_by=row.created_by,
            )
        )  # fmt: skip
