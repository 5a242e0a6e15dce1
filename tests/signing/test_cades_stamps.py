"""Time-stamps of CAdES: their exact imprints, what each one proves to have existed, and the levels they make."""

from dataclasses import replace
from functools import cache
from hashlib import new as new_digest
from hashlib import sha256

import pytest

from signing import cades, der
from signing.facts import AlgorithmUse, SignatureFacts, StampFacts, StampKind
from signing.types import Bytes, Digests
from tests.signing import cades_builder as build
from tests.signing import pki

LATER, LATEST = pki.NOW + pki.DAY, pki.NOW + 2 * pki.DAY


def only(cms: build.Cms | bytes, **given) -> SignatureFacts:
    data = cms if isinstance(cms, bytes) else cms.dump()
    (facts,) = cades.read(data, name="acte.p7m", **given)
    return facts


def last(cms: build.Cms | bytes, **given) -> StampFacts:
    return only(cms, **given).stamps[-1]


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def mark(data: bytes) -> bytes:
    return sha256(data).digest()


@cache
def answer() -> bytes:
    """Return one OCSP response: another would have another signature."""
    return pki.ocsp(pki.signer())


@cache
def revoked(authority: str) -> bytes:
    return pki.crl(authority)


def long_term() -> build.Cms:
    """Return a B-LT: time-stamped, with the chain, a CRL and an OCSP response."""
    cms = build.stamped(build.simple())
    cms.certificates += [pki.tsa().der, pki.holder("ocsp-ca").der]
    cms.crls = [revoked("root"), build.other_revocation(answer())]
    return cms


def references(cms: build.Cms) -> build.Cms:
    """Add complete references to the chain, a CRL and an OCSP response."""
    certificates = [der.sequence(build.other_hash(item)) for item in pki.signer().chain[1:]]
    crl_ids = der.sequence(der.sequence(build.other_hash(revoked("root"))))
    ocsp_id = der.sequence(
        der.sequence(der.explicit(1, b""), der.tlv(0x18, b"20270111090000Z")),
        build.other_hash(answer()),
    )
    entry = der.sequence(
        der.explicit(0, der.sequence(crl_ids)), der.explicit(1, der.sequence(der.sequence(ocsp_id)))
    )
    cms.signers[0].unsigned += [
        build.attribute(build.CERT_REFS, der.sequence(*certificates)),
        build.attribute(build.REV_REFS, der.sequence(entry)),
    ]
    return cms


def values(cms: build.Cms) -> build.Cms:
    """Add the values that the references name; OCSP responses stand there in their basic form."""
    revocations = der.sequence(
        der.explicit(0, der.sequence(revoked("root"))), der.explicit(1, der.sequence(basic(answer())))
    )
    cms.signers[0].unsigned += [
        build.attribute(build.CERT_VALUES, der.sequence(*pki.signer().chain[1:])),
        build.attribute(build.REV_VALUES, revocations),
    ]
    return cms


def basic(response: bytes) -> bytes:
    reader = der.Reader(response, code="test").inside(der.SEQUENCE)
    reader.any()
    inner = reader.inside(0xA0).inside(der.SEQUENCE)
    inner.any()
    return inner.octets()


def x_stamp(cms: build.Cms, kind: str) -> build.Cms:
    """Add a time-stamp over references, and for type 1 over value and signature time-stamps too."""
    signer = cms.signers[0]
    bare = [der.Reader(item, code="test").next(der.SEQUENCE).content for item in signer.unsigned]
    refs = (der.oid(build.CERT_REFS), der.oid(build.REV_REFS))
    chosen = [content for content in bare if content.startswith(refs)]
    if kind == build.ESC_STAMP:
        stamps = [content for content in bare if content.startswith(der.oid(build.SIGNATURE_STAMP))]
        chosen = [signer.signature, *stamps, *chosen]
    signer.unsigned.append(build.attribute(kind, pki.stamp(b"".join(chosen), LATER)))
    return cms


@pytest.mark.parametrize(
    ("cms", "level"),
    [
        (build.simple(), "B-B"),
        (build.simple(without=[build.SIGNING_TIME]), "BES"),
        (build.simple(without=[build.ESS_V2]), "NOT-ETSI"),
        (build.simple(without=[build.ESS_V2], extra=[build.ess_v1(pki.signer().der)]), "B-B"),
        (build.simple(extra=[build.ess_v1(pki.signer().der)]), "NOT-ETSI"),
        (build.simple(without=[build.ESS_V2], extra=[build.ess_v2(pki.signer().der, "sha1")]), "NOT-ETSI"),
        (build.simple(without=[build.ESS_V2], extra=[build.ess_v2(pki.signer().der, "sha512")]), "B-B"),
        (build.stamped(build.simple()), "B-T"),
        (build.stamped(build.simple(without=[build.SIGNING_TIME])), "T"),
        (long_term(), "B-LT"),
        (build.archived_v3(long_term(), LATER), "B-LTA"),
        (build.archived_v2(long_term(), LATER), "B-LT"),
        (references(build.stamped(build.simple())), "C"),
        (x_stamp(references(build.stamped(build.simple())), build.ESC_STAMP), "X"),
        (x_stamp(references(build.stamped(build.simple())), build.REFS_STAMP), "X"),
        (values(references(build.stamped(build.simple()))), "XL"),
        (values(build.stamped(build.simple())), "T"),
        (build.archived_v3(values(build.stamped(build.simple())), LATER), "A"),
        (build.archived_v2(references(build.stamped(build.simple())), LATER), "C"),
        (build.archived_v2(values(references(build.stamped(build.simple()))), LATER), "A"),
    ],
)
def test_level_is_the_one_the_structure_claims(cms, level):
    facts = only(cms)

    assert facts.level == level
    assert facts.intact and facts.structure_errors == ()
    assert all(stamp.sound for stamp in facts.stamps)


def test_signature_policy_makes_an_epes_and_is_told():
    policy = build.attribute(
        build.POLICY,
        der.sequence(
            der.oid("1.2.250.1.5.1"), der.sequence(build.algorithm("sha256"), der.octets(b"\1" * 32))
        ),
    )

    facts = only(build.simple(extra=[policy], without=[build.SIGNING_TIME]))

    assert facts.level == "EPES"
    assert facts.extra["policy"] == {"id": "1.2.250.1.5.1", "algorithm": "sha256", "digest": "01" * 32}


def test_implied_policy_type_and_hints_are_told():
    extra = [
        build.attribute(build.POLICY, der.null()),
        build.attribute(build.MIME, der.tlv(0x0C, b"application/pdf")),
        build.attribute(
            build.HINTS, der.sequence(der.tlv(0x0C, "Acte d’engagement".encode()), der.oid(build.DATA))
        ),
    ]

    facts = only(build.simple(extra=extra))

    assert facts.extra["policy"] == {"id": None, "algorithm": None, "digest": None}
    assert facts.extra["mime_type"] == "application/pdf"
    assert facts.extra["content_hints"] == {"description": "Acte d’engagement", "type": build.DATA}


def test_unreadable_optional_attribute_is_a_structure_error():
    facts = only(build.simple(extra=[build.attribute(build.MIME, der.integer(1))]))

    assert facts.value_intact and codes(facts.constraint_errors) == ["cms.attribute_unreadable"]


def test_signature_stamp_proves_the_value_and_the_signed_certificate():
    cms = build.stamped(build.simple())

    stamp = last(cms)

    assert (stamp.kind, stamp.sound, stamp.gen_time) == (StampKind.SIGNATURE, True, pki.NOW)
    assert stamp.covers == {mark(cms.signers[0].signature), mark(pki.signer().der)}
    assert stamp.certificate == pki.tsa().der and stamp.imprint_algorithm == "sha256"
    assert set(stamp.certificates) == set(pki.tsa().chain)


def test_content_stamp_is_over_the_content_and_proves_it():
    content = build.attribute(build.CONTENT_STAMP, pki.stamp(b"Bonjour", pki.BORN))

    stamp = last(build.simple(extra=[content]))

    assert (stamp.kind, stamp.sound) == (StampKind.CONTENT, True)
    assert stamp.covers == {mark(b"Bonjour")}


def test_content_stamp_of_a_detached_signature_needs_the_document_or_its_digest():
    content = build.attribute(build.CONTENT_STAMP, pki.stamp(b"Bonjour", pki.BORN))
    cms = build.simple(extra=[content], detached=True)
    known = Digests("acte", {"sha256": sha256(b"Bonjour").hexdigest()})

    assert last(cms, contents=[Bytes("acte", b"Bonjour")]).sound
    assert last(cms, contents=[known]).sound
    missing = last(cms)
    assert (missing.data_found, missing.imprint_intact) == (False, False)


def test_content_stamp_over_another_content_is_stolen():
    content = build.attribute(build.CONTENT_STAMP, pki.stamp(b"Autre", pki.BORN))

    stamp = last(build.simple(extra=[content]))

    assert (stamp.data_found, stamp.imprint_intact) == (True, False)


def test_type_1_stamp_is_over_value_stamps_and_references_and_proves_what_they_name():
    cms = x_stamp(values(references(build.stamped(build.simple()))), build.ESC_STAMP)

    stamp = last(cms)

    assert (stamp.kind, stamp.sound) == (StampKind.REFERENCES, True)
    assert mark(cms.signers[0].signature) in stamp.covers
    assert {mark(item) for item in pki.signer().chain[1:]} <= stamp.covers
    assert {mark(revoked("root")), mark(answer())} <= stamp.covers


def test_type_2_stamp_is_over_references_alone_and_does_not_prove_the_value():
    cms = x_stamp(references(build.stamped(build.simple())), build.REFS_STAMP)

    stamp = last(cms)

    assert stamp.sound and mark(cms.signers[0].signature) not in stamp.covers


@pytest.mark.parametrize("kind", [build.ESC_STAMP, build.REFS_STAMP])
def test_stamp_over_references_falls_when_a_reference_is_added(kind):
    cms = x_stamp(references(build.stamped(build.simple())), kind)
    assert last(cms).sound
    cms.signers[0].unsigned.insert(1, build.attribute(build.CERT_REFS, der.sequence()))

    assert not last(cms).imprint_intact


@pytest.mark.parametrize("tagged", [True, False])
def test_archive_v2_is_over_everything_with_or_without_the_outer_tag(tagged):
    cms = build.archived_v2(long_term(), LATER, tagged=tagged)

    stamp = last(cms)

    assert (stamp.kind, stamp.sound) == (StampKind.ARCHIVE, True)
    assert mark(cms.signers[0].signature) in stamp.covers
    assert {mark(item) for item in cms.certificates} <= stamp.covers
    assert {mark(revoked("root")), mark(answer())} <= stamp.covers
    assert mark(only(cms).stamps[0].token) in stamp.covers


def test_second_archive_v2_is_over_the_first():
    cms = build.archived_v2(build.archived_v2(long_term(), LATER), LATEST)

    facts = only(cms)

    assert [stamp.sound for stamp in facts.stamps] == [True, True, True]
    first, second = facts.stamps[1:]
    assert mark(first.token) in second.covers and mark(second.token) not in first.covers


def test_archive_v2_of_a_detached_signature_needs_the_document_itself():
    cms = build.stamped(build.simple(detached=True))
    build.archived_v2(cms, LATER, document=b"Bonjour")

    assert last(cms, contents=[Bytes("acte", b"Bonjour")]).sound
    known = Digests("acte", {"sha256": sha256(b"Bonjour").hexdigest()})
    assert last(cms, contents=[known]).data_found is False


@pytest.mark.parametrize("change", ["certificates", "crls", "stamp"])
def test_archive_v2_falls_when_anything_is_taken_away(change):
    cms = build.archived_v2(long_term(), LATER)
    assert last(cms).sound
    if change == "stamp":
        del cms.signers[0].unsigned[0]
    else:
        getattr(cms, change).pop()

    stamp = last(cms)

    assert stamp.signature_intact and not stamp.imprint_intact and stamp.covers == frozenset()


def test_archive_v2_proves_nothing_of_what_was_added_after_it():
    """An archive time-stamp may be found by what precedes it: what follows was not there."""
    cms = build.archived_v2(build.stamped(build.simple()), LATER)
    values(cms)

    stamp = last(cms)

    assert stamp.sound and mark(cms.signers[0].signature) in stamp.covers
    assert mark(revoked("root")) in {mark(item) for item in only(cms).crls}
    assert mark(revoked("root")) not in stamp.covers


def test_archive_v2_in_ber_is_read_as_transmitted():
    cms = long_term()
    inner = build.indefinite(0x24, der.octets(b"Bon"), der.octets(b"jour"))
    encapsulated = build.indefinite(0x30, der.oid(build.DATA), build.indefinite(0xA0, inner))
    over = encapsulated + cms.sets() + cms.signers[0].head + der.tlv(0xA1, b"".join(cms.signers[0].unsigned))
    cms.signers[0].unsigned.append(build.attribute(build.ARCHIVE_V2, pki.stamp(over, LATER)))

    assert last(_with_encapsulated(cms, encapsulated)).sound
    assert not last(cms).sound


def _with_encapsulated(cms: build.Cms, encapsulated: bytes) -> bytes:
    return build.indefinite(
        0x30,
        der.oid(build.SIGNED_DATA),
        build.indefinite(0xA0, der.sequence(cms.body().replace(cms.encapsulated, encapsulated, 1))),
    )


@pytest.mark.parametrize(("version", "digest"), [(1, "sha256"), (3, "sha256"), (3, "sha512"), (1, "sha1")])
def test_archive_v3_is_over_the_index_and_the_signer_s_fields(version, digest):
    cms = build.archived_v3(long_term(), LATER, version=version, digest=digest)

    stamp = last(cms)

    assert (stamp.kind, stamp.sound, stamp.findings) == (StampKind.ARCHIVE, True, ())
    assert stamp.algorithms[-1] == AlgorithmUse("hash-index", digest)
    assert mark(cms.signers[0].signature) in stamp.covers
    assert {mark(item) for item in cms.certificates} <= stamp.covers
    assert {mark(revoked("root")), mark(answer())} <= stamp.covers
    assert {mark(item) for item in pki.tsa().chain} <= stamp.covers
    assert mark(only(cms).stamps[0].token) in stamp.covers


def test_archive_v3_whose_first_index_already_has_the_values_apart_is_sound():
    cms = long_term()
    inside = build.hash_index(cms, 3, "sha256")

    assert last(build.archived_v3(cms, LATER, version=1, index=inside)).sound


def test_archive_v3_of_a_detached_signature_is_content_with_a_digest():
    cms = build.archived_v3(build.stamped(build.simple(detached=True)), LATER, document=b"Bonjour")

    assert last(cms, contents=[Digests("acte", {"sha256": sha256(b"Bonjour").hexdigest()})]).sound
    assert last(cms).data_found is False


def test_material_added_after_an_archive_v3_is_not_proved_and_does_no_harm():
    cms = build.archived_v3(long_term(), LATER)
    cms.certificates.append(pki.holder("ca-rsa").der)
    build.archived_v3(cms, LATEST)

    first, second = only(cms).stamps[1:]

    assert first.sound and second.sound
    added = mark(pki.holder("ca-rsa").der)
    assert added not in first.covers and {added, mark(first.token)} <= second.covers


@pytest.mark.parametrize("change", ["certificates", "crls", "stamp"])
def test_archive_v3_is_not_sound_once_something_of_its_index_is_gone(change):
    cms = build.archived_v3(long_term(), LATER)
    if change == "stamp":
        del cms.signers[0].unsigned[0]
    else:
        getattr(cms, change).pop()

    stamp = last(cms)

    assert stamp.imprint_intact and not stamp.data_found and not stamp.sound
    assert codes(stamp.findings) == ["cms.hash_index_incomplete"] and stamp.covers == frozenset()


def test_archive_v3_whose_index_was_swapped_falls():
    """The index is no signed attribute of the token: only the imprint holds it."""
    cms = build.archived_v3(long_term(), LATER)
    assert last(cms).sound
    empty = der.sequence(der.sequence(), der.sequence(), der.sequence())
    wrong = build.with_unsigned(
        pki.stamp(der.oid(build.DATA) + mark(b"Bonjour") + cms.signers[0].head + empty, LATER),
        build.attribute(build.INDEX_V3, build.hash_index(long_term(), 3, "sha256")),
    )
    cms.signers[0].unsigned[-1] = build.attribute(build.ARCHIVE_V3, wrong)

    assert not last(cms).imprint_intact


def test_archive_v3_without_index_is_over_nothing_that_is_known():
    cms = long_term()
    cms.signers[0].unsigned.append(build.attribute(build.ARCHIVE_V3, pki.stamp(b"x", LATER)))

    stamp = last(cms)

    assert not stamp.sound and "cms.hash_index_missing" in codes(stamp.findings)


def test_archive_v3_of_another_content_falls():
    cms = build.archived_v3(long_term(), LATER)

    assert not last(replace(cms, content=b"Bonsoir")).imprint_intact


def test_ber_around_an_archived_signature_changes_nothing():
    cms = build.archived_v3(long_term(), LATER)

    facts = only(cms.dump_ber())

    assert facts.intact and all(stamp.sound for stamp in facts.stamps)


def test_unreadable_token_is_a_stamp_that_is_not_sound():
    cms = build.simple()
    cms.signers[0].unsigned.append(build.attribute(build.SIGNATURE_STAMP, der.sequence(der.null())))

    stamp = last(cms)

    assert not stamp.sound and stamp.token == b"" and codes(stamp.findings) == ["cms.stamp_unreadable"]


def test_counter_signature_is_a_signature_of_its_own_with_its_own_stamps():
    cms = build.stamped(build.simple())
    other = build.counter(cms.signers[0], pki.signer("twin"))
    other.unsigned.append(build.attribute(build.SIGNATURE_STAMP, pki.stamp(other.signature, LATER)))
    nested = build.counter(other, pki.signer("qualified"))
    other.unsigned.append(build.attribute(build.COUNTER, nested.dump()))
    cms.signers[0].unsigned.append(build.attribute(build.COUNTER, other.dump()))
    cms.certificates += [pki.signer("twin").der, pki.signer("qualified").der]

    found = cades.read(cms.dump(), name="acte.p7m")

    assert [facts.id for facts in found] == ["sig-1", "sig-1/counter-1", "sig-1/counter-1/counter-1"]
    assert [facts.counter_of for facts in found] == [None, "sig-1", "sig-1/counter-1"]
    assert [facts.counter_signatures for facts in found] == [1, 1, 0]
    assert all(facts.intact and facts.structure_errors == () for facts in found)
    assert [facts.level for facts in found] == ["B-T", "B-T", "B-B"]
    assert found[1].stamps[0].sound
    assert found[1].certificate == pki.signer("twin").der


def test_counter_signature_of_another_value_is_not_intact():
    cms = build.simple()
    stolen = build.counter(build.simple(content=b"Autre").signers[0], pki.signer("twin"))
    cms.signers[0].unsigned.append(build.attribute(build.COUNTER, stolen.dump()))
    cms.certificates.append(pki.signer("twin").der)

    main, other = cades.read(cms.dump(), name="acte.p7m")

    assert main.intact
    assert other.data_found and other.value_intact and not other.digests_intact


def test_archive_stamp_proves_the_counter_signature_it_covers():
    cms = long_term()
    other = build.counter(cms.signers[0], pki.signer("twin"))
    cms.signers[0].unsigned.append(build.attribute(build.COUNTER, other.dump()))
    cms.certificates.append(pki.signer("twin").der)
    build.archived_v3(cms, LATER)

    facts, _ = cades.read(cms.dump(), name="acte.p7m")

    assert facts.stamps[-1].sound and mark(other.signature) in facts.stamps[-1].covers


@pytest.mark.parametrize(
    "choice",
    [
        build.other_revocation(answer()),
        build.other_revocation(basic(answer()), build.OCSP_BASIC),
        build.other_revocation(basic(answer())),
        build.other_revocation(der.octets(answer()), build.OCSP_BASIC),
        build.other_revocation(der.sequence(der.oid(build.OCSP_BASIC), der.octets(basic(answer())))),
    ],
)
def test_ocsp_responses_of_either_form_come_out_whole(choice):
    cms = build.simple()
    cms.crls = [choice, build.other_revocation(der.null(), "1.2.3.4")]

    facts = only(cms)

    assert (facts.crls, facts.ocsps) == ((), (answer(),))


def test_adobe_s_revocation_attribute_is_read():
    archival = der.sequence(
        der.explicit(0, der.sequence(revoked("ca"))), der.explicit(1, der.sequence(answer()))
    )

    facts = only(build.simple(extra=[build.attribute(build.ADBE, archival)]))

    assert (facts.crls, facts.ocsps) == ((revoked("ca"),), (answer(),))


def test_values_of_attributes_are_material_of_the_signature():
    facts = only(values(references(build.stamped(build.simple()))))

    assert set(pki.signer().chain) <= set(facts.certificates)
    assert (facts.crls, facts.ocsps) == ((revoked("root"),), (answer(),))


def test_broken_values_are_no_material_and_no_error():
    cms = build.stamped(build.simple())
    cms.signers[0].unsigned.append(
        build.attribute(build.REV_VALUES, der.sequence(der.explicit(0, b"\x30\x7f")))
    )

    facts = only(cms)

    assert facts.intact and facts.crls == ()


def test_values_among_a_token_s_unsigned_attributes_are_its_material():
    cms = build.simple()
    revocations = der.sequence(der.explicit(0, der.sequence(revoked("root"))))
    token = build.with_unsigned(
        pki.stamp(cms.signers[0].signature, certificates=False),
        build.attribute(build.CERT_VALUES, der.sequence(pki.tsa().der)),
        build.attribute(build.REV_VALUES, revocations),
    )
    cms.signers[0].unsigned.append(build.attribute(build.SIGNATURE_STAMP, token))
    build.archived_v3(cms, LATER)

    first, archive = only(cms).stamps

    assert first.sound and (first.certificates, first.crls) == ((pki.tsa().der,), (revoked("root"),))
    assert {mark(pki.tsa().der), mark(revoked("root"))} <= archive.covers


@pytest.mark.parametrize(
    "junk",
    [
        build.other_revocation(der.octets(b"?")),
        build.other_revocation(der.integer(1)),
        build.other_revocation(der.sequence(der.oid("1.2.3"), der.integer(1))),
        build.other_revocation(der.sequence()),
        der.explicit(1, der.integer(1) + der.integer(2)),
        der.explicit(1, b""),
        der.explicit(2, b"\x1f\x85\x01\x00"),
    ],
)
def test_junk_among_the_revocation_data_is_left_alone(junk):
    cms = build.archived_v3(long_term(), LATER)
    cms.crls.append(junk)

    facts = only(cms)

    assert facts.intact and facts.ocsps == (answer(),)
    assert all(stamp.sound for stamp in facts.stamps)


def test_evidence_record_is_named_as_not_read():
    cms = build.stamped(build.simple())
    cms.signers[0].unsigned.append(build.attribute("1.2.840.113549.1.9.16.2.49", der.sequence()))

    assert codes(only(cms).warnings) == ["cms.evidence_record_unread"]


def test_digest_algorithms_of_stamps_are_recorded():
    cms = build.simple()
    token = pki.stamp(cms.signers[0].signature, algorithm="sha512")
    cms.signers[0].unsigned.append(build.attribute(build.SIGNATURE_STAMP, token))

    stamp = last(cms)

    assert stamp.sound and stamp.imprint_algorithm == "sha512"
    assert {(use.use, use.digest) for use in stamp.algorithms} == {
        ("time-stamp", "sha256"),
        ("signing-certificate", "sha256"),
        ("message-digest", "sha256"),
        ("imprint", "sha512"),
    }


def test_reference_to_the_certificate_by_sha_1_is_a_warning_and_no_use_of_sha_1():
    facts = only(build.simple(without=[build.ESS_V2], extra=[build.ess_v1(pki.signer().der)]))

    assert codes(facts.warnings) == ["cms.reference_sha1"]
    assert [use.use for use in facts.algorithms] == ["signature", "message-digest"]


def test_reference_digest_may_be_of_any_usual_algorithm():
    for name in ("sha1", "sha384", "sha512"):
        cms = build.stamped(build.simple())
        entry = der.sequence(build.other_hash(pki.holder("root").der, name))
        cms.signers[0].unsigned += [
            build.attribute(build.CERT_REFS, der.sequence(entry)),
            build.attribute(build.REV_REFS, der.sequence()),
        ]
        x_stamp(cms, build.REFS_STAMP)

        assert last(cms).covers == {mark(pki.holder("root").der)}, new_digest(name).name
