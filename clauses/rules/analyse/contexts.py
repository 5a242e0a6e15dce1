"""Enumerate the legal contexts: epoch, buyer category, nature of the purchase; in each the figures are fixed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from clauses.rules.evaluate.compiled import validity_cuts
from clauses.rules.model import BUYER_FACT, NATURE_FACT, Atom, Clause, Fact, Literal, Node, Op
from clauses.rules.params import ParameterTable, Situation


@dataclass(frozen=True)
class Context:
    """A day, the figures that hold on it, and what fixes the buyer and the nature when figures hang on them."""

    on: date
    figures: Mapping[str, Decimal | date] = field(default_factory=dict)
    fixed: tuple[Node, ...] = ()


def contexts(
    clauses: Collection[Clause], keys: Collection[str], table: ParameterTable, facts: Mapping[str, Fact]
) -> list[Context]:
    """Return every context in which the clauses can differ; none where a figure they need has no value at all."""
    found: list[Context] = []
    for on in _days(clauses, keys, table):
        if not keys:
            found.append(Context(on))
            continue
        found += selected(on, keys, table, facts)
    return found


def _days(clauses: Collection[Clause], keys: Iterable[str], table: ParameterTable) -> list[date]:
    """Return the first day of each epoch; with figures, from the day all of them have a first value."""
    cuts = validity_cuts(clauses)
    needed = list(keys)
    if not needed:
        before = [min(cuts) - timedelta(days=1)] if cuts else [date(2026, 1, 1)]
        return sorted({*before, *cuts})
    first = max(table.first_day(key) for key in needed)
    last = min(table.last_day(key) for key in needed)
    return sorted({first, *(cut for cut in cuts | table.cuts(needed) if first <= cut <= last)})


def selected(
    on: date, keys: Collection[str], table: ParameterTable, facts: Mapping[str, Fact]
) -> list[Context]:
    """Return one context per buyer and nature, or a single one when no figure depends on them."""
    found: list[Context] = []
    for buyer, nature in product(table.buyers, table.natures):
        figures = {
            key: parameter.value
            for key in keys
            if (parameter := table.find(key, Situation(on, buyer, nature))) is not None
        }
        if len(figures) == len(keys):
            found.append(Context(on, figures, _fixed(facts, buyer, nature)))
    whole = len(found) == len(table.buyers) * len(table.natures)
    if whole and all(one.figures == found[0].figures for one in found):
        return [Context(on, found[0].figures)]
    return found


def _fixed(facts: Mapping[str, Fact], buyer: str, nature: str) -> tuple[Node, ...]:
    chosen = ((BUYER_FACT, buyer), (NATURE_FACT, nature))
    return tuple(Atom(key, Op.EQ, (Literal(code),)) for key, code in chosen if key in facts)
