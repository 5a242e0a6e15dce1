"""The verdict on one signature, by facts: a sound signature passes, then one thing is wrong at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing.facts import AlgorithmUse, Reference, SignatureFacts, SignerStatus, StampKind
from signing.rules import FATAL
from signing.summary_fr import sentence, sentences
from signing.trust.model import ListInfo, TrustSnapshot
from signing.types import Evidence, Finding, Format, Indication, Poe, Qualification, SubIndication
from tests.signing import made, pki

DOCUMENT = Reference("acte.pdf", found=True, intact=True, algorithm="sha256")
OWN = Reference("SignedProperties", found=True, intact=True, algorithm="sha256", document=False)
SOME = (Finding("verdict.not_advanced"),)
LOST = replace(DOCUMENT, found=False, intact=False)
ALTERED = replace(DOCUMENT, intact=False)
UNCHECKED = replace(DOCUMENT, intact=False, checked=False)

PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE

#: What is changed in sound facts, and the sub-indication then expected.
TABLE: list[tuple[str, dict[str, object], SubIndication | None]] = [
    ("good", {}, None),
    ("good", {"format": Format.CADES}, None),
    ("good", {"format": Format.PADES}, None),
    ("good", {"structure_errors": SOME}, SubIndication.FORMAT_FAILURE),
    ("good", {"signer_status": SignerStatus.MISMATCH}, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    ("good", {"signer_status": SignerStatus.MISSING}, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    ("good", {"certificate": None}, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    ("good", {"references": ()}, SubIndication.SIGNED_DATA_NOT_FOUND),
    ("good", {"references": (OWN,)}, SubIndication.SIGNED_DATA_NOT_FOUND),
    ("good", {"references": (LOST, OWN)}, SubIndication.SIGNED_DATA_NOT_FOUND),
    ("good", {"references": (DOCUMENT, replace(OWN, found=False))}, SubIndication.SIGNED_DATA_NOT_FOUND),
    ("good", {"references": (ALTERED, OWN)}, SubIndication.HASH_FAILURE),
    ("good", {"references": (DOCUMENT, replace(OWN, intact=False))}, SubIndication.HASH_FAILURE),
    ("good", {"references": (ALTERED, LOST)}, SubIndication.SIGNED_DATA_NOT_FOUND),
    ("good", {"references": (UNCHECKED, ALTERED)}, SubIndication.HASH_FAILURE),
    ("foreign", {"references": (UNCHECKED,)}, SubIndication.SIG_CONSTRAINTS_FAILURE),
    ("good", {"value_intact": False}, SubIndication.SIG_CRYPTO_FAILURE),
    ("good", {"value_intact": None}, SubIndication.SIG_CRYPTO_FAILURE),
    ("good", {"constraint_errors": SOME}, SubIndication.SIG_CONSTRAINTS_FAILURE),
    ("good", {"signer_status": SignerStatus.UNREFERENCED}, SubIndication.SIG_CONSTRAINTS_FAILURE),
    ("good", {"format": Format.XMLDSIG}, SubIndication.SIG_CONSTRAINTS_FAILURE),
    ("good", {"format": Format.CMS}, SubIndication.SIG_CONSTRAINTS_FAILURE),
    ("good", {"format": Format.PDF}, SubIndication.SIG_CONSTRAINTS_FAILURE),
    ("good", {"algorithms": (AlgorithmUse("x", "md5"),)}, SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
    ("good", {"algorithms": (AlgorithmUse("x", "sha1"),)}, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    (
        "good",
        {"algorithms": (AlgorithmUse("x", "sha1"), AlgorithmUse("y", "md5"))},
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    (
        "rsa-1024",
        {"algorithms": (AlgorithmUse("x", "sha256", "rsa", 1024),)},
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    ),
    ("expired", {}, SubIndication.OUT_OF_BOUNDS_NO_POE),
    ("not-yet", {}, SubIndication.OUT_OF_BOUNDS_NO_POE),
    ("revoked", {}, SubIndication.REVOKED_NO_POE),
    ("revoked-ca", {}, SubIndication.REVOKED_CA_NO_POE),
    ("wrong-usage", {}, SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    ("foreign", {}, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
    ("sha1", {}, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    # The order of blocks: what comes first decides.
    ("foreign", {"references": (ALTERED,)}, SubIndication.HASH_FAILURE),
    ("revoked", {"value_intact": False}, SubIndication.SIG_CRYPTO_FAILURE),
    ("revoked", {"references": (ALTERED,), "structure_errors": SOME}, SubIndication.FORMAT_FAILURE),
    ("revoked", {"constraint_errors": SOME}, SubIndication.REVOKED_NO_POE),
    ("good", {"value_intact": False, "references": (ALTERED,)}, SubIndication.HASH_FAILURE),
    ("good", {"certificate": None, "references": (LOST,)}, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
]


@pytest.mark.parametrize(("signer", "changes", "expected"), TABLE)
def test_verdict_by_facts(signer: str, changes: dict[str, object], expected: SubIndication | None) -> None:
    found = made.judged(made.facts(signer, **changes))
    assert found.subindication == expected
    assert found.indication is (PASSED if expected is None else FAILED if expected in FATAL else UNSURE)
    assert bool(found.errors) is (expected is not None)
    for finding in (*found.errors, *found.warnings):
        assert sentence(finding)


@pytest.mark.parametrize("sub", SubIndication)
def test_every_subindication_has_a_message_and_an_advice(sub: SubIndication) -> None:
    known = sentences()
    assert known[f"verdict.{sub}"].endswith(".")
    assert known[f"verdict.{sub}.advice"].endswith(".")


def test_no_trust_names_what_is_loaded() -> None:
    given = made.facts("foreign")
    none = made.judged(given, trust=pki.nothing())
    assert none.errors[0] == Finding("verdict.NO_CERTIFICATE_CHAIN_FOUND")
    anchors = made.judged(given, trust=pki.trust("root"))
    assert anchors.errors[0] == Finding("verdict.NO_CERTIFICATE_CHAIN_FOUND.anchors")
    listed = made.judged(given, trust=pki.trust(services=pki.qualified()))
    assert listed.errors[0] == Finding(
        "verdict.NO_CERTIFICATE_CHAIN_FOUND.lists", {"territory": "FR", "number": 156, "days": 9}
    )
    assert "liste FR n° 156, âgée de 9 jours" in sentence(listed.errors[0])
    other = replace(pki.trust(services=pki.qualified()), lists=(replace(pki.list_info(()), territory="BE"),))
    assert made.judged(given, trust=other).errors[0].params["territory"] == "BE"


def test_the_list_named_is_that_of_the_issuer_s_country_else_the_french_one() -> None:
    first = pki.list_info(())
    belgian, french, italian = (replace(first, territory=name) for name in ("BE", "FR", "IT"))
    italian = replace(italian, issued_at=pki.NOW)

    def named(country: str, *lists: ListInfo) -> Finding:
        given = made.facts(certificate=_issued_in(country))
        return made.judged(given, trust=TrustSnapshot(lists=lists)).errors[0]

    assert named("IT", belgian, french, italian).params == {"territory": "IT", "number": 156, "days": 0}
    assert named("ES", belgian, french, italian).params["territory"] == "FR"
    assert named("ES", belgian, italian).params["territory"] == "BE"


def _issued_in(country: str) -> bytes:
    """Return the certificate of an authority nobody knows, established in a country."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(f"CN=Autorité inconnue,C={country}")
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, pki.NOW - pki.DAY, pki.NOW + pki.DAY)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_best_signature_time_is_that_of_validation_without_proof() -> None:
    found = made.judged(made.facts())
    assert (found.best_signature_time, found.time_is_proved) == (pki.NOW, False)
    assert [warning.code for warning in found.warnings] == ["verdict.time_unknown"]
    claimed = made.judged(made.facts(signing_time=pki.NOW - pki.DAY))
    assert claimed.best_signature_time == pki.NOW
    assert [warning.code for warning in claimed.warnings] == ["verdict.time_declared"]


def test_given_proof_sets_the_best_signature_time() -> None:
    deposit = Poe(made.DIGEST, pki.NOW - pki.DAY, "deposit")
    found = made.judged(made.facts(signing_time=pki.NOW - 2 * pki.DAY), poe=(deposit,))
    assert (found.best_signature_time, found.time_is_proved) == (pki.NOW - pki.DAY, True)
    assert found.warnings == ()


def test_claimed_time_after_the_proof_is_told() -> None:
    deposit = Poe(made.DIGEST, pki.NOW - pki.DAY, "deposit")
    found = made.judged(made.facts(signing_time=pki.NOW), poe=(deposit,))
    assert [warning.code for warning in found.warnings] == ["verdict.time_contradicted"]
    assert found.indication is PASSED


def test_proof_of_another_signature_is_of_no_use() -> None:
    deposit = Poe(b"\0" * 32, pki.NOW - pki.DAY, "deposit")
    assert made.judged(made.facts(), poe=(deposit,)).best_signature_time == pki.NOW
    assert made.judged(made.facts(value=b""), poe=(deposit,)).best_signature_time == pki.NOW


@pytest.mark.parametrize(
    ("signer", "before", "after"),
    [
        ("revoked", pki.REVOKED_AT - pki.DAY, pki.REVOKED_AT + pki.DAY),
        ("expired", pki.EXPIRED_AT - pki.DAY, pki.EXPIRED_AT + pki.DAY),
    ],
)
def test_proof_of_time_saves_what_is_older_only(signer: str, before: object, after: object) -> None:
    early = pki.evidence(before)  # type: ignore[arg-type]  # a datetime
    late = pki.evidence()
    both = Evidence(late.certificates, (*early.crls, *late.crls))
    outcomes = []
    for moment in (before, after, None):
        poe = (Poe(made.DIGEST, moment),) if moment else ()  # type: ignore[arg-type]  # a datetime
        outcomes.append(made.judged(made.facts(signer), evidence=both, poe=poe).indication)
    assert outcomes == [PASSED, UNSURE, UNSURE]


def test_signature_older_than_its_certificate_fails() -> None:
    poe = (Poe(made.DIGEST, pki.BORN - pki.DAY),)
    assert made.judged(made.facts(), poe=(Poe(made.DIGEST, pki.BORN + pki.DAY),)).indication is PASSED
    found = made.judged(made.facts(), poe=poe)
    assert (found.indication, found.subindication) == (FAILED, SubIndication.NOT_YET_VALID)


def test_old_algorithm_is_accepted_with_an_old_proof() -> None:
    weak = made.facts(algorithms=(AlgorithmUse("signature", "sha224", "ec", 256),))
    at = pki.DIES - pki.DAY
    assert made.judged(weak).indication is PASSED
    assert made.judged(weak, at=at).subindication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    assert made.judged(weak, at=at, poe=(Poe(made.DIGEST, pki.NOW),)).indication is PASSED


def test_no_proof_becomes_proof_of_the_contrary_with_a_content_time_stamp() -> None:
    def with_content(signer: str, moment: object) -> SignatureFacts:
        content = made.stamp(moment, kind=StampKind.CONTENT)  # type: ignore[arg-type]  # a datetime
        return made.facts(signer, stamps=(content,))

    revoked = made.judged(with_content("revoked", pki.REVOKED_AT + pki.DAY))
    assert (revoked.indication, revoked.subindication) == (FAILED, SubIndication.REVOKED)
    before = made.judged(with_content("revoked", pki.REVOKED_AT - pki.DAY))
    assert before.subindication is SubIndication.REVOKED_NO_POE
    expired = made.judged(with_content("expired", pki.EXPIRED_AT + pki.DAY))
    assert (expired.indication, expired.subindication) == (FAILED, SubIndication.EXPIRED)
    in_time = made.judged(with_content("expired", pki.EXPIRED_AT - pki.DAY))
    assert in_time.subindication is SubIndication.OUT_OF_BOUNDS_NO_POE
    other = made.judged(with_content("wrong-usage", pki.NOW))
    assert other.subindication is SubIndication.CHAIN_CONSTRAINTS_FAILURE
    # On the very instant nothing shows yet that the signature came after it.
    same = made.judged(with_content("revoked", pki.REVOKED_AT))
    assert same.subindication is SubIndication.REVOKED_NO_POE
    same = made.judged(with_content("expired", pki.EXPIRED_AT))
    assert same.subindication is SubIndication.OUT_OF_BOUNDS_NO_POE


def test_qualification_is_said_of_valid_signatures_only() -> None:
    listed = pki.trust(services=pki.qualified())
    assert made.judged(made.facts("qualified"), trust=listed).qualification is Qualification.QESIG
    broken = made.judged(made.facts("qualified", value_intact=False), trust=listed)
    assert broken.qualification is None
    assert broken.standing.qualified


def test_forged_certificate_is_not_called_qualified() -> None:
    """A certificate that only names a listed authority as its issuer owes it nothing."""
    listed = pki.trust(services=pki.qualified())
    genuine = pki.signer("qualified").der
    assert made.judged(made.facts("qualified"), trust=listed).standing.covered
    forged = genuine[:-1] + bytes([genuine[-1] ^ 1])
    found = made.judged(made.facts(certificate=forged), trust=listed)
    assert found.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert not found.standing.covered


def test_evidence_used_is_named() -> None:
    found = made.judged(made.facts(stamps=(made.stamp(pki.NOW - timedelta(hours=1)),)))
    assert set(found.evidence_used) <= set(pki.crls())
    assert len(found.evidence_used) == 2
    assert made.judged(made.facts(certificate=None)).evidence_used == ()


def test_a_failure_names_what_is_wrong() -> None:
    mismatch = made.judged(made.facts(signer_status=SignerStatus.MISMATCH))
    assert mismatch.errors[1] == Finding("verdict.signer_mismatch")
    lost = made.judged(made.facts(references=(LOST, OWN)))
    assert lost.errors[1] == Finding("verdict.missing_data", {"name": "acte.pdf"})


def test_a_claimed_time_is_contradicted_only_when_it_is_later_than_the_proof() -> None:
    proof = (Poe(made.DIGEST, pki.NOW - pki.DAY),)
    same = made.judged(made.facts(signing_time=pki.NOW - pki.DAY), poe=proof)
    assert same.warnings == ()
    later = made.judged(made.facts(signing_time=pki.NOW - pki.DAY + timedelta(seconds=1)), poe=proof)
    assert later.warnings == (Finding("verdict.time_contradicted"),)


def test_a_list_that_is_overdue_is_warned_of() -> None:
    listed = pki.trust(services=pki.qualified())
    overdue = replace(listed, lists=(replace(listed.lists[0], next_update=pki.NOW - pki.DAY),))
    fresh = made.judged(made.facts("qualified"), trust=listed)
    late = made.judged(made.facts("qualified"), trust=overdue)
    assert len(late.warnings) == len(fresh.warnings) + 1
    assert late.warnings[-1].code.startswith("trust.")
