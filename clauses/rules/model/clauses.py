"""Describe a clause, its examples and what it departs from."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from clauses.rules.model.conditions import Condition
from clauses.rules.model.values import Facts, Origin, no_origin


class Nature(StrEnum):
    """How free the buyer is about a clause."""

    MANDATORY = "obligatoire"
    CONDITIONAL = "conditionnelle"
    OPTIONAL = "facultative"
    FREE = "libre"


class Lock(StrEnum):
    """What lower layers may not touch: its words, its being there, nothing."""

    TEXT = "texte"
    PRESENCE = "presence"
    NONE = "aucun"


class GroupMode(StrEnum):
    """How many clauses of a group stand in one document."""

    EXACTLY_ONE = "exactement_un"
    AT_LEAST_ONE = "au_moins_un"
    AT_MOST_ONE = "au_plus_un"


@dataclass(frozen=True)
class LegalStatus:
    """Whether a named lawyer has validated the words; without a name they are to be validated."""

    validated_by: str = ""
    validated_on: date | None = None

    @property
    def validated(self) -> bool:
        """Say whether somebody put a name under it."""
        return bool(self.validated_by)


@dataclass(frozen=True)
class Validity:
    """The days, both included, on which a clause may be used."""

    start: date | None = None
    end: date | None = None

    def holds(self, on: date) -> bool:
        """Say whether the clause may be used on that reference date."""
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)


@dataclass(frozen=True)
class Derogation:
    """One article of one CCAG from which a clause departs, always or if a condition holds."""

    ccag: str
    article: str
    condition: Condition | None = None


@dataclass(frozen=True)
class Help:
    """What stands beside the clause in the editor."""

    short: str = ""
    example: str = ""
    pitfalls: tuple[str, ...] = ()
    walkthrough: str = ""


@dataclass(frozen=True)
class Example:
    """A fact set and what is expected of the clause: the tests of the library itself."""

    facts: Facts
    on: date
    present: bool
    contains: str = ""
    origin: Origin = field(default_factory=no_origin, compare=False, repr=False)


@dataclass(frozen=True)
class Waiver:
    """A finding accepted by its author, with the reason; printed in the manifest of releases."""

    code: str
    reason: str


@dataclass(frozen=True)
class Clause:
    """One clause: when it stands in a document, and its words (restricted Markdown)."""

    id: str
    title: str
    legal_status: LegalStatus
    nature: Nature
    lock: Lock
    documents: tuple[str, ...]
    contract_types: tuple[str, ...]
    procedures: tuple[str, ...]
    validity: Validity
    body: str
    group: str = ""
    condition: Condition | None = None
    variables: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    derogations: tuple[Derogation, ...] = ()
    help: Help = Help()
    examples: tuple[Example, ...] = ()
    waiver: Waiver | None = None
    origin: Origin = field(default_factory=no_origin, compare=False, repr=False)
