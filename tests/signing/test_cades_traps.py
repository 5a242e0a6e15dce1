"""The CMS traps of the design: each test first asserts that the unattacked signature holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signing import cades, der, limits
from signing.cades import ber
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus
from signing.types import Bytes, Format
from tests.signing import cades_builder as build
from tests.signing import pki


def only(cms: build.Cms | bytes, **given) -> SignatureFacts:
    data = cms if isinstance(cms, bytes) else cms.dump()
    (facts,) = cades.read(data, name="acte.pdf.p7m", **given)
    return facts


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def assert_good(facts: SignatureFacts) -> None:
    assert facts.intact and facts.structure_errors == () and facts.constraint_errors == ()
    assert facts.signer_status is SignerStatus.IDENTIFIED


def resigned(extra=(), without=(), **how) -> build.Cms:
    """Return a signature whose attributes are whatever a test wants, rightly signed."""
    maker = pki.signer()
    attributes = build.signed_attributes(maker.der, b"Bonjour", extra=extra, without=without)
    signer = build.sign(attributes, maker.der, build.scheme(maker.key), **how)
    return build.Cms([signer], certificates=list(maker.chain))


def test_signature_passes_before_any_attack():
    facts = only(build.simple())

    assert_good(facts)
    assert (facts.format, facts.level, facts.warnings) == (Format.CADES, "B-B", ())
    assert facts.certificate == pki.signer().der
    assert facts.signing_time == pki.NOW
    assert [scope.name for scope in facts.scope] == ["acte.pdf"]


def test_one_changed_byte_of_the_content_breaks_the_digest_alone():
    assert_good(only(build.simple()))

    facts = only(replace(build.simple(), content=b"Bonsoir"))

    assert facts.data_found and not facts.digests_intact and facts.value_intact


def test_one_changed_byte_of_the_attributes_breaks_the_value_alone():
    cms = build.simple()
    assert_good(only(cms))
    before, after = build.utc_time(pki.NOW), build.utc_time(pki.NOW + timedelta(days=1))
    cms.signers[0].signed = cms.signers[0].signed.replace(before, after)

    facts = only(cms)

    assert facts.digests_intact and facts.value_intact is False


@pytest.mark.parametrize(
    "repeated",
    [
        build.attribute(build.MESSAGE_DIGEST, der.octets(bytes(32))),
        build.attribute(build.SIGNING_TIME, build.utc_time(pki.NOW)),
        build.attribute(build.CONTENT_TYPE, der.oid(build.DATA)),
        build.ess_v2(pki.signer("twin").der),
    ],
    ids=["message digest", "signing time", "content type", "certificate"],
)
def test_repeated_signed_attribute_is_a_structure_error(repeated):
    assert_good(only(resigned()))

    facts = only(resigned(extra=[repeated]))

    assert facts.value_intact
    assert codes(facts.structure_errors) == ["cms.attribute_repeated"]


def test_signed_attribute_of_two_values_is_a_structure_error():
    two = build.attribute(build.SIGNING_TIME, build.utc_time(pki.NOW), build.utc_time(pki.NOW + pki.DAY))

    facts = only(resigned(extra=[two], without=[build.SIGNING_TIME]))

    assert facts.value_intact and codes(facts.structure_errors) == ["cms.attribute_values"]


def test_several_content_stamps_are_allowed():
    stamps = [build.attribute(build.CONTENT_STAMP, pki.stamp(b"Bonjour", at)) for at in (pki.BORN, pki.NOW)]

    facts = only(resigned(extra=stamps))

    assert_good(facts)
    assert [stamp.sound for stamp in facts.stamps] == [True, True]


def test_content_type_that_is_not_the_content_s_is_a_structure_error():
    other = build.attribute(build.CONTENT_TYPE, der.oid("1.2.840.113549.1.7.6"))

    facts = only(resigned(extra=[other], without=[build.CONTENT_TYPE]))

    assert facts.value_intact and codes(facts.structure_errors) == ["cms.content_type_differs"]


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        (build.CONTENT_TYPE, "cms.content_type_missing"),
        (build.MESSAGE_DIGEST, "cms.message_digest_missing"),
    ],
)
def test_mandatory_attribute_that_is_missing_is_a_structure_error(missing, code):
    facts = only(resigned(without=[missing]))

    assert codes(facts.structure_errors) == [code]
    assert facts.level == "NOT-ETSI"


def test_signature_without_message_digest_covers_no_content():
    facts = only(resigned(without=[build.MESSAGE_DIGEST]))

    assert not facts.digests_intact and not facts.intact


def protection(digest: str, signature: bytes) -> bytes:
    return build.attribute(build.PROTECTION, der.sequence(build.algorithm(digest), der.tlv(0xA1, signature)))


def test_algorithm_protection_that_agrees_passes():
    inner = der.oid("1.2.840.10045.4.3.2")

    assert_good(only(resigned(extra=[protection("sha256", inner)])))


@pytest.mark.parametrize(
    ("digest", "oid"), [("sha512", "1.2.840.10045.4.3.2"), ("sha256", "1.2.840.10045.4.3.4")]
)
def test_algorithm_protection_that_differs_is_a_structure_error(digest, oid):
    facts = only(resigned(extra=[protection(digest, der.oid(oid))]))

    assert facts.value_intact and codes(facts.structure_errors) == ["cms.algorithm_protection"]


def test_attributes_out_of_order_in_the_file_and_signed_in_der_pass():
    facts = only(resigned(sorted_in_file=False))

    assert_good(facts)
    assert facts.warnings == ()


def test_attributes_signed_as_transmitted_pass_with_a_warning():
    facts = only(resigned(sorted_in_file=False, signed_as_transmitted=True))

    assert_good(facts)
    assert codes(facts.warnings) == ["cms.attributes_not_der"]


def test_stolen_signature_stamp_is_intact_and_over_something_else():
    cms = build.stamped(build.simple())
    assert [stamp.sound for stamp in only(cms).stamps] == [True]

    thief = build.stamped(build.simple(content=b"Autre"), over=cms.signers[0].signature)
    facts = only(thief)

    assert_good(facts)
    (stamp,) = facts.stamps
    assert (stamp.signature_intact, stamp.data_found, stamp.imprint_intact) == (True, True, False)
    assert facts.level == "B-T" and stamp.covers == frozenset()


def test_reference_to_another_certificate_is_a_mismatch_though_the_value_holds():
    twin = build.ess_v2(pki.signer("twin").der)

    facts = only(resigned(extra=[twin], without=[build.ESS_V2]))

    assert facts.value_intact and facts.signer_status is SignerStatus.MISMATCH
    assert facts.signing_certificate_reference_present and facts.signing_certificate_digest_match is False
    assert facts.certificate == pki.signer().der


def test_reference_whose_issuer_differs_passes_with_a_warning():
    cms = resigned(
        extra=[build.ess_v2(pki.signer().der, issuer=build.issuer_serial(pki.signer("twin").der))],
        without=[build.ESS_V2],
    )

    facts = only(cms)

    assert_good(facts)
    assert codes(facts.warnings) == ["cms.ess_issuer_differs"]


def test_certificate_of_the_same_name_and_serial_does_not_take_the_signer_s_place():
    """Two certificates answer to the identifier: the one that the signed reference names is taken."""
    good = build.simple()
    impostor = _same_identity(pki.signer(), pki.signer("twin"))
    good.certificates.insert(0, impostor)

    facts = only(good)

    assert_good(facts)
    assert facts.certificate == pki.signer().der


def _same_identity(victim: pki.Holder, thief: pki.Holder) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    original = victim.certificate
    builder = x509.CertificateBuilder(
        original.issuer, original.subject, thief.key.public_key(), original.serial_number, pki.BORN, pki.DIES
    )
    return builder.sign(thief.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_signer_identifier_of_another_still_yields_the_certificate_that_is_named_and_verifies():
    cms = build.simple()
    cms.signers[0].sid = build.sid_of(pki.signer("twin").der)

    facts = only(cms)

    assert_good(facts)
    assert codes(facts.warnings) == ["cms.signer_identifier_differs"]


def test_signer_identifier_of_another_without_reference_yields_nobody():
    cms = resigned(without=[build.ESS_V2])
    assert only(cms).signer_status is SignerStatus.UNREFERENCED
    cms.signers[0].sid = build.sid_of(pki.signer("revoked").der)

    facts = only(cms)

    assert (facts.signer_status, facts.certificate, facts.value_intact) == (SignerStatus.MISSING, None, None)


def test_attributes_passed_off_as_content_are_a_structure_error():
    """A value over attributes is also one over content that is these attributes."""
    cms = build.simple()
    assert_good(only(cms))
    signer = cms.signers[0]
    attributes = b"\x31" + signer.signed[1:]
    forged = build.Cms([replace(signer, signed=b"")], attributes, certificates=cms.certificates)

    facts = only(forged)

    assert facts.value_intact
    assert codes(facts.structure_errors) == ["cms.content_is_attributes"]


def test_value_without_attributes_over_typed_content_is_a_structure_error():
    maker = pki.signer()
    bare = build.scheme(maker.key)
    signer = build.Signer(
        build.sid_of(maker.der), build.algorithm("sha256"), b"", bare.identifier, bare.sign(b"Bonjour")
    )
    plain = build.Cms([signer], certificates=list(maker.chain))
    assert only(plain).intact and only(plain).structure_errors == ()

    facts = only(replace(plain, content_type="1.2.840.113549.1.7.6"))

    assert codes(facts.structure_errors) == ["cms.attributes_missing"]


def test_algorithm_of_another_key_kind_does_not_verify():
    cms = build.simple()
    cms.signers[0].signature_algorithm = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.null())

    assert only(cms).value_intact is False


def test_unknown_signature_algorithm_is_named_and_verifies_nothing():
    cms = build.simple()
    cms.signers[0].signature_algorithm = der.sequence(der.oid("1.2.643.7.1.1.3.2"))

    facts = only(cms)

    assert facts.value_intact is False
    assert codes(facts.constraint_errors) == ["cms.unknown_algorithm"]


def test_unknown_digest_algorithm_is_named_and_verifies_nothing():
    cms = build.simple()
    cms.signers[0].digest_algorithm = der.sequence(der.oid("1.2.643.7.1.1.2.2"))

    facts = only(cms)

    assert not facts.intact and codes(facts.constraint_errors) == ["cms.unknown_algorithm"]
    assert facts.certificate == pki.signer().der


def test_broken_signer_among_two_leaves_the_other_whole():
    cms = build.simple()
    other = build.simple(pki.signer("twin")).signers[0]
    cms.signers.append(other)
    cms.certificates.append(pki.signer("twin").der)
    assert [facts.intact for facts in cades.read(cms.dump(), name="x.p7m")] == [True, True]
    cms.signers[1] = replace(other, sid=der.null())

    first, second = cades.read(cms.dump(), name="x.p7m")

    assert_good(first)
    assert (second.id, codes(second.structure_errors)) == ("sig-2", ["cms.unreadable_part"])
    assert not second.intact and second.signer_status is SignerStatus.MISSING


def test_unreadable_attributes_are_facts_of_their_signature():
    cms = build.simple()
    cms.signers[0].signed = der.tlv(0xA0, der.octets(b"?"))

    assert codes(only(cms).structure_errors) == ["cms.unreadable_part"]


def test_unreadable_signing_time_is_a_constraint_error():
    bad = build.attribute(build.SIGNING_TIME, der.tlv(0x17, b"jamais"))

    facts = only(resigned(extra=[bad], without=[build.SIGNING_TIME]))

    assert codes(facts.constraint_errors) == ["cms.signing_time_unreadable"] and facts.signing_time is None
    assert facts.structure_errors == ()


def test_bytes_after_the_signature_are_said_and_padding_is_not():
    data = build.simple().dump()
    assert only(data + bytes(64)).warnings == ()

    facts = only(data + b"autre chose")

    assert_good(facts)
    assert [(finding.code, finding.params) for finding in facts.warnings] == [
        ("cms.trailing_bytes", {"count": 11})
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "UNREADABLE"),
        (b"0", "UNREADABLE"),
        (b"\x30\x84\xff\xff\xff\xff", "UNREADABLE"),
        (b"\x30\x80" * 60, "UNREADABLE"),
        (b"\x24\x80" * 60, "UNREADABLE"),
        (b"-----BEGIN CMS-----\nMII", "UNREADABLE"),
        (b"-----BEGIN CMS-----\n!!!!\n-----END CMS-----", "UNREADABLE"),
        (b"%PDF-1.7", "UNREADABLE"),
        (der.sequence(der.oid("1.2.840.113549.1.7.3"), der.explicit(0, der.null())), "UNSUPPORTED"),
        (pki.stamp(b"x"), "UNSUPPORTED"),
    ],
)
def test_what_is_no_signature_is_refused_in_words(data, code):
    with pytest.raises(Unverifiable) as refused:
        cades.read(data, name="x.p7m")

    assert refused.value.code == code


def test_every_truncation_is_refused_or_read_without_a_traceback():
    data = build.stamped(build.simple()).dump()
    for size in range(0, len(data), max(1, len(data) // 40)):
        with pytest.raises(Unverifiable):
            cades.read(data[:size], name="x.p7m")


def test_every_flipped_byte_is_refused_or_fails():
    """No altered byte of a signature leaves it whole, save in what nothing covers."""
    cms = build.stamped(build.simple())
    data = cms.dump()
    assert_good(only(data))
    start = data.index(cms.signers[0].signed)
    for at in range(start, start + len(cms.signers[0].signed), 3):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            found = cades.read(flipped, name="x.p7m")
        except Unverifiable:
            continue
        assert not any(facts.intact for facts in found), at


def test_too_many_signers_are_refused():
    cms = build.simple()
    cms.signers = cms.signers * (limits.SIGNATURES + 1)

    with pytest.raises(Unverifiable) as refused:
        cades.read(cms.dump(), name="x.p7m")

    assert refused.value.code == "TOO_LARGE"


def test_too_many_certificates_are_refused():
    cms = build.simple()
    cms.certificates = cms.certificates * limits.CERTIFICATES

    with pytest.raises(Unverifiable) as refused:
        cades.read(cms.dump(), name="x.p7m")

    assert refused.value.code == "TOO_LARGE"


def test_counter_signatures_are_bounded_in_depth_and_number():
    deepest = build.simple()
    inner = build.counter(deepest.signers[0], pki.signer("twin"))
    for _ in range(limits.COUNTER_DEPTH + 3):
        outer = build.counter(inner, pki.signer("twin"))
        outer.unsigned.append(build.attribute(build.COUNTER, inner.dump()))
        inner = outer
    deepest.signers[0].unsigned.append(build.attribute(build.COUNTER, inner.dump()))

    found = cades.read(deepest.dump(), name="x.p7m")

    assert len(found) == 1 + limits.COUNTER_DEPTH


def test_stamps_are_bounded_in_number():
    cms = build.simple()
    token = pki.stamp(cms.signers[0].signature)
    cms.signers[0].unsigned = [build.attribute(build.SIGNATURE_STAMP, token)] * (limits.TIMESTAMPS + 20)

    assert len(only(cms).stamps) == limits.TIMESTAMPS


def test_ber_of_many_tiny_pieces_is_refused_before_it_costs():
    pieces = der.octets(b"") * (ber.MAX_PIECES + 1)
    data = build.indefinite(0x30, build.indefinite(0x24, pieces))

    with pytest.raises(Unverifiable):
        cades.read(data, name="x.p7m")


def test_detached_document_that_was_changed_is_a_digest_failure():
    cms = build.simple(detached=True)
    assert_good(only(cms, contents=[Bytes("acte.pdf", b"Bonjour")]))

    facts = only(cms, contents=[Bytes("acte.pdf", b"Bonsoir")])

    assert facts.data_found and not facts.digests_intact
