"""Levels, document time-stamps, validation data, and the forms that came before PAdES."""

import re
from hashlib import sha1, sha256

import pytest
from asn1crypto import cms, core, ocsp
from asn1crypto import x509 as asn1_x509

from signing import pades
from signing.facts import SignatureFacts, SignerStatus, StampKind
from signing.pades.dss import key_of
from signing.types import Format
from tests.signing import pdfs, pki


def only(pdf: bytes) -> SignatureFacts:
    (facts,) = pades.read(pdf, name="acte.pdf")
    return facts


def codes(facts: SignatureFacts) -> list[str]:
    return [item.code for item in (*facts.structure_errors, *facts.constraint_errors)]


@pytest.fixture(scope="module")
def archived() -> bytes:
    return pdfs.long_term(pdfs.plain(), archived=True)


# Levels.


def made(level: str) -> bytes:
    return {
        "B-B": lambda: pdfs.sign(pdfs.plain()),
        "B-T": lambda: pdfs.sign(pdfs.plain(), stamped=True),
        "B-T by document": lambda: pdfs.stamp(pdfs.sign(pdfs.plain())),
        "B-LT": lambda: pdfs.long_term(pdfs.plain(), archived=False),
        "B-LTA": lambda: pdfs.long_term(pdfs.plain(), archived=True),
        "BES": lambda: pdfs.sign(pdfs.plain(), pades=False),
    }[level]()


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-T by document", "B-LT", "B-LTA", "BES"])
def test_level_is_the_one_that_was_made(level):
    facts = only(made(level))
    assert (facts.level, facts.format) == (level.split(" ")[0], Format.PADES)
    assert facts.intact and codes(facts) == []
    assert facts.signer_status is SignerStatus.IDENTIFIED
    assert facts.certificate == pki.signer("good").der


def test_reason_with_a_commitment_or_a_policy_is_not_baseline():
    facts = only(pdfs.sign(pdfs.plain(), reason="Lu et approuvé"))
    assert facts.level == "B-B" and facts.extra["reason"] == "Lu et approuvé"


def test_dictionary_that_breaks_a_rule_of_b_b_is_basic():
    assert only(pdfs.sealed(pdfs.plain(), _cades(), subfilter=b"ETSI.CAdES.detached")).level == "B-B"
    for time, more in ((b"", b""), (b"/M(yesterday)", b""), (b"/M(D:20270111)", b"/Cert(x)")):
        pdf = pdfs.sealed(pdfs.plain(), _cades(), subfilter=b"ETSI.CAdES.detached", time=time, more=more)
        assert only(pdf).level == "BES"


def test_validation_data_of_somebody_else_does_not_make_lt():
    signed = pdfs.sign(pdfs.plain(), stamped=True)
    crl = pki.crl("root")
    stream = b"<</Length %d>>\nstream\n%s\nendstream" % (len(crl), crl)
    catalogue = pdfs.object_of(signed, pdfs.CATALOG)[:-2] + b"/DSS<</CRLs[200 0 R]>>>>"
    facts = only(pdfs.update(signed, {pdfs.CATALOG: catalogue, 200: stream}))
    assert facts.level == "B-T"
    assert facts.crls == (crl,)
    own = pki.crl("ca")
    stream = b"<</Length %d>>\nstream\n%s\nendstream" % (len(own), own)
    assert only(pdfs.update(signed, {pdfs.CATALOG: catalogue, 200: stream})).level == "B-LT"


def with_store(pdf: bytes, key: bytes, der: bytes) -> bytes:
    stream = b"<</Length %d>>\nstream\n%s\nendstream" % (len(der), der)
    catalogue = pdfs.object_of(pdf, pdfs.CATALOG)[:-2] + b"/DSS<<" + key + b"[200 0 R]>>>>"
    return pdfs.update(pdf, {pdfs.CATALOG: catalogue, 200: stream})


def test_ocsp_answer_for_the_signer_makes_lt_and_a_bare_basic_one_is_wrapped():
    signed = pdfs.sign(pdfs.plain(), stamped=True)
    answer = pki.ocsp(pki.signer("good"))
    facts = only(with_store(signed, b"/OCSPs", answer))
    assert (facts.level, facts.ocsps) == ("B-LT", (answer,))
    basic = ocsp.OCSPResponse.load(answer)["response_bytes"]["response"].parsed.dump()
    wrapped = only(with_store(signed, b"/OCSPs", basic))
    assert wrapped.level == "B-LT"
    assert ocsp.OCSPResponse.load(wrapped.ocsps[0]).basic_ocsp_response.dump() == basic
    assert only(with_store(signed, b"/OCSPs", b"garbage")).level == "B-T"
    other = pki.ocsp(pki.signer("seal"))
    assert only(with_store(signed, b"/OCSPs", other)).level == "B-T"


def test_store_of_an_earlier_revision_still_counts():
    crl = pki.crl("ca")
    signed = with_store(pdfs.sign(pdfs.plain(), stamped=True), b"/CRLs", crl)
    stamped = pdfs.stamp(signed)
    assert only(stamped).level == "B-LTA"
    emptied = pdfs.object_of(stamped, pdfs.CATALOG)
    body = re.sub(rb"/DSS <<.*?>>", b"", emptied, flags=re.DOTALL)
    assert body != emptied
    facts = only(pdfs.update(stamped, {pdfs.CATALOG: body}))
    assert (facts.level, facts.crls) == ("B-LTA", (crl,))


def test_material_for_one_signature_is_read_from_its_own_entry():
    signed = pdfs.sign(pdfs.plain(), stamped=True)
    crl = pki.crl("ca")
    key = key_of(dictionary_contents(signed)).encode()
    stream = b"<</Length %d>>\nstream\n%s\nendstream" % (len(crl), crl)
    catalogue = pdfs.object_of(signed, pdfs.CATALOG)[:-2] + b"/DSS<</VRI<</%s<</CRL[200 0 R]>>>>>>>>" % key
    facts = only(pdfs.update(signed, {pdfs.CATALOG: catalogue, 200: stream}))
    assert (facts.level, facts.crls) == ("B-LT", (crl,))


def dictionary_contents(pdf: bytes) -> bytes:
    return bytes.fromhex(re.search(rb"/Contents <([0-9a-fA-F]+)>", pdf)[1].decode())


# Document time-stamps.


def test_document_time_stamp_covers_value_certificates_and_validation_data(archived):
    facts = only(archived)
    signature, document = facts.stamps
    assert (signature.kind, document.kind) == (StampKind.SIGNATURE, StampKind.DOCUMENT)
    assert document.sound and document.gen_time == pki.NOW
    expected = {facts.value, facts.certificate, *facts.crls, signature.token, *signature.certificates}
    assert {sha256(item).digest() for item in expected} <= document.covers
    assert len(facts.crls) == 2


def test_document_time_stamps_stand_alone_too(archived):
    (alone,) = pades.stamps(archived)
    assert alone == only(archived).stamps[1]
    assert pades.stamps(pdfs.plain()) == pades.stamps(b"%PDF-1.7 no more") == []


def test_later_document_time_stamp_covers_the_earlier_one(archived):
    renewed = pdfs.stamp(archived)
    facts = only(renewed)
    _, first, second = facts.stamps
    assert sha256(first.token).digest() in second.covers
    assert sha256(second.token).digest() not in first.covers
    assert facts.level == "B-LTA"


def test_document_time_stamp_before_a_signature_says_nothing_of_it():
    pdf = pdfs.sign(pdfs.stamp(pdfs.plain()))
    facts = only(pdf)
    assert (facts.stamps, facts.level) == ((), "B-B")
    (stamp,) = pades.stamps(pdf)
    assert stamp.sound and sha256(facts.value).digest() not in stamp.covers


def test_document_time_stamp_over_another_document_is_not_sound():
    signed = pdfs.sign(pdfs.plain())
    good = pdfs.stamped_by_hand(signed, pki.stamp)
    assert only(good).stamps[0].sound and only(good).level == "B-T"
    stolen = pdfs.stamped_by_hand(signed, lambda _: pki.stamp(b"another document"))
    (stamp,) = only(stolen).stamps
    assert (stamp.sound, stamp.data_found, stamp.imprint_intact, stamp.covers) == (
        False,
        True,
        False,
        frozenset(),
    )


def test_document_time_stamp_with_a_bad_range_covers_nothing():
    signed = pdfs.sign(pdfs.plain())
    good = pdfs.stamped_by_hand(signed, pki.stamp)
    start = good.rindex(b"/ByteRange[0 ")
    bad = good[:start] + good[start:].replace(b"/ByteRange[0 ", b"/ByteRange[1 ", 1)
    (stamp,) = pades.stamps(bad)
    assert (stamp.sound, stamp.covers) == (False, frozenset())
    assert stamp.findings[0].code == "pdf.byte_range_start"
    # The signature shows it, unsound: it claims a level that does not hold.
    assert (only(bad).stamps, only(bad).level) == ((stamp,), "B-T")
    assert only(bad).intact


def test_archive_without_validation_data_is_not_lta():
    assert only(pdfs.stamp(pdfs.sign(pdfs.plain(), stamped=True))).level == "B-T"


# Two signatures.


def test_two_signatures_share_what_covers_both():
    pdf = pdfs.stamp(pdfs.sign(pdfs.sign(pdfs.plain()), "Signature2", by="seal"))
    one, two = pades.read(pdf, name="acte.pdf")
    assert [facts.certificate for facts in (one, two)] == [pki.signer("good").der, pki.signer("seal").der]
    assert one.stamps == two.stamps and len(one.stamps) == 1
    assert {sha256(facts.value).digest() for facts in (one, two)} <= one.stamps[0].covers


def test_broken_second_signature_leaves_the_first_sound():
    pdf = pdfs.sign(pdfs.sign(pdfs.plain()), "Signature2")
    at = pdf.rindex(b"/ByteRange")
    broken = pdf[:at] + pdf[at:].replace(b"[0 ", b"[9 ", 1)
    one, two = pades.read(broken, name="acte.pdf")
    assert one.intact and codes(one) == []
    assert codes(two) == ["pdf.byte_range_start"]


# Forms before PAdES, and values that are none.


def _cades(*names: str):
    """Return what signs bytes detached, with the attributes of an AdES."""

    def make(covered: bytes) -> bytes:
        return _cms(covered, names or ("good",), ess=True)

    return make


def _cms(covered: bytes, names: tuple[str, ...], *, ess: bool, content: bytes | None = None) -> bytes:
    signed = covered if content is None else content
    infos = [_signer_info(pki.signer(name), signed, ess=ess) for name in names]
    encapsulated: dict[str, object] = {"content_type": "data"}
    if content is not None:
        encapsulated["content"] = core.OctetString(content)
    body = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": encapsulated,
        "certificates": [asn1_x509.Certificate.load(pki.signer(name).der) for name in names],
        "signer_infos": infos,
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)}).dump()


def _signer_info(holder: pki.Holder, signed: bytes, *, ess: bool) -> cms.SignerInfo:
    certificate = asn1_x509.Certificate.load(holder.der)
    attributes = [
        {"type": "content_type", "values": ["data"]},
        {"type": "message_digest", "values": [sha256(signed).digest()]},
    ]
    if ess:
        reference = {"certs": [{"cert_hash": sha256(holder.der).digest()}]}
        attributes.append({"type": "signing_certificate_v2", "values": [reference]})
    stated = cms.CMSAttributes(attributes)
    named = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                name="issuer_and_serial_number", value=cms.IssuerAndSerialNumber(named)
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": stated,
            "signature_algorithm": {"algorithm": pki.signature_algorithm(holder.key)},
            "signature": holder.sign(stated.untag().dump()),
        }
    )


def test_plain_cms_in_a_pdf_is_no_ades():
    pdf = pdfs.sealed(
        pdfs.plain(), lambda covered: _cms(covered, ("good",), ess=False), subfilter=b"adbe.pkcs7.detached"
    )
    facts = only(pdf)
    assert facts.intact and codes(facts) == []
    assert (facts.format, facts.level) == (Format.PDF, "NOT-ETSI")
    assert facts.signer_status is SignerStatus.UNREFERENCED


def test_plain_cms_that_claims_cades_is_no_ades():
    pdf = pdfs.sealed(
        pdfs.plain(), lambda covered: _cms(covered, ("good",), ess=False), subfilter=b"ETSI.CAdES.detached"
    )
    assert (only(pdf).format, only(pdf).level) == (Format.PDF, "NOT-ETSI")


def test_enclosed_sha1_of_the_old_adobe_form_is_compared_with_the_document():
    def make(covered: bytes) -> bytes:
        return _cms(covered, ("good",), ess=False, content=sha1(covered).digest())

    facts = only(pdfs.sealed(pdfs.plain(), make, subfilter=b"adbe.pkcs7.sha1"))
    assert facts.intact and codes(facts) == []
    assert (facts.format, facts.level) == (Format.PDF, "NOT-ETSI")

    def other(covered: bytes) -> bytes:
        return _cms(covered, ("good",), ess=False, content=sha1(covered + b"!").digest())

    assert not only(pdfs.sealed(pdfs.plain(), other, subfilter=b"adbe.pkcs7.sha1")).intact


def _rsa_sha1(covered: bytes) -> bytes:
    return core.OctetString(pki.signer("good", key="rsa").sign(covered, "sha1")).dump()


def test_bare_rsa_value_is_checked_with_the_certificate_beside_it():
    holder = pki.signer("good", key="rsa")
    beside = b"/Cert<%s>" % holder.der.hex().encode()
    facts = only(pdfs.sealed(pdfs.plain(), _rsa_sha1, subfilter=b"adbe.x509.rsa_sha1", more=beside))
    assert facts.intact and codes(facts) == []
    assert (facts.format, facts.level, facts.certificate) == (Format.PDF, "NOT-ETSI", holder.der)
    chain = b"/Cert[%s]" % b"".join(b"<%s>" % der.hex().encode() for der in holder.chain)
    assert only(pdfs.sealed(pdfs.plain(), _rsa_sha1, subfilter=b"adbe.x509.rsa_sha1", more=chain)).intact


def test_bare_rsa_value_over_other_bytes_or_without_a_certificate_is_not_intact():
    beside = b"/Cert<%s>" % pki.signer("good", key="rsa").der.hex().encode()
    other = pdfs.sealed(
        pdfs.plain(), lambda covered: _rsa_sha1(covered + b"!"), subfilter=b"adbe.x509.rsa_sha1", more=beside
    )
    assert only(other).value_intact is False
    without = only(pdfs.sealed(pdfs.plain(), _rsa_sha1, subfilter=b"adbe.x509.rsa_sha1"))
    assert (without.value_intact, without.signer_status) == (None, SignerStatus.MISSING)
    garbage = pdfs.sealed(pdfs.plain(), lambda _: b"\x30\x00", subfilter=b"adbe.x509.rsa_sha1", more=beside)
    assert "pdf.cms_unreadable" in codes(only(garbage))


def test_two_signers_in_one_value_are_a_structure_error():
    facts = only(pdfs.sealed(pdfs.plain(), _cades("good", "seal"), subfilter=b"ETSI.CAdES.detached"))
    assert codes(facts) == ["pdf.several_signers"]
    assert facts.id == "Signature1"


def test_value_without_a_signer_or_that_is_no_cms_is_a_structure_error():
    nobody = only(
        pdfs.sealed(
            pdfs.plain(), lambda covered: _cms(covered, (), ess=True), subfilter=b"ETSI.CAdES.detached"
        )
    )
    assert codes(nobody) == ["pdf.no_signer"]
    garbage = only(pdfs.sealed(pdfs.plain(), lambda _: b"not a CMS", subfilter=b"ETSI.CAdES.detached"))
    assert codes(garbage) == ["pdf.cms_unreadable"]
    assert not garbage.intact and not garbage.data_found


def test_certificate_given_with_the_question_identifies_the_signer():
    def bare(covered: bytes) -> bytes:
        signed = cms.ContentInfo.load(_cms(covered, ("good",), ess=True))
        signed["content"]["certificates"] = []
        return signed.dump(force=True)

    pdf = pdfs.sealed(pdfs.plain(), bare, subfilter=b"ETSI.CAdES.detached")
    assert only(pdf).signer_status is SignerStatus.MISSING
    (facts,) = pades.read(pdf, name="acte.pdf", extra_certs=(pki.signer("good").der,))
    assert facts.signer_status is SignerStatus.IDENTIFIED and facts.intact
    assert facts.level == "BES"
