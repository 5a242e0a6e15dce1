"""The simulator's companies: name and address as in the embedded directory, figures and skills of our own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from procurement.accounts.registry.embedded import EmbeddedRegistry

_FILE = Path(__file__).parent / "data" / "companies.json"


class Behaviour(StrEnum):
    """What a magic SIRET does."""

    ORDINARY = ""
    COMPLETE = "complete"
    DOWN = "down"
    SLOW = "slow"
    STRUCK_OFF = "struck_off"
    REFUSED = "refused"
    NOT_DISSEMINATED = "not_disseminated"
    FLOODED = "flooded"
    EXPIRING = "expiring"


@dataclass(frozen=True, kw_only=True)
class Company:
    """A fictitious company; `turnover` and `headcount` are of the last closed years, latest first."""

    siret: str
    name: str
    street: str
    postcode: str
    city: str
    form: tuple[str, str]
    activity: tuple[str, str]
    category: str
    created: str
    headcount: tuple[int, ...]
    turnover: tuple[int, ...]
    officers: tuple[tuple[str, str, str], ...] = ()
    sources: frozenset[str] = frozenset()
    behaviour: Behaviour = Behaviour.ORDINARY
    person: Mapping[str, str] = field(default_factory=dict)

    @property
    def siren(self) -> str:
        """Return the number of the legal unit."""
        return self.siret[:9]


@cache
def companies() -> Mapping[str, Company]:
    """Return the companies by SIREN."""
    known = {entity.siret: entity for entity in EmbeddedRegistry().entities}
    found = [_company(row, known.get(row["siret"])) for row in json.loads(_FILE.read_text(encoding="utf-8"))]
    return {company.siren: company for company in found}


def _company(row: dict[str, Any], entity: Any) -> Company:
    where = (
        {
            "name": entity.legal_name,
            "street": entity.address,
            "postcode": entity.postal_code,
            "city": entity.city,
        }
        if entity
        else {}
    )
    tuples = {name: tuple(row[name]) for name in ("form", "activity", "headcount", "turnover")}
    return Company(
        **{
            **row,
            **where,
            **tuples,
            "officers": tuple((role, family, first) for role, family, first in row.get("officers", [])),
            "sources": frozenset(row.get("sources", [])),
            "behaviour": Behaviour(row.get("behaviour", "")),
        }
    )
