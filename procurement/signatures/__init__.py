"""Electronic signatures: the pages, the API and the stored verdicts around the pure package ``signing``.

Words: a *signature* stands in a file or beside it (*detached*: the signed documents are then given too); a *report* is
what a verification says of a file, a *verdict* what it says of one signature; a *snapshot* of trust holds the trusted
lists and anchors of the operator; a *preflight* looks at signature material before a bid is sealed, and gives a *ticket*.

Invariants: nothing of a public verification is kept on the server, its report stays with who asked; a doubt is never
shown as a success; a missing or bad signature warns and never keeps a bid from being deposited.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Register what is trusted, the limits of the public addresses, the pages and the API."""
    from procurement.core import services
    from procurement.core.clock import Clock
    from procurement.core.settings import Settings
    from procurement.signatures import fetching, service, stamps
    from procurement.signatures.tickets import Tickets
    from procurement.signatures.trusted import Trusted

    settings: Settings = services.find(config.registry, Settings)
    clock: Clock = services.find(config.registry, Clock)
    fetch = fetching.build(settings, clock.now)
    trusted = Trusted(settings.trusted_lists_directory, settings.trust_list_days, fetch)
    services.register(config.registry, Trusted, trusted)
    services.register(config.registry, Tickets, Tickets(settings.secret_key))
    config.add_job(stamps.STAMP, stamps.stamp)
    config.add_rate(service.RATE, "30 per minute")
    config.add_rate("signatures.claim", "5 per 10 minutes")
    config.add_rate("signatures.jobs", "30 per minute")
    config.include("procurement.signatures.routes")
    config.scan("procurement.signatures.views", categories=("pyramid",))
    config.scan("procurement.signatures.api", categories=("pyramid",))
    config.scan("procurement.signatures.job_api", categories=("pyramid",))
    config.scan("procurement.signatures.job_views", categories=("pyramid",))
