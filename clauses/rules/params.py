"""Look up the dated figures of the law: by reference date, buyer and nature of the purchase, never by today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, product

from clauses.rules.model import ANY, BUYER_FACT, NATURE_FACT, Fact, Finding, Parameter
from procurement.core.text import _


@dataclass(frozen=True)
class Situation:
    """For what a figure is looked up; an unknown buyer or nature is None."""

    on: date
    buyer: str | None = None
    nature: str | None = None


class ParameterTable:
    """All periods of all parameters, and the buyers and natures there are."""

    def __init__(self, parameters: Iterable[Parameter], facts: Mapping[str, Fact]) -> None:
        self.periods: dict[str, list[Parameter]] = {}
        for parameter in parameters:
            self.periods.setdefault(parameter.key, []).append(parameter)
        self.buyers = _codes(facts, BUYER_FACT)
        self.natures = _codes(facts, NATURE_FACT)
        self._known: dict[tuple[str, Situation], Parameter | None] = {}

    def find(self, key: str, situation: Situation) -> Parameter | None:
        """Return the period that holds; nothing where none does, or where it hangs on what is unknown."""
        asked = (key, situation)
        if asked not in self._known:
            self._known[asked] = self._find(key, situation)
        return self._known[asked]

    def _find(self, key: str, situation: Situation) -> Parameter | None:
        buyers = self.buyers if situation.buyer is None else (situation.buyer,)
        natures = self.natures if situation.nature is None else (situation.nature,)
        held: Parameter | None = None
        for buyer, nature in product(buyers, natures):
            found = self.holding(key, situation.on, buyer, nature)
            if len(found) != 1 or (held is not None and held.value != found[0].value):
                return None
            held = held or found[0]
        return held

    def holding(self, key: str, on: date, buyer: str, nature: str) -> list[Parameter]:
        """Return the periods that hold: one in a sound table."""
        return [one for one in self.periods.get(key, ()) if holds(one, on) and selects(one, buyer, nature)]

    def cuts(self, keys: Iterable[str]) -> set[date]:
        """Return the days on which a figure of these keys changes."""
        periods = [one for key in keys for one in self.periods.get(key, ())]
        ends = {one.end for one in periods if one.end is not None and one.end < date.max}
        return {one.start for one in periods} | {end + timedelta(days=1) for end in ends}

    def first_day(self, key: str) -> date:
        """Return the first day of the first period of a key."""
        return min((one.start for one in self.periods.get(key, ())), default=date.min)

    def last_day(self, key: str) -> date:
        """Return the last day of the last period of a key; ``date.max`` for an open one."""
        return max((one.end or date.max for one in self.periods.get(key, ())), default=date.max)


def holds(parameter: Parameter, on: date) -> bool:
    """Say whether a period holds on a day."""
    return parameter.start <= on and (parameter.end is None or on <= parameter.end)


def selects(parameter: Parameter, buyer: str, nature: str) -> bool:
    """Say whether a period is for this buyer and nature."""
    return bool({ANY, buyer} & set(parameter.buyer_category)) and bool({ANY, nature} & set(parameter.nature))


def check_parameters(table: ParameterTable, needed: Iterable[str]) -> list[Finding]:
    """Return ``param.overlap`` and ``param.gap``.

    A hole between two periods is always an error; a buyer or a nature with no figure at all only is one for a parameter
    that a condition or a computation needs.
    """
    wanted = set(needed)
    found: list[Finding] = []
    for key, periods in table.periods.items():
        found += _overlaps(periods)
        found += _gaps(table, key, required=key in wanted)
    return found


def _overlaps(periods: list[Parameter]) -> list[Finding]:
    message = _(
        "« %(key)s » a deux valeurs pour le même jour, le même acheteur et la même nature (voir ligne %(other)s)."
    )
    return [
        _finding("param.overlap", message, after, other=before.origin.line)
        for before, after in combinations(periods, 2)
        if _both_hold(before, after)
    ]


def _both_hold(one: Parameter, other: Parameter) -> bool:
    together = one.start <= (other.end or date.max) and other.start <= (one.end or date.max)
    return together and _meet(one.buyer_category, other.buyer_category) and _meet(one.nature, other.nature)


def _meet(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return ANY in some or ANY in others or bool(set(some) & set(others))


def _gaps(table: ParameterTable, key: str, *, required: bool) -> list[Finding]:
    """Return one finding per place, however many buyers and natures meet it."""
    found: dict[int, Finding] = {}
    for buyer, nature in product(table.buyers, table.natures):
        periods = sorted(
            (one for one in table.periods[key] if selects(one, buyer, nature)), key=lambda one: one.start
        )
        finding = _hole(periods, buyer, nature) if periods else None
        if not periods and required:
            message = _("« %(key)s » n’a aucune valeur pour %(buyer)s, %(nature)s.")
            finding = _finding("param.gap", message, table.periods[key][0], buyer=buyer, nature=nature)
        if finding is not None:
            found.setdefault(finding.line, finding)
    return list(found.values())


def _hole(periods: list[Parameter], buyer: str, nature: str) -> Finding | None:
    last = periods[0].end
    for one in periods[1:]:
        if last is not None and one.start > last + timedelta(days=1):
            message = _("« %(key)s » n’a pas de valeur du %(start)s au %(end)s (%(buyer)s, %(nature)s).")
            start, end = last + timedelta(days=1), one.start - timedelta(days=1)
            return _finding("param.gap", message, one, start=start, end=end, buyer=buyer, nature=nature)
        last = None if last is None or one.end is None else max(last, one.end)
    return None


def _finding(code: str, message: str, parameter: Parameter, **params: object) -> Finding:
    origin = parameter.origin
    shown = {"key": parameter.key, **params}
    return Finding(code, message, file=origin.file, line=origin.line, column=origin.column, params=shown)


def _codes(facts: Mapping[str, Fact], key: str) -> tuple[str, ...]:
    """Return the codes of a selector; a library without that fact has one nameless kind."""
    return facts[key].domain.codes if key in facts else ("",)
