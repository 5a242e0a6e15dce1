"""Sealed bids: a company sends its bid encrypted, gets a receipt at once, and nobody reads it before the opening.

Words: a *draft* is a deposit in preparation; its *uploads* are encrypted streams; the *final act* (commit) makes it a
*deposit*, which groups *envelopes* (one lot, one kind); a *key set* says to whose certificates envelopes are sealed; an
*opening* turns envelopes into files.

Invariants: a receipt leaves after the row, the row after the object; an object is never overwritten; lateness is judged
to the millisecond by the instant of the final act and never refuses a deposit; no private key ever comes here; nothing
about bids (count, size, name) shows before the deadline to anyone but the bidder.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Add routes, views, jobs, rate limits, and this room's hooks into consultations."""
    from procurement.accounts import dashboard
    from procurement.bids import hooks, jobs
    from procurement.bids.dashboard import DepositsSection, OpeningsSection
    from procurement.bids.service.leases import Leases
    from procurement.consultations import hooks as consultations
    from procurement.core import services
    from procurement.core.clock import Clock

    clock: Clock = services.find(config.registry, Clock)
    services.register(config.registry, Leases, Leases(clock.boottime))
    config.include("procurement.bids.service.authority")
    config.include("procurement.bids.routes")
    config.scan("procurement.bids.views", categories=("pyramid",))
    config.scan("procurement.bids.api", categories=("pyramid",))
    for kind, handler in jobs.HANDLERS.items():
        config.add_job(kind, handler)
    config.add_rate("bids.draft", "60 per minute")
    config.add_rate("bids.workstation", "20 per minute")
    config.add_rate("bids.opening", "60 per minute")
    consultations.add_guard(config, hooks.KeySetGuard())
    consultations.add_section(config, hooks.KeysSection())
    dashboard.register(config, DepositsSection())
    dashboard.register(config, OpeningsSection())
