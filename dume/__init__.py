"""The DUME service (European Single Procurement Document): API first, pages second; never needs a consultation.

Words: a *request* (DUME acheteur) says what a buyer requires, a *response* (DUME OE) what a company answers on its honour;
a *revision* is one wording of either, immutable once validated; a *source* is an official register that proposes values;
a *consortium* are companies that answer together; a *hand-over* sends a client's user to our pages.

Invariants: facts are stored and the status is derived; a proposed value is nobody's claim until a person confirms it; a
response is encrypted at rest and no buyer reads it before the opening, whatever the route; an id gives no right: what
is another's does not exist; sources and openings never change a response.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Register the company registry, the API, the pages, the events and the jobs of the room."""
    from dume import jobs
    from dume.service import EVENTS
    from procurement.core import webhooks

    webhooks.declare(*EVENTS)
    config.include("dume.registry")
    config.include("dume.api")
    config.include("dume.views.addresses")
    config.include("dume.views.desks")
    for kind, handler in jobs.HANDLERS.items():
        config.add_job(kind, handler)
    config.include("dume.facade")
