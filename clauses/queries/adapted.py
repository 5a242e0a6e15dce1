"""A layer as its keeper sees it: what it makes of each clause, what moved above it, and what has been released of it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses import errors
from clauses.models import Clause as ClauseRow
from clauses.models import ClauseVersion, ReleaseItem
from clauses.queries import layers
from clauses.queries.covers import cover_pages
from clauses.queries.editions import Edition, edition
from clauses.queries.layers import ALLOWED, APPEND, DEFAULT_VALUE, HIDE, Adaptation, Drift
from clauses.queries.releases import LibraryView, ReleaseView, in_force, library, releases
from clauses.render.words import text_changes
from clauses.rules.covers import CoverPage
from clauses.rules.model import Clause, Layer

#: What a drift names of a clause.
FIELDS = ("title", "body", "condition", "bases", "variables", "validity", "lock", "nature")
#: Releases of the layer above that are looked through for the words an adaptation was written for.
_LOOKED = 12


class AdaptedState(StrEnum):
    """Where an adaptation stands against the layer above."""

    CURRENT = "current"
    DRIFT = "drift"
    ACKNOWLEDGED = "acknowledged"
    #: The lock above has become stricter: a release is refused until it is taken back.
    LOCKED = "locked"


@dataclass(frozen=True, kw_only=True)
class Adapted:
    """One adaptation; ``before`` is the clause above that it was written for, ``now`` the one above today.

    Without ``now`` the clause is withdrawn above; without ``before`` its first words can no longer be told.
    """

    adaptation: Adaptation
    state: AdaptedState
    before: Clause | None
    now: Clause | None

    @property
    def title(self) -> str:
        """Return the title of the clause, its key once nobody has it."""
        known = self.now or self.before
        return known.title if known else self.adaptation.clause

    @property
    def fields(self) -> tuple[str, ...]:
        """Return what of the clause is other than when it was adapted."""
        if self.before is None or self.now is None:
            return ()
        return tuple(name for name in FIELDS if getattr(self.before, name) != getattr(self.now, name))

    @property
    def drift(self) -> list[tuple[str, str]]:
        """Return what changed in the words above since it was written."""
        before, now = ((one.body.strip() if one else "") for one in (self.before, self.now))
        return text_changes(before, now) if before != now else []

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of ``pli clauses layer`` and of the API."""
        kept = self.adaptation
        return {
            "override": str(kept.id), "clause": kept.clause, "title": self.title, "mode": kept.mode, "body": kept.body,
            "fact": kept.fact, "state": self.state.value, "withdrawn": self.now is None, "fields": list(self.fields),
            "text": [list(part) for part in self.drift],
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LayerView:
    """A layer, what it stands on today, its adaptations, its cover pages, and the releases of it."""

    library: LibraryView
    parent: LibraryView
    above: Edition
    rows: tuple[Adapted, ...]
    covers: tuple[CoverPage, ...]
    releases: tuple[ReleaseView, ...]

    @property
    def released(self) -> ReleaseView | None:
        """Return the latest release that was not withdrawn."""
        return next((one for one in self.releases if one.withdrawn_at is None), None)

    @property
    def behind(self) -> bool:
        """Tell whether the last release stands on another one than that in force above."""
        return self.released is not None and self.released.parent_id != self.above.release.id

    @property
    def drifting(self) -> int:
        """Count what nobody has acknowledged."""
        return sum(one.state is AdaptedState.DRIFT for one in self.rows)

    def as_json(self) -> dict[str, Any]:
        """Return the JSON of ``pli clauses layer`` and of the API."""
        return {
            "layer": self.library.layer.value, "title": self.library.title, "slug": self.library.slug,
            "above": {"title": self.parent.title, "release": self.above.release.version},
            "release": self.released.version if self.released else None, "behind": self.behind, "drift": self.drifting,
        }  # fmt: skip


def above(session: Session, mine: LibraryView, on: date) -> Edition:
    """Return what a layer stands on: the release in force of its parent; raise ``clauses.no_release``.

    A person's stands on what the new drafts of the organisation do, its own layer or another.
    """
    assert mine.parent_id is not None
    parent = mine if mine.layer is Layer.AGENT else library(session, mine.parent_id)
    found = in_force(session, on, parent.organisation_id)
    if found is None:
        raise errors.no_release()
    return edition(session, found.id)


def layer_view(session: Session, library_id: uuid.UUID, *, on: date) -> LayerView:
    """Return a layer as its keeper sees it on a day."""
    mine = library(session, library_id)
    if mine.parent_id is None:
        raise errors.layer_not_found()
    found = above(session, mine, on)
    return LayerView(
        library=mine,
        parent=library(session, mine.parent_id),
        above=found,
        rows=tuple(_rows(session, mine, found)),
        covers=cover_pages(session, mine),
        releases=tuple(releases(session, mine.id)),
    )


def allows(clause: Clause, mode: str, *, layer: Layer) -> bool:
    """Tell whether the lock of a clause leaves a mode to a layer; an agent only gives usual answers."""
    return mode in ALLOWED[clause.lock] and (layer is not Layer.AGENT or mode == DEFAULT_VALUE)


def outcome(clause: Clause, mode: str, body: str) -> str:
    """Return the words of a clause as a layer makes them; none for one that is hidden."""
    if mode == HIDE:
        return ""
    if mode == APPEND:
        return f"{clause.body.rstrip()}\n\n{body}"
    return clause.body.strip() if mode == DEFAULT_VALUE else body


def _rows(session: Session, mine: LibraryView, found: Edition) -> Iterator[Adapted]:
    every = layers.adaptations(session, mine.id)
    moved = {one.adaptation.id: one for one in layers.drift(every, found.library, found.hashes)}
    for one in every:
        now, drift = found.library.clauses.get(one.clause), moved.get(one.id)
        before = base_clause(session, mine, one) if drift is not None else now
        yield Adapted(adaptation=one, state=_state(now, drift, one, mine.layer), before=before, now=now)


def _state(clause: Clause | None, drift: Drift | None, one: Adaptation, layer: Layer) -> AdaptedState:
    if clause is not None and not allows(clause, one.mode, layer=layer):
        return AdaptedState.LOCKED
    if drift is None:
        return AdaptedState.CURRENT
    return AdaptedState.ACKNOWLEDGED if drift.acknowledged else AdaptedState.DRIFT


def base_clause(session: Session, mine: LibraryView, one: Adaptation) -> Clause | None:
    """Return the clause above that an adaptation was written for; None once it can no longer be told."""
    query = (
        select(ReleaseItem.release_id)
        .join(ClauseVersion, ClauseVersion.id == ReleaseItem.clause_version_id)
        .join(ClauseRow, ClauseRow.id == ClauseVersion.clause_id)
        .where(ClauseVersion.sha256 == one.base_hash, ClauseRow.key == one.clause)
    )
    release_id = session.scalars(query.order_by(ReleaseItem.release_id.desc())).first()
    if release_id is not None:
        return edition(session, release_id).library.clauses[one.clause]
    return _in_parent(session, mine, one)


def _in_parent(session: Session, mine: LibraryView, one: Adaptation) -> Clause | None:
    """Look for words that the layer above had adapted itself: no version table holds those."""
    assert mine.parent_id is not None
    for release in releases(session, mine.parent_id)[:_LOOKED]:
        found = edition(session, release.id)
        if found.hashes.get(one.clause) == one.base_hash:
            return found.library.clauses[one.clause]
    return None
