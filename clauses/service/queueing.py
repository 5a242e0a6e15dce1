"""Have a file made in the background: laying out a PDF takes longer than somebody should wait for an answer."""

from datetime import datetime

from sqlalchemy.orm import Session

from clauses.queries import DraftView
from clauses.rules.states import ArtefactFormat
from procurement.core.jobs import enqueue

#: The kind of the job that makes the file of a draft: payload ``draft``, ``format``.
EXPORT = "clauses.export"


def ask_for(session: Session, draft: DraftView, form: ArtefactFormat, *, now: datetime) -> None:
    """Ask for the file of a draft as it is now; a second time changes nothing."""
    payload = {"draft": str(draft.id), "format": str(form)}
    enqueue(session, EXPORT, payload, now=now, key=f"{EXPORT}:{draft.id}:{draft.revision}:{form}")
