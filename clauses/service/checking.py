"""Ask the analysis of a library whether it may be released."""

from clauses.rules.analyse import VERSION, analyse
from clauses.rules.model import Finding, Library

#: What a manifest says of who checked it.
ANALYSER = VERSION


def findings(library: Library) -> list[Finding]:
    """Return everything that the analysis finds in a whole library, errors and warnings."""
    return list(analyse(library).findings)
