"""Chains of certificates at the instant of use: each trap first passes without its fault."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from signing.path.cache import Memory
from signing.path.engine import Chains, Purpose
from signing.path.model import ChainVerdict
from signing.policy import DEFAULT
from signing.trust.model import SERVICE_TSA_QTST, TrustSnapshot
from signing.types import Evidence, Poe, SubIndication
from tests.signing import pki

YEARS = timedelta(days=365)


def judge(
    name: str,
    *,
    purpose: Purpose = Purpose.SIGNATURE,
    at: object = None,
    used: object = None,
    trust: TrustSnapshot | None = None,
    evidence: Evidence | None = None,
    poe: tuple[Poe, ...] = (),
) -> ChainVerdict:
    """Return the verdict on a certificate of the PKI, used at ``used`` and looked at ``at``."""
    moment = at or pki.NOW
    chains = Chains(trust or pki.trust(), evidence or pki.evidence(moment), at=moment)  # type: ignore[arg-type]
    return chains.conclude(pki.holder(name).der, purpose, at=used or moment, poe=poe)  # type: ignore[arg-type]


VERDICTS = [
    ("good", None, "path.valid"),
    ("twin", None, "path.valid"),
    ("right-name", None, "path.valid"),
    ("qualified", None, "path.valid"),
    ("silent", None, "path.valid"),
    ("expired", SubIndication.OUT_OF_BOUNDS_NO_POE, "path.expired"),
    ("not-yet", SubIndication.OUT_OF_BOUNDS_NO_POE, "path.not_yet_valid"),
    ("revoked", SubIndication.REVOKED_NO_POE, "path.revoked"),
    ("revoked-ca", SubIndication.REVOKED_CA_NO_POE, "path.authority_revoked"),
    ("wrong-usage", SubIndication.CHAIN_CONSTRAINTS_FAILURE, "path.unfit_signature"),
    ("too-long", SubIndication.CHAIN_CONSTRAINTS_FAILURE, "path.constraints"),
    ("wrong-name", SubIndication.CHAIN_CONSTRAINTS_FAILURE, "path.constraints"),
    ("foreign", SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "path.no_chain"),
    ("self-signed", SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "path.no_chain"),
    ("sha1", SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "path.algorithm_ended"),
]


@pytest.mark.parametrize(("name", "subindication", "code"), VERDICTS)
def test_verdict_by_certificate(name: str, subindication: SubIndication | None, code: str) -> None:
    verdict = judge(name)
    assert (verdict.subindication, verdict.detail.code) == (subindication, code)
    assert verdict.passed is (subindication is None)


STAMP_VERDICTS = [
    ("tsa", None, "path.valid"),
    ("tsa-late", None, "path.valid"),
    ("tsa-foreign", SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "path.no_chain"),
    ("tsa-lax", SubIndication.CHAIN_CONSTRAINTS_FAILURE, "path.unfit_timestamp"),
    ("good", SubIndication.CHAIN_CONSTRAINTS_FAILURE, "path.unfit_timestamp"),
    ("tsa-revoked", SubIndication.REVOKED_NO_POE, "path.revoked"),
]


@pytest.mark.parametrize(("name", "subindication", "code"), STAMP_VERDICTS)
def test_verdict_by_time_stamp_unit(name: str, subindication: SubIndication | None, code: str) -> None:
    verdict = judge(name, purpose=Purpose.TIMESTAMP)
    assert (verdict.subindication, verdict.detail.code) == (subindication, code)


def test_a_time_stamp_unit_may_not_sign_documents() -> None:
    assert judge("tsa", purpose=Purpose.TIMESTAMP).passed
    assert judge("tsa").detail.code == "path.unfit_signature"


def test_chain_goes_from_the_leaf_to_the_anchor() -> None:
    verdict = judge("good")
    assert verdict.chain == pki.signer("good").chain
    assert (
        set(verdict.revocation_used) == {pki.crl("root"), pki.crl("ca")} or len(verdict.revocation_used) == 2
    )
    assert verdict.control_time == pki.NOW


def test_anchor_is_trusted_whatever_its_dates_and_without_revocation_data() -> None:
    alone = Evidence()
    assert judge("expired", trust=pki.trust("expired"), evidence=alone).passed
    assert judge("self-signed", trust=pki.trust("self-signed"), evidence=alone).detail.code == "path.anchor"


def test_supplied_certificate_is_not_trusted() -> None:
    given = Evidence(certificates=(pki.signer("self-signed").der, *pki.signer("good").chain))
    nothing = pki.nothing()
    for name in ("self-signed", "good"):
        verdict = judge(name, trust=nothing, evidence=given)
        assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_no_revocation_answer_is_try_later() -> None:
    known = pki.evidence()
    assert judge("good", evidence=known).passed
    verdict = judge("good", evidence=Evidence(certificates=known.certificates))
    assert (verdict.subindication, verdict.detail.code) == (SubIndication.TRY_LATER, "path.no_answer")
    only_root = Evidence(certificates=known.certificates, crls=(pki.crl("root"),))
    assert judge("good", evidence=only_root).subindication is SubIndication.TRY_LATER


def test_stale_revocation_answer_is_try_later() -> None:
    month_old = pki.NOW - timedelta(days=30)
    verdict = judge("good", evidence=pki.evidence(month_old))
    assert (verdict.subindication, verdict.detail.code) == (SubIndication.TRY_LATER, "path.stale")
    # It did say what held then.
    assert judge("good", evidence=pki.evidence(month_old), used=month_old + timedelta(days=1)).passed


def test_later_answer_tells_of_an_earlier_use() -> None:
    assert judge("good", used=pki.NOW - YEARS).passed


def test_revocation_after_use_is_harmless_and_before_is_fatal() -> None:
    before, after = pki.REVOKED_AT - pki.DAY, pki.REVOKED_AT + pki.DAY
    harmless = judge("revoked", used=before)
    assert harmless.passed
    assert harmless.control_time == pki.REVOKED_AT
    assert judge("revoked", used=after).subindication is SubIndication.REVOKED_NO_POE
    assert judge("revoked", used=pki.REVOKED_AT).revoked_at == pki.REVOKED_AT


def test_expiry_after_use_is_harmless() -> None:
    used = pki.EXPIRED_AT - pki.DAY
    then = pki.evidence(used)
    assert judge("expired", used=used, evidence=then).passed
    late = judge("expired", used=pki.EXPIRED_AT + pki.DAY, evidence=then)
    assert late.subindication is SubIndication.OUT_OF_BOUNDS_NOT_REVOKED


def test_answer_made_after_expiry_says_nothing() -> None:
    used = pki.EXPIRED_AT - pki.DAY
    verdict = judge("expired", used=used)
    assert (verdict.subindication, verdict.detail.code) == (SubIndication.NO_POE, "path.stale")


def test_use_before_validity_is_not_yet_valid() -> None:
    at = pki.STARTS_AT + YEARS
    assert judge("not-yet", at=at).passed
    verdict = judge("not-yet", at=at, used=pki.STARTS_AT - pki.DAY)
    assert verdict.subindication is SubIndication.NOT_YET_VALID


def test_revoked_authority_is_harmless_to_what_is_proved_older() -> None:
    used = pki.REVOKED_AT - pki.DAY
    early = pki.crls(used)
    known = Evidence(certificates=pki.evidence().certificates, crls=(*early, *pki.crls(pki.NOW)))
    assert judge("revoked-ca", at=used).passed
    without = judge("revoked-ca", used=used, evidence=known)
    assert without.subindication is SubIndication.REVOKED_CA_NO_POE
    proofs = tuple(Poe(sha256(crl).digest(), used) for crl in early)
    assert judge("revoked-ca", used=used, evidence=known, poe=proofs).passed
    late = judge("revoked-ca", used=pki.REVOKED_AT + pki.DAY, evidence=known, poe=proofs)
    assert (late.subindication, late.revoked_at) == (SubIndication.REVOKED_CA_NO_POE, pki.REVOKED_AT)


def test_expired_authority_is_harmless_to_what_is_proved_older() -> None:
    used, at = pki.NOW, pki.ROOT_DIES + YEARS
    early = pki.evidence(used)
    # The root is an anchor: its CRLs about the authority are believed for ever; those of the authority need a proof.
    unproved = judge("good", at=at, used=used, evidence=early)
    assert unproved.subindication is SubIndication.OUT_OF_BOUNDS_NO_POE
    assert unproved.detail.code == "path.authority_expired"
    proofs = tuple(Poe(sha256(crl).digest(), used) for crl in early.crls)
    assert judge("good", at=at, used=used, evidence=early, poe=proofs).passed


def test_proof_later_than_validation_is_ignored() -> None:
    poe = Poe(sha256(b"x").digest(), pki.NOW + YEARS)
    assert judge("good", poe=(poe,)).passed


def test_weak_issuing_algorithm_is_saved_by_an_old_proof_only() -> None:
    verdict = judge("sha1", used=pki.BORN + pki.DAY)
    assert verdict.subindication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    assert verdict.detail.params["on"] == "01/01/2009"


def test_garbage_is_no_certificate() -> None:
    chains = Chains(pki.trust(), pki.evidence(), at=pki.NOW)
    for garbage in (b"", b"\x30\x80", b"x" * 100, pki.signer("good").der[:-1]):
        verdict = chains.conclude(garbage, Purpose.SIGNATURE, at=pki.NOW)
        assert verdict.subindication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE


def test_material_of_one_file_does_not_help_another() -> None:
    snapshot, at = pki.trust(), pki.NOW
    revocation = Evidence(crls=pki.crls(at))
    rich = Chains(snapshot, Evidence(pki.signer("good").chain, revocation.crls), at=at)
    poor = Chains(snapshot, revocation, at=at)
    leaf = pki.signer("good").der
    assert rich.conclude(leaf, Purpose.SIGNATURE, at=at).passed
    verdict = poor.conclude(leaf, Purpose.SIGNATURE, at=at)
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    joined = poor.having(Evidence(certificates=pki.signer("good").chain))
    assert joined.conclude(leaf, Purpose.SIGNATURE, at=at).passed
    assert poor.conclude(leaf, Purpose.SIGNATURE, at=at) == verdict
    assert joined.having(Evidence(certificates=pki.signer("good").chain)) is joined


def test_fetching_gets_what_is_missing_once() -> None:
    net = pki.Net()
    given = Evidence(certificates=pki.signer("good").chain)
    chains = Chains(pki.trust(), given, at=pki.NOW, fetch=net)
    leaf = pki.signer("good").der
    assert chains.conclude(leaf, Purpose.SIGNATURE, at=pki.NOW).passed
    asked = list(net.asked)
    assert sorted(asked) == [
        "http://pki.example/ca.crl",
        "http://pki.example/ca/ocsp",
        "http://pki.example/root.crl",
        "http://pki.example/root/ocsp",
    ]
    assert chains.conclude(leaf, Purpose.SIGNATURE, at=pki.NOW).passed
    assert net.asked == asked
    kept = Chains(
        pki.trust(), Evidence(given.certificates, chains.fetched.crls, chains.fetched.ocsps), at=pki.NOW
    )
    assert kept.conclude(leaf, Purpose.SIGNATURE, at=pki.NOW).passed


def test_fetching_finds_a_revocation() -> None:
    chains = Chains(
        pki.trust(), Evidence(certificates=pki.signer("revoked").chain), at=pki.NOW, fetch=pki.Net()
    )
    verdict = chains.conclude(pki.signer("revoked").der, Purpose.SIGNATURE, at=pki.NOW)
    assert verdict.subindication is SubIndication.REVOKED_NO_POE


def test_fetching_in_vain_is_try_later() -> None:
    silent = pki.signer("silent")
    given = Evidence(certificates=silent.chain, crls=(pki.crl("root"),))
    chains = Chains(pki.trust(), given, at=pki.NOW, fetch=pki.Net())
    assert chains.conclude(silent.der, Purpose.SIGNATURE, at=pki.NOW).subindication is SubIndication.TRY_LATER


def test_services_of_lists_are_anchors_for_their_kind_only() -> None:
    listed = pki.trust(services=pki.qualified())
    at_hand = Evidence(crls=pki.crls())
    assert judge("good", trust=listed, evidence=at_hand).chain == pki.signer("good").chain[:2]
    assert (
        judge("tsa", trust=listed, evidence=at_hand, purpose=Purpose.TIMESTAMP).detail.code == "path.listed"
    )
    crossed = pki.trust(services=(pki.service("ca", type=SERVICE_TSA_QTST), pki.service("tsa")))
    assert (
        judge("good", trust=crossed, evidence=at_hand).subindication
        is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    )
    verdict = judge("tsa", trust=crossed, evidence=at_hand, purpose=Purpose.TIMESTAMP)
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_service_must_have_been_granted_when_the_certificate_was_issued() -> None:
    at_hand = Evidence(crls=pki.crls())
    for granted_from, found in ((pki.BORN - pki.DAY, True), (pki.BORN + pki.DAY, False)):
        listed = pki.trust(services=(pki.service("ca", history=((pki.GRANTED, granted_from),)),))
        verdict = judge("good", trust=listed, evidence=at_hand)
        assert (verdict.subindication is not SubIndication.NO_CERTIFICATE_CHAIN_FOUND) is found
    withdrawn = ((pki.WITHDRAWN, pki.BORN - pki.DAY), (pki.GRANTED, pki.ROOT_BORN))
    listed = pki.trust(services=(pki.service("ca", history=withdrawn),))
    assert not judge("good", trust=listed, evidence=at_hand).passed
    unheard = ((pki.WITHDRAWN, pki.ROOT_BORN),)
    listed = pki.trust(services=(pki.service("tsa", type=SERVICE_TSA_QTST, history=unheard),))
    assert not judge("tsa", trust=listed, evidence=at_hand, purpose=Purpose.TIMESTAMP).passed


def test_services_of_other_kinds_and_garbage_are_no_anchors() -> None:
    other = pki.service("ca", type="http://uri.etsi.org/TrstSvc/Svctype/CA/PKC")
    unread = replace(pki.service("ca"), certificates=(b"garbage",))
    garbage = TrustSnapshot(anchors=(b"garbage",), services=(other, unread))
    verdict = judge("good", trust=garbage)
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_memory_forgets_the_oldest() -> None:
    memory: Memory[int] = Memory(2)
    for number in range(3):
        memory.keep(number, number)
    assert [memory.get(number) for number in range(3)] == [None, 1, 2]
    heavy: Memory[int] = Memory(10, weight=100)
    heavy.keep("a", 1, 60)
    heavy.keep("b", 2, 30)
    heavy.keep("b", 3, 40)
    assert (heavy.get("a"), heavy.get("b")) == (1, 3)
    heavy.keep("c", 4, 10)
    assert (heavy.get("a"), heavy.get("b"), heavy.get("c")) == (None, 3, 4)
    heavy.keep("d", 5, 101)
    assert (heavy.get("c"), heavy.get("d")) == (None, None)


def test_verdicts_are_remembered_under_all_they_depend_on() -> None:
    chains = Chains(pki.trust(), pki.evidence(), at=pki.NOW)
    leaf = pki.signer("good").der
    first = chains.conclude(leaf, Purpose.SIGNATURE, at=pki.NOW)
    again = Chains(pki.trust(), pki.evidence(), at=pki.NOW).conclude(leaf, Purpose.SIGNATURE, at=pki.NOW)
    assert again is first
    stricter = Chains(pki.trust(), pki.evidence(), policy=DEFAULT, at=pki.NOW + 60 * pki.DAY)
    assert (
        stricter.conclude(leaf, Purpose.SIGNATURE, at=pki.NOW + 60 * pki.DAY).subindication
        is SubIndication.TRY_LATER
    )


def test_responder_delegated_with_a_dead_algorithm_is_not_believed() -> None:
    at_hand = pki.evidence().certificates, (pki.crl("root"),)
    good = pki.signer("good")
    for responder, sub in (("ocsp-ca", None), ("ocsp-sha1", SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)):
        response = pki.ocsp(good, responder=responder)
        verdict = judge("good", evidence=Evidence(*at_hand, (response,)))
        assert verdict.subindication is sub
    assert verdict.detail.params == {"algorithm": "EC 256 SHA1", "use": "certificate", "on": "01/01/2009"}


def test_first_chain_speaks_when_none_holds_and_the_good_one_when_one_does() -> None:
    certificates = pki.evidence().certificates
    both = pki.trust("ca", "root")
    neither = judge("good", trust=both, evidence=Evidence(certificates))
    assert (neither.subindication, len(neither.chain)) == (SubIndication.TRY_LATER, 2)
    short = judge("good", trust=both, evidence=Evidence(certificates, (pki.crl("ca"),)))
    assert (short.passed, len(short.chain)) == (True, 2)


def test_time_stamp_unit_that_a_list_names_is_held_to_its_dates_and_use() -> None:
    """An operator's own anchor is trusted whatever its dates; a unit of a list is not: its old key may be anywhere."""
    services = (pki.service("tsa", "tsa-lax", "good", type=SERVICE_TSA_QTST, additional=()),)
    listed, later = pki.trust(services=services), pki.DIES + pki.DAY
    at_hand = Evidence(crls=pki.crls())
    assert judge("tsa", trust=listed, evidence=at_hand, purpose=Purpose.TIMESTAMP).passed
    late = judge("tsa", trust=listed, evidence=at_hand, purpose=Purpose.TIMESTAMP, at=later)
    assert late.subindication is SubIndication.OUT_OF_BOUNDS_NO_POE
    proved = judge("tsa", trust=listed, evidence=at_hand, purpose=Purpose.TIMESTAMP, at=later, used=pki.NOW)
    assert proved.passed
    for name in ("tsa-lax", "good"):
        verdict = judge(name, trust=listed, evidence=at_hand, purpose=Purpose.TIMESTAMP)
        assert verdict.detail.code == "path.unfit_timestamp"
    anchored = pki.trust("tsa")
    assert judge("tsa", trust=anchored, evidence=at_hand, purpose=Purpose.TIMESTAMP, at=later).passed
