"""The official business rules of the versions 2.1.1 (Basic and Extended) and 1.0.2, reproduced with their oddities.

The sheets of 1.0.2 name no rule: the names ``ESPD1-...`` are ours, and every one of its findings is fatal. The code
lists have ``CL-<list>`` for a value and, in 2.1.1, ``BR-OTH-03`` for an attribute, as in the newer versions.
"""

from collections.abc import Callable, Iterator

from dume.espd.findings import Finding, Severity
from dume.espd.model import Kind, Version
from dume.espd.rules_older import (
    answers_211,
    criteria_211,
    lists_211,
    other_211,
    request_211,
    response_211,
    v102,
)
from dume.espd.rules_older.naming import unnamed_rule
from dume.espd.rules_older.nodes import Broken, Unfinished, findings
from dume.espd.rules_older.severities import severity_211
from dume.espd.scan import Scan

__all__ = ["check", "unnamed_rule"]

Sheet = Callable[[Scan], Iterator[Broken]]
# One function per official sheet: a sheet that cannot be finished loses all its findings, and no other does.
COMMON: tuple[Sheet, ...] = (
    lists_211.attributes,
    lists_211.values,
    lists_211.restrictions,
    criteria_211.check,
    other_211.check,
    other_211.customization,
)
SHEETS: dict[Kind, tuple[Sheet, ...]] = {
    Kind.REQUEST: (
        *COMMON,
        request_211.cardinality,
        request_211.asked,
        request_211.extended,
        request_211.procurer,
    ),
    Kind.RESPONSE: (
        *COMMON,
        response_211.cardinality,
        answers_211.check,
        response_211.operator,
        response_211.tendered_lots,
        response_211.qualified,
        response_211.roles,
    ),
}

COMMON_102: tuple[Sheet, ...] = (v102.coded, v102.identifiers, v102.business, v102.values)
SHEETS_102: dict[Kind, tuple[Sheet, ...]] = {
    Kind.REQUEST: COMMON_102,
    Kind.RESPONSE: (*COMMON_102, v102.response),
}


def check(scan: Scan) -> Iterator[Finding]:
    """Yield a finding for each assertion of the official sheets of 2.1.1 or 1.0.2 that fails."""
    first = scan.version is Version.V1_0_2
    sheets = (SHEETS_102 if first else SHEETS)[scan.kind]
    broken = [found for sheet in sheets for found in _finished(sheet, scan)]
    weights = (Severity.FATAL if first else severity_211(rule, scan.kind) for rule, _, _ in broken)
    return findings(list(zip(broken, weights, strict=True)))


def _finished(sheet: Sheet, scan: Scan) -> list[Broken]:
    try:
        return list(sheet(scan))
    except Unfinished:
        return []
