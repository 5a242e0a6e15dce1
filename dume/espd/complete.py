"""Build requests and responses, and tell what is shown, what is missing and what a lot sees. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dume.espd.model import (
    Answer,
    Buyer,
    Document,
    EconomicOperator,
    Header,
    Lot,
    Procedure,
    Role,
    Value,
)


class Mode(StrEnum):
    """How the buyer chooses its criteria."""

    STANDARD = "standard"
    SIMPLIFIED = "simplifie"


@dataclass(frozen=True, slots=True)
class Choice:
    """A criterion the buyer asks, by code, for these lots (none: all), with the values it requires by path."""

    code: str
    lots: tuple[str, ...] = ()
    requirements: tuple["Requirements", ...] = ()


@dataclass(frozen=True, slots=True)
class Requirements:
    """The values a buyer requires, by taxonomy path, for these lots (none: those of the criterion)."""

    lots: tuple[str, ...] = ()
    values: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A question without an answer."""

    property: str
    occurrence: tuple[int, ...]
    criterion: str


def request(
    choices: Sequence[Choice],
    buyer: Buyer,
    procedure: Procedure,
    lots: tuple[Lot, ...],
    mode: Mode = Mode.STANDARD,
    *,
    header: Header,
    lang: str = "fr",
) -> Document:
    """Return a buyer's request."""
    raise NotImplementedError


def response(
    request: Document,
    role: Role,
    operator: EconomicOperator,
    *,
    header: Header,
    relied_on: frozenset[str] = frozenset(),
) -> Document:
    """Return the skeleton of a response to a request."""
    raise NotImplementedError


def visible(document: Document) -> frozenset[str]:
    """Return the ids of the properties that are shown, given the indicators answered."""
    raise NotImplementedError


def missing(document: Document) -> tuple[Missing, ...]:
    """Return the shown questions nobody has answered."""
    raise NotImplementedError


def with_answers(document: Document, answers: Sequence[Answer]) -> Document:
    """Return the document with these answers set, all or none; raise Invalid with JSON pointers."""
    raise NotImplementedError


def for_lot(document: Document, lot: str) -> Document:
    """Return the part of a document that holds for one lot."""
    raise NotImplementedError
