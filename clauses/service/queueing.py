"""Have a file made in the background: laying out a PDF takes longer than somebody should wait for an answer."""

from datetime import datetime

from sqlalchemy.orm import Session

from clauses.queries import DraftView
from clauses.rules.states import ArtefactFormat
from procurement.core import jobs
from procurement.core.jobs import JobState

#: The kind of the job that makes the file of a draft: payload ``draft``, ``format``.
EXPORT = "clauses.export"


def ask_for(session: Session, draft: DraftView, form: ArtefactFormat, *, now: datetime) -> datetime | None:
    """Ask for the file of a draft as it is now; return when it is worth asking again.

    A second time changes nothing. None says that every attempt has failed: that is said once, and who asks after that
    has it tried anew.
    """
    key = f"{EXPORT}:{draft.id}:{draft.revision}:{form}"
    known = jobs.standing(session, key)
    if known is not None and known.state is JobState.DEAD:
        jobs.let_go(session, key)
        return None
    if known is not None:
        return known.run_at
    payload = {"draft": str(draft.id), "format": str(form)}
    jobs.enqueue(session, EXPORT, payload, now=now, key=key)
    return now
