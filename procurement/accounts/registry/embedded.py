"""The directory that comes with Pli: fictitious buyers and companies, with SIRET numbers whose keys hold."""

import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from procurement.accounts.registry import CompanyRegistry, Entity, SourceResult, SourceStatus
from procurement.accounts.rules import OrganisationKind
from procurement.core import ids, services

#: The only source that the directory answers for.
DIRECTORY = "directory"
_FILE = Path(__file__).with_name("directory.toml")


class EmbeddedRegistry:
    """Answer from ``directory.toml``."""

    def __init__(self, file: Path = _FILE) -> None:
        self._file = file

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """Every establishment of the directory, in the order of the file."""
        content = tomllib.loads(self._file.read_text(encoding="utf-8"))
        about = {"source": content["source"], "as_of": content["as_of"]}
        return tuple(_entity(row, about) for row in content["entity"])

    def find(self, siret: str) -> Entity | None:
        """Return the establishment of a SIRET."""
        return next((entity for entity in self.entities if entity.siret == siret), None)

    def establishments(self, siren: str) -> tuple[Entity, ...]:
        """Return the open establishments of a SIREN."""
        return tuple(entity for entity in self.entities if entity.siret[:9] == siren and not entity.closed)

    def search(self, name: str, *, limit: int = 10) -> tuple[Entity, ...]:
        """Return establishments whose name or city holds every word of ``name``."""
        words = _folded(name).split()
        found = (entity for entity in self.entities if words and _holds(entity, words))
        return tuple(entity for entity, _rank in zip(found, range(limit), strict=False))

    def lookup(
        self,
        siret: str,
        sources: Sequence[str],
        *,
        recipient: str,
        context: str,
        object: str,  # noqa: A002  the word of the protocol
        now: datetime,
    ) -> Iterator[SourceResult]:
        """Skip every source but ``directory``: this directory holds names and addresses only."""
        del recipient, context, object
        for source in sources:
            yield self._directory(siret, now) if source == DIRECTORY else _skipped(source)

    def _directory(self, siret: str, now: datetime) -> SourceResult:
        entity = self.find(siret)
        if entity is None:
            return SourceResult(source=DIRECTORY, status=SourceStatus.NOT_FOUND)
        return SourceResult(
            source=DIRECTORY,
            status=SourceStatus.OBTAINED,
            values={
                "name": entity.legal_name,
                "street": entity.address,
                "postcode": entity.postal_code,
                "city": entity.city,
                "country": entity.country,
            },
            as_of=entity.as_of,
            obtained_at=now,
        )


def _skipped(source: str) -> SourceResult:
    return SourceResult(source=source, status=SourceStatus.SKIPPED, detail="not_in_directory")


def _entity(row: dict[str, Any], about: dict[str, Any]) -> Entity:
    values = {**about, **row, "kind": OrganisationKind(row["kind"]), "siret": ids.siret(row["siret"])}
    return Entity(**values)


def _holds(entity: Entity, words: list[str]) -> bool:
    text = _folded(f"{entity.legal_name} {entity.city}")
    return not entity.closed and all(word in text for word in words)


def _folded(text: str) -> str:
    split = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in split if unicodedata.category(char) != "Mn")


def includeme(config: Any) -> None:
    """Register the embedded directory as the company registry."""
    services.register(config.registry, CompanyRegistry, EmbeddedRegistry())
