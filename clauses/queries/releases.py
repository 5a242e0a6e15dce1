"""Layers, releases and the files they are made of."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from clauses import errors
from clauses.files.reader import MANIFEST, SIGNATURE
from clauses.models import (
    CanvasVersion,
    Clause,
    ClauseVersion,
    CoverVersion,
    Library,
    Release,
    ReleaseItem,
    Walkthrough,
)
from clauses.queries.drafts import DraftView
from clauses.rules.model import Layer


@dataclass(frozen=True, kw_only=True)
class LibraryView:
    """A layer of the library."""

    id: uuid.UUID
    slug: str
    title: str
    layer: Layer
    parent_id: uuid.UUID | None
    organisation_id: uuid.UUID | None
    person_id: uuid.UUID | None


@dataclass(frozen=True, kw_only=True)
class ReleaseView:
    """A release without its bytes."""

    id: uuid.UUID
    library_id: uuid.UUID
    parent_id: uuid.UUID | None
    version: str
    valid_from: date
    manifest_sha256: str
    signer: str
    changelog: str
    warnings: Sequence[Mapping[str, str]]
    released_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str


def library_by_slug(session: Session, slug: str) -> LibraryView | None:
    """Return a layer by its name."""
    row = session.scalars(select(Library).where(Library.slug == slug)).one_or_none()
    return to_library(row) if row else None


def library_of(session: Session, organisation_id: uuid.UUID, layer: Layer) -> LibraryView | None:
    """Return an organisation's own layer, if it has one."""
    mine = (Library.organisation_id == organisation_id, Library.layer == layer)
    row = session.scalars(select(Library).where(*mine).order_by(Library.id)).first()
    return to_library(row) if row else None


def library(session: Session, library_id: uuid.UUID) -> LibraryView:
    """Return a layer by its id; raise ``clauses.layer_not_found``."""
    row = session.get(Library, library_id)
    if row is None:
        raise errors.layer_not_found()
    return to_library(row)


def layer_of(session: Session, organisation_id: uuid.UUID) -> LibraryView | None:
    """Return the layer that an organisation keeps, as a ministry or as an entity; None before it has begun one."""
    mine = (Library.organisation_id == organisation_id, Library.layer != Layer.AGENT)
    row = session.scalars(select(Library).where(*mine).order_by(Library.id)).first()
    return to_library(row) if row else None


def person_layer(session: Session, organisation_id: uuid.UUID, person_id: uuid.UUID) -> LibraryView | None:
    """Return what a person keeps of his own usual answers where he acts for an organisation; None before the first."""
    mine = (
        Library.organisation_id == organisation_id,
        Library.person_id == person_id,
        Library.layer == Layer.AGENT,
    )
    row = session.scalars(select(Library).where(*mine)).one_or_none()
    return to_library(row) if row else None


def layers_above(session: Session, organisation_id: uuid.UUID) -> list[LibraryView]:
    """Return what a layer of an organisation may stand on: the interministerial libraries, then those of ministries."""
    query = select(Library).where(
        Library.layer.in_((Layer.INTERMINISTERIAL, Layer.MINISTRY)),
        Library.organisation_id.is_distinct_from(organisation_id),
    )
    rows = session.scalars(query.order_by(Library.title, Library.id))
    return sorted(map(to_library, rows), key=lambda one: one.layer is not Layer.INTERMINISTERIAL)


def lower_layers(session: Session) -> list[LibraryView]:
    """Return the layers of every ministry and entity, by title."""
    query = select(Library).where(Library.layer.in_((Layer.MINISTRY, Layer.ENTITY)))
    return [to_library(row) for row in session.scalars(query.order_by(Library.title, Library.id))]


def release(session: Session, release_id: uuid.UUID) -> ReleaseView:
    """Return a release by its id; raise ``clauses.release_not_found``."""
    row = session.get(Release, release_id)
    if row is None:
        raise errors.release_not_found()
    return to_release(row)


def by_version(session: Session, library_id: uuid.UUID, version: str) -> ReleaseView | None:
    """Return a release of a layer by its version."""
    mine = (Release.library_id == library_id, Release.version == version)
    row = session.scalars(select(Release).where(*mine)).one_or_none()
    return to_release(row) if row else None


def releases(session: Session, library_id: uuid.UUID | None = None) -> list[ReleaseView]:
    """Return the releases of a layer, or of the interministerial ones, the newest first."""
    query = select(Release).join(Library, Library.id == Release.library_id)
    if library_id is None:
        query = query.where(Library.layer == Layer.INTERMINISTERIAL)
    else:
        query = query.where(Library.id == library_id)
    rows = session.scalars(query.order_by(Release.released_at.desc(), Release.id.desc()))
    return [to_release(row) for row in rows]


def in_force(session: Session, on: date, organisation_id: uuid.UUID | None = None) -> ReleaseView | None:
    """Return the release a new draft stands on: the organisation's own layer's, else the interministerial one's.

    Of those not withdrawn and valid on the reference date, the latest validity date counts, then the latest made.
    """
    if organisation_id is not None:
        own = _latest(session, on, Library.organisation_id == organisation_id, Library.layer != Layer.AGENT)
        if own is not None:
            return own
    return _latest(session, on, Library.layer == Layer.INTERMINISTERIAL)


def newer_release(session: Session, draft: DraftView) -> ReleaseView | None:
    """Return the release in force for a document when it is another than its own."""
    latest = in_force(session, draft.reference_date, draft.organisation_id)
    return latest if latest is not None and latest.id != draft.release_id else None


def of_everybody(session: Session, version: str) -> ReleaseView | None:
    """Return a release of the interministerial library by its version."""
    return next((one for one in releases(session) if one.version == version), None)


def _latest(session: Session, on: date, *mine: object) -> ReleaseView | None:
    query = (
        select(Release)
        .join(Library, Library.id == Release.library_id)
        .where(*mine, Release.withdrawn_at.is_(None), Release.valid_from <= on)  # type: ignore[arg-type]  # conditions
        .order_by(Release.valid_from.desc(), Release.released_at.desc(), Release.id.desc())
    )
    row = session.scalars(query).first()
    return to_release(row) if row else None


def chain(session: Session, release_id: uuid.UUID) -> list[ReleaseView]:
    """Return a release and those it stands on, the highest layer first."""
    found = [release(session, release_id)]
    while found[0].parent_id is not None:
        found.insert(0, release(session, found[0].parent_id))
    return found


def files(session: Session, release_id: uuid.UUID) -> dict[str, bytes]:
    """Return the files of a release, its manifest and signature included, by path and in their order."""
    row = session.get(Release, release_id, options=[undefer(Release.manifest), undefer(Release.signature)])
    if row is None:
        raise errors.release_not_found()
    found = {MANIFEST: row.manifest, SIGNATURE: row.signature}
    query = (
        select(
            ReleaseItem.path,
            ReleaseItem.content,
            ClauseVersion.content,
            CanvasVersion.content,
            CoverVersion.content,
            Walkthrough.content,
        )
        .outerjoin(ClauseVersion, ClauseVersion.id == ReleaseItem.clause_version_id)
        .outerjoin(CanvasVersion, CanvasVersion.id == ReleaseItem.canvas_version_id)
        .outerjoin(CoverVersion, CoverVersion.id == ReleaseItem.cover_version_id)
        .outerjoin(Walkthrough, Walkthrough.id == ReleaseItem.walkthrough_id)
        .where(ReleaseItem.release_id == release_id)
    )
    for path, *contents in session.execute(query):
        found[path] = next(content for content in contents if content is not None)
    return dict(sorted(found.items()))


def clause_hashes(session: Session, release_id: uuid.UUID) -> dict[str, str]:
    """Return the hash of each clause of a release."""
    query = (
        select(Clause.key, ClauseVersion.sha256)
        .join(ClauseVersion, ClauseVersion.clause_id == Clause.id)
        .join(ReleaseItem, ReleaseItem.clause_version_id == ClauseVersion.id)
        .where(ReleaseItem.release_id == release_id)
    )
    return {key: sha256 for key, sha256 in session.execute(query)}  # noqa: C416  # rows are no pairs for dict()


def to_library(row: Library) -> LibraryView:
    """Detach a row."""
    return LibraryView(**{name: getattr(row, name) for name in LibraryView.__dataclass_fields__})


def to_release(row: Release) -> ReleaseView:
    """Detach a row."""
    return ReleaseView(**{name: getattr(row, name) for name in ReleaseView.__dataclass_fields__})
