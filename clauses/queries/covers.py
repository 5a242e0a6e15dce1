"""The cover pages of a layer: those its keeper is at, and those that a release of it holds."""

import uuid
from collections.abc import Iterable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from clauses.files.printer import print_file
from clauses.files.reader import read_covers
from clauses.models import LayerCover
from clauses.queries.releases import LibraryView, files
from clauses.render.layout import logo_name
from clauses.rules.covers import CoverPage, cover_id
from clauses.rules.model import Library

_FOLDER = "gardes/"


def cover_pages(session: Session, mine: LibraryView, *, logos: bool = False) -> tuple[CoverPage, ...]:
    """Return the cover pages of a layer that are in use, by document; their logos only when asked for."""
    query = in_use(mine.id).order_by(LayerCover.document)
    rows = session.scalars(query.options(undefer(LayerCover.logo)) if logos else query)
    return tuple(_page(mine, row, row.logo if logos else None) for row in rows)


def cover_of(session: Session, mine: LibraryView, document: str) -> CoverPage | None:
    """Return the cover page that a layer gives a document, ``*`` for all, with its logo; None when it gives none."""
    row = session.scalars(in_use(mine.id).where(LayerCover.document == document)).one_or_none()
    return _page(mine, row, row.logo) if row is not None else None


def cover_page(session: Session, mine: LibraryView, page_id: uuid.UUID) -> CoverPage | None:
    """Return a cover page of a layer by its id, in use or not any more; None when it has no such one."""
    row = session.get(LayerCover, page_id)
    return _page(mine, row, row.logo) if row is not None and row.library_id == mine.id else None


def frozen_covers(session: Session, release_id: uuid.UUID) -> Library:
    """Return the cover pages and the logos that a release of a layer holds."""
    held = files(session, release_id)
    return read_covers({path: content for path, content in held.items() if path.startswith(_FOLDER)})


def cover_files(pages: Iterable[CoverPage]) -> dict[str, bytes]:
    """Return the files of cover pages as a release holds them, by path."""
    found: dict[str, bytes] = {}
    for one in pages:
        found[f"{_FOLDER}{one.cover.id}.yaml"] = print_file(one.cover).encode()
        if one.logo:
            found[f"{_FOLDER}{picture(one.cover.id, one.logo)}"] = one.logo
    return found


def picture(name: str, logo: bytes) -> str:
    """Return the name of the picture of a cover page."""
    return f"{name}.{logo_name(logo).rpartition('.')[2]}"


def in_use(library_id: uuid.UUID) -> Select[LayerCover]:
    """Return the query of the cover pages of a layer that nobody has replaced or withdrawn."""
    return select(LayerCover).where(LayerCover.library_id == library_id, LayerCover.removed_at.is_(None))


def _page(mine: LibraryView, row: LayerCover, logo: bytes | None) -> CoverPage:
    name = cover_id(mine.layer, row.document)
    read = read_covers({f"{_FOLDER}{name}.yaml": row.content})
    return CoverPage(read.covers[name], logo or b"", row.id)
