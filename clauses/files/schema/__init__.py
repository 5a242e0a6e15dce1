"""Turn the keys of each kind of file into the types of the library."""

from clauses.files.schema.clauses import read_clause
from clauses.files.schema.documents import read_canvas, read_cover, read_walkthrough
from clauses.files.schema.facts import read_facts, with_relevance
from clauses.files.schema.library import read_manifest, read_synonyms
from clauses.files.schema.parameters import read_parameters

__all__ = [
    "read_canvas", "read_clause", "read_cover", "read_facts", "read_manifest", "read_parameters", "read_synonyms",
    "read_walkthrough", "with_relevance",
]  # fmt: skip
