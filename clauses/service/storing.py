"""Put a release into the tables: a version that is known already is written once, whatever brings it."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from clauses import search
from clauses.files.reader import FACTS, MANIFEST, PARAMETERS, SYNONYMS, read_covers, read_library
from clauses.models import (
    CanvasVersion,
    Clause,
    ClauseLegalBasis,
    ClauseTerms,
    ClauseVersion,
    CoverVersion,
    LegalArticle,
    Library,
    ParameterValue,
    Release,
    ReleaseItem,
    Walkthrough,
)
from clauses.queries.releases import ReleaseView, files, to_release
from clauses.rules import model
from clauses.rules.facts import print_value
from clauses.service.freezing import Signed, digest
from procurement.core.security import Identity

#: Files that no table of versions holds.
_PLAIN = {FACTS: "facts", PARAMETERS: "parameters", SYNONYMS: "synonyms"}


def store(
    session: Session,
    library: Library,
    signed: Signed,
    *,
    by: Identity | None,
    now: datetime,
) -> ReleaseView:
    """Write a release and what is new in it; return it."""
    frozen = signed.frozen
    warnings = [{"code": one.code, "clause": one.clause, "message": one.text} for one in signed.warnings]
    info = frozen.library.manifest.release
    assert info is not None
    row = Release(
        library_id=library.id, parent_id=None, version=info.version, valid_from=info.valid_from,
        manifest=frozen.manifest, manifest_sha256=digest(frozen.manifest), signature=signed.signature, signer=signed.signer,
        changelog="\n".join(info.changelog), warnings=warnings, released_at=now,
        released_by=by.person_id if by else None, withdrawn_reason="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    writer = _Writer(session, library, row, now)
    for path, content in frozen.files.items():
        if path != MANIFEST:
            writer.item(path, content, frozen.library)
    writer.parameters(frozen.library)
    session.flush()
    return to_release(row)


def store_covers(
    session: Session, library: Library, release: Release, covers: Mapping[str, bytes], *, now: datetime
) -> None:
    """Write the cover pages and the logos of a release of a layer, by path."""
    writer, found = _Writer(session, library, release, now), read_covers(covers)
    for path, content in covers.items():
        writer.item(path, content, found)


class _Writer:
    """Write the items of one release."""

    def __init__(self, session: Session, library: Library, release: Release, now: datetime) -> None:
        self.session = session
        self.library = library
        self.release = release
        self.now = now
        known = select(Clause.key, Clause.id).where(Clause.library_id == library.id)
        self.clauses: dict[str, uuid.UUID] = {key: found for key, found in session.execute(known)}  # noqa: C416  # rows are no pairs
        self.articles = set(session.scalars(select(LegalArticle.id)))

    def item(self, path: str, content: bytes, library: model.Library) -> None:
        """Write one file."""
        folder, _slash, name = path.partition("/")
        key = name.removesuffix(".yaml")
        values: dict[str, Any] = {"path": path, "sha256": digest(content), "release_id": self.release.id}
        if path in _PLAIN:
            values |= {"kind": _PLAIN[path], "content": content}
        elif folder == "clauses":
            values |= {"kind": "clause", "clause_version_id": self._clause(library.clauses[key], content)}
        elif folder == "canevas":
            canvas = library.canvases[key]
            values |= {"kind": "canvas", "canvas_version_id": self._version(CanvasVersion, canvas, content)}
        elif folder == "parcours":
            visit = library.walkthroughs[key]
            values |= {"kind": "walkthrough", "walkthrough_id": self._version(Walkthrough, visit, content)}
        elif path.endswith(".yaml"):
            cover = library.covers[key]
            values |= {"kind": "cover", "cover_version_id": self._version(CoverVersion, cover, content)}
        else:
            values |= {"kind": "image", "content": content}
        self.session.add(ReleaseItem(**values))

    def parameters(self, library: model.Library) -> None:
        """Write the legal figures as rows, for those who ask for one."""
        rows = [
            {
                "id": uuid.uuid4(), "release_id": self.release.id, "key": one.key, "value": print_value(one.value),
                "unit": one.unit, "start_on": one.start, "end_on": one.end,
                "buyer_category": list(one.buyer_category), "nature": list(one.nature), "source": one.source,
                "verified_by": one.verified_by,
            }
            for one in library.parameters
        ]  # fmt: skip
        if rows:
            self.session.execute(insert(ParameterValue), rows)

    def _clause(self, clause: model.Clause, content: bytes) -> uuid.UUID:
        clause_id = self.clauses.get(clause.id)
        if clause_id is None:
            row = Clause(library_id=self.library.id, key=clause.id)
            self.session.add(row)
            self.session.flush()
            clause_id = self.clauses[clause.id] = row.id
        query = select(ClauseVersion.id).where(
            ClauseVersion.clause_id == clause_id, ClauseVersion.sha256 == digest(content)
        )
        known = self.session.scalar(query)
        return known or self._new_clause_version(clause_id, clause, content)

    def _new_clause_version(self, clause_id: uuid.UUID, clause: model.Clause, content: bytes) -> uuid.UUID:
        version = ClauseVersion(
            clause_id=clause_id, sha256=digest(content), content=content, title=clause.title,
            legal_status="valide" if clause.legal_status.validated else "a_valider_par_un_juriste",
            documents=list(clause.documents), created_at=self.now,
        )  # fmt: skip
        self.session.add(version)
        self.session.flush()
        self.session.add(terms_of(version.id, clause))
        self._bases(version.id, clause)
        return version.id

    def _bases(self, version_id: uuid.UUID, clause: model.Clause) -> None:
        for article in dict.fromkeys(clause.bases):
            if article not in self.articles:
                self.session.add(LegalArticle(id=article))
                self.articles.add(article)
        self.session.flush()
        self.session.add_all(
            ClauseLegalBasis(version_id=version_id, article_id=article)
            for article in dict.fromkeys(clause.bases)
        )

    def _version(
        self,
        table: type[CanvasVersion | CoverVersion | Walkthrough],
        item: model.Canvas | model.Cover | model.Walkthrough,
        content: bytes,
    ) -> uuid.UUID:
        mine = (table.library_id == self.library.id, table.key == item.id, table.sha256 == digest(content))
        known = self.session.scalar(select(table.id).where(*mine))
        if known is not None:
            return known
        values: dict[str, Any] = {} if isinstance(item, model.Walkthrough) else {"document": item.document}
        row = table(
            library_id=self.library.id, key=item.id, sha256=digest(content), content=content, title=item.title,
            created_at=self.now, **values,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        return row.id


def terms_of(version_id: uuid.UUID, clause: model.Clause) -> ClauseTerms:
    """Return what the search knows of a version."""
    said = [
        clause.id.replace(".", " ").replace("_", " "), clause.title, clause.body, clause.help.short,
        clause.help.example, *clause.help.pitfalls, *clause.bases, *clause.documents,
    ]  # fmt: skip
    return ClauseTerms(
        version_id=version_id,
        title_terms=search.stored(clause.title),
        search_terms=search.stored("\n".join(said)),
        stemmer=search.STEMMER,
    )


def reindex(session: Session) -> int:
    """Make anew the terms of every version, out of its own bytes, after the stemmer has changed; return how many."""
    query = select(ClauseTerms.version_id).where(ClauseTerms.stemmer != search.STEMMER)
    outdated = set(session.scalars(query))
    releases = select(ReleaseItem.release_id).where(ReleaseItem.clause_version_id.in_(outdated)).distinct()
    done: set[uuid.UUID] = set()
    for release_id in list(session.scalars(releases)):
        library = read_library(files(session, release_id))
        items = select(ReleaseItem.clause_version_id, ReleaseItem.path).where(
            ReleaseItem.release_id == release_id, ReleaseItem.clause_version_id.in_(outdated - done)
        )
        for version_id, path in session.execute(items).all():
            assert version_id is not None
            key = path.removeprefix("clauses/").removesuffix(".yaml")
            session.merge(terms_of(version_id, library.clauses[key]))
            done.add(version_id)
    session.flush()
    return len(done)
