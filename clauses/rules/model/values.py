"""Name the types of facts and their values, and the place where something was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

TYPE_FACT = "type_contrat"
PROCEDURE_FACT = "procedure"
BUYER_FACT = "categorie_acheteur"
NATURE_FACT = "nature_achat"
ANY = "*"


class FactType(StrEnum):
    """What a fact is; the value is its name in files, except for the composed ones (`TYPE_NAMES`)."""

    ENUM = "enum"
    BOOL = "bool"
    INTEGER = "entier"
    AMOUNT = "montant"
    RATE = "taux"
    DATE = "date"
    DATETIME = "date_heure"
    MONTH = "mois"
    DURATION = "duree"
    TEXT = "texte"
    RICH = "riche"
    SET = "ensemble"
    RECORDS = "liste"
    TEXTS = "liste_texte"
    ORGANISATION = "organisme"
    PERSON = "personne"
    ADDRESS = "adresse"
    SIRET = "siret"
    IBAN = "iban"
    CPV = "cpv"
    NUTS = "nuts"
    PIECE = "piece"


TYPE_NAMES: Mapping[FactType, str] = {
    kind: {
        FactType.SET: "ensemble(enum)",
        FactType.RECORDS: "liste(record)",
        FactType.TEXTS: "liste(texte)",
    }.get(kind, kind.value)
    for kind in FactType
}

RECORD_KEYS: Mapping[FactType, tuple[str, ...]] = {
    FactType.ORGANISATION: ("nom", "siret", "adresse"),
    FactType.PERSON: ("nom", "fonction", "courriel", "telephone"),
    FactType.ADDRESS: ("voie", "complement", "code_postal", "commune", "pays"),
}


#: What a condition may read: these, and nothing longer.
ORDERED = frozenset(
    {
        FactType.INTEGER,
        FactType.AMOUNT,
        FactType.RATE,
        FactType.DATE,
        FactType.DATETIME,
        FactType.MONTH,
        FactType.DURATION,
    }
)
TEXTUAL = frozenset(
    {FactType.TEXT, FactType.SIRET, FactType.IBAN, FactType.CPV, FactType.NUTS, FactType.PIECE}
)


class Scope(StrEnum):
    """For what a fact is answered once."""

    CONSULTATION = "consultation"
    LOT = "lot"
    DOCUMENT = "document"


class Source(StrEnum):
    """Where a fact comes from."""

    CONSULTATION = "consultation"
    LOT = "lot"
    ENTITY = "entite"
    ANSWER = "reponse"
    COMPUTED = "calcule"


class DurationUnit(StrEnum):
    """In what a duration is counted; durations of two units are never compared."""

    DAYS = "jours"
    WEEKS = "semaines"
    MONTHS = "mois"
    YEARS = "annees"


@dataclass(frozen=True, order=True)
class Month:
    """One month of one year."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True)
class Duration:
    """A whole number of one unit."""

    number: int
    unit: DurationUnit

    def __str__(self) -> str:
        return f"{self.number} {self.unit}"


Record: TypeAlias = Mapping[str, "Value"]
Value: TypeAlias = (
    str
    | bool
    | int
    | Decimal
    | date
    | datetime
    | Month
    | Duration
    | frozenset[str]
    | tuple[str, ...]
    | tuple[Record, ...]
    | Record
)
Facts: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True)
class Origin:
    """Where something was read; ``places`` gives line and column of each key of a mapping."""

    file: str = ""
    line: int = 0
    column: int = 0
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def at(self, key: str) -> tuple[int, int]:
        """Return line and column of one key, of the whole thing if the key is not written."""
        return self.places.get(key, (self.line, self.column))


NOWHERE = Origin()


def no_origin() -> Origin:
    """Return the place of what was not read from a file."""
    return NOWHERE
