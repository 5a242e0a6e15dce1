"""Describe facts and dated parameters: the dictionary of a library."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clauses.rules.model.conditions import Condition
from clauses.rules.model.values import ANY, FactType, Origin, Scope, Source, Value, no_origin


@dataclass(frozen=True)
class Label:
    """A label in French, and in English when it is given."""

    fr: str
    en: str = ""

    def within(self, lang: str) -> str:
        """Return the label in a language, in French where it is not given."""
        return self.en if lang == "en" and self.en else self.fr


@dataclass(frozen=True)
class Choice:
    """One value of an ``enum`` or ``ensemble`` fact."""

    value: str
    label: Label


@dataclass(frozen=True)
class Column:
    """One column of a ``liste(record)`` fact."""

    key: str
    type: FactType
    label: Label
    values: tuple[Choice, ...] = ()
    unit: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Domain:
    """What values a fact may take; the bounds are included and typed as the fact."""

    values: tuple[Choice, ...] = ()
    minimum: Value | None = None
    maximum: Value | None = None
    columns: tuple[Column, ...] = ()
    min_size: int | None = None
    max_size: int | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of the values, in order."""
        return tuple(choice.value for choice in self.values)


@dataclass(frozen=True)
class Fact:
    """One entry of the dictionary of facts (``faits.yaml``)."""

    key: str
    type: FactType
    label: Label
    question: str = ""
    help: str = ""
    scope: Scope = Scope.CONSULTATION
    source: Source = Source.ANSWER
    relevant_if: Condition | None = None
    neutral: Value | None = None
    domain: Domain = Domain()
    unit: str = ""
    personal_data: bool = False
    origin: Origin = field(default_factory=no_origin, compare=False, repr=False)


@dataclass(frozen=True)
class Parameter:
    """One period of one dated legal figure; ``end`` is the last day, the selectors say for whom (``*``: everybody).

    ``label`` is what explanations call it; without one they use the key.
    """

    key: str
    value: Decimal | date
    start: date
    end: date | None = None
    buyer_category: tuple[str, ...] = (ANY,)
    nature: tuple[str, ...] = (ANY,)
    unit: str = ""
    source: str = ""
    verified_by: str = ""
    label: str = ""
    origin: Origin = field(default_factory=no_origin, compare=False, repr=False)
