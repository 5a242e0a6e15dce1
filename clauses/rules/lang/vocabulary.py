"""What names a condition may use, and what stands on the right of each operator."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clauses.rules.model import ORDERED, TEXTUAL, Fact, FactType, Op, Parameter


@dataclass(frozen=True)
class ParameterKind:
    """Whether a parameter is a date or a number, with how many decimal places, and its unit."""

    is_date: bool
    places: int
    unit: str


@dataclass(frozen=True)
class Vocabulary:
    """The facts and parameters a condition may name."""

    facts: Mapping[str, Fact]
    parameters: Mapping[str, ParameterKind]


def vocabulary(facts: Mapping[str, Fact], parameters: Iterable[Parameter]) -> Vocabulary:
    """Return the names of a library; the places of a parameter are those of its longest figure."""
    kinds: dict[str, ParameterKind] = {}
    for parameter in parameters:
        places = _places(parameter.value)
        known = kinds.get(parameter.key)
        if known is not None:
            places = max(places, known.places)
        kinds[parameter.key] = ParameterKind(isinstance(parameter.value, date), places, parameter.unit)
    return Vocabulary(facts, kinds)


def _places(value: Decimal | date) -> int:
    return 0 if isinstance(value, date) else max(0, -int(value.normalize().as_tuple().exponent))


#: How many decimal places a number of each type may have.
PLACES: Mapping[FactType, int] = {FactType.INTEGER: 0, FactType.AMOUNT: 2, FactType.RATE: 4}
_EQUALITY = frozenset({Op.EQ, Op.NE, Op.IN})
_ORDER = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})


def operators(kind: FactType) -> frozenset[Op]:
    """Return the operators a type of fact takes; none for what conditions may not read."""
    if kind in ORDERED:
        return _EQUALITY | _ORDER
    if kind is FactType.BOOL:
        return frozenset({Op.EQ, Op.NE})
    if kind is FactType.ENUM or kind in TEXTUAL:
        return _EQUALITY
    return frozenset({Op.CONTAINS}) if kind is FactType.SET else frozenset()


def takes(fact: Fact, parameter: ParameterKind) -> bool:
    """Say whether a fact may be compared with a parameter: same kind, same unit where both name one."""
    if fact.type is FactType.DATE or parameter.is_date:
        return fact.type is FactType.DATE and parameter.is_date
    stated = {"HT", "TTC"} & set(parameter.unit.split())
    if fact.type is FactType.AMOUNT and stated and fact.unit not in stated:
        return False
    return parameter.places <= PLACES.get(fact.type, -1)
