"""Turn what sources said into proposals for a DUME. The mapping is ours: it is official nowhere.

It reaches 14 of the 62 criteria, and the operator's identity. Proposals come from `obtained` results only.
"""

from collections.abc import Iterable

from dume.espd.model import Document
from dume.registry.mapping import criteria, party
from dume.registry.mapping.hints import Hint, Notice, hints, notices
from dume.registry.mapping.proposal import Proposal, findings
from procurement.accounts.registry import SourceResult

__all__ = ["REACHED", "Hint", "Notice", "Proposal", "hints", "notices", "proposals"]

#: Codes of the criteria that a source may help with.
REACHED = (
    "tax-pay", "socsec-pay", "nati-ground", "prof-regist", "trade-regist", "gen-year-to", "aver-year-to", "finan-rat",
    "indem-insu", "qualification", "year-manpower", "qu-certif-indep", "envir-certif-indep", "sme",
)  # fmt: skip


def proposals(results: Iterable[SourceResult], request: Document | None = None) -> tuple[Proposal, ...]:
    """Return what may be proposed; with a request, only for the properties that it asks, under its own ids."""
    found = findings({result.source: result for result in results}, request)
    return (*party.propose(found), *criteria.propose(found))
