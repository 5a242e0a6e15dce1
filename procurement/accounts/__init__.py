"""People and organisations: who signs in, for whom, with what role.

Words: an *organisation* is a buyer or a company, known by a SIRET; a *service* is a purchasing entity inside a buyer;
a *person* holds *roles* in one or several organisations and acts for one at a time; a *session* is one sign-in on one
device.

Invariants: an organisation keeps an administrator; an opener without a second factor opens nothing; secrets sent by
mail or kept in a cookie are stored as hashes; roles are dated and never deleted.
"""

from typing import Any


def includeme(config: Any) -> None:
    """Register the room: directory, routes, pages, identities, jobs, limits."""
    from procurement.accounts.cookies import CookieIdentities
    from procurement.accounts.service import account
    from procurement.core import services
    from procurement.core.security import IdentitySource

    config.include("procurement.accounts.registry.embedded")
    config.include("procurement.accounts.routes")
    services.register(config.registry, IdentitySource, CookieIdentities())
    config.add_job(account.RESET_JOB, account.send_reset)
    config.add_rate("accounts.sign_in", "30 per minute")
    config.add_rate("accounts.mail", "10 per 10 minutes")
    config.scan("procurement.accounts.views", categories=("pyramid",))
    config.scan("procurement.accounts.api", categories=("pyramid",))
