"""Say why a clause is in a document and why another is not, and what would change it."""

from clauses.rules.explain.explanation import Change, Explanation, Filter, explain
from clauses.rules.explain.nearest import nearest_failures
from clauses.rules.explain.words import phrase

__all__ = ["Change", "Explanation", "Filter", "explain", "nearest_failures", "phrase"]
