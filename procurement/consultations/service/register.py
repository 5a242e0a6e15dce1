"""The withdrawal register: one line per download, written before the first byte leaves."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from procurement.consultations.models import Withdrawal
from procurement.consultations.rules import ConsultationView, DocumentView
from procurement.core import journal
from procurement.core.security import Identity


@dataclass(frozen=True, kw_only=True)
class Withdrawer:
    """Who takes the documents, when he says so: an account, or a name and an address."""

    identity: Identity | None = None
    name: str = ""
    organisation_name: str = ""
    email: str = ""


def record_withdrawal(
    session: Session,
    consultation: ConsultationView,
    document: DocumentView | None,
    *,
    what: str,
    by: Withdrawer,
    now: datetime,
) -> uuid.UUID:
    """Write the line of a download that begins; return its id. An anonymous one leaves no trace but a count."""
    account = by.identity
    row = Withdrawal(
        consultation_id=consultation.id,
        version=consultation.dce_version or 0,
        document_id=document.id if document else None,
        what=what,
        at=now,
        person_id=account.person_id if account else None,
        organisation_id=account.organisation_id if account else None,
        name=account.name if account else by.name,
        organisation_name=account.organisation_name if account else by.organisation_name,
        email=account.email if account else by.email,
    )
    session.add(row)
    session.flush()
    journal.append(
        session,
        at=now,
        actor=account,
        action="consultations:document:withdrawn",
        subject=consultation.id,
        data={"withdrawal": str(row.id), "version": row.version, "document": str(row.document_id or "")},
        organisation_id=consultation.organisation_id,
    )
    return row.id


def complete_withdrawal(session: Session, withdrawal_id: uuid.UUID, *, now: datetime) -> None:
    """Note that the last byte was sent."""
    session.execute(update(Withdrawal).where(Withdrawal.id == withdrawal_id).values(completed_at=now))
