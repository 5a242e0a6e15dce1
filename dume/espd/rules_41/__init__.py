"""The official business rules of the versions 4.1.0, 4.0.0 and 3.3.0: same rule ids, other data.

Each sheet of the official kit is a function from the laid-out document to its broken rules. In a sheet, an element obeys
only the first rule whose context it matches; attributes are never visited, so that rules about an attribute alone (the
currency, the language and the scheme of an identifier) decide nothing there.
"""

from collections.abc import Callable, Iterator

from dume.espd.findings import Finding, Severity, path_of
from dume.espd.model import Kind
from dume.espd.rules_41 import answers, coverage, criteria, identifiers, lists, presence
from dume.espd.rules_41.facts import facts_of
from dume.espd.rules_41.lists import unnamed_rule
from dume.espd.rules_41.tree import Broken, SheetStopped, Tree
from dume.espd.scan import Scan

__all__ = ["check", "unnamed_rule"]

Sheet = Callable[[Tree], Iterator[Broken]]
_BOTH: tuple[Sheet, ...] = (lists.attributes, lists.values, presence.check, identifiers.check, criteria.check)
SHEETS: dict[Kind, tuple[Sheet, ...]] = {
    Kind.REQUEST: (*_BOTH, coverage.request, coverage.lots),
    Kind.RESPONSE: (*_BOTH, answers.check, coverage.qualification, coverage.roles),
}


def check(scan: Scan) -> Iterator[Finding]:
    """Yield a finding for each assertion of the official sheets that fails."""
    tree = Tree(scan, facts_of(scan.version))
    for sheet in SHEETS[scan.kind]:
        try:
            broken = list(sheet(tree))
        except SheetStopped:
            name = f"{sheet.__module__.rpartition('.')[2]}.{sheet.__name__}"
            yield Finding("PLI-SHEET-STOPPED", Severity.INFO, "/", {"sheet": name})
            continue
        for found in broken:
            yield Finding(found.rule, found.severity, path_of(found.element), found.params)
