"""People and organisations: who signs in, for whom, with what role.

Words: an *organisation* is a buyer or a company, known by a SIRET; a *service* is a purchasing entity inside a buyer;
a *person* holds *roles* in one or several organisations and acts for one at a time; a *session* is one sign-in on one
device. An *API client* is a program of a vendor; it has keys, scopes and a state, and acts for a buyer by its mandate.

Invariants: an organisation keeps an administrator; an opener without a second factor opens nothing; secrets sent by
mail, kept in a cookie or given to an API client are stored as hashes; roles are dated and never deleted.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Register the room: directory, routes, pages, identities, jobs, limits."""
    from procurement.accounts.bearer import TokenClients
    from procurement.accounts.cookies import CookieIdentities
    from procurement.accounts.service import account, api_tokens
    from procurement.core import services
    from procurement.core.security import BearerSource, IdentitySource
    from procurement.core.settings import Settings

    config.include("procurement.accounts.registry.embedded")
    config.include("procurement.accounts.routes")
    services.register(config.registry, IdentitySource, CookieIdentities())
    services.register(config.registry, BearerSource, TokenClients())
    config.add_sweep(api_tokens.forget)
    config.add_job(account.RESET_JOB, account.send_reset)
    config.add_rate("accounts.sign_in", "30 per minute")
    config.add_rate("accounts.mail", "10 per 10 minutes")
    config.add_rate("accounts.token", "60 per minute")
    config.add_rate("accounts.sandbox", "10 per hour")
    config.scan("procurement.accounts.views", categories=("pyramid",))
    settings: Settings = services.find(config.registry, Settings)
    # The self-service of the sandbox does not exist in production.
    ignore = [] if settings.sandbox else ["procurement.accounts.api.sandbox"]
    config.scan("procurement.accounts.api", categories=("pyramid",), ignore=ignore)
