"""Make the database one of the application's services."""

from typing import Any

from procurement.core import metrics, services
from procurement.core.db.engines import Database
from procurement.core.settings import Settings


def includeme(config: Any) -> None:
    """Open the database that the settings name."""
    settings: Settings = services.find(config.registry, Settings)
    services.register(
        config.registry, Database, Database(settings.database_url, observe_wait=metrics.observe_writer_wait)
    )
