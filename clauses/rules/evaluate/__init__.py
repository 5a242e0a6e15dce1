"""Evaluate the clauses of a library for one fact set: three values, each comparison once, everything traceable."""

from clauses.rules.evaluate.compiled import Compiled, compile_library
from clauses.rules.evaluate.encoding import Encoded, decode, encode
from clauses.rules.evaluate.result import ClauseTrace, Evaluation, Outcome
from clauses.rules.evaluate.snapshot import Resolver, Snapshot
from clauses.rules.evaluate.walk import atom_value, conjunction, holds

__all__ = [
    "ClauseTrace", "Compiled", "Encoded", "Evaluation", "Outcome", "Resolver", "Snapshot", "atom_value",
    "compile_library", "conjunction", "decode", "encode", "holds",
]  # fmt: skip
