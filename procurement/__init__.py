"""The Pyramid application, put together on one page: one include per line.

Nothing of ours is imported at the top: importing ``procurement.core.db`` from ``dume`` must not drag the application in.
"""

from typing import Any


def main(global_config: dict[str, str], **ini: str) -> Any:
    """Return the WSGI application for the settings of an ini file."""
    from pyramid.config import Configurator

    del global_config
    with Configurator(settings=ini) as config:
        # The kernel: settings, clock, database, security, web.
        config.include("procurement.core")
        # People, organisations, sign-in.
        config.include("procurement.accounts")
        # Signatures: verify, keep verdicts.
        config.include("procurement.signatures")
        # DUME: what buyers require and companies answer, prefilled from registers.
        config.include("dume")
        # Clause library and contract documents.
        config.include("clauses")
        # Consultations, lots, tender documents, search.
        config.include("procurement.consultations")
        # Sealed bids: keys, upload, deposit, receipt, opening.
        config.include("procurement.bids")
        # eForms notices: import.
        config.include("procurement.notices")
    return config.make_wsgi_app()
