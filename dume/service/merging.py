"""Take the answers of an older response over into one to another request: offered, never imposed."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from dume import errors
from dume.espd import merge
from dume.espd.importing import Imported
from dume.espd.merge import Merged
from dume.espd.model import Document, Group, Kind
from dume.models import Dume
from dume.queries.content import document
from dume.queries.rows import status_of
from dume.rules import Status, Verb
from dume.service.writing import check, lock, note, put, require
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

__all__ = ["Imported", "carry", "merge_request"]


def carry(skeleton: Document, asked: Document, old: Document, *, today: date) -> Document:
    """Return a response's skeleton with the answers of an older one that still hold, header and role kept."""
    merged = merge.merge(asked, old, today=today).document
    operator = merged.economic_operator
    if operator is not None and skeleton.economic_operator is not None:
        operator = replace(
            operator, role=skeleton.economic_operator.role, role_text=skeleton.economic_operator.role_text
        )
    # A role may be asked less than the request holds: what the skeleton does not ask is not taken over.
    asked_for = {criterion.id for criterion in skeleton.criteria}
    kept = tuple(criterion for criterion in merged.criteria if criterion.id in asked_for)
    known = {one for criterion in kept for one in _properties(criterion.groups)}
    return replace(
        merged,
        header=skeleton.header,
        economic_operator=operator or skeleton.economic_operator,
        criteria=kept,
        answers=tuple(answer for answer in merged.answers if answer.property in known),
    )


def merge_request(
    session: Session,
    vault: KeyVault,
    row: Dume,
    request: Dume,
    *,
    by: Identity | None,
    now: datetime,
) -> Merged:
    """Bring a response in preparation over to another published request; what no longer holds is to be reviewed."""
    require(row, Kind.RESPONSE)
    require(request, Kind.REQUEST)
    if status_of(request) is not Status.PUBLISHED:
        raise errors.request_not_published()
    lock(session, row)
    check(row, Verb.EDIT)
    old, asked = document(session, vault, row), document(session, vault, request)
    merged = merge.merge(asked, old, today=now.date())
    what = replace(merged.document, header=replace(old.header, references=merged.document.header.references))
    known = {lot.id for lot in asked.lots}
    row.request_id = request.id
    row.consultation_ref, row.consultation_id = request.consultation_ref, request.consultation_id
    row.closes_at = request.closes_at
    row.lots = [lot for lot in row.lots if lot in known] or [lot.id for lot in asked.lots]
    put(session, vault, row, what, by=by, now=now)
    data = {
        "request": request.id_dume,
        "carried": len(merged.carried),
        "to_review": len(merged.to_review),
        "unmatched": len(merged.unmatched),
    }
    note(session, row, "merged", by=by, now=now, data=data)
    return replace(merged, document=what)


def _properties(groups: tuple[Group, ...]) -> list[str]:
    """Return the ids of all properties in and under some groups."""
    found: list[str] = []
    for group in groups:
        found += [one.id for one in group.properties]
        found += _properties(group.groups)
    return found
