"""What a verdict comes down to: an indication that passed is not enough, and the worst signature counts."""

import pytest

from procurement.signatures import wording
from procurement.signatures.rules import Outcome, outcome, overall, worst
from signing.types import CHECKS, CheckStatus, Coverage, Indication
from tests.factories.signatures import SAID, checks, report, scope, verdict


def test_a_sound_signature_with_every_check_is_valid() -> None:
    assert outcome(verdict()) is Outcome.VALID


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "identity"])
@pytest.mark.parametrize("status", [CheckStatus.FAILED, CheckStatus.UNKNOWN])
def test_a_check_that_is_not_passed_leaves_a_reserve(name: str, status: CheckStatus) -> None:
    assert outcome(verdict(checks=checks(SAID, **{name: status}))) is Outcome.RESERVED


@pytest.mark.parametrize("coverage", [Coverage.PARTIAL, Coverage.NONE])
def test_something_left_unsigned_leaves_a_reserve(coverage: Coverage) -> None:
    assert outcome(verdict(scope=(scope(), scope("annexe.txt", coverage)))) is Outcome.RESERVED


@pytest.mark.parametrize(
    ("indication", "found"),
    [
        (Indication.TOTAL_FAILED, Outcome.INVALID),
        (Indication.INDETERMINATE, Outcome.UNDETERMINED),
    ],
)
def test_what_did_not_pass_is_never_valid(indication: Indication, found: Outcome) -> None:
    assert outcome(verdict(indication=indication)) is found


def test_the_worst_signature_of_a_file_counts() -> None:
    good, doubtful = verdict(), verdict(indication=Indication.INDETERMINATE)
    bad = verdict(indication=Indication.TOTAL_FAILED)
    assert overall(report(good)) is Outcome.VALID
    assert overall(report(good, doubtful)) is Outcome.UNDETERMINED
    assert overall(report(doubtful, bad, good)) is Outcome.INVALID
    assert overall(report()) is Outcome.NONE
    assert worst([Outcome.VALID, Outcome.RESERVED]) is Outcome.RESERVED


def test_everything_has_its_words() -> None:
    assert set(wording.OUTCOMES) == set(wording.NEXT) == set(Outcome)
    assert set(wording.QUESTIONS) == set(CHECKS)
    assert set(wording.ANSWERS) == set(CheckStatus)
    assert set(wording.COVERAGES) == set(Coverage)
