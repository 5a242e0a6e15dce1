"""Ask official sources about a company, to propose answers to its DUME: never to answer in its place.

`open_registry` gives the simulator (default) or API Entreprise behind the same protocol. A result that is not
`obtained` claims nothing; a value is a proposal until a person confirms it.
"""

from typing import Any

from dume.registry.opening import Options, Registry, open_registry, options
from dume.registry.sources import Level, Source, for_level, source
from procurement.accounts.registry import Proof, SourceResult, SourceStatus
from procurement.core import services
from procurement.core.clock import Clock
from procurement.core.settings import Settings

__all__ = [
    "Level",
    "Options",
    "Proof",
    "Registry",
    "Source",
    "SourceResult",
    "SourceStatus",
    "for_level",
    "open_registry",
    "options",
    "source",
]


def includeme(config: Any) -> None:
    """Register the registry that the settings name, for jobs and the command line."""
    settings: Settings = services.find(config.registry, Settings)
    clock: Clock = services.find(config.registry, Clock)
    services.register(config.registry, Registry, open_registry(options(settings, clock.now)))
