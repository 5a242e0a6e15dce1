"""What stands on a page: questions with their fields, the requirements they answer, groups that repeat or hide."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from dume.espd.model import AnswerStatus, Provenance


class Widget(StrEnum):
    """How a value is asked for; one macro each in ``templates/dume/_fields.html``."""

    YES_NO = "yes_no"
    LINE = "line"
    TEXT = "text"
    AMOUNT = "amount"
    DATE = "date"
    PERIOD = "period"
    NUMBER = "number"
    PERCENTAGE = "percentage"
    YEARS = "years"
    COUNTRY = "country"
    CODE = "code"
    URL = "url"
    PROOF = "proof"


#: Value type -> how it is asked; the types a person never types are not here.
WIDGETS: Mapping[str, Widget] = {
    "INDICATOR": Widget.YES_NO,
    "DESCRIPTION": Widget.TEXT,
    "AMOUNT": Widget.AMOUNT,
    "MINIMUM_AMOUNT": Widget.AMOUNT,
    "MAXIMUM_AMOUNT": Widget.AMOUNT,
    "DATE": Widget.DATE,
    "PERIOD": Widget.PERIOD,
    "PERCENTAGE": Widget.PERCENTAGE,
    "QUANTITY": Widget.NUMBER,
    "QUANTITY_INTEGER": Widget.NUMBER,
    "QUANTITY_YEAR": Widget.YEARS,
    "MINIMUM_QUANTITY": Widget.NUMBER,
    "MINIMUM_QUANTITY_INTEGER": Widget.NUMBER,
    "MINIMUM_QUANTITY_YEAR": Widget.YEARS,
    "CODE": Widget.CODE,
    "CODE_BOOLEAN": Widget.CODE,
    "CODE_COUNTRY": Widget.COUNTRY,
    "URL": Widget.URL,
    "EVIDENCE_IDENTIFIER": Widget.PROOF,
    "ECONOMIC_OPERATOR_IDENTIFIER": Widget.LINE,
    "QUAL_IDENTIFIER": Widget.LINE,
    "IDENTIFIER": Widget.LINE,
    "LOT_IDENTIFIER": Widget.LINE,
}
#: The posted parts of a widget; the others have one, named ``""``.
PARTS: Mapping[Widget, tuple[str, ...]] = {
    Widget.AMOUNT: ("", "currency"),
    Widget.PERIOD: ("start", "end"),
    Widget.NUMBER: ("", "unit"),
}
#: The scope of an answer that holds for every lot.
EVERY_LOT = "*"
_SEPARATOR = "|"


class Choice(NamedTuple):
    """A value to choose and its name."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which question is answered, at which occurrence and for which lot (``*``: all)."""

    question: str
    occurrence: tuple[int, ...]
    lot: str = EVERY_LOT

    @property
    def name(self) -> str:
        """Return the name of the field in a form."""
        indexes = ".".join(str(index) for index in self.occurrence)
        return _SEPARATOR.join((self.question, indexes, self.lot))

    @classmethod
    def parse(cls, name: str) -> "Scope | None":
        """Return the scope of a field's name, or None for a field of something else."""
        parts = name.split(_SEPARATOR)
        if len(parts) != 3 or not all(index.isdecimal() for index in parts[1].split(".") if index):  # noqa: PLR2004  # property, occurrence, lot
            return None
        return cls(parts[0], tuple(int(index) for index in parts[1].split(".") if index), parts[2])

    def part(self, part: str) -> str:
        """Return the name of one posted part."""
        return f"{self.name}{_SEPARATOR}{part}" if part else self.name

    @property
    def id(self) -> str:
        """Return an identifier for the page, the same each time."""
        return "q-" + "".join(char if char.isalnum() else "-" for char in self.name.replace("*", "tous"))


@dataclass(frozen=True, slots=True)
class Field:
    """One value asked for; `texts` holds what stands in its parts, `proposed` whether nobody has confirmed it yet."""

    scope: Scope
    widget: Widget
    label: str
    texts: Mapping[str, str]
    status: AnswerStatus | None = None
    provenance: Provenance | None = None
    error: str = ""
    choices: tuple[Choice, ...] = ()
    #: Whether a number may have a unit: a count of people or of years has none.
    units: bool = False

    @property
    def name(self) -> str:
        """Return the name in the form."""
        return self.scope.name

    @property
    def id(self) -> str:
        """Return the identifier on the page."""
        return self.scope.id

    @property
    def answered(self) -> bool:
        """Tell whether something stands there; a currency alone says nothing."""
        return any(text for part, text in self.texts.items() if part not in {"currency", "unit"})


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the field for all lots first, then those of lots answered apart; `add` repeats it."""

    label: str
    fields: tuple[Field, ...]
    required: bool
    add: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What the buyer requires, in words."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """Questions shown together. `shown` is false while the answer of `when` (a field's name) is not `wanted`.

    An `optional` one may be left out as a whole.
    """

    path: str
    occurrence: tuple[int, ...]
    legend: str
    notes: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    questions: tuple[Question, ...]
    parts: tuple["Part", ...]
    shown: bool = True
    when: str = ""
    wanted: str = ""
    add: str = ""
    remove: str = ""
    optional: bool = False

    @property
    def answered(self) -> bool:
        """Tell whether something stands in it or below."""
        here = any(field.answered or field.error for question in self.questions for field in question.fields)
        return here or any(part.answered for part in self.parts)
