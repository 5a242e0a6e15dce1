"""Bring a draft to another release: no word of the buyer's is overwritten, dropped or merged unasked, and one undo takes all back."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses import errors
from clauses.models import Draft, DraftClause, DraftEvent
from clauses.queries import drafts as reading
from clauses.queries.drafts import DraftView
from clauses.queries.upgrades import ClauseUpgrade, UpgradePlan, plan_upgrade
from clauses.rules.states import EventKind, Move
from clauses.rules.upgrade import Decision, Situation, UndecidedUpgrade, decide
from clauses.service.answers import checked_text, write_text
from clauses.service.writing import event, held, new_clause, note, own_clause, touched, unchanged
from procurement.core.security import Identity

#: What an undo puts back of a clause.
_KEPT = ("body", "base_sha256", "derogates", "derogated_article", "local", "local_title")


@dataclass(frozen=True)
class Choice:
    """What somebody decided of a clause that both sides changed; ``text`` is what he wrote in the place of both."""

    decision: Decision
    text: str | None = None


def upgrade_draft(
    session: Session,
    draft_id: uuid.UUID,
    release_id: uuid.UUID,
    choices: Mapping[str, Choice],
    *,
    revision: int,
    by: Identity | None,
    now: datetime,
) -> DraftView:
    """Bring a draft to a release; raise ``clauses.decision_missing`` naming every clause that waits for a choice.

    ``revision`` is the state that was decided over; raise ``clauses.changed`` when it is another by now.
    """
    row = held(session, draft_id, Move.UPGRADE)
    if row.release_id == release_id:
        return reading.to_view(session, row)
    unchanged(row, revision)
    plan = plan_upgrade(session, draft_id, release_id)
    decided = _decided(plan, choices)
    before = _stood(row)
    for one in plan.clauses:
        _bring(session, row, one, plan, decided, by=by, now=now)
    _rebase(row, plan)
    row.release_id = release_id
    touched(row, now)
    data = {
        "before": before,
        "to": str(release_id),
        "revision": row.revision,
        "decisions": {key: str(one.decision) for key, one in choices.items()},
    }
    event(session, row, EventKind.UPGRADED, by=by, now=now, data=data)
    note(session, row, "upgraded", by=by, now=now, data={"to": str(release_id)})
    return reading.to_view(session, row)


def undo_upgrade(session: Session, draft_id: uuid.UUID, *, by: Identity | None, now: datetime) -> DraftView:
    """Take the last upgrade back, as long as nothing was changed since: release, words, what was said of them."""
    row = held(session, draft_id, Move.UPGRADE)
    query = select(DraftEvent).where(
        DraftEvent.draft_id == draft_id,
        DraftEvent.kind.in_((EventKind.UPGRADED, EventKind.UPGRADE_UNDONE)),
    )
    last = session.scalars(query.order_by(DraftEvent.id.desc())).first()
    if last is None or last.kind is EventKind.UPGRADE_UNDONE or last.data["revision"] != row.revision:
        raise errors.nothing_to_undo()
    before = last.data["before"]
    row.release_id = uuid.UUID(before["release"])
    for own in list(row.clauses):
        _restore(row, own, before["clauses"].get(own.clause_key), now)
        at, who = before.get("acknowledged", {}).get(own.clause_key, ("", ""))
        own.acknowledged_at = datetime.fromisoformat(at) if at else None
        own.acknowledged_by = uuid.UUID(who) if who else None
    touched(row, now)
    event(session, row, EventKind.UPGRADE_UNDONE, by=by, now=now, data={"upgrade": str(last.id)})
    note(session, row, "upgrade_undone", by=by, now=now)
    return reading.to_view(session, row)


def _stood(row: Draft) -> dict[str, Any]:
    """Return what an undo needs: the release, one's own words, what was acknowledged."""
    return {
        "release": str(row.release_id),
        "clauses": {one.clause_key: {name: getattr(one, name) for name in _KEPT} for one in row.clauses},
        "acknowledged": {
            one.clause_key: [one.acknowledged_at.isoformat(), str(one.acknowledged_by or "")]
            for one in row.clauses
            if one.acknowledged_at
        },
    }


def _decided(plan: UpgradePlan, choices: Mapping[str, Choice]) -> dict[str, str | None]:
    """Return the words chosen of each clause that both sides changed, once the library takes them; nothing is written yet."""
    found: dict[str, str | None] = {}
    waiting: list[str] = []
    for one in plan.clauses:
        if one.situation is not Situation.DECIDE:
            continue
        choice = choices.get(one.clause)
        assert one.theirs is not None
        assert one.ours is not None
        if choice is None:
            waiting.append(one.clause)
            continue
        try:
            text = decide(one.found, choice.decision, theirs=one.theirs, ours=one.ours, merged=choice.text)
        except UndecidedUpgrade:
            waiting.append(one.clause)
        else:
            found[one.clause] = checked_text(plan.to.library.clauses[one.clause], text)
    if waiting:
        raise errors.decision_missing(waiting)
    return found


def _bring(
    session: Session,
    row: Draft,
    one: ClauseUpgrade,
    plan: UpgradePlan,
    decided: Mapping[str, str | None],
    *,
    by: Identity | None,
    now: datetime,
) -> None:
    """Bring one clause: its words, or their being the draft's own from now on."""
    own = own_clause(row, one.clause)
    if one.situation is Situation.WITHDRAWN:
        stood = (own is not None and own.local) or one.clause in plan.leaving
        if own is None:
            own = new_clause(row, one.clause, "", by=by, now=now)
        if own.body is None:
            write_text(session, row, own, one.found.text, by=by, now=now, source="upgrade")
        own.local, own.local_title = stood, one.title
    elif one.situation is Situation.DECIDE:
        assert own is not None
        text = decided[one.clause]
        if text != own.body:
            write_text(session, row, own, text, by=by, now=now, source="upgrade")
    elif own is not None and one.ours is not None and one.ours == one.theirs:
        write_text(session, row, own, None, by=by, now=now, source="upgrade")


def _rebase(row: Draft, plan: UpgradePlan) -> None:
    """Say of each clause which version its words stand over now; one that the library has again is no longer local.

    Who acknowledged a clause acknowledged that version of it.
    """
    for own in row.clauses:
        own.local = own.local and own.clause_key not in plan.to.library.clauses
        fresh = plan.to.hashes.get(own.clause_key, own.base_sha256)
        if fresh != own.base_sha256:
            own.acknowledged_at = own.acknowledged_by = None
        own.base_sha256 = fresh


def _restore(row: Draft, own: DraftClause, before: dict[str, Any] | None, now: datetime) -> None:
    """Put a clause back as it was; one that the upgrade began is no more than the library's again."""
    if before is None:
        row.clauses.remove(own)
        return
    if own.body != before["body"]:
        own.revision += 1
        own.edited_at = now
    for name, value in before.items():
        setattr(own, name, value)
