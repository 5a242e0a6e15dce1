"""Read, write and compute the values of facts."""

from clauses.rules.facts.computed import COMPUTED, Computation, computed_keys
from clauses.rules.facts.reading import Raw, parse_facts, parse_value
from clauses.rules.facts.writing import format_number, format_value, json_value, print_value

__all__ = [
    "COMPUTED", "Computation", "Raw", "computed_keys", "format_number", "format_value", "json_value", "parse_facts",
    "parse_value", "print_value",
]  # fmt: skip
