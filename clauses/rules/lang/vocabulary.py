"""What names a condition may use, and what stands on the right of each operator."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from clauses.rules.model import ORDERED, TEXTUAL, Fact, FactType, Op, Parameter


@dataclass(frozen=True)
class ParameterKind:
    """Whether a parameter is a date or a number, a whole one, and its unit."""

    is_date: bool
    whole: bool
    unit: str


@dataclass(frozen=True)
class Vocabulary:
    """The facts and parameters a condition may name."""

    facts: Mapping[str, Fact]
    parameters: Mapping[str, ParameterKind]


def vocabulary(facts: Mapping[str, Fact], parameters: Iterable[Parameter]) -> Vocabulary:
    """Return the names of a library; a parameter is whole only if all its periods are."""
    kinds: dict[str, ParameterKind] = {}
    for parameter in parameters:
        is_date = isinstance(parameter.value, date)
        whole = isinstance(parameter.value, date) or parameter.value == int(parameter.value)
        known = kinds.get(parameter.key)
        whole = whole and (known is None or known.whole)
        kinds[parameter.key] = ParameterKind(is_date, whole, parameter.unit)
    return Vocabulary(facts, kinds)


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
    if fact.type is FactType.AMOUNT and {fact.unit, parameter.unit} == {"HT", "TTC"}:
        return False
    return fact.type in {FactType.AMOUNT, FactType.RATE} or (
        fact.type is FactType.INTEGER and parameter.whole
    )
