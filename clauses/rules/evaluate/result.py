"""Hold what an evaluation found: the outcome of every clause, and on demand why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from clauses.rules.evaluate.snapshot import Snapshot
from clauses.rules.model import Clause


class Outcome(StrEnum):
    """What becomes of a clause."""

    INCLUDED = "included"
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, value: bool | None) -> "Outcome":  # noqa: FBT001 - a Kleene value
        """Return the outcome of a Kleene value."""
        return cls.UNKNOWN if value is None else (cls.INCLUDED if value else cls.EXCLUDED)


@dataclass(frozen=True)
class ClauseTrace:
    """Why a clause is in or out: the value of each filter, of the condition and of each of its nodes in preorder."""

    validity: bool
    document: bool
    contract_type: bool | None
    procedure: bool | None
    nodes: tuple[bool | None, ...]

    @property
    def condition(self) -> bool | None:
        """Return the value of the whole condition; true when there is none."""
        return self.nodes[0]


@dataclass
class Evaluation:
    """The outcomes of one fact set; ``values`` are Kleene values in the order of ``clauses``."""

    snapshot: Snapshot
    clauses: Sequence[Clause]
    values: list[bool | None]
    rows: list[tuple[Any, ...]] | None
    #: For each clause, whether validity and document let it in.
    gates: Sequence[tuple[bool, bool]]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Return where each clause stands."""
        return {clause.id: place for place, clause in enumerate(self.clauses)}

    def outcome(self, clause: str) -> Outcome:
        """Return what becomes of one clause; KeyError when it is not in this canvas."""
        return Outcome.of(self.values[self.places[clause]])

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of every clause, in order."""
        return {clause.id: Outcome.of(value) for clause, value in zip(self.clauses, self.values, strict=True)}

    @property
    def included(self) -> tuple[str, ...]:
        """Return the clauses that are in."""
        return self._with(Outcome.INCLUDED)

    @property
    def excluded(self) -> tuple[str, ...]:
        """Return the clauses that are out."""
        return self._with(Outcome.EXCLUDED)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the clauses that hang on an answer."""
        return self._with(Outcome.UNKNOWN)

    def trace(self, clause: str) -> ClauseTrace:
        """Return why; ValueError when the evaluation was made without trace."""
        if self.rows is None:
            raise ValueError("evaluated without trace")
        place = self.places[clause]
        _value, contract_type, procedure, *nodes = self.rows[place]
        return ClauseTrace(*self.gates[place], contract_type, procedure, tuple(nodes))

    def _with(self, outcome: Outcome) -> tuple[str, ...]:
        return tuple(clause for clause, found in self.outcomes.items() if found is outcome)
