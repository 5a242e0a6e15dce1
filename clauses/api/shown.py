"""What the API says of releases, clauses and drafts, and their tags."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from clauses import errors, queries
from clauses.queries import Conflict, Desk, DraftView, ReleaseView
from clauses.queries.editions import Edition, edition
from clauses.queries.releases import in_force, of_everybody
from clauses.rules import coverage
from clauses.rules.facts import json_value
from clauses.rules.lang import print_node
from clauses.rules.model import TYPE_NAMES, Clause, Domain, Fact, Parameter
from clauses.rules.readiness import Refusal
from procurement.core.api import require_match, set_tag, tag
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _

#: Days of the law are those of Paris.
_PARIS = ZoneInfo("Europe/Paris")


def instant(value: datetime | None) -> str | None:
    """Write an instant in UTC, to the millisecond."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None


def edition_of(request: Any, version: str | None, on: date | None = None) -> Edition:
    """Return the release asked for by its version, else the one in force; raise ``clauses.release_not_found``."""
    if version:
        return edition(request.db, release_of(request, version).id)
    latest = in_force(request.db, on or request.now.date())
    if latest is None:
        raise errors.no_release()
    return edition(request.db, latest.id)


def release_of(request: Any, version: str) -> ReleaseView:
    """Return a release of the interministerial library."""
    found = of_everybody(request.db, version)
    if found is None:
        raise errors.release_not_found()
    return found


def immutable(request: Any, digest: str) -> None:
    """Say that this answer never changes: it is addressed by a hash, or a release that is never edited."""
    set_tag(request, digest)
    request.response.headers["Cache-Control"] = "private, max-age=31536000, immutable"


def day_in(request: Any, name: str) -> date | None:
    """Read a day of the query; refuse what is none."""
    text = request.GET.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        message = _("Écrivez le jour ainsi : 2026-09-01.")
        raise Invalid("clauses.day", message, errors=(FieldError(name, "clauses.day", message),)) from None


def release_shown(one: ReleaseView) -> dict[str, Any]:
    """Show a release."""
    return {
        "version": one.version,
        "valid_from": one.valid_from.isoformat(),
        "manifest_sha256": one.manifest_sha256,
        "signer": one.signer,
        "changelog": one.changelog,
        "released_at": instant(one.released_at),
        "withdrawn_at": instant(one.withdrawn_at),
        "withdrawn_reason": one.withdrawn_reason,
    }


def listed(found: Edition, one: Clause) -> dict[str, Any]:
    """Show a clause in a list."""
    return {
        "id": one.id,
        "title": one.title,
        "sha256": found.hashes.get(one.id, ""),
        "documents": list(one.documents),
        "contract_types": list(one.contract_types),
        "procedures": list(one.procedures),
        "legal_status": "valide" if one.legal_status.validated else "a_valider_par_un_juriste",
        "legal_bases": list(coverage.articles_of(found.library, one)),
    }


def clause_shown(found: Edition, one: Clause) -> dict[str, Any]:
    """Show a clause whole."""
    start, end = one.validity.start, one.validity.end
    return {
        **listed(found, one),
        "release": found.release.version,
        "nature": one.nature.value,
        "lock": one.lock.value,
        "group": one.group,
        "validity": {"from": start.isoformat() if start else None, "to": end.isoformat() if end else None},
        "condition": print_node(one.condition.tree) if one.condition else None,
        "variables": list(one.variables),
        "help": {"short": one.help.short, "example": one.help.example, "pitfalls": list(one.help.pitfalls)},
        "body": one.body,
    }


def fact_shown(one: Fact) -> dict[str, Any]:
    """Show an entry of the dictionary of facts."""
    return {
        "key": one.key,
        "type": TYPE_NAMES[one.type],
        "label": {"fr": one.label.fr, "en": one.label.en},
        "question": one.question,
        "help": one.help,
        "scope": one.scope.value,
        "source": one.source.value,
        "unit": one.unit,
        "relevant_if": print_node(one.relevant_if.tree) if one.relevant_if else None,
        "neutral": json_value(one.neutral),
        "personal_data": one.personal_data,
        **_domain_shown(one.domain),
    }


def _domain_shown(domain: Domain) -> dict[str, Any]:
    return {
        "values": [{"value": one.value, "label": {"fr": one.label.fr, "en": one.label.en}} for one in domain.values],
        "columns": [
            {"key": one.key, "type": TYPE_NAMES[one.type], "label": {"fr": one.label.fr, "en": one.label.en}, "optional": one.optional}
            for one in domain.columns
        ],
        "minimum": json_value(domain.minimum),
        "maximum": json_value(domain.maximum),
    }  # fmt: skip


def parameter_shown(one: Parameter) -> dict[str, Any]:
    """Show one period of a legal figure."""
    return {
        "key": one.key,
        "value": str(one.value),
        "from": one.start.isoformat(),
        "to": one.end.isoformat() if one.end else None,
        "buyer_category": list(one.buyer_category),
        "nature": list(one.nature),
        "unit": one.unit,
        "source": one.source,
        "verified_by": one.verified_by,
    }


def etag(draft: DraftView) -> str:
    """Return the state of a draft, which a change has to name: what it says, and where it is in its life."""
    said = [(key, one.acknowledged_at) for key, one in draft.clauses.items()]
    return tag(draft.id, draft.revision, draft.state, said)


def held(request: Any) -> DraftView:
    """Return the draft of the address once the client has said which state it knows."""
    draft: DraftView = request.context.draft
    require_match(request, etag(draft))
    return draft


def tagged(request: Any, draft: DraftView) -> dict[str, Any]:
    """Show a draft and give the answer its tag: legal figures change with the day, and a text that lost changes no state."""
    shown = draft_shown(request, queries.desk(request.db, draft), queries.conflicts(request.db, draft.id))
    set_tag(request, etag(draft), shown["regime_changed"], shown["conflicts"])
    return shown


def summary(request: Any, draft: DraftView) -> dict[str, Any]:
    """Show a draft in a list."""
    return {
        "id": str(draft.id),
        "title": draft.title,
        "canvas": draft.canvas,
        "document": draft.document,
        "reference": draft.consultation_ref,
        "release": draft.release_version,
        "on": draft.reference_date.isoformat(),
        "state": str(draft.state),
        "revision": draft.revision,
        "created_at": instant(draft.created_at),
        "edited_at": instant(draft.edited_at),
        "submitted_at": instant(draft.submitted_at),
        "returned_reason": draft.returned_reason,
        "validated_at": instant(draft.validated_at),
        "regime_changed": list(
            queries.regime_today(request.db, draft, request.now.astimezone(_PARIS).date())
        ),
    }


def draft_shown(request: Any, desk: Desk, conflicts: Iterable[Conflict]) -> dict[str, Any]:
    """Show a draft whole: facts, answers, one's own words, what comes out of them, what is asked next."""
    draft = desk.draft
    return {
        **summary(request, draft),
        "facts": dict(draft.facts),
        "answers": {key: one.value for key, one in draft.answers.items() if one.value is not None},
        "texts": draft.texts,
        "outcomes": {key: one.value for key, one in desk.outcomes.items()},
        "questions": [
            {"fact": one.fact, "reason": one.reason.value, "clauses": list(one.clauses)} for one in desk.questions
        ],
        "missing": list(desk.document.missing),
        "derogations": [
            {"ccag": one.ccag, "article": one.article, "clause": one.clause} for one in desk.departures
        ],
        "conflicts": [conflict_shown(one) for one in conflicts],
    }  # fmt: skip


def conflict_shown(one: Conflict) -> dict[str, Any]:
    """Show a text that lost against one saved before."""
    return {
        "id": str(one.id),
        "at": instant(one.at),
        "field": one.field,
        "subject": one.subject,
        "given": one.given,
        "current": one.current,
    }


def check_shown(request: Any, one: Refusal) -> dict[str, Any]:
    """Show what stands between a draft and its submission."""
    return {
        "code": one.code,
        "subject": one.subject,
        "message": request.translate(one.message, **one.params),
    }
