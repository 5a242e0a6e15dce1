"""Turn scalars into what is compared: cents, ten-thousandths, day numbers; and back."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from clauses.rules.model import Duration, DurationUnit, Fact, FactType, Month, Value

Encoded: TypeAlias = int | str | bool | frozenset[str]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = 12

_ENCODERS: Mapping[FactType, Callable[[Any], Encoded]] = {
    FactType.AMOUNT: lambda value: int(value.scaleb(2)),
    FactType.RATE: lambda value: int(value.scaleb(4)),
    FactType.INTEGER: int,
    FactType.DATE: lambda value: value.toordinal(),
    FactType.DATETIME: lambda value: int((value - _EPOCH).total_seconds()),
    FactType.MONTH: lambda value: value.year * _MONTHS + value.month - 1,
    FactType.DURATION: lambda value: value.number,
}

_DECODERS: Mapping[FactType, Callable[[Any, str], Value]] = {
    FactType.AMOUNT: lambda code, _unit: Decimal(code).scaleb(-2),
    FactType.RATE: lambda code, _unit: Decimal(code).scaleb(-4).normalize() + 0,
    FactType.DATE: lambda code, _unit: date.fromordinal(code),
    FactType.DATETIME: lambda code, _unit: _EPOCH + timedelta(seconds=code),
    FactType.MONTH: lambda code, _unit: Month(code // _MONTHS, code % _MONTHS + 1),
    FactType.DURATION: lambda code, unit: Duration(code, DurationUnit(unit)),
}


def encode(kind: FactType, value: Any) -> Encoded:
    """Return what is compared in place of a value; parameters are encoded by the type of the fact they meet."""
    encoder = _ENCODERS.get(kind)
    return encoder(value) if encoder else value


def decode(fact: Fact, code: Any) -> Value:
    """Return the value an encoded one stands for."""
    decoder = _DECODERS.get(fact.type)
    return decoder(code, fact.unit) if decoder else code
