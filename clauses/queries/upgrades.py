"""What another release would make of a draft, before anything is done: clause by clause, three ways."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from clauses import errors
from clauses.queries import drafts
from clauses.queries.desk import Desk, desk
from clauses.queries.drafts import DraftView
from clauses.queries.editions import Edition, edition
from clauses.rules.model import Clause, CoverBlock
from clauses.rules.upgrade import Situation, Upgrade, upgrade


@dataclass(frozen=True)
class ClauseUpgrade:
    """One clause: the words of the release it stands on, of the new one, and the draft's own (None: not edited)."""

    clause: str
    title: str
    found: Upgrade
    base: str | None
    theirs: str | None
    ours: str | None

    @property
    def situation(self) -> Situation:
        """Return what the two sides did."""
        return self.found.situation


@dataclass(frozen=True)
class UpgradePlan:
    """What an upgrade would do; ``unread`` are answers that the new release does not ask for, which are kept all the same.

    ``cover`` tells that the cover page becomes another one.
    """

    draft: DraftView
    to: Edition
    clauses: tuple[ClauseUpgrade, ...]
    entering: tuple[str, ...]
    leaving: tuple[str, ...]
    unread: tuple[str, ...]
    cover: bool

    @property
    def to_decide(self) -> tuple[str, ...]:
        """Return the clauses that both sides changed."""
        return tuple(one.clause for one in self.clauses if one.situation is Situation.DECIDE)


def plan_upgrade(session: Session, draft_id: uuid.UUID, release_id: uuid.UUID) -> UpgradePlan:
    """Return the dry run of an upgrade; nothing is written."""
    draft = drafts.view(session, draft_id)
    to = edition(session, release_id)
    if draft.canvas not in to.library.canvases:
        raise errors.canvas_not_found(draft.canvas)
    before = desk(session, draft)
    after = desk(session, replace(draft, release_id=release_id))
    stays = {key for key, one in draft.clauses.items() if one.local}
    return UpgradePlan(
        draft=draft,
        to=to,
        clauses=tuple(one for one in _clauses(before, after) if _matters(one)),
        entering=tuple(key for key in after.included if key not in before.included),
        leaving=tuple(key for key in before.included if key not in after.included and key not in stays),
        unread=tuple(
            key
            for key, answer in sorted(draft.answers.items())
            if answer.value is not None and key not in to.typed({key: answer.value})
        ),
        cover=_cover(before.edition, draft.canvas) != _cover(to, draft.canvas),
    )


def _cover(found: Edition, canvas: str) -> list[tuple[CoverBlock, bytes]]:
    """Return what stands on the cover page of a canvas, each logo with its bytes rather than its name."""
    library = found.library
    cover = library.covers.get(library.canvases[canvas].cover)
    blocks = cover.blocks if cover else ()
    return [(replace(one, image=""), library.images.get(f"gardes/{one.image}", b"")) for one in blocks]


def _clauses(before: Desk, after: Desk) -> Iterator[ClauseUpgrade]:
    """Yield the clauses that stand before or after, then the others in the buyer's own words."""
    own = before.draft.clauses
    keys = dict.fromkeys([*before.included, *after.included, *(key for key, one in own.items() if one.body)])
    old, new = before.edition.library.clauses, after.edition.library.clauses
    for key in keys:
        base, theirs = old.get(key), new.get(key)
        ours = own[key].body if key in own else None
        words = (_words(base), _words(theirs), ours.strip() if ours is not None else None)
        title = (theirs or base).title if theirs or base else own[key].local_title  # type: ignore[union-attr]  # one is there
        yield ClauseUpgrade(key, title, upgrade(*words), *words)


def _words(clause: Clause | None) -> str | None:
    return clause.body.strip() if clause is not None else None


def _matters(one: ClauseUpgrade) -> bool:
    """Leave out what nobody touched; a clause that was local and stays so is no news either."""
    settled = one.situation is Situation.SAME and (one.ours is None or one.ours != one.theirs)
    return not settled and not (one.base is None and one.theirs is None)
