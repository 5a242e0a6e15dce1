"""Corners of the CMS reader: what is half there, what is too much, what no honest signer writes."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from signing import cades, der, limits
from signing.cades import attributes, ber, certificate, material, reader, signed_data, stamps, value
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus
from signing.summary_fr import sentences
from signing.timestamps import tst
from signing.types import Format
from signing.wording import cms as wording
from tests.signing import cades_builder as build
from tests.signing import pki

LATER = pki.NOW + pki.DAY
ODD = b"\x1f\x85\x01\x00"
"""A value under a tag above 30, which this reader does not walk into."""


def only(cms: build.Cms | bytes, **given) -> SignatureFacts:
    data = cms if isinstance(cms, bytes) else cms.dump()
    (facts,) = cades.read(data, name="acte.p7m", **given)
    return facts


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def signed(*extra: bytes, without=()) -> build.Cms:
    return build.simple(extra=extra, without=without)


def test_every_sentence_of_this_area_is_among_all_sentences():
    assert wording.SENTENCES.items() <= sentences().items()


def test_file_and_token_that_are_too_large_are_refused_before_they_are_read(monkeypatch):
    data = build.simple().dump()
    monkeypatch.setattr(limits, "FILE_BYTES", len(data) - 1)
    monkeypatch.setattr(limits, "TOKEN_BYTES", len(data) - 1)

    for refused in (
        lambda: cades.read(data, name="x"),
        lambda: cades.read_signed_data(data, name="x", digest_of=lambda _: None),
        lambda: tst.token_of(data),
    ):
        with pytest.raises(Unverifiable) as error:
            refused()
        assert error.value.code == "TOO_LARGE"


def test_signatures_are_bounded_counter_signatures_included():
    cms = build.simple()
    other = build.counter(cms.signers[0], pki.signer("twin")).dump()
    cms.signers[0].unsigned = [build.attribute(build.COUNTER, *[other] * (limits.SIGNATURES + 5))]

    assert len(cades.read(cms.dump(), name="x")) == limits.SIGNATURES


def test_attributes_are_bounded():
    cms = build.simple()
    cms.signers[0].unsigned = [build.attribute("1.2.3")] * 1_001

    assert codes(only(cms).structure_errors) == ["cms.unreadable_part"]


def test_material_is_bounded(monkeypatch):
    monkeypatch.setattr(limits, "CERTIFICATES", 5)
    cms = build.simple()
    values = der.sequence(*(der.sequence(der.integer(number)) for number in range(20)))
    cms.signers[0].unsigned = [build.attribute(build.CERT_VALUES, values)]

    assert len(only(cms).certificates) == 5


def within(cms: build.Cms, octets: int) -> SignatureFacts:
    """Read with a budget of so many bytes to digest."""
    file = reader.File(signed_data.read(cms.dump()), "x", (), (), budget=stamps.Budget(octets=octets))
    (facts,) = reader.read_all(file, "sig")
    return facts


def test_stamps_that_would_cost_too_much_are_named_and_not_sound():
    cms = build.archived_v3(build.stamped(build.simple()), LATER)
    assert within(cms, 1 << 20).stamps[-1].sound

    facts = within(cms, 10)

    assert facts.stamps[0].sound
    assert "cms.too_many_stamps" in codes(facts.stamps[-1].findings) and not facts.stamps[-1].sound


def test_value_over_a_content_that_would_cost_too_much_is_not_compared():
    maker = pki.signer()
    bare = build.scheme(maker.key)
    signer = build.Signer(
        build.sid_of(maker.der), build.algorithm("sha256"), b"", bare.identifier, bare.sign(b"Bonjour")
    )
    cms = build.Cms([signer], certificates=list(maker.chain))
    assert within(cms, 7).intact

    facts = within(cms, 6)

    assert (facts.data_found, facts.value_intact, codes(facts.warnings)) == (False, None, ["cms.too_costly"])


def test_archive_v2_stops_when_the_budget_is_spent():
    cms = build.archived_v2(build.stamped(build.simple()), LATER)
    weight = len(cms.sets()) + len(cms.signers[0].dump())
    assert within(cms, 1 << 20).stamps[-1].sound

    for octets in (weight, weight + len(cms.encapsulated)):
        stamp = within(cms, octets).stamps[-1]
        assert stamp.signature_intact and not stamp.data_found and stamp.findings == ()


def test_first_archive_stamp_over_the_value_alone_is_read_and_not_sound():
    cms = build.stamped(build.simple())
    token = pki.stamp(cms.signers[0].signature, LATER)
    cms.signers[0].unsigned.append(build.attribute("1.2.840.113549.1.9.16.2.27", token))

    stamp = only(cms).stamps[-1]

    assert stamp.signature_intact and stamp.data_found and not stamp.sound


@pytest.mark.parametrize("kind", [build.ARCHIVE_V2, build.ARCHIVE_V3, build.ESC_STAMP, build.REFS_STAMP])
def test_unreadable_token_of_every_kind_is_a_stamp_that_is_not_sound(kind):
    cms = build.stamped(build.simple())
    cms.signers[0].unsigned.append(build.attribute(kind, der.sequence(der.null())))

    facts = only(cms)

    assert facts.intact and "cms.stamp_unreadable" in codes(facts.stamps[-1].findings)


def test_archive_stamps_over_unreadable_ones_and_empty_attributes_hold():
    cms = build.stamped(build.simple())
    cms.signers[0].unsigned += [
        build.attribute(build.ARCHIVE_V3, der.null()),
        build.attribute(build.COUNTER),
        build.attribute(build.ESC_STAMP),
        build.attribute(build.ARCHIVE_V2),
    ]
    build.archived_v3(cms, LATER)

    facts = only(cms)

    assert facts.stamps[-1].sound and not facts.stamps[-2].sound


def test_hash_index_of_another_shape_is_none():
    cms = build.stamped(build.simple())
    for index in (
        der.sequence(der.sequence()),
        der.octets(b""),
        der.sequence(der.null(), *[der.sequence()] * 3),
    ):
        signature = cms.signers[0]
        token = build.with_unsigned(pki.stamp(b"x", LATER), build.attribute(build.INDEX_V3, index))
        bent = replace(signature, unsigned=[*signature.unsigned, build.attribute(build.ARCHIVE_V3, token)])

        stamp = only(replace(cms, signers=[bent])).stamps[-1]

        assert "cms.hash_index_missing" in codes(stamp.findings) and not stamp.sound


def test_hash_index_beside_another_attribute_of_the_token_is_found():
    cms = build.stamped(build.simple())
    inside = build.hash_index(cms, 3, "sha256")
    over = der.oid(build.DATA) + build.sha256(b"Bonjour").digest() + cms.signers[0].head + inside
    token = build.with_unsigned(
        pki.stamp(over, LATER), build.attribute("1.2.3", der.null()), build.attribute(build.INDEX_V3, inside)
    )
    cms.signers[0].unsigned.append(build.attribute(build.ARCHIVE_V3, token))

    assert only(cms).stamps[-1].sound


def test_certificate_set_that_cannot_be_walked_keeps_the_stamps_over_its_bytes():
    """An attribute certificate under an odd tag inside: nothing is rewritten, its bytes are stamped as they are."""
    cms = build.stamped(build.simple())
    cms.certificates.append(der.tlv(0xA2, ODD))
    build.archived_v2(cms, LATER)
    build.archived_v3(cms, LATER + pki.DAY)

    facts = only(cms)

    assert facts.intact and [stamp.sound for stamp in facts.stamps] == [True, True, True]


def test_signed_attribute_that_cannot_be_walked_is_signed_as_transmitted():
    cms = signed(build.attribute("1.2.3.4", der.sequence(ODD)))
    build.archived_v3(cms, LATER)

    facts = only(cms)

    assert facts.intact and facts.warnings == () and facts.stamps[-1].sound


def test_unsigned_values_that_cannot_be_walked_are_no_material():
    cms = build.stamped(build.simple())
    refs = build.attribute(build.CERT_REFS, der.sequence(ODD, der.sequence(ODD)))
    counters = build.attribute(build.COUNTER, der.sequence(der.null()))
    cms.signers[0].unsigned += [refs, build.attribute(build.REV_REFS, der.null())]
    whole = der.oid(build.CERT_REFS) + der.tlv(der.SET, der.sequence(ODD, der.sequence(ODD)))
    empty = der.oid(build.REV_REFS) + der.tlv(der.SET, der.null())
    cms.signers[0].unsigned.append(build.attribute(build.REFS_STAMP, pki.stamp(whole + empty, LATER)))
    cms.signers[0].unsigned.append(counters)
    build.archived_v2(cms, LATER)

    main, broken = cades.read(cms.dump(), name="x")

    assert main.intact and main.stamps[-1].sound
    assert codes(broken.structure_errors) == ["cms.unreadable_part"]


def test_references_match_no_ocsp_response_that_is_none():
    cms = build.stamped(build.simple())
    cms.crls = [build.other_revocation(der.sequence(der.tlv(0x0A, b"\0")))]
    cms.signers[0].unsigned += [build.attribute(build.CERT_REFS), build.attribute(build.REV_REFS)]
    whole = b"".join(der.oid(kind) + der.tlv(der.SET, b"") for kind in (build.CERT_REFS, build.REV_REFS))
    cms.signers[0].unsigned.append(build.attribute(build.REFS_STAMP, pki.stamp(whole, LATER)))

    stamp = only(cms).stamps[-1]

    assert stamp.sound and stamp.covers == frozenset()


def test_digest_that_this_build_has_not_gives_no_digest():
    assert material._digest("whirlpool-2", b"") == b""


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (None, False),
        (b"", False),
        (b"\x31\x05", False),
        (der.set_of(der.sequence(der.oid(build.SIGNING_TIME))), False),
        (der.set_of(der.sequence(der.oid(build.MESSAGE_DIGEST))), True),
    ],
)
def test_content_that_is_attributes_is_recognised(content, seen):
    assert attributes.looks_like_attributes(content) is seen


def test_algorithm_protection_without_signature_is_a_structure_error():
    mac = build.attribute(build.PROTECTION, der.sequence(build.algorithm("sha256"), der.tlv(0xA2, b"")))

    assert codes(only(signed(mac)).structure_errors) == ["cms.algorithm_protection"]


def test_policy_of_a_bare_identifier_or_an_unknown_digest_is_told():
    bare = build.attribute(build.POLICY, der.sequence(der.oid("1.2.3")))
    unknown = der.sequence(der.sequence(der.oid("1.2.4")), der.octets(b"\2"))
    other = build.attribute(build.POLICY, der.sequence(der.oid("1.2.3"), unknown))

    assert only(signed(bare)).extra["policy"] == {"id": "1.2.3", "algorithm": None, "digest": None}
    assert only(signed(other)).extra["policy"] == {"id": "1.2.3", "algorithm": "1.2.4", "digest": "02"}


def test_commitment_and_hints_without_a_description_are_told():
    commitment = build.attribute(
        "1.2.840.113549.1.9.16.2.16", der.sequence(der.oid("1.2.840.113549.1.9.16.6.1"))
    )
    hints = build.attribute(build.HINTS, der.sequence(der.oid(build.DATA)))

    extra = only(signed(commitment, hints)).extra

    assert extra["commitment"] == "1.2.840.113549.1.9.16.6.1"
    assert extra["content_hints"] == {"description": None, "type": build.DATA}


@pytest.mark.parametrize(
    "entry",
    [
        der.sequence(der.sequence(der.oid("1.2.3.4")), der.octets(bytes(32))),
        der.sequence(der.sequence(der.oid("1.3.36.3.2.1")), der.octets(bytes(20))),
    ],
)
def test_reference_under_a_digest_that_cannot_be_computed_is_a_mismatch(entry):
    odd = build.attribute(build.ESS_V2, der.sequence(der.sequence(entry)))

    facts = only(signed(odd, without=[build.ESS_V2]))

    assert facts.value_intact
    assert facts.signer_status in {SignerStatus.MISMATCH, SignerStatus.IDENTIFIED}
    assert facts.signing_certificate_digest_match is False


def test_reference_without_a_digest_is_a_structure_error():
    empty = build.attribute(build.ESS_V2, der.sequence(der.sequence(der.sequence(build.algorithm("sha512")))))

    assert codes(only(signed(empty, without=[build.ESS_V2])).structure_errors) == ["cms.unreadable_part"]


def test_reference_whose_issuer_is_no_name_says_nothing_of_it():
    none = der.sequence(der.sequence(der.tlv(0x82, b"x")), der.integer(1))

    facts = only(signed(build.ess_v2(pki.signer().der, issuer=none), without=[build.ESS_V2]))

    assert facts.signer_status is SignerStatus.IDENTIFIED and facts.warnings == ()


def test_certificate_whose_key_cannot_be_read_verifies_nothing():
    odd = pki.signer().der.replace(der.oid("1.2.840.10045.3.1.7"), der.oid("1.2.840.10045.3.1.6"))
    attributes_ = build.signed_attributes(odd, b"Bonjour")
    signer = build.sign(attributes_, odd, build.scheme(pki.signer().key))

    facts = only(build.Cms([signer], certificates=[odd, odd + b""]))

    assert facts.value_intact is False
    assert [dict(found.params) for found in facts.constraint_errors] == [
        {"algorithm": "1.2.840.10045.2.1 1.2.840.10045.3.1.6"}
    ]
    assert (facts.algorithms[0].key, facts.algorithms[0].bits) == ("ec", None)


def test_same_failure_with_two_certificates_is_said_once():
    """Two certificates of one name and serial, neither with a key that can be read."""
    odd = pki.signer().der.replace(der.oid("1.2.840.10045.3.1.7"), der.oid("1.2.840.10045.3.1.6"))
    twin = odd[:-1] + bytes([odd[-1] ^ 1])
    signer = build.sign(build.signed_attributes(odd, b"Bonjour"), odd, build.scheme(pki.signer().key))

    assert len(only(build.Cms([signer], certificates=[odd, twin])).constraint_errors) == 1


def test_warning_on_attributes_not_in_der_is_said_once_for_several_certificates():
    maker = pki.signer()
    attributes_ = build.signed_attributes(maker.der, b"Bonjour")
    signer = build.sign(
        attributes_, maker.der, build.scheme(maker.key), sorted_in_file=False, signed_as_transmitted=True
    )
    parsed = signed_data.signer_info(ber.parse(signer.dump()))
    found = value.Checked(warnings=[])
    spki = certificate.read(maker.der).spki
    algorithm = value.algorithms.signature_algorithm(parsed.signature_algorithm, "sha256")

    for _ in range(2):
        assert value._verify_attributes(parsed, spki, algorithm, found)
    assert codes(found.warnings) == ["cms.attributes_not_der"]


def test_value_by_another_key_than_the_only_named_certificate_s_is_wrong():
    maker = pki.signer()
    stranger = build.scheme(ec.generate_private_key(ec.SECP256R1()))
    signer = build.sign(build.signed_attributes(maker.der, b"Bonjour"), maker.der, stranger)

    facts = only(build.Cms([signer], certificates=list(maker.chain)))

    assert (facts.signer_status, facts.value_intact) == (SignerStatus.IDENTIFIED, False)


def test_mismatch_without_a_right_value_names_no_certificate():
    cms = signed(build.ess_v2(pki.signer("twin").der), without=[build.ESS_V2])
    cms.signers[0].signature = bytes(8)

    facts = only(cms)

    assert (facts.signer_status, facts.certificate, facts.value_intact) == (
        SignerStatus.MISMATCH,
        None,
        False,
    )


def test_content_type_that_is_no_identifier_is_facts_of_its_signature():
    cms = signed(build.attribute(build.CONTENT_TYPE, der.integer(1)), without=[build.CONTENT_TYPE])

    assert codes(only(cms).structure_errors) == ["cms.unreadable_part"]
    (facts,) = cades.read_signed_data(cms.dump(), name="a.pdf", digest_of=lambda _: None)
    assert facts.format is Format.PDF


def test_content_type_of_a_counter_signature_is_left_alone():
    cms = build.simple()
    maker = pki.signer("twin")
    attributes_ = build.signed_attributes(maker.der, cms.signers[0].signature)
    other = build.sign(attributes_, maker.der, build.scheme(maker.key))
    cms.signers[0].unsigned.append(build.attribute(build.COUNTER, other.dump()))
    cms.certificates.append(maker.der)

    _, facts = cades.read(cms.dump(), name="x")

    assert facts.intact and facts.structure_errors == () and facts.level == "B-B"


def test_certificates_of_the_caller_are_no_material_of_the_file():
    cms = build.simple()
    cms.certificates = []

    facts = only(cms, extra_certs=list(pki.signer().chain))

    assert facts.signer_status is SignerStatus.IDENTIFIED and facts.certificates == ()


def test_response_of_a_digest_function_that_fails_is_no_digest():
    def fails(name: str) -> bytes:
        raise LookupError(name)

    (facts,) = cades.read_signed_data(build.simple(detached=True).dump(), name="a.pdf", digest_of=fails)

    assert not facts.data_found


def test_signature_without_attributes_may_be_archived_too():
    maker = pki.signer()
    bare = build.scheme(maker.key)
    signer = build.Signer(
        build.sid_of(maker.der), build.algorithm("sha256"), b"", bare.identifier, bare.sign(b"Bonjour")
    )
    cms = build.archived_v3(build.stamped(build.Cms([signer], certificates=list(maker.chain))), LATER)
    build.archived_v2(cms, LATER + pki.DAY)

    facts = only(cms)

    assert facts.intact and [stamp.sound for stamp in facts.stamps] == [True, True, True]
