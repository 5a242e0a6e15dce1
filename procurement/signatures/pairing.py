"""Signatures and documents that come together: which signature is over which file, and what is to be said of each file.

A detached signature is paired with documents by digest, whatever their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from procurement.signatures import rules
from procurement.signatures.rules import Outcome
from signing.report import Report, SignatureReport
from signing.sealed.inventory import SignatureStatus
from signing.types import Coverage, Digests, Finding, ScopeKind, SubIndication

_WORST_FIRST = (
    SignatureStatus.SIGNED_INVALID,
    SignatureStatus.ORPHAN_TOKEN,
    SignatureStatus.SIGNED_UNDETERMINED,
    SignatureStatus.PRESENT_NOT_CHECKED,
    SignatureStatus.SIGNED_VALID,
)


@dataclass(slots=True)
class Gathered:
    """What the signatures on one file come to, its own and those beside it."""

    outcomes: list[SignatureStatus] = field(default_factory=list)
    reasons: list[Finding] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    @property
    def status(self) -> SignatureStatus:
        """Return the worst of the outcomes, or that there is no signature."""
        return next((one for one in _WORST_FIRST if one in self.outcomes), SignatureStatus.NOT_SIGNED)


def status_of(one: SignatureReport) -> SignatureStatus:
    """Return what one verdict makes of its file; a doubt is never a success."""
    if one.subindication is SubIndication.SIGNED_DATA_NOT_FOUND:
        return SignatureStatus.ORPHAN_TOKEN
    return {
        Outcome.VALID: SignatureStatus.SIGNED_VALID,
        Outcome.INVALID: SignatureStatus.SIGNED_INVALID,
    }.get(rules.judgement(one), SignatureStatus.SIGNED_UNDETERMINED)


def covers(one: SignatureReport, digests: Mapping[str, str]) -> bool:
    """Tell whether a signature is over the file that has these digests."""
    return any(
        entry.coverage is not Coverage.NONE
        and entry.digest is not None
        and digests.get(entry.digest[0]) == entry.digest[1]
        for entry in one.scope
    )


def gather(place: int, report: Report, files: Sequence[Digests], states: Sequence[Gathered]) -> None:
    """Add the report of the file at ``place`` to what is known of it and of the files that it signs."""
    states[place].reports.append(report)
    for one in report.signatures:
        status = _strayed(one, place, files) or status_of(one)
        states[place].outcomes.append(status)
        states[place].reasons += one.errors
        for number, file in enumerate(files):
            if number != place and status is not SignatureStatus.ORPHAN_TOKEN and covers(one, file.values):
                states[number].outcomes.append(status)
                states[number].reports.append(report)


def _strayed(one: SignatureReport, place: int, files: Sequence[Digests]) -> SignatureStatus | None:
    """Say that a detached signature is without its document, where the only other file is not that one by its name either.

    Given one document alone, the verification takes it for the signed one, and finds it changed.
    """
    # What is signed inside of its own file was changed there: no other document is missing.
    outside = not one.scope or any(entry.kind is ScopeKind.DOCUMENT for entry in one.scope)
    detached = outside and all(entry.coverage is Coverage.NONE for entry in one.scope)
    if one.subindication is not SubIndication.HASH_FAILURE or not detached:
        return None
    token = files[place].name
    others = (file.name for number, file in enumerate(files) if number != place)
    akin = any(token.startswith(f"{name}.") or _stem(token) == _stem(name) for name in others)
    return None if akin else SignatureStatus.ORPHAN_TOKEN


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
