"""Tell programs of vendors what happened: signed, thin messages to addresses that they registered.

Words: a *webhook* is an address with the events it hears of; a *delivery* is one event on its way to one address; an
*attempt* is one try. Rooms ``declare`` their events and ``emit`` them in the transaction of the deed; the worker sends.

Invariants: a message names an object and its state, never its content; it is sent only to public addresses over https;
its secret lies in the vault. The format is that of Standard Webhooks.
"""

from typing import Any

from procurement.core.webhooks.events import declare, declared, emit

__all__ = ["declare", "declared", "emit"]


def includeme(config: Any) -> None:
    """Register the sender, the job, the sweep, the routes and the endpoints."""
    from procurement.core import services
    from procurement.core.settings import Settings
    from procurement.core.webhooks import jobs, routes
    from procurement.core.webhooks.addresses import Guard
    from procurement.core.webhooks.sending import Sender

    settings: Settings = services.find(config.registry, Settings)
    services.register(config.registry, Sender, Sender(Guard(private=settings.webhooks_private)))
    config.add_job(jobs.DELIVER, jobs.deliver)
    config.add_sweep(jobs.sweep)
    config.include(routes)
    config.scan("procurement.core.webhooks.views", categories=("pyramid",))
