"""Read kept verdicts."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from procurement.signatures.models import SignatureVerdict
from signing.sealed.inventory import SignatureStatus

__all__ = ["Verdict", "evidence", "evidence_stamp", "latest", "of_subject", "shown"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A kept verdict without its reports."""

    id: uuid.UUID
    subject: str
    at: datetime
    file_name: str
    file_sha256: str
    status: SignatureStatus
    stated: SignatureStatus | None
    mismatch: bool
    signers: tuple[str, ...]
    evidence_sha256: str | None
    evidence_stamped_at: datetime | None
    evidence_stamp_authority: str | None


def latest(session: Session, subjects: Sequence[str]) -> dict[str, Verdict]:
    """Return the newest verdict of each subject that has one."""
    query = select(SignatureVerdict).where(SignatureVerdict.subject.in_(subjects))
    rows = session.scalars(query.order_by(SignatureVerdict.id))
    return {row.subject: _view(row) for row in rows}


def of_subject(session: Session, subject: str) -> list[Verdict]:
    """Return every verdict on a subject, newest first."""
    query = select(SignatureVerdict).where(SignatureVerdict.subject == subject)
    return [_view(row) for row in session.scalars(query.order_by(SignatureVerdict.id.desc()))]


def shown(session: Session, verdict_id: uuid.UUID, language: str) -> list[dict[str, Any]]:
    """Return the reports of a verdict as pages show them."""
    query = select(SignatureVerdict.shown).where(SignatureVerdict.id == verdict_id)
    found: list[dict[str, Any]] = session.scalars(query).one()[language]
    return found


def evidence(session: Session, subject: str, verdict_id: uuid.UUID) -> bytes | None:
    """Return ``evidence.zip`` of a verdict of this subject; None when there is none."""
    return _bytes(session, SignatureVerdict.evidence, subject, verdict_id)


def evidence_stamp(session: Session, subject: str, verdict_id: uuid.UUID) -> bytes | None:
    """Return the time-stamp (TimeStampResp) over ``evidence.zip``; None when there is none, or not yet."""
    return _bytes(session, SignatureVerdict.evidence_tsr, subject, verdict_id)


def _bytes(
    session: Session, column: InstrumentedAttribute[bytes | None], subject: str, verdict_id: uuid.UUID
) -> bytes | None:
    query = select(column).where(SignatureVerdict.id == verdict_id, SignatureVerdict.subject == subject)
    return session.scalars(query).one_or_none()


def _view(row: SignatureVerdict) -> Verdict:
    names = [name for name in Verdict.__dataclass_fields__ if name != "signers"]
    return Verdict(signers=tuple(row.signers), **{name: getattr(row, name) for name in names})
