"""Higher levels: what they need, what is missing, and what they leave alone."""

from dataclasses import replace

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography.hazmat.primitives.asymmetric import ed25519

from signing.errors import SealedError
from signing.produce import material as material_module
from signing.produce.assemble import assemble, extend
from signing.produce.material import Collector
from signing.produce.params import Level, Profile
from signing.produce.prepare import prepare
from signing.produce.refusals import ProductionRefused
from signing.types import Bytes, Evidence
from tests.signing import pki, signed
from tests.signing.test_produce_rules import certificate, refused

LONG = [(profile, level) for profile, level in signed.MADE if level.rank >= Level.B_LT.rank]
STAMPED = [(profile, level) for profile, level in signed.MADE if level.rank >= Level.B_T.rank]
CONTENTS = [signed.document(Profile.XADES_DETACHED)]


class Broken:
    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        raise SealedError("timestamp.refused", "closed", status=2)


class Stolen:
    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        return pki.stamp(b"something else")


class Garbage:
    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        return b"0\x00"


@pytest.mark.parametrize(("profile", "level"), STAMPED)
def test_level_without_a_time_stamp_is_refused_and_can_be_tried_again(profile: Profile, level: Level) -> None:
    holder = pki.signer("good")
    prepared = prepare(signed.document(profile), holder.chain, signed.params(profile, level))
    value, evidence = signed.value(holder, prepared), pki.evidence()
    refused("produce.timestamper_missing", lambda: assemble(prepared, value, evidence=evidence))
    with pytest.raises(SealedError, match=r"timestamp\.refused"):
        assemble(prepared, value, timestamper=Broken(), evidence=evidence)
    for wrong in (Stolen(), Garbage()):
        refused(
            "produce.token_refused",
            lambda wrong=wrong: assemble(prepared, value, timestamper=wrong, evidence=evidence),
        )
    assert assemble(prepared, value, timestamper=pki.Tsa(), evidence=evidence)


@pytest.mark.parametrize(("profile", "level"), LONG)
def test_long_term_level_without_revocation_data_is_refused(profile: Profile, level: Level) -> None:
    evidence = pki.evidence()
    assert signed.sign(profile, level, evidence=evidence)
    for partial in (
        Evidence(),
        Evidence(certificates=evidence.certificates),
        Evidence(certificates=evidence.certificates, crls=(pki.crl("root"),)),
        Evidence(certificates=evidence.certificates, crls=(pki.crl("ca"),)),
        Evidence(certificates=evidence.certificates, crls=(b"no list",), ocsps=(b"no answer",)),
    ):
        refused(
            "produce.revocation_missing",
            lambda partial=partial: signed.sign(profile, level, evidence=partial),
        )


@pytest.mark.parametrize(("profile", "level"), LONG)
def test_extension_reaches_what_signing_at_once_reaches(profile: Profile, level: Level) -> None:
    low = signed.sign(profile, Level.B_B)
    raised = extend(low, level, timestamper=pki.Tsa(), evidence=pki.evidence(), contents=CONTENTS)
    assert raised != low
    with pytest.raises(ProductionRefused):
        extend(low, level, timestamper=pki.Tsa(), evidence=None, contents=CONTENTS)
    with pytest.raises(ProductionRefused):
        extend(low, level, timestamper=None, evidence=pki.evidence(), contents=CONTENTS)


@pytest.mark.parametrize(("profile", "level"), [one for one in signed.MADE if one[1] is not Level.B_LTA])
def test_extension_to_a_level_that_is_reached_changes_nothing(profile: Profile, level: Level) -> None:
    made = signed.sign(profile, level)
    assert extend(made, level, timestamper=None, evidence=pki.evidence(pki.NOW + pki.DAY)) == made
    assert extend(made, Level.B_B, timestamper=None) == made


@pytest.mark.parametrize("profile", [profile for profile, level in LONG if level is Level.B_LTA])
def test_archive_time_stamps_pile_up(profile: Profile) -> None:
    made = signed.sign(profile, Level.B_LTA)
    later = pki.NOW + 300 * pki.DAY
    evidence = pki.evidence(later)
    again = extend(
        made, Level.B_LTA, timestamper=pki.Tsa(later, "tsa-late"), evidence=evidence, contents=CONTENTS
    )
    # What proves the first archive time-stamp must be embedded under the second one.
    refused(
        "produce.revocation_missing",
        lambda: extend(
            again, Level.B_LTA, timestamper=pki.Tsa(later), evidence=Evidence(), contents=CONTENTS
        ),
    )
    assert len(again) > len(made)


def test_cades_is_not_made_beyond_b_t() -> None:
    for level in (Level.B_LT, Level.B_LTA):
        refused("produce.level_unavailable", lambda level=level: signed.sign(Profile.CADES_DETACHED, level))
        made = signed.sign(Profile.CADES_DETACHED)
        refused(
            "produce.level_unavailable",
            lambda level=level, made=made: extend(made, level, timestamper=pki.Tsa()),
        )


def collected(name: str, evidence: Evidence, at=pki.NOW, others=()):
    collector = Collector(evidence, others)
    collector.add(pki.signer(name).der, at=at)
    return collector.material()


def test_material_is_that_of_the_path_and_nothing_else() -> None:
    evidence = pki.evidence()
    material = collected("good", evidence)
    holder = pki.signer("good")
    assert material.certificates == holder.chain
    assert set(material.crls) == {evidence.crls[pki.CRL_MAKERS.index(name)] for name in ("ca", "root")}
    assert material.ocsps == ()


def test_ocsp_answer_is_taken_before_a_crl() -> None:
    holder, evidence = pki.signer("good"), pki.evidence()
    answers = (pki.ocsp(holder), pki.ocsp(pki.holder("ca")))
    both = Evidence(evidence.certificates, evidence.crls, answers)
    material = collected("good", both)
    assert (material.crls, set(material.ocsps)) == ((), set(answers))
    rsa = pki.signer("good", "rsa")
    assert (
        Collector(Evidence(evidence.certificates, (), (pki.ocsp(rsa), answers[1]))).add(rsa.der, at=pki.NOW)
        is None
    )


@pytest.mark.parametrize("responder", ["ocsp-no-eku", "tsa", "ocsp-root"])
def test_answer_of_somebody_who_may_not_answer_is_not_material(responder: str) -> None:
    answer = pki.ocsp(pki.signer("good"), responder=responder)
    evidence = Evidence(pki.evidence().certificates, (pki.crl("root"),), (answer,))
    refused("produce.revocation_missing", lambda: collected("good", evidence))
    good = Evidence(evidence.certificates, evidence.crls, (pki.ocsp(pki.signer("good"), responder="ca"),))
    assert collected("good", good).ocsps == good.ocsps


def test_answer_that_knows_nothing_is_not_material() -> None:
    answer = pki.ocsp(pki.signer("good"), status="unknown")
    evidence = Evidence(pki.evidence().certificates, (pki.crl("root"),), (answer,))
    refused("produce.revocation_missing", lambda: collected("good", evidence))


def test_revoked_certificate_gets_no_long_term_signature() -> None:
    evidence = pki.evidence()
    error = refused("produce.certificate_revoked", lambda: collected("revoked", evidence))
    assert error.params["day"] == "2026-06-01"
    refused("produce.certificate_revoked", lambda: collected("revoked-ca", evidence))
    answer = pki.ocsp(pki.signer("revoked"), status="revoked")
    told = Evidence(evidence.certificates, (pki.crl("root"), pki.crl("ca", hidden=["revoked/ec"])), (answer,))
    refused("produce.certificate_revoked", lambda: collected("revoked", told))


def test_certificate_revoked_later_keeps_its_earlier_signatures() -> None:
    before = pki.REVOKED_AT - pki.DAY
    assert collected("revoked", pki.evidence(), at=before).crls
    answer = pki.ocsp(pki.signer("revoked"), status="revoked")
    told = Evidence(pki.evidence().certificates, (pki.crl("root"),), (answer,))
    assert collected("revoked", told, at=before).ocsps == (answer,)


def test_revocation_data_that_was_over_is_missing() -> None:
    old = pki.NOW - 30 * pki.DAY
    refused("produce.revocation_missing", lambda: collected("good", pki.evidence(old)))
    answers = (pki.ocsp(pki.signer("good"), old), pki.ocsp(pki.holder("ca"), old))
    refused(
        "produce.revocation_missing",
        lambda: collected("good", Evidence(pki.evidence().certificates, (), answers)),
    )


def test_forged_crl_is_missing() -> None:
    good = pki.crl("ca")
    forged = good[:-1] + bytes([good[-1] ^ 1])
    certificates = pki.evidence().certificates
    assert collected("good", Evidence(certificates, (pki.crl("root"), good))).crls
    refused(
        "produce.revocation_missing",
        lambda: collected("good", Evidence(certificates, (pki.crl("root"), forged))),
    )


def test_path_must_reach_a_root() -> None:
    refused("produce.issuer_missing", lambda: collected("good", Evidence(crls=pki.crls())))
    chain = pki.signer("good").chain
    refused(
        "produce.issuer_missing",
        lambda: collected("good", Evidence(certificates=chain[:2], crls=pki.crls())),
    )
    assert collected("self-signed", Evidence()).certificates == (pki.signer("self-signed").der,)
    refused("produce.certificate_unreadable", lambda: Collector(Evidence()).add(b"x", at=pki.NOW))


def test_detached_archive_needs_its_documents() -> None:
    made = signed.sign(Profile.XADES_DETACHED, Level.B_LT)
    raised = {"timestamper": pki.Tsa(), "evidence": pki.evidence()}
    assert extend(made, Level.B_LTA, contents=CONTENTS, **raised)
    refused("produce.document_missing", lambda: extend(made, Level.B_LTA, **raised))
    refused(
        "produce.document_missing", lambda: extend(made, Level.B_LTA, contents=[Bytes("x", b"")], **raised)
    )


def test_responder_is_proved_as_well() -> None:
    good, certificates = pki.signer("good"), pki.evidence().certificates
    answer = pki.ocsp(good, responder="ocsp-checked")
    full = Evidence(certificates, (pki.crl("root"), pki.crl("ca")), (answer,))
    material = collected("good", full)
    assert material.ocsps == (answer,)
    assert set(material.crls) == set(full.crls)
    refused("produce.revocation_missing", lambda: collected("good", replace(full, crls=full.crls[:1])))


def test_certificate_of_a_responder_is_embedded_when_its_answer_lacks_it() -> None:
    responder = pki.holder("ocsp-ca")
    bare = asn1_ocsp.OCSPResponse.load(pki.ocsp(pki.signer("good")))
    basic = bare["response_bytes"]["response"].parsed
    basic["certs"] = None
    again = asn1_ocsp.OCSPResponse(
        {
            "response_status": "successful",
            "response_bytes": {"response_type": "basic_ocsp_response", "response": basic},
        }
    ).dump()
    evidence = Evidence((*pki.evidence().certificates, responder.der), (pki.crl("root"),), (again,))
    material = collected("good", evidence)
    assert (material.ocsps, responder.der in material.certificates) == ((again,), True)
    refused(
        "produce.revocation_missing",
        lambda: collected("good", replace(evidence, certificates=pki.evidence().certificates)),
    )


def test_answers_that_answer_nothing_are_passed_over() -> None:
    failed = asn1_ocsp.OCSPResponse({"response_status": "try_later"}).dump()
    evidence = pki.evidence()
    assert collected("good", replace(evidence, ocsps=(failed, b"x"))).ocsps == ()


def test_path_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(material_module, "_DEPTH", 1)
    refused("produce.issuer_missing", lambda: collected("good", pki.evidence()))


def test_keys_that_sign_no_list_and_no_answer() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    odd = material_module._certificate(certificate(key))
    assert odd is not None
    listed = material_module._crl(pki.crl("ca"))
    answer = material_module._ocsp(pki.ocsp(pki.signer("good")))
    assert listed is not None
    assert answer is not None
    assert not material_module._crl_signed(listed, odd)
    assert not material_module._answer_signed(answer, odd)
    assert material_module._key_hash(odd, answer.hash_algorithm) == b""
