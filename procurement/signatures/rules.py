"""What a verdict comes down to for somebody who has to act on it. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from signing.report import Report, SignatureReport
from signing.types import CheckStatus, Coverage, Indication


class Outcome(StrEnum):
    """The answer in one word; the worst of several counts."""

    #: Sound, by a trusted signer, and fit for a public contract.
    VALID = "valid"
    #: Sound and by a trusted signer, yet a legal check failed or could not be made.
    RESERVED = "reserved"
    #: Nobody can say: an authority is not known, a document or an answer is missing.
    UNDETERMINED = "undetermined"
    #: Broken, or no signature of the kind that it pretends to be.
    INVALID = "invalid"
    #: There is no signature in the file.
    NONE = "none"


_WORST_FIRST = (Outcome.INVALID, Outcome.UNDETERMINED, Outcome.RESERVED, Outcome.VALID)


def outcome(signature: SignatureReport) -> Outcome:
    """Return what one verdict comes down to, with what it leaves unsigned."""
    found = judgement(signature)
    return Outcome.RESERVED if found is Outcome.VALID and partial(signature) else found


def judgement(signature: SignatureReport) -> Outcome:
    """Return what a signature itself is worth: an indication that passed is not enough for a contract."""
    if signature.indication is Indication.TOTAL_FAILED:
        return Outcome.INVALID
    if signature.indication is not Indication.TOTAL_PASSED:
        return Outcome.UNDETERMINED
    settled = {CheckStatus.PASSED, CheckStatus.HUMAN}
    fit = all(check.status in settled for check in signature.checks.values())
    return Outcome.VALID if fit else Outcome.RESERVED


def partial(signature: SignatureReport) -> bool:
    """Tell whether something in the file or beside it is not signed, or only in part."""
    return any(entry.coverage is not Coverage.FULL for entry in signature.scope)


def overall(report: Report) -> Outcome:
    """Return the worst outcome of a file's signatures."""
    return worst([outcome(signature) for signature in report.signatures])


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the worst of several outcomes."""
    return next((one for one in _WORST_FIRST if one in outcomes), Outcome.NONE)
