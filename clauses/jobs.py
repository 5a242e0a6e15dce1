"""Background work of the clause room: files that take long to lay out, terms made anew after the stemmer has changed."""

import uuid
from datetime import timedelta
from typing import Any

from clauses import search, service
from clauses.rules.states import ArtefactFormat
from clauses.service.queueing import EXPORT
from procurement.core.jobs import JobContext

#: Make the terms of the search anew.
REINDEX = "clauses.reindex"


def export(context: JobContext, payload: dict[str, Any]) -> None:
    """Make a file of a draft as it is now; one that is there already is left."""
    draft, form = uuid.UUID(payload["draft"]), ArtefactFormat(payload["format"])
    service.export(context.database, draft, form, by=None, now=context.clock.now())


def reindex(context: JobContext, payload: dict[str, Any]) -> None:
    """Make anew the terms that another stemmer made."""
    del payload
    with context.database.write() as session:
        if search.outdated(session):
            service.reindex(session)


#: Somebody waits for a file: what does not work within three minutes is said, with what there is instead.
PAUSES = {EXPORT: (timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2))}
HANDLERS = {EXPORT: export, REINDEX: reindex}
