"""Run every check on a library."""

from dataclasses import dataclass

from clauses.rules.analyse.bodies import check_bodies
from clauses.rules.analyse.examples import Count, check_examples
from clauses.rules.analyse.groups import check_groups
from clauses.rules.analyse.problem import parameters_of
from clauses.rules.analyse.reach import check_reach
from clauses.rules.analyse.structure import check_structure
from clauses.rules.analyse.workshop import Workshop
from clauses.rules.evaluate.compiled import validity_cuts
from clauses.rules.facts import COMPUTED, computed_keys
from clauses.rules.model import Finding, Library
from clauses.rules.params import check_parameters

#: Written into manifests: another version may find other things.
VERSION = "1"


@dataclass(frozen=True)
class Analysis:
    """What was found, and how much was looked at."""

    findings: tuple[Finding, ...]
    examples_run: int
    examples_failed: int
    epochs: int

    @property
    def clean(self) -> bool:
        """Say whether a release may be made of it."""
        return not self.findings


def analyse(library: Library) -> Analysis:
    """Return every finding, in the order of files and lines."""
    shop = Workshop(library)
    count = Count()
    needed = needed_parameters(shop)
    found = [
        *check_structure(shop),
        *check_parameters(shop.table, needed),
        *check_reach(shop),
        *check_groups(shop),
        *check_bodies(shop),
        *check_examples(shop, count),
    ]
    once = {(one.file, one.line, one.column, one.clause, one.code, one.text): one for one in reversed(found)}
    return Analysis(
        findings=tuple(once[place] for place in sorted(once)),
        examples_run=count.run,
        examples_failed=count.failed,
        epochs=len(validity_cuts(library.clauses.values()) | shop.table.cuts(needed)) + 1,
    )


def needed_parameters(shop: Workshop) -> set[str]:
    """Return the parameters that conditions, relevance and computed facts read."""
    nodes = [node for node in shop.nodes.values() if node is not None]
    nodes += [fact.relevant_if.tree for fact in shop.library.facts.values() if fact.relevant_if]
    computed = {key for fact in computed_keys(shop.library.facts) for key in COMPUTED[fact].parameters}
    return parameters_of(nodes, shop.library.facts) | computed
