"""What a verdict comes down to for somebody who has to act on it, and when documents are signed by all. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from signing.produce.params import Level, Profile
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


class JobState(StrEnum):
    """How far a party is."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SIGNED = "signed"
    CONFIRMED = "confirmed"


#: The forms in which each signature goes into the file that the one before left; the others stand side by side.
IN_TURN = frozenset({Profile.PADES, Profile.ASIC_E, Profile.XADES_ENVELOPED})
#: The levels that jobs make: those above need revocation data that nobody at the helper's end can give.
JOB_LEVELS = frozenset({Level.B_B, Level.B_T})


def job_state(
    *, claimed_at: datetime | None, done_at: datetime | None, confirmed_at: datetime | None
) -> JobState:
    """Return how far a party is, from the facts."""
    if confirmed_at is not None:
        return JobState.CONFIRMED
    if done_at is not None:
        return JobState.SIGNED
    return JobState.WAITING if claimed_at is None else JobState.CLAIMED


def sound(checks: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether no check of one signature failed (order of 22 March 2019, art. 5); ``checks`` hold their status."""
    return all(status != CheckStatus.FAILED for check in checks for status in check.values())


def settled(states: Sequence[JobState], checks: Sequence[Mapping[str, str]]) -> bool:
    """Tell whether every party signed, each signature alone has no failed check, and every identity was confirmed."""
    agreed = bool(states) and all(state is JobState.CONFIRMED for state in states)
    return agreed and len(checks) >= len(states) and sound(checks)
