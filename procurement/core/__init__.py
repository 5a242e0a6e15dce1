"""The kernel: settings, clock, database, journal, jobs, storage, web. Knows no domain word.

Invariants: time comes from one Clock; every write is one transaction that holds its own journal entry and jobs; an
absent permission refuses.
"""

import os
from typing import Any

from procurement.core import services
from procurement.core.settings import Settings, load


def includeme(config: Any) -> None:
    """Put the kernel together; the rooms are included after it."""
    settings = load(config.registry.settings, os.environ)
    services.register(config.registry, Settings, settings)
    services_of_ours = (
        "logging clock db.service security i18n jobs vault storage mail timestamp seal xmlsignatures"
    )
    for piece in f"{services_of_ours} rate health web api webhooks".split():
        config.include(f"procurement.core.{piece}")
