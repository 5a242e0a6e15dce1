"""Have the evidence of a kept verdict time-stamped: asked for with the verdict, had when the authority answers."""

import hashlib
import logging
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from procurement.core import jobs, journal
from procurement.core.jobs import JobContext
from procurement.core.timestamp import Timestamper, TimestampUnavailable, Token
from procurement.signatures.models import SignatureVerdict

STAMP = "signatures.stamp_evidence"
_log = logging.getLogger(__name__)


def ask(session: Session, verdict_id: uuid.UUID, *, now: datetime) -> None:
    """Ask for the time-stamp over the evidence of a verdict, in the transaction that keeps it."""
    payload = {"verdict": str(verdict_id)}
    jobs.enqueue(session, STAMP, payload, now=now, priority=50, key=f"{STAMP}:{verdict_id}")


def stamp(context: JobContext, payload: dict[str, Any]) -> None:
    """Have the evidence of a verdict time-stamped, and keep the token beside it; raise to be tried later."""
    verdict_id = uuid.UUID(payload["verdict"])
    with context.database.read() as session:
        row = session.get(SignatureVerdict, verdict_id)
        if row is None or row.evidence_sha256 is None or row.evidence_stamped_at is not None:
            return
        digest = row.evidence_sha256
    authority: Timestamper = context.find(Timestamper)
    try:
        token = authority.stamp(bytes.fromhex(digest))
    except TimestampUnavailable as error:
        _log.warning("time-stamp pending for the evidence of verdict %s: %s", verdict_id, error)
        raise
    with context.database.write() as session:
        _keep(session, verdict_id, token, now=context.clock.now())


def _keep(session: Session, verdict_id: uuid.UUID, token: Token, *, now: datetime) -> None:
    """Keep the first token; a second run that was as far finds it there."""
    stamped = session.execute(
        update(SignatureVerdict)
        .where(SignatureVerdict.id == verdict_id, SignatureVerdict.evidence_stamped_at.is_(None))
        .values(
            evidence_tsr=token.der,
            evidence_stamped_at=token.gen_time,
            evidence_stamp_authority=token.authority[:200],
            evidence_stamp_qualified=token.qualified,
        )
        .returning(
            SignatureVerdict.subject, SignatureVerdict.organisation_id, SignatureVerdict.evidence_sha256
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if stamped is None:
        return
    data = {
        "verdict": str(verdict_id),
        "evidence_sha256": stamped.evidence_sha256,
        "token_sha256": hashlib.sha256(token.der).hexdigest(),
        "qualified": token.qualified,
    }
    journal.append(
        session,
        at=now,
        actor=None,
        action="signatures:evidence:stamped",
        subject=stamped.subject,
        data=data,
        organisation_id=stamped.organisation_id,
    )
