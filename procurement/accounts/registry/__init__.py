"""Find an establishment's legal name and address by its SIRET.

Two implementations are foreseen: API Entreprise, and the directory embedded here, which holds fictitious entities for
the demonstration and the tests. An unknown SIRET is no error: the person types name and address, which are then shown
as declared.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from procurement.accounts.registry.results import CompanyLookup, Proof, SourceResult, SourceStatus
from procurement.accounts.rules import OrganisationKind

__all__ = ["CompanyLookup", "CompanyRegistry", "Entity", "Proof", "SourceResult", "SourceStatus"]


@dataclass(frozen=True, kw_only=True)
class Entity:
    """An establishment as a registry knows it; ``as_of`` is the date of the data and ``source`` names the registry."""

    siret: str
    legal_name: str
    address: str
    postal_code: str
    city: str
    country: str = "FRA"
    kind: OrganisationKind
    closed: bool = False
    source: str
    as_of: date


class CompanyRegistry(CompanyLookup, Protocol):
    """Look establishments up and ask sources about them; two real implementations (embedded directory, API Entreprise)."""

    def find(self, siret: str) -> Entity | None:
        """Return the establishment of a SIRET in normal form, or None when the registry does not know it."""
        ...

    def establishments(self, siren: str) -> tuple[Entity, ...]:
        """Return the open establishments of a SIREN, head office first."""
        ...

    def search(self, name: str, *, limit: int = 10) -> tuple[Entity, ...]:
        """Return establishments whose name or city holds every word of ``name``."""
        ...
