"""Settle a fact set: what can be computed, what has no object, what stays unknown; one snapshot for all clauses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clauses.rules.evaluate.encoding import Encoded, encode
from clauses.rules.evaluate.walk import holds
from clauses.rules.facts import COMPUTED, computed_keys
from clauses.rules.model import BUYER_FACT, NATURE_FACT, Fact, Facts, FactType, Library, Parameter, Value
from clauses.rules.params import ParameterTable, Situation
from clauses.rules.relevance import order


@dataclass
class Snapshot:
    """The settled facts of one evaluation; ``irrelevant`` took their neutral value."""

    on: date
    values: dict[str, Value]
    facts: Mapping[str, Fact]
    table: ParameterTable
    irrelevant: set[str] = field(default_factory=set)
    unsettled: set[str] = field(default_factory=set)
    encoded: dict[str, Encoded] = field(default_factory=dict)

    @property
    def situation(self) -> Situation:
        """Return for what parameters are looked up."""
        buyer, nature = self.values.get(BUYER_FACT), self.values.get(NATURE_FACT)
        return Situation(self.on, _code(buyer), _code(nature))

    def parameter(self, key: str) -> Parameter | None:
        """Return the period of a parameter that holds here."""
        return self.table.find(key, self.situation)

    def fact(self, key: str) -> Encoded | None:
        """Return the encoded value of a settled fact."""
        return self.encoded.get(key)

    def figure(self, key: str, kind: FactType) -> Encoded | None:
        """Return a parameter encoded for facts of a type."""
        parameter = self.parameter(key)
        return None if parameter is None else encode(kind, parameter.value)

    def kind(self, key: str) -> FactType:
        """Return the type of a fact."""
        return self.facts[key].type

    def put(self, key: str, value: Value) -> None:
        """Settle one fact."""
        self.values[key] = value
        self.encoded[key] = encode(self.facts[key].type, value)

    def drop(self, key: str) -> None:
        """Leave one fact unknown."""
        self.values.pop(key, None)
        self.encoded.pop(key, None)


class Resolver:
    """Settles fact sets by the dictionary of one library."""

    def __init__(self, library: Library) -> None:
        self.facts = library.facts
        self.table = ParameterTable(library.parameters, library.facts)
        computed = set(computed_keys(library.facts))
        self.steps = tuple(
            key
            for key in order(library.facts)
            if key in computed or library.facts[key].relevant_if is not None
        )
        self.computed = frozenset(computed)

    def settle(self, facts: Facts, on: date, *, assume_relevant: bool = False) -> Snapshot:
        """Return the settled facts.

        While it is unknown whether a given fact has an object, it counts as unknown, unless ``assume_relevant`` (the
        examples of a library: a fact that is written there has an object unless the others say no).
        """
        snapshot = Snapshot(on, {}, self.facts, self.table)
        for key, value in facts.items():
            snapshot.put(key, value)
        for key in self.steps:
            if key in self.computed:
                self._compute(key, snapshot)
            self._judge(self.facts[key], snapshot, assume_relevant=assume_relevant)
        return snapshot

    def _compute(self, key: str, snapshot: Snapshot) -> None:
        def figure(name: str) -> Decimal | date | None:
            parameter = snapshot.parameter(name)
            return parameter.value if parameter else None

        value = COMPUTED[key].compute(snapshot.values, figure)
        if value is not None:
            snapshot.put(key, value)

    def _judge(self, fact: Fact, snapshot: Snapshot, *, assume_relevant: bool) -> None:
        if fact.relevant_if is None or fact.neutral is None:
            return
        relevant = holds(fact.relevant_if.tree, snapshot)
        if relevant is False:
            snapshot.irrelevant.add(fact.key)
            snapshot.put(fact.key, fact.neutral)
        elif relevant is None:
            snapshot.unsettled.add(fact.key)
            given = snapshot.values.get(fact.key)
            if not assume_relevant and given is not None and given != fact.neutral:
                snapshot.drop(fact.key)


def _code(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None
