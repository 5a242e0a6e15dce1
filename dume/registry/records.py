"""Write results and proposals as JSON, and read results back: what a job keeps, what the command line prints."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dume.registry.mapping import Proposal
from procurement.accounts.registry import Proof, SourceResult, SourceStatus


def dump(result: SourceResult, *, private: bool) -> dict[str, Any]:
    """Return a result without the bytes of its documents; the notice only for the company (`private`)."""
    found = {
        "source": result.source,
        "status": result.status.value,
        "values": dict(result.values),
        "documents": [_document(document) for document in result.documents],
        "as_of": _text(result.as_of),
        "valid_until": _text(result.valid_until),
        "obtained_at": _text(result.obtained_at),
        "detail": result.detail,
        "notice": result.notice,
    }
    return found if private else for_others(found)


def for_others(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as others than its company may see it: what is refused to it reads like what is not known."""
    told = {name: value for name, value in found.items() if name != "notice"}
    return {**told, "detail": "http_404"} if found["notice"] else told


def load(found: Mapping[str, Any]) -> SourceResult:
    """Return a result that was written by `dump`; its documents have their names and hashes, no bytes."""
    moment = found.get("obtained_at")
    return SourceResult(
        source=found["source"],
        status=SourceStatus(found["status"]),
        values=found["values"],
        documents=tuple(
            Proof(
                name=item["name"],
                media_type=item["media_type"],
                content=b"",
                sha256=item["sha256"],
                about=item["about"],
            )
            for item in found["documents"]
        ),
        as_of=_day(found.get("as_of")),
        valid_until=_day(found.get("valid_until")),
        obtained_at=datetime.fromisoformat(moment) if moment else None,
        detail=found.get("detail", ""),
        notice=found.get("notice", ""),
    )


def dump_proposal(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as JSON: exact figures as text, dates in ISO 8601."""
    return {
        "property": proposal.property,
        "criterion": proposal.criterion() or None,
        "occurrence": list(proposal.occurrence),
        "value": plain(proposal.value),
        "formula": proposal.formula or None,
        "provenance": plain(proposal.provenance),
        "evidence": _document(proposal.document) if proposal.document else None,
    }


def plain(value: Any) -> Any:
    """Return a value of the model as JSON, its empty parts left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        parts = {name: plain(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None and part not in ("", [], {})}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return _text(value) if isinstance(value, date) else value


def _document(document: Proof) -> dict[str, Any]:
    return {
        "name": document.name,
        "media_type": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "about": document.about,
    }


def _text(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
