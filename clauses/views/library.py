"""The library as everybody may read it: search, one clause with its versions, the articles, the releases."""

import uuid
from dataclasses import dataclass
from typing import Any

from clauses import errors, queries, search
from clauses.queries.editions import Edition, edition
from clauses.queries.releases import ReleaseView, in_force
from clauses.render.words import text_changes
from clauses.routes import BuyerSpace
from clauses.rules import coverage
from clauses.rules.facts import format_value
from clauses.rules.lang import print_node
from clauses.rules.model import Clause, Value
from clauses.views.frame import DOCUMENTS
from clauses.views.why import basis
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page, paging
from procurement.core.web.filters import day_in

_PUBLIC = Permission.PUBLIC
_SIZE = 30
NATURES = {
    "obligatoire": _("Obligatoire"),
    "conditionnelle": _("Selon les réponses"),
    "facultative": _("Facultative"),
    "libre": _("Libre"),
}


@dataclass(frozen=True)
class Listed:
    """A clause in a list."""

    key: str
    title: str
    documents: tuple[str, ...]
    validated: bool
    articles: tuple[str, ...] = ()


@page("clauses.library", permission=_PUBLIC, template="clauses/library.html")
def library(request: Any) -> dict[str, Any]:
    """Find clauses in words, by document, or go through them all."""
    words, document = request.GET.get("q", "").strip()[:200], request.GET.get("document", "")
    found = _current(request)
    rows = _rows(request, found, words, document) if found else []
    number = paging.asked(request)
    start = paging.offset(number, size=_SIZE)
    return {
        "words": words,
        "document": document,
        "documents": sorted({name for row in found.library.clauses.values() for name in row.documents}) if found else [],
        "DOCUMENTS": DOCUMENTS,
        "release": found.release if found else None,
        "total": len(rows),
        "rows": rows[start : start + _SIZE],
        "number": number,
        "pages": -(-len(rows) // _SIZE),
    }  # fmt: skip


@page("clauses.library_clause", permission=_PUBLIC, template="clauses/library_clause.html")
def clause(request: Any) -> dict[str, Any]:
    """Show a clause: its words, when it applies, its articles, its examples, and how it changed."""
    found = _current(request)
    key = request.matchdict["clause"]
    if found is None or key not in found.library.clauses:
        raise errors.clause_not_found(key)
    known = found.library.clauses[key]
    return {
        "clause": known,
        "release": found.release,
        "sha256": found.hashes.get(key, ""),
        "nature": NATURES[known.nature.value],
        "bases": [basis(one) for one in coverage.articles_of(found.library, known)],
        "condition": print_node(known.condition.tree) if known.condition else "",
        "examples": [
            (one.present, one.on, [(_label(found, fact), _shown(found, fact, value)) for fact, value in one.facts.items()])
            for one in known.examples
        ],
        "versions": _versions(request, key),
        "day_of": lambda day: day_in(day, request.lang),
        "DOCUMENTS": DOCUMENTS,
        "may_adapt": _may_adapt(request),
    }  # fmt: skip


def _may_adapt(request: Any) -> bool:
    """Tell whether who reads keeps a layer of this library."""
    identity = request.identity
    if identity is None or identity.organisation_id is None:
        return False
    allowed = request.has_permission(Permission.CLAUSE_LIBRARY_EDIT, BuyerSpace(request))
    return bool(allowed) and queries.layer_of(request.db, identity.organisation_id) is not None


@page("clauses.article", permission=_PUBLIC, template="clauses/article.html")
def article(request: Any) -> dict[str, Any]:
    """List the clauses that rest on an article."""
    wanted = coverage.normalise(request.matchdict["article"])
    found = _current(request)
    if wanted is None or found is None:
        raise errors.clause_not_found(request.matchdict["article"][:80])
    rows = [
        one for one in found.library.clauses.values() if wanted in coverage.articles_of(found.library, one)
    ]
    return {"article": basis(wanted), "rows": [_listed(one) for one in rows], "release": found.release}


@page("clauses.releases", permission=_PUBLIC, template="clauses/releases.html")
def releases(request: Any) -> dict[str, Any]:
    """List the releases, the newest first."""
    current = _current(request)
    return {
        "rows": queries.releases(request.db),
        "release": current.release if current else None,
        "day_of": lambda day: day_in(day, request.lang),
    }


def _current(request: Any) -> Edition | None:
    """Return the interministerial library in force today, or the release that is asked for by its version."""
    wanted = request.GET.get("version", "")
    if wanted:
        chosen = next((one for one in queries.releases(request.db) if one.version == wanted), None)
        if chosen is None:
            raise errors.release_not_found()
        return edition(request.db, chosen.id)
    latest = in_force(request.db, request.now.date())
    return edition(request.db, latest.id) if latest else None


def _rows(request: Any, found: Edition, words: str, document: str) -> list[Listed]:
    if words:
        hits = search.search(
            request.db,
            [found.release.id],
            words,
            synonyms=found.library.synonyms,
            document=document,
            limit=500,
        )
        return [_listed(found.library.clauses[one.key]) for one in hits if one.key in found.library.clauses]
    every = found.library.clauses.values()
    return [_listed(one) for one in every if not document or document in one.documents]


def _listed(one: Clause) -> Listed:
    return Listed(one.id, one.title, one.documents, one.legal_status.validated, one.bases)


@dataclass(frozen=True)
class Version:
    """The words of a clause in one release, and what changed since the release before."""

    release: ReleaseView
    sha256: str
    changed: bool
    difference: tuple[tuple[str, str], ...]


def _versions(request: Any, key: str) -> list[Version]:
    """Return the clause in each release that has it, the newest first."""
    made: list[Version] = []
    before: tuple[str, str] | None = None
    for one in reversed(queries.releases(request.db)):
        digest = queries.clause_hashes(request.db, one.id).get(key)
        if digest is None:
            continue
        if before is not None and before[0] == digest:
            made.append(Version(one, digest, changed=False, difference=()))
            continue
        body = _body(request, one.id, key)
        difference = tuple(text_changes(before[1], body)) if before else ()
        made.append(Version(one, digest, changed=True, difference=difference))
        before = (digest, body)
    return made[::-1]


def _body(request: Any, release_id: uuid.UUID, key: str) -> str:
    return edition(request.db, release_id).library.clauses[key].body.strip()


def _shown(found: Edition, key: str, value: Value) -> str:
    known = found.library.facts.get(key)
    return format_value(known, value) if known else str(value)


def _label(found: Edition, key: str) -> str:
    known = found.library.facts.get(key)
    return known.label.fr if known else key
