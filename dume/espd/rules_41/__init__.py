"""The official business rules of the versions 4.1.0, 4.0.0 and 3.3.0: same rule ids, other data."""

from collections.abc import Iterator

from dume.espd.findings import Finding
from dume.espd.rules_41.lists import unnamed_rule
from dume.espd.scan import Scan

__all__ = ["check", "unnamed_rule"]


def check(scan: Scan) -> Iterator[Finding]:
    """Yield a finding for each assertion of the official sheets that fails."""
    del scan
    return iter(())
