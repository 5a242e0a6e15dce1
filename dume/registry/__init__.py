"""Ask official sources about a company, to propose answers to its DUME: never to answer in its place.

`open_registry` gives the simulator (default) or API Entreprise behind the same protocol. A result that is not
`obtained` claims nothing; a value is a proposal until a person confirms it.
"""

from dume.registry.opening import Options, Registry, open_registry
from dume.registry.sources import Level, Source, for_level, source
from procurement.accounts.registry import Proof, SourceResult, SourceStatus

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
    "source",
]
