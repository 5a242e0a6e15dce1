"""The five checks of article 5, independent of the indication, and the qualification of TS 119 615."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.facts import Reference, SignatureFacts, SignerStatus
from signing.path.cache import certificate
from signing.policy import DEFAULT
from signing.rules import Conclusion, checks
from signing.summary_fr import sentence
from signing.trust.model import SERVICE_CA_QC, Qualifier, Service, StatusPeriod, TrustSnapshot
from signing.trust.qualification import Standing, applies, standing, statements_of
from signing.types import CHECKS, CheckStatus, Finding, Format, Poe, Qualification
from tests.signing import made, pki

PASSED, FAILED = CheckStatus.PASSED, CheckStatus.FAILED
UNKNOWN, HUMAN = CheckStatus.UNKNOWN, CheckStatus.HUMAN
LISTED = pki.trust(services=pki.qualified())
DOCUMENT = Reference("acte.pdf", found=True, intact=True, algorithm="sha256")


def answers(facts: SignatureFacts, **how: Any) -> tuple[Conclusion, dict[str, CheckStatus]]:
    """Return the conclusion on facts and the status of each check, its sentence tried."""
    conclusion = made.judged(facts, **how)
    found = checks(facts, conclusion)
    assert list(found) == list(CHECKS)
    assert all(sentence(check.finding) for check in found.values())
    return conclusion, {name: check.status for name, check in found.items()}


TABLE: list[tuple[str, dict[str, Any], dict[str, CheckStatus]]] = [
    ("qualified", {}, {}),
    ("qualified", {"certificate": None}, {"identity": UNKNOWN, "category": UNKNOWN, "validity": UNKNOWN}),
    (
        "qualified",
        {"signer_status": SignerStatus.MISMATCH},
        {"identity": UNKNOWN, "category": UNKNOWN, "validity": UNKNOWN},
    ),
    ("qualified", {"signer_status": SignerStatus.UNREFERENCED}, {}),
    ("no-qc", {}, {"category": FAILED}),
    ("seal", {}, {"category": HUMAN}),
    ("foreign", {}, {"category": UNKNOWN, "validity": UNKNOWN}),
    ("qualified", {"format": Format.XMLDSIG}, {"format": FAILED}),
    ("qualified", {"format": Format.CMS}, {"format": FAILED}),
    (
        "qualified",
        {"structure_errors": (Finding("verdict.not_advanced"),)},
        {"format": FAILED, "integrity": FAILED},
    ),
    ("expired", {}, {"validity": FAILED, "category": FAILED}),
    ("not-yet", {}, {"validity": FAILED, "category": FAILED}),
    ("revoked", {}, {"validity": FAILED, "category": FAILED}),
    ("wrong-usage", {}, {"validity": UNKNOWN, "category": UNKNOWN}),
    ("qualified", {"references": (replace(DOCUMENT, found=False),)}, {"integrity": UNKNOWN}),
    ("qualified", {"references": (replace(DOCUMENT, intact=False),)}, {"integrity": FAILED}),
    ("qualified", {"references": (replace(DOCUMENT, intact=False, checked=False),)}, {"integrity": UNKNOWN}),
    ("qualified", {"references": ()}, {"integrity": UNKNOWN}),
    ("qualified", {"value_intact": False}, {"integrity": FAILED}),
    ("qualified", {"value_intact": None}, {"integrity": UNKNOWN}),
]


@pytest.mark.parametrize(("signer", "changes", "different"), TABLE)
def test_checks_by_facts(signer: str, changes: dict[str, Any], different: dict[str, CheckStatus]) -> None:
    names = {"category": "certificate_category", "validity": "validity_at_signing"}
    expected = {
        "identity": HUMAN,
        "certificate_category": PASSED,
        "format": PASSED,
        "validity_at_signing": PASSED,
        "integrity": PASSED,
        **{names.get(name, name): status for name, status in different.items()},
    }
    _, found = answers(made.facts(signer, **changes), trust=LISTED)
    assert found == expected


def test_expired_certificate_fails_the_check_even_when_its_issuer_is_unknown() -> None:
    at = pki.DIES + pki.DAY
    _, found = answers(made.facts("foreign"), at=at)
    assert found["validity_at_signing"] is FAILED
    poe = (Poe(made.DIGEST, pki.NOW),)
    _, found = answers(made.facts("foreign"), at=at, poe=poe)
    assert found["validity_at_signing"] is UNKNOWN


def test_validity_rests_on_the_proved_time_never_on_the_claimed_one() -> None:
    claimed = made.facts("expired", signing_time=pki.EXPIRED_AT - pki.DAY)
    then = pki.evidence(pki.EXPIRED_AT - pki.DAY)
    _, without = answers(claimed, evidence=then)
    assert without["validity_at_signing"] is FAILED
    conclusion, proved = answers(claimed, evidence=then, poe=(Poe(made.DIGEST, pki.EXPIRED_AT - pki.DAY),))
    assert proved["validity_at_signing"] is PASSED
    assert checks(claimed, conclusion)["validity_at_signing"].finding.code == "verdict.validity.passed.proved"


def test_old_list_says_nothing_of_the_category() -> None:
    fresh = replace(LISTED, lists=(replace(LISTED.lists[0], issued_at=pki.NOW - timedelta(days=180)),))
    old = replace(LISTED, lists=(replace(LISTED.lists[0], issued_at=pki.NOW - timedelta(days=181)),))
    kept = replace(old, frozen_at=pki.NOW - timedelta(days=100))
    facts = made.facts("qualified")
    for trust, status, word in (
        (fresh, PASSED, Qualification.QESIG),
        (old, UNKNOWN, None),
        (kept, PASSED, Qualification.QESIG),
    ):
        conclusion, found = answers(facts, trust=trust)
        assert (found["certificate_category"], conclusion.qualification) == (status, word)


#: What a check says, by its code and details: the words shown to a person are chosen by them.
CODES: list[tuple[str, dict[str, Any], str, Finding]] = [
    ("qualified", {}, "format", Finding("verdict.format.passed", {"format": "XAdES"})),
    (
        "qualified",
        {"format": Format.CMS},
        "format",
        Finding("verdict.format.failed.not_advanced", {"format": "CMS"}),
    ),
    (
        "qualified",
        {"structure_errors": (Finding("verdict.altered"),)},
        "format",
        Finding("verdict.format.failed"),
    ),
    ("qualified", {}, "validity_at_signing", Finding("verdict.validity.passed")),
    ("expired", {}, "validity_at_signing", Finding("verdict.validity.failed")),
    ("qualified", {"certificate": None}, "validity_at_signing", Finding("verdict.validity.unknown")),
    ("qualified", {"certificate": b"?"}, "validity_at_signing", Finding("verdict.validity.unknown")),
    ("qualified", {}, "certificate_category", Finding("verdict.category.passed")),
    ("seal", {}, "certificate_category", Finding("verdict.category.human")),
    ("no-qc", {}, "certificate_category", Finding("verdict.category.failed")),
    ("foreign", {}, "certificate_category", Finding("verdict.category.unknown")),
    ("qualified", {}, "identity", Finding("verdict.identity.human")),
    ("qualified", {"value_intact": None}, "integrity", Finding("verdict.integrity.unknown")),
]


@pytest.mark.parametrize(("signer", "changes", "check", "said"), CODES)
def test_a_check_says_why(signer: str, changes: dict[str, Any], check: str, said: Finding) -> None:
    facts = made.facts(signer, **changes)
    assert checks(facts, made.judged(facts, trust=LISTED))[check].finding == said


def test_a_stale_list_is_named_as_the_reason() -> None:
    old = replace(LISTED, lists=(replace(LISTED.lists[0], issued_at=pki.NOW - timedelta(days=181)),))
    facts = made.facts("qualified")
    check = checks(facts, made.judged(facts, trust=old))["certificate_category"]
    assert check.finding == Finding("verdict.category.unknown.stale")


def test_a_certificate_is_valid_on_its_first_and_on_its_last_instant() -> None:
    facts = made.facts("foreign")
    assert facts.certificate is not None
    leaf = certificate(facts.certificate)
    assert leaf is not None
    second = timedelta(seconds=1)
    for at, status in (
        (leaf.not_before - second, FAILED),
        (leaf.not_before, UNKNOWN),
        (leaf.not_after, UNKNOWN),
        (leaf.not_after + second, FAILED),
    ):
        _, found = answers(facts, at=at)
        assert found["validity_at_signing"] is status


WORDS = [
    ("qualified", Qualification.QESIG),
    ("qualified-soft", Qualification.ADESIG_QC),
    ("no-qc", Qualification.ADESIG),
    ("seal", Qualification.QESEAL),
    ("seal-soft", Qualification.ADESEAL_QC),
]


@pytest.mark.parametrize(("signer", "word"), WORDS)
def test_qualification_by_certificate(signer: str, word: Qualification) -> None:
    facts = made.facts(signer)
    assert made.judged(facts, trust=LISTED).qualification is word
    assert made.judged(facts, trust=pki.trust()).qualification is None


def said(
    signer: str, *services: Service, best: datetime = pki.NOW, trust: TrustSnapshot | None = None
) -> Standing:
    """Return what services say of a signer of the PKI."""
    snapshot = trust or pki.trust(services=services)
    return standing(pki.signer(signer).chain, snapshot, best=best, at=pki.NOW, policy=DEFAULT)


def uri(name: str) -> str:
    return f"http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/{name}"


OVERRIDES = [
    ("no-qc", ("QCStatement",), Qualification.ADESIG_QC),
    ("no-qc", ("QCStatement", "QCWithQSCD"), Qualification.QESIG),
    ("no-qc", ("QCWithSSCD",), Qualification.ADESIG),
    ("no-qc", ("QCStatement", "QCForESeal"), Qualification.ADESEAL_QC),
    ("qualified", ("NotQualified",), Qualification.ADESIG),
    ("qualified", ("NotQualified", "QCStatement"), Qualification.ADESIG),
    ("qualified", ("QCNoQSCD",), Qualification.ADESIG_QC),
    ("qualified", ("QCNoSSCD", "QCWithSSCD"), Qualification.ADESIG_QC),
    ("qualified", ("QCSSCDStatusAsInCert",), Qualification.QESIG),
    ("qualified", ("QCForESig",), Qualification.QESIG),
    ("qualified", ("QCForLegalPerson",), Qualification.QESEAL),
    ("qualified", ("QCForWSA",), Qualification.ADESIG),
    ("qualified", ("QCForESig", "QCForESeal"), Qualification.ADESEAL),
    ("qualified-soft", ("QCQSCDManagedOnBehalf",), Qualification.QESIG),
    ("seal", ("QCForESig",), Qualification.QESIG),
]


@pytest.mark.parametrize(("signer", "names", "word"), OVERRIDES)
def test_qualifiers_of_the_list_override_the_certificate(
    signer: str, names: tuple[str, ...], word: Qualification
) -> None:
    qualifier = Qualifier(tuple(uri(name) for name in names))
    assert said(signer, pki.service("ca", qualifiers=(qualifier,))).qualification is word
    unread = replace(qualifier, readable=False)
    plain = said(signer, pki.service("ca"))
    assert said(signer, pki.service("ca", qualifiers=(unread,))).qualification is plain.qualification


CRITERIA = [
    ({}, True),
    ({"policies": (("1.2.3",),)}, False),
    ({"key_usages": ((("nonRepudiation", True),),)}, True),
    ({"key_usages": ((("nonRepudiation", True), ("digitalSignature", False)),)}, False),
    ({"key_usages": ((("keyCertSign", True),), (("digitalSignature", True),))}, True),
    ({"key_usages": ((("contentCommitment", True),),)}, True),
    ({"policies": (("1.2.3",),), "key_usages": ((("nonRepudiation", True),),)}, False),
]


@pytest.mark.parametrize(("criteria", "met"), CRITERIA)
def test_criteria_of_a_qualifier(criteria: dict[str, Any], *, met: bool) -> None:
    leaf = certificate(pki.signer("good").der)
    assert leaf is not None
    assert applies(Qualifier(("x",), **criteria), leaf) is met


def test_status_is_asked_at_issuance_and_at_best_signature_time() -> None:
    year = timedelta(days=365)
    always = pki.service("ca")
    assert said("qualified", always).qualification is Qualification.QESIG
    later = pki.service("ca", history=((pki.GRANTED, pki.BORN + pki.DAY),))
    assert said("qualified", later).qualification is Qualification.ADESIG
    ended = pki.service("ca", history=((pki.WITHDRAWN, pki.NOW - year), (pki.GRANTED, pki.ROOT_BORN)))
    assert said("qualified", ended).qualification is Qualification.ADESIG
    assert said("qualified", ended, best=pki.NOW - 2 * year).qualification is Qualification.QESIG


def test_a_list_may_have_said_otherwise_in_an_earlier_period() -> None:
    no_device = (Qualifier((uri("QCNoQSCD"),)),)
    periods = (
        StatusPeriod(pki.GRANTED, pki.NOW - pki.DAY),
        StatusPeriod(pki.GRANTED, pki.ROOT_BORN, qualifiers=no_device),
    )
    changed = replace(pki.service("ca"), history=periods)
    assert said("qualified", changed).qualification is Qualification.ADESIG_QC
    was_other = (
        periods[0],
        StatusPeriod(pki.GRANTED, pki.ROOT_BORN, type="http://uri.etsi.org/TrstSvc/Svctype/CA/PKC"),
    )
    other = replace(pki.service("ca"), history=was_other)
    assert said("qualified", other).qualification is Qualification.ADESIG


def test_a_service_is_granted_for_signatures_or_for_seals() -> None:
    seals_only = pki.service("ca", additional=(pki.FOR_SEALS,))
    assert said("qualified", seals_only).qualification is Qualification.ADESIG
    assert said("seal", seals_only).qualification is Qualification.QESEAL
    mute = pki.service("ca", additional=())
    assert said("qualified", mute).qualification is Qualification.QESIG
    assert said("seal", mute).qualification is Qualification.ADESEAL


def test_services_that_contradict_each_other_make_no_qualified_certificate() -> None:
    denied = pki.service("ca", qualifiers=(Qualifier((uri("NotQualified"),)),))
    assert said("qualified", pki.service("ca"), pki.service("ca")).qualification is Qualification.QESIG
    assert said("qualified", pki.service("ca"), denied).qualification is Qualification.ADESIG


def test_only_a_list_that_covers_the_issuer_speaks() -> None:
    assert said("qualified", pki.service("ca-rsa")) == Standing()
    assert (
        said("qualified", pki.service("tsa", type="http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"))
        == Standing()
    )
    unlisted = TrustSnapshot(services=(pki.service("ca"),))
    assert said("qualified", trust=unlisted).qualification is Qualification.QESIG
    assert SERVICE_CA_QC in unlisted.services[0].type


def test_certificate_without_readable_statements_says_nothing() -> None:
    leaf = certificate(pki.signer("good").der)
    assert leaf is not None
    assert statements_of(leaf) == {}
    read = certificate(_with_statements(pki.qc_statements(("compliance", pki.ESIGN))))
    assert read is not None
    assert statements_of(read) == {"0.4.0.1862.1.1": (), "0.4.0.1862.1.6": (pki.ESIGN,)}
    for garbage in (
        b"\x30\x03\x02\x01\x05",
        b"\x30\x02\x30\x00",
        b"garbage",
        b"",
        b"\x30\x04\x30\x02\x02\x00",
    ):
        parsed = certificate(_with_statements(garbage))
        assert parsed is None or statements_of(parsed) == {}


def _with_statements(value: bytes) -> bytes:
    """Return a certificate whose qcStatements are any bytes."""
    good = pki.signer("good")
    builder = (
        x509.CertificateBuilder()
        .subject_name(good.certificate.subject)
        .issuer_name(good.certificate.issuer)
        .public_key(good.key.public_key())
        .serial_number(80)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), value), critical=False
        )
    )
    return builder.sign(pki.holder("ca").key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_certificate_older_than_eidas_is_qualified_by_its_policy() -> None:
    old = datetime(2015, 6, 1, tzinfo=UTC)
    for policy, device in (("0.4.0.1456.1.2", False), ("0.4.0.1456.1.1", True), ("1.2.3", None)):
        found = standing(
            _with_policy(policy, old),
            pki.trust(services=(_old_service(),)),
            best=pki.NOW,
            at=pki.NOW,
            policy=DEFAULT,
        )
        assert (found.qualified, found.device) == (device is not None, bool(device))
    late = standing(
        _with_policy("0.4.0.1456.1.1", pki.BORN), LISTED, best=pki.NOW, at=pki.NOW, policy=DEFAULT
    )
    assert not late.qualified


def _old_service() -> Service:
    accredited = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/accredited"
    history = (
        (pki.GRANTED, datetime(2016, 7, 1, tzinfo=UTC)),
        (accredited, datetime(2014, 1, 1, tzinfo=UTC)),
    )
    return pki.service("ca", history=history)


def _with_policy(policy: str, born: datetime) -> tuple[bytes, bytes]:
    good = pki.signer("good")
    information = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(good.certificate.subject)
        .issuer_name(good.certificate.issuer)
        .public_key(good.key.public_key())
        .serial_number(81)
        .not_valid_before(born)
        .not_valid_after(pki.DIES)
        .add_extension(x509.CertificatePolicies([information]), critical=False)
    )
    signed = builder.sign(pki.holder("ca").key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER), pki.holder("ca").der


@settings(max_examples=60, deadline=None)
@given(
    signer=st.sampled_from(["qualified", "qualified-soft", "no-qc", "seal", "seal-soft"]),
    names=st.sets(
        st.sampled_from(
            [
                "QCStatement",
                "NotQualified",
                "QCForESig",
                "QCForESeal",
                "QCForWSA",
                "QCForLegalPerson",
                "QCWithQSCD",
                "QCNoQSCD",
            ]
        )
    ),
    granted=st.booleans(),
)
def test_denied_or_ungranted_is_never_qualified(signer: str, names: set[str], *, granted: bool) -> None:
    status = pki.GRANTED if granted else pki.WITHDRAWN
    qualifier = Qualifier(tuple(uri(name) for name in sorted(names)))
    one = pki.service("ca", qualifiers=(qualifier,), history=((status, datetime(2016, 8, 1, tzinfo=UTC)),))
    found = said(signer, one)
    assert found.covered
    if not granted or "NotQualified" in names or "QCForWSA" in names:
        assert not found.qualified
    assert not (found.device and not found.qualified)
