"""How far a prefilling is: its sources may all have answered before what they say is proposed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dume.models import Dume, DumeSource
from dume.service.prefill import PREFILL
from procurement.core import jobs

__all__ = ["prefill_underway"]


def prefill_underway(session: Session, row: Dume) -> bool:
    """Tell whether the latest prefilling of a response is not at its end: until then more may be proposed."""
    asked = select(DumeSource.prefill).where(DumeSource.dume_id == row.id, DumeSource.prefill.is_not(None))
    latest = session.scalar(asked.order_by(DumeSource.requested_at.desc(), DumeSource.id.desc()).limit(1))
    return latest is not None and jobs.underway(session, f"{PREFILL}:{latest}")
