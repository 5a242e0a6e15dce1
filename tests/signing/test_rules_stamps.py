"""Time-stamps: only sound ones of a trusted authority prove something, and the latest saves the earlier ones."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from signing.facts import AlgorithmUse, SignatureFacts, StampFacts, StampKind
from signing.path.cache import certificate
from signing.path.engine import Chains
from signing.path.poe import Proofs, within
from signing.policy import DEFAULT
from signing.rules import judge_stamp
from signing.summary_fr import sentence
from signing.types import Evidence, Finding, Format, Indication, Poe, SubIndication
from tests.signing import made, pki

HOUR = timedelta(hours=1)
YEAR = 365 * pki.DAY
THEN = pki.NOW - HOUR


def test_sound_time_stamp_proves_the_time() -> None:
    found = made.judged(made.facts(stamps=(made.stamp(THEN),)))
    assert (found.indication, found.best_signature_time) == (Indication.TOTAL_PASSED, THEN)
    assert found.stamps[0].trusted
    assert found.stamps[0].chain[0] == pki.tsa().der and found.stamps[0].chain[-1] == pki.holder("root").der
    assert found.stamps[0].revocation_used
    assert set(found.stamps[0].revocation_used) <= set(pki.evidence().crls)
    assert found.warnings == ()


USELESS = [
    ({"signature_intact": False}, SubIndication.SIG_CRYPTO_FAILURE),
    ({"data_found": False}, SubIndication.SIGNED_DATA_NOT_FOUND),
    ({"imprint_intact": False}, SubIndication.HASH_FAILURE),
    ({"gen_time": None}, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    ({"certificate": None}, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    ({"gen_time": pki.NOW + HOUR}, SubIndication.TIMESTAMP_ORDER_FAILURE),
    ({"gen_time": pki.ROOT_BORN - HOUR}, SubIndication.NOT_YET_VALID),
    ({"imprint_algorithm": "sha1"}, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    ({"imprint_algorithm": "md5"}, SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
    (
        {"algorithms": (AlgorithmUse("x", "sha1", "rsa", 2048),)},
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    ),
    ({"certificate": b"garbage"}, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE),
    ({"certificate": pki.signer("good").der}, SubIndication.CHAIN_CONSTRAINTS_FAILURE),
]


@pytest.mark.parametrize(("changes", "expected"), USELESS)
def test_useless_time_stamp_proves_nothing_and_spoils_nothing(
    changes: dict[str, Any], expected: SubIndication
) -> None:
    """A copied or broken time-stamp lowers the level; the signature is then judged as if it had none."""
    found = made.judged(made.facts(stamps=(made.stamp(THEN, **changes),)))
    assert found.indication is Indication.TOTAL_PASSED
    assert found.best_signature_time == pki.NOW
    assert found.stamps[0].subindication is expected
    assert found.stamps[0].time is None
    codes = [warning.code for warning in found.warnings]
    assert codes[:2] == ["verdict.time_unknown", "verdict.stamp.useless"]
    assert all(sentence(warning) for warning in found.warnings)


SAID = [
    ({"signature_intact": False}, Finding("verdict.stamp.broken", {"id": "stamp-1"})),
    ({"data_found": False}, Finding("verdict.stamp.data_missing", {"id": "stamp-1"})),
    ({"imprint_intact": False}, Finding("verdict.stamp.other_data", {"id": "stamp-1"})),
    ({"certificate": None}, Finding("verdict.stamp.unsigned", {"id": "stamp-1"})),
    ({"gen_time": pki.NOW + HOUR}, Finding("verdict.stamp.from_the_future", {"id": "stamp-1"})),
    ({"gen_time": pki.ROOT_BORN - HOUR}, Finding("verdict.stamp.before_authority", {"id": "stamp-1"})),
    (
        {"imprint_algorithm": "md5"},
        Finding("path.algorithm_refused", {"algorithm": "MD5", "use": "imprint"}),
    ),
]


@pytest.mark.parametrize(("changes", "said"), SAID)
def test_a_useless_time_stamp_is_named_with_the_reason(changes: dict[str, Any], said: Finding) -> None:
    found = made.judged(made.facts(stamps=(made.stamp(THEN, **changes),)))
    assert found.stamps[0].finding == said
    assert found.warnings[-2:] == (Finding("verdict.stamp.useless", {"id": "stamp-1"}), said)


def test_clocks_may_differ_by_the_tolerance_and_no_more() -> None:
    unit = certificate(pki.tsa().der)
    assert unit is not None
    second = timedelta(seconds=1)
    latest, earliest = pki.NOW + DEFAULT.tolerance, unit.not_before - DEFAULT.tolerance
    for moment, expected in (
        (latest, None),
        (latest + second, SubIndication.TIMESTAMP_ORDER_FAILURE),
        (earliest, None),
        (earliest - second, SubIndication.NOT_YET_VALID),
    ):
        found = made.judged(made.facts(stamps=(made.stamp(THEN, gen_time=moment),)))
        assert found.stamps[0].subindication is expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("tsa-foreign", SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
        ("tsa-lax", SubIndication.CHAIN_CONSTRAINTS_FAILURE),
        ("tsa-revoked", SubIndication.REVOKED_NO_POE),
    ],
)
def test_untrusted_authority_proves_nothing(unit: str, expected: SubIndication) -> None:
    """An intact token of an authority that nobody trusts must not push the signature back before a revocation."""
    early = pki.REVOKED_AT - pki.DAY
    trusted = made.judged(made.facts("revoked", stamps=(made.stamp(early),)))
    assert trusted.indication is Indication.TOTAL_PASSED
    found = made.judged(made.facts("revoked", stamps=(made.stamp(early, unit=unit),)))
    assert found.subindication is SubIndication.REVOKED_NO_POE
    assert found.stamps[0].subindication is expected


def test_time_stamp_that_does_not_cover_the_value_proves_nothing_of_it() -> None:
    found = made.judged(
        made.facts(
            stamps=(
                made.stamp(
                    THEN,
                    covers=(),
                ),
            )
        )
    )
    assert found.time_is_proved
    other = replace(made.stamp(THEN), covers=frozenset())
    assert not made.judged(made.facts(stamps=(other,))).time_is_proved


ORDERS = [
    ((StampKind.CONTENT, 0), (StampKind.SIGNATURE, 1), True),
    ((StampKind.CONTENT, 1), (StampKind.SIGNATURE, 0), False),
    ((StampKind.SIGNATURE, 0), (StampKind.ARCHIVE, 1), True),
    ((StampKind.SIGNATURE, 1), (StampKind.ARCHIVE, 0), False),
    ((StampKind.SIGNATURE, 1), (StampKind.DOCUMENT, 0), False),
    ((StampKind.REFERENCES, 1), (StampKind.SIGNATURE, 0), True),
    ((StampKind.REFERENCES, 0), (StampKind.SIGNATURE, 1), False),
    ((StampKind.SIGNATURE, 1), (StampKind.SIGNATURE, 0), True),
    ((StampKind.CONTENT, 1), (StampKind.STANDALONE, 0), True),
]


@pytest.mark.parametrize(("first", "second", "fine"), ORDERS)
def test_time_stamps_must_follow_each_other(
    first: tuple[StampKind, int], second: tuple[StampKind, int], *, fine: bool
) -> None:
    stamps = tuple(
        made.stamp(THEN + place * timedelta(minutes=30), kind=kind, name=f"stamp-{number}")
        for number, (kind, place) in enumerate((first, second))
    )
    found = made.judged(made.facts(stamps=stamps))
    assert found.subindication is (None if fine else SubIndication.TIMESTAMP_ORDER_FAILURE)
    # A time-stamp that nobody trusts has no say in it.
    worthless = replace(stamps[1], imprint_intact=False)
    assert made.judged(made.facts(stamps=(stamps[0], worthless))).subindication is None


def archived(at_archive: object) -> tuple[SignatureFacts, StampFacts, StampFacts]:
    """Return an LTA signature: time-stamped at NOW, archived at ``at_archive`` with all its material."""
    moment = at_archive
    material = Evidence(crls=(*pki.crls(pki.NOW + HOUR), *pki.crls(moment)))  # type: ignore[arg-type]  # a datetime
    first = made.stamp(pki.NOW)
    signer = pki.signer("good")
    covered = (*signer.chain, *first.certificates, *material.crls, first.token)
    last = made.stamp(moment, kind=StampKind.ARCHIVE, unit="tsa-late", name="archive-1", covers=covered)  # type: ignore[arg-type]  # a datetime
    facts = made.facts("good", level="B-LTA", stamps=(first, last), crls=material.crls)
    return facts, first, last


def test_archive_time_stamp_survives_expiry() -> None:
    """Signer and first time-stamp unit expired in 2034; the archive time-stamp of 2033 keeps the verdict in 2040."""
    at_archive, much_later = pki.DIES - YEAR, pki.DIES + 6 * YEAR
    facts, first, last = archived(at_archive)
    fresh = Evidence(crls=pki.crls(much_later))
    found = made.judged(facts, at=much_later, evidence=fresh)
    assert found.indication is Indication.TOTAL_PASSED
    assert found.best_signature_time == pki.NOW
    assert [stamp.trusted for stamp in found.stamps] == [True, True]
    # Without the archive time-stamp the first one is worth nothing any more, and the signature has no proof of time.
    alone = made.judged(replace(facts, stamps=(first,)), at=much_later, evidence=fresh)
    assert alone.subindication in (
        SubIndication.OUT_OF_BOUNDS_NO_POE,
        SubIndication.OUT_OF_BOUNDS_NOT_REVOKED,
    )
    # An archive time-stamp that does not cover the first one does not save it, but proves the value by itself.
    bare = replace(last, covers=frozenset({made.DIGEST}))
    kept = made.judged(replace(facts, stamps=(first, bare)), at=much_later, evidence=fresh)
    assert kept.best_signature_time == at_archive
    assert not kept.stamps[0].trusted


def test_archive_time_stamp_made_too_late_saves_nothing() -> None:
    at_archive, much_later = pki.DIES + YEAR, pki.DIES + 6 * YEAR
    facts, _, _ = archived(at_archive)
    found = made.judged(facts, at=much_later, evidence=Evidence(crls=pki.crls(much_later)))
    assert found.indication is Indication.INDETERMINATE


def test_kept_proofs_give_the_same_verdict_years_later() -> None:
    facts = made.facts(stamps=(made.stamp(THEN),), crls=pki.crls(pki.NOW))
    now = made.judged(facts)
    kept = [Poe(made.DIGEST, pki.NOW), *within(Poe(b"the file", pki.NOW, "deposit"), facts)]
    for later in (pki.NOW + pki.DAY, pki.NOW + 10 * YEAR):
        found = made.judged(facts, at=later, evidence=Evidence(), poe=kept)
        assert (found.indication, found.best_signature_time) == (now.indication, now.best_signature_time)
    assert (
        made.judged(facts, at=pki.NOW + 10 * YEAR, evidence=Evidence()).indication is Indication.INDETERMINATE
    )


def test_proof_of_a_file_spreads_over_all_it_holds() -> None:
    facts = made.facts(stamps=(made.stamp(THEN),), crls=(b"crl",), ocsps=(b"ocsp",))
    proofs = Proofs.given(pki.NOW, within(Poe(b"", THEN), facts))
    for thing in (made.VALUE, facts.certificate, b"crl", b"ocsp", facts.stamps[0].token, *facts.certificates):
        assert proofs.of(sha256(thing or b"").digest()) == THEN
    assert proofs.of(sha256(b"").digest()) == pki.NOW
    assert within(Poe(b"", THEN), replace(facts, certificate=None, certificates=(), stamps=()))


def test_a_standalone_time_stamp_is_judged_alone() -> None:
    chains = Chains(pki.trust(), pki.evidence(), at=pki.NOW)
    alone = made.stamp(THEN, kind=StampKind.STANDALONE)
    assert judge_stamp(alone, chains, policy=DEFAULT).time == THEN
    nobody = Chains(pki.nothing(), pki.evidence(), at=pki.NOW)
    verdict = judge_stamp(alone, nobody, policy=DEFAULT)
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


LEVELS = [
    ({}, (True, False, False, False)),
    ({"stamps": (made.stamp(THEN),)}, (True, True, False, False)),
    ({"stamps": (made.stamp(THEN),), "ocsps": (b"x",)}, (True, True, True, False)),
    ({"stamps": (made.stamp(THEN, imprint_intact=False),)}, (True, False, False, False)),
    ({"stamps": (made.stamp(THEN), made.stamp(THEN, imprint_intact=False))}, (True, False, False, False)),
    (
        {"stamps": (made.stamp(THEN), made.stamp(THEN, kind=StampKind.ARCHIVE)), "crls": (b"x",)},
        (True, True, True, True),
    ),
    ({"stamps": (made.stamp(THEN, kind=StampKind.DOCUMENT),)}, (True, True, False, True)),
    (
        {"stamps": (made.stamp(THEN, data_found=False), made.stamp(THEN, kind=StampKind.ARCHIVE))},
        (True, False, False, False),
    ),
    ({"value_intact": False, "stamps": (made.stamp(THEN),)}, (False, False, False, False)),
    ({"format": Format.XMLDSIG, "stamps": (made.stamp(THEN),)}, (False, False, False, False)),
]


@pytest.mark.parametrize(("changes", "expected"), LEVELS)
@pytest.mark.parametrize("trust", [pki.trust(), pki.nothing()])
def test_levels_hold_whoever_is_trusted(
    changes: dict[str, object], expected: tuple[bool, ...], trust: object
) -> None:
    found = made.judged(made.facts(**changes), trust=trust)  # type: ignore[arg-type]  # a snapshot, and fields
    levels = (found.b_level_valid, found.t_level_valid, found.lt_level_valid, found.a_level_valid)
    assert levels == expected
