"""Submit, return, validate, freeze: who wrote does not validate, and what is frozen can be shown years later."""

import uuid
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from clauses import errors
from clauses.models import Draft
from clauses.queries import drafts as reading
from clauses.queries.artefacts import artefacts
from clauses.queries.desk import desk
from clauses.queries.drafts import DraftView
from clauses.queries.releases import release
from clauses.rules.facts import print_value
from clauses.rules.states import EventKind, Move
from clauses.service.writing import event, held, note
from procurement.core.security import Identity
from procurement.core.text import block

#: What takes part in making a document, and whose version is evidence.
_ENGINES = ("pli", "python-docx", "odfdo", "lxml")


def submit(session: Session, draft_id: uuid.UUID, *, by: Identity | None, now: datetime) -> DraftView:
    """Hand a document over for validation; raise NotReady with everything that is missing."""
    row = held(session, draft_id, Move.SUBMIT)
    _require_ready(session, row)
    row.submitted_at, row.submitted_by = now, by.person_id if by else None
    event(session, row, EventKind.SUBMITTED, by=by, now=now)
    note(session, row, "submitted", by=by, now=now)
    return reading.to_view(session, row)


def return_(
    session: Session, draft_id: uuid.UUID, reason: str, *, by: Identity | None, now: datetime
) -> DraftView:
    """Give a document back to be written further, with the reason; a validation before falls. Raise ``text.character``."""
    row = held(session, draft_id, Move.RETURN)
    said = block(reason, field="reason")
    if not said:
        raise errors.reason_missing()
    row.submitted_at = row.submitted_by = row.validated_at = row.validated_by = None
    row.returned_at, row.returned_reason = now, said
    event(session, row, EventKind.RETURNED, by=by, now=now, data={"reason": row.returned_reason})
    note(session, row, "returned", by=by, now=now)
    return reading.to_view(session, row)


def validate(
    session: Session, draft_id: uuid.UUID, *, four_eyes: bool, by: Identity | None, now: datetime
) -> DraftView:
    """Accept a document; with ``four_eyes`` not by somebody who wrote in it. Raise NotReady, or ``clauses.four_eyes``."""
    row = held(session, draft_id, Move.VALIDATE)
    if four_eyes and by is not None and by.person_id in reading.writers(session, draft_id):
        raise errors.four_eyes()
    _require_ready(session, row)
    row.validated_at, row.validated_by = now, by.person_id if by else None
    event(session, row, EventKind.VALIDATED, by=by, now=now)
    note(session, row, "validated", by=by, now=now)
    return reading.to_view(session, row)


def freeze(session: Session, draft_id: uuid.UUID, *, by: Identity | None, now: datetime) -> DraftView:
    """Keep a document as it is for ever: release, facts, legal figures, versions of the engines, hashes of its files.

    A second time changes nothing.
    """
    row = held(session, draft_id)
    if row.frozen_at is None:
        row = held(session, draft_id, Move.FREEZE)
        row.frozen = _evidence(session, row)
        row.frozen_at = now
        made = {"artefacts": row.frozen["artefacts"]}
        event(session, row, EventKind.FROZEN, by=by, now=now, data=made)
        note(session, row, "frozen", by=by, now=now, data=made)
    return reading.to_view(session, row)


def _require_ready(session: Session, row: Draft) -> None:
    found = desk(session, reading.to_view(session, row)).refusals()
    if found:
        raise errors.NotReady(found)


def _evidence(session: Session, row: Draft) -> dict[str, Any]:
    found = desk(session, reading.to_view(session, row))
    made = release(session, row.release_id)
    snapshot = found.evaluation.snapshot
    figures = {
        key: period
        for key in sorted(snapshot.table.periods)
        if (period := snapshot.parameter(key)) is not None
    }
    return {
        "release": {"id": str(made.id), "version": made.version, "manifest_sha256": made.manifest_sha256},
        "reference_date": row.reference_date.isoformat(),
        "facts": {key: print_value(value) for key, value in sorted(found.values.items())},
        "usual": {key: said.source.as_json() for key, said in sorted(found.usual.items())},
        "parameters": {
            key: {
                "value": print_value(one.value),
                "from": one.start.isoformat(),
                "to": one.end.isoformat() if one.end else None,
                "source": one.source,
            }
            for key, one in figures.items()
        },
        "clauses": {key: found.edition.hashes.get(key, "") for key in found.included},
        "engines": engines(),
        "artefacts": [
            {"format": str(one.format), "sha256": one.sha256, "size": one.size}
            for one in artefacts(session, row.id, revision=row.revision)
        ],
    }


def engines() -> dict[str, str]:
    """Return the versions of what makes documents here."""
    found = {name: version(name) for name in _ENGINES}
    try:
        return found | {"typst": version("typst")}
    except ModuleNotFoundError:
        return found
