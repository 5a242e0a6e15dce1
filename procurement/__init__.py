"""The Pyramid application, put together on one page: one include per line.

Nothing of ours is imported at the top: importing ``procurement.core.db`` from ``dume`` must not drag the application in.
"""

from typing import Any


def main(global_config: dict[str, str], **ini: str) -> Any:
    """Return the WSGI application for the settings of an ini file."""
    from importlib.util import find_spec

    from pyramid.config import Configurator

    del global_config
    with Configurator(settings=ini) as config:
        # The kernel: settings, clock, database, security, web.
        config.include("procurement.core")
        for room in ("accounts", "consultations", "bids", "notices"):
            if find_spec(f"procurement.{room}") and find_spec(f"procurement.{room}.routes"):
                config.include(f"procurement.{room}")
    return config.make_wsgi_app()
