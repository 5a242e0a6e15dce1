"""Endpoints of the library: releases, clauses, their versions, the dictionary, and the impact of changed articles."""

from functools import cache
from importlib import resources
from typing import Any

from pyramid.response import Response

from clauses import errors, queries, search
from clauses.api.shown import (
    clause_shown,
    day_in,
    edition_of,
    fact_shown,
    immutable,
    listed,
    parameter_shown,
    release_of,
    release_shown,
)
from clauses.queries.editions import Edition, edition
from clauses.render.words import text_changes
from clauses.rules import coverage
from clauses.rules.model import ANY, Clause
from procurement.core.api import Window, client_of, contract, page_of, window
from procurement.core.api.paging import next_cursor
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import endpoint

_READ = Permission.API_CLAUSES_READ
_YAML = "application/yaml"
#: Longest question of the search, and most articles of one request.
_WORDS, _ARTICLES = 200, 500


@cache
def contract_text() -> bytes:
    """Return the contract as it is written."""
    return resources.files("clauses").joinpath("openapi.yaml").read_bytes()


@endpoint("clauses.api.contract", permission=Permission.PUBLIC, methods=("GET",))
@contract(produces=(_YAML,))
def show_contract(request: Any) -> Response:
    """Give the contract of this API (OpenAPI 3.1)."""
    del request
    response = Response(body=contract_text(), content_type=_YAML, charset="utf-8")
    response.cache_control = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@endpoint("clauses.api.releases", permission=_READ, methods=("GET",))
def releases(request: Any) -> dict[str, Any]:
    """List the releases of the interministerial library, the newest first."""
    asked = window(request)
    every = queries.releases(request.db)
    seen = next((place + 1 for place, one in enumerate(every) if str(one.id) == asked.after), 0)
    rows = every[seen : seen + asked.fetch]
    shown = page_of(request, rows, asked, place=lambda one: one.id)
    following = next_cursor(rows, asked, place=lambda one: one.id)
    return {"items": [release_shown(one) for one in shown], "next_cursor": following}


@endpoint("clauses.api.clauses", permission=_READ, methods=("GET",))
def clauses(request: Any) -> dict[str, Any]:
    """List clauses: by document, contract type, procedure, article, or in words."""
    asked = window(request)
    found = edition_of(request, request.GET.get("release"))
    rows = _after(_matching(request, found), asked)
    shown = page_of(request, rows, asked, place=lambda one: one.id)
    following = next_cursor(rows, asked, place=lambda one: one.id)
    items = [listed(found, one) for one in shown]
    return {"release": found.release.version, "items": items, "next_cursor": following}


def _after(every: list[Clause], asked: Window) -> list[Clause]:
    seen = next((place + 1 for place, one in enumerate(every) if one.id == asked.after), 0)
    return every[seen : seen + asked.fetch]


def _matching(request: Any, found: Edition) -> list[Clause]:
    document, article = request.GET.get("document", ""), request.GET.get("article", "")
    known = found.library.clauses
    words = request.GET.get("q", "").strip()[:_WORDS]
    every = (
        [known[one.key] for one in _search(request, found, words) if one.key in known]
        if words
        else known.values()
    )
    wanted = coverage.normalise(article) if article else None
    return [
        one
        for one in every
        if (not document or document in one.documents)
        and _suits(one.contract_types, request.GET.get("type"))
        and _suits(one.procedures, request.GET.get("procedure"))
        and (not article or wanted in coverage.articles_of(found.library, one))
    ]


def _search(request: Any, found: Edition, words: str) -> list[search.Found]:
    return search.search(
        request.db,
        [found.release.id],
        words,
        synonyms=found.library.synonyms,
        limit=len(found.library.clauses),
    )


def _suits(codes: tuple[str, ...], code: str | None) -> bool:
    return not code or ANY in codes or code in codes


@endpoint("clauses.api.clause", permission=_READ, methods=("GET",))
def clause(request: Any) -> dict[str, Any]:
    """Show a clause: of the release in force, or of another, whose words then never change."""
    version = request.GET.get("release")
    found = edition_of(request, version)
    known = _clause(request, found)
    if version:
        immutable(request, found.hashes[known.id])
    return clause_shown(found, known)


@endpoint("clauses.api.versions", permission=_READ, methods=("GET",))
def versions(request: Any) -> dict[str, Any]:
    """List the versions of a clause with the releases that hold each, the newest first."""
    key = request.matchdict["clause"]
    found: dict[str, list[str]] = {}
    for one in queries.releases(request.db):
        digest = queries.clause_hashes(request.db, one.id).get(key)
        if digest is not None:
            found.setdefault(digest, []).append(one.version)
    if not found:
        raise errors.clause_not_found(key)
    return {
        "clause": key,
        "items": [{"sha256": digest, "releases": held} for digest, held in found.items()],
    }


@endpoint("clauses.api.version", permission=_READ, methods=("GET",))
def version_of(request: Any) -> dict[str, Any]:
    """Show a version by the hash of its words: this answer never changes."""
    key, digest = request.matchdict["clause"], request.matchdict["sha256"]
    for one in queries.releases(request.db):
        if queries.clause_hashes(request.db, one.id).get(key) == digest:
            found = edition(request.db, one.id)
            immutable(request, digest)
            return clause_shown(found, found.library.clauses[key])
    raise errors.clause_not_found(key)


@endpoint("clauses.api.diff", permission=_READ, methods=("GET",))
def diff(request: Any) -> dict[str, Any]:
    """Compare a clause in two releases, word by word."""
    old, new = (_released(request, name) for name in ("from", "to"))
    before, after = (_clause(request, found) for found in (old, new))
    fields = [
        name
        for name in ("title", "body", "condition", "bases", "variables", "validity", "lock", "nature")
        if getattr(before, name) != getattr(after, name)
    ]
    immutable(request, sha256_of(old.hashes[before.id], new.hashes[after.id]))
    return {
        "clause": before.id,
        "from": {"release": old.release.version, "sha256": old.hashes[before.id]},
        "to": {"release": new.release.version, "sha256": new.hashes[after.id]},
        "fields": fields,
        "text": [list(part) for part in text_changes(before.body.strip(), after.body.strip())],
    }


def sha256_of(one: str, other: str) -> str:
    """Return a tag for two hashes."""
    return f"{one[:32]}{other[:32]}"


def _released(request: Any, name: str) -> Edition:
    version = request.GET.get(name, "")
    if not version:
        message = _("Donnez « from » et « to » : deux versions de la bibliothèque.")
        raise Invalid(
            "clauses.two_releases", message, errors=(FieldError(name, "clauses.two_releases", message),)
        )
    return edition(request.db, release_of(request, version).id)


def _clause(request: Any, found: Edition) -> Clause:
    key = request.matchdict["clause"]
    if key not in found.library.clauses:
        raise errors.clause_not_found(key)
    return found.library.clauses[key]


@endpoint("clauses.api.facts", permission=_READ, methods=("GET",))
def facts(request: Any) -> dict[str, Any]:
    """Give the dictionary of facts, for the vendor's own form."""
    version = request.GET.get("release")
    found = edition_of(request, version)
    if version:
        immutable(request, found.release.manifest_sha256)
    return {
        "release": found.release.version,
        "items": [fact_shown(one) for one in found.library.facts.values()],
    }


@endpoint("clauses.api.parameters", permission=_READ, methods=("GET",))
def parameters(request: Any) -> dict[str, Any]:
    """Give the dated figures of the law, all periods or those of one day."""
    found, on = edition_of(request, request.GET.get("release")), day_in(request, "on")
    items = [
        parameter_shown(one)
        for one in found.library.parameters
        if on is None or (one.start <= on and (one.end is None or on <= one.end))
    ]
    return {"release": found.release.version, "on": on.isoformat() if on else None, "items": items}


@endpoint("clauses.api.impact", permission=_READ, methods=("GET",))
def impact(request: Any) -> dict[str, Any]:
    """Say what changed articles oblige to review: clauses, figures, and the client's own open documents."""
    given = [one.strip() for one in request.GET.get("articles", "").split(",") if one.strip()]
    if not given or len(given) > _ARTICLES:
        message = _("Donnez de 1 à %(most)s articles, séparés par des virgules.")
        detail = FieldError("articles", "clauses.articles", message, {"most": _ARTICLES})
        raise Invalid("clauses.articles", message, errors=(detail,), most=_ARTICLES)
    found = edition_of(request, request.GET.get("release"))
    # Adaptations and documents of organisations are theirs alone: they are not even evaluated here.
    mine = queries.open_drafts(request.db, client_id=client_of(request))
    shown = queries.impact(request.db, found.release.id, given, open_drafts=mine).as_json()
    del shown["organisations"]
    return {**shown, "release": found.release.version, "overrides": []}
