"""The reader of BER: every form of length, string, time and number, and the refusal of what is none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import der
from signing.cades import algorithms, certificate, signed_data
from signing.cades.armour import unarmoured
from signing.cades.ber import BadBer, parse, to_der
from signing.der import tlv
from tests.signing import cades_builder as build
from tests.signing import pki

leaves = st.builds(der.octets, st.binary(max_size=300)) | st.builds(der.integer, st.integers(0, 1 << 70))
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4).map(lambda items: der.sequence(*items))
)


@given(trees)
def test_der_is_walked_to_its_leaves_and_written_back(encoded):
    node = parse(encoded)

    assert node.raw == encoded and to_der(node) == encoded
    if node.constructed:
        assert b"".join(child.raw for child in node.children) == node.content


@given(trees, st.binary(max_size=20))
def test_what_follows_a_value_is_left_alone(encoded, rest):
    assert parse(encoded + rest).raw == encoded


@given(st.binary(max_size=400))
def test_any_bytes_are_walked_or_refused(data):
    try:
        written = to_der(parse(data))
    except BadBer:
        return
    assert to_der(parse(written)) == written


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_string_in_pieces_is_put_together(pieces):
    inner = build.indefinite(0x24, *(der.octets(piece) for piece in pieces))
    nested = build.indefinite(0x24, inner, der.octets(b"!"))

    assert parse(inner).octets() == b"".join(pieces)
    assert parse(nested).octets() == b"".join(pieces) + b"!"
    assert to_der(parse(nested)) == der.octets(b"".join(pieces) + b"!")


def test_indefinite_becomes_definite_and_sets_are_sorted():
    data = build.indefinite(0x30, der.tlv(der.SET, der.integer(2) + der.integer(1)))

    assert to_der(parse(data)) == der.sequence(der.set_of(der.integer(1), der.integer(2)))


@pytest.mark.parametrize("length", [b"\x81\x01", b"\x82\x00\x01", b"\x88" + bytes(7) + b"\x01"])
def test_length_longer_than_needed_is_read(length):
    assert parse(b"\x04" + length + b"x").octets() == b"x"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x05\x04",
        b"\x04\x80\x00\x00",
        b"\x1f\x85\x01\x00",
        b"\x30\x89\x01" + bytes(8),
        b"\x30\x84\x00",
        b"\x30\x80\x04\x05",
        b"\x30\x80",
    ],
)
def test_broken_bytes_are_refused(data):
    with pytest.raises(BadBer):
        parse(data)


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (0x17, "270111090000Z", datetime(2027, 1, 11, 9, tzinfo=UTC)),
        (0x17, "2701110900Z", datetime(2027, 1, 11, 9, tzinfo=UTC)),
        (0x17, "990111090000Z", datetime(1999, 1, 11, 9, tzinfo=UTC)),
        (0x17, "270111100000+0100", datetime(2027, 1, 11, 9, tzinfo=UTC)),
        (0x17, "270111080000-0100", datetime(2027, 1, 11, 9, tzinfo=UTC)),
        (0x18, "20270111090000Z", datetime(2027, 1, 11, 9, tzinfo=UTC)),
        (0x18, "20270111090000.25Z", datetime(2027, 1, 11, 9, 0, 0, 250_000, tzinfo=UTC)),
        (0x18, "20270111090000,1234567Z", datetime(2027, 1, 11, 9, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_time_is_read_in_utc(tag, text, expected):
    assert parse(tlv(tag, text.encode())).time() == expected


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (0x17, "270111090000"),
        (0x18, "20270111090000"),
        (0x18, "20270111090000+0x00"),
        (0x18, "2027011109000xZ"),
        (0x18, "20271311090000Z"),
        (0x18, "00010101000000+0100"),
        (0x18, ""),
        (0x17, ""),
        (0x0C, "20270111090000Z"),
    ],
)
def test_time_without_zone_or_sense_is_refused(tag, text):
    with pytest.raises(BadBer):
        parse(tlv(tag, text.encode())).time()


@pytest.mark.parametrize("dotted", ["1.2.840.113549.1.7.2", "0.4.0.1733.2.4", "2.5.29.37", "2.999.1", "1.3"])
def test_object_identifier_is_read(dotted):
    assert parse(der.oid(dotted)).oid() == dotted


@pytest.mark.parametrize("content", [b"", b"\x2a\x86", b"\x2a" * 80])
def test_broken_object_identifier_is_refused(content):
    with pytest.raises(BadBer):
        parse(tlv(0x06, content)).oid()


def test_value_of_another_kind_is_refused():
    node = parse(der.sequence(der.integer(1), der.boolean(value=True)))

    assert (node.child(0).integer(), node.child(1).boolean()) == (1, True)
    for wrong in (
        lambda: node.child(2),
        lambda: node.child(0, der.OID),
        lambda: node.child(1).integer(),
        lambda: parse(b"\x02\x00").integer(),
        lambda: node.child(0).boolean(),
        lambda: node.child(0).children,
        lambda: node.child(0).bits(),
        lambda: parse(tlv(0x24, der.integer(1))).octets(),
    ):
        with pytest.raises(BadBer):
            wrong()


def test_depth_is_bounded_in_writing_too():
    data = der.null()
    for _ in range(60):
        data = der.sequence(data)

    with pytest.raises(BadBer):
        to_der(parse(data))


def test_values_are_bounded_in_number():
    with pytest.raises(BadBer):
        _ = parse(der.sequence(der.null() * 30_000)).children


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256", "sha384", "sha512", "sha3_256"])
def test_digest_is_named_by_its_identifier(name):
    assert algorithms.digest_name(parse(build.algorithm(name))) == name
    assert len(algorithms.digest(name, b"")) == {"md5": 16, "sha1": 20, "sha384": 48, "sha512": 64}.get(
        name, 32
    )


def test_shake_256_gives_64_bytes_as_in_cms():
    assert len(algorithms.digest("shake256", b"")) == 64


def test_digest_may_be_named_by_a_signature_that_fixes_it():
    identifier = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.null())

    assert algorithms.digest_name(parse(identifier)) == "sha256"


@pytest.mark.parametrize("oid", ["1.2.3", "1.2.840.113549.1.1.1"])
def test_digest_that_nobody_knows_is_named_in_the_refusal(oid):
    with pytest.raises(algorithms.UnknownAlgorithm, match=oid):
        algorithms.digest_name(parse(der.sequence(der.oid(oid))))


def test_digest_that_this_build_has_not_is_refused_in_words():
    with pytest.raises(algorithms.UnknownAlgorithm):
        algorithms.digest("whirlpool-2", b"")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ((), ("sha1", "sha1", 20)),
        ((der.sequence(),), ("sha1", "sha1", 20)),
        ((der.sequence(der.explicit(0, build.algorithm("sha256"))),), ("sha256", "sha1", 20)),
        ((der.sequence(der.explicit(2, der.integer(32))),), ("sha1", "sha1", 32)),
    ],
)
def test_pss_parameters_left_out_have_the_defaults_of_the_norm(parameters, expected):
    identifier = der.sequence(der.oid("1.2.840.113549.1.1.10"), *parameters)

    found = algorithms.signature_algorithm(parse(identifier), "sha256")

    assert (found.digest, found.mgf_digest, found.salt) == expected


@pytest.mark.parametrize("digest", ["sha256", "sha512", "sha3_256"])
def test_pss_is_checked_with_its_own_digest_mask_and_salt(digest):
    maker = pki.signer("good", "rsa")
    spki = certificate.read(maker.der).spki
    scheme = build.scheme(maker.key, digest, pss=True)
    algorithm = algorithms.signature_algorithm(parse(scheme.identifier), digest)

    assert algorithms.verify(spki, algorithm, scheme.sign(b"x"), data=b"x")
    assert not algorithms.verify(spki, algorithm, scheme.sign(b"x"), data=b"y")


def test_key_named_for_pss_alone_is_read_as_an_rsa_key():
    spki = certificate.read(pki.signer("good", "rsa").der).spki
    only = spki.replace(der.sequence(der.oid("1.2.840.113549.1.1.1"), der.null()), b"")
    bits = parse(spki).child(1).raw
    pss = der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.10")), bits)

    assert len(only) < len(spki) and algorithms.key_of(pss) == ("rsa", 2048)


@pytest.mark.parametrize(
    "spki", [b"", der.sequence(), der.sequence(der.sequence(der.oid("1.2.3")), der.bits(b"x"))]
)
def test_key_that_cannot_be_read_is_said_so(spki):
    assert algorithms.key_of(spki) == (None, None)
    with pytest.raises(algorithms.UnknownAlgorithm):
        algorithms.verify(spki, algorithms.Algorithm("rsa", "sha256"), b"", data=b"")


def test_digest_that_no_signature_uses_is_refused_in_words():
    spki = certificate.read(pki.signer().der).spki

    with pytest.raises(algorithms.UnknownAlgorithm):
        algorithms.verify(spki, algorithms.Algorithm("ec", "ripemd160"), b"", data=b"")


def test_value_that_is_no_value_does_not_verify():
    spki = certificate.read(pki.signer().der).spki

    assert not algorithms.verify(spki, algorithms.Algorithm("ec", "sha256"), b"?", data=b"")
    assert not algorithms.verify(spki, algorithms.Algorithm("ec-plain", "sha256"), b"", data=b"")


def test_certificate_is_identified_and_what_is_none_is_not():
    found = certificate.read(pki.signer().der)

    assert found is not None and found.subject != found.issuer
    assert not found.sole_purpose_is_stamping
    assert certificate.read(pki.tsa().der).sole_purpose_is_stamping
    assert certificate.read(b"") is None and certificate.read(der.sequence(der.sequence(der.null()))) is None
    assert certificate.read(der.sequence(bytes(20_000))) is None
    assert signed_data.pool([pki.signer().der, b"?", pki.signer().der]) == (found,)


def test_certificate_without_extensions_and_broken_purpose_are_no_stamping_ones():
    extension = der.sequence(der.oid("2.5.29.37"), der.boolean(value=True), der.octets(b"\x30\x7f"))
    plain = certificate.Certificate(b"", b"", 1, b"", b"", None)
    broken = certificate.Certificate(b"", b"", 1, b"", b"", parse(der.explicit(3, der.sequence(extension))))

    assert not plain.sole_purpose_is_stamping and not broken.sole_purpose_is_stamping
    assert plain.key_identifiers == frozenset()


def name(text: bytes, tag: int = 0x0C) -> bytes:
    return der.sequence(der.set_of(der.sequence(der.oid("2.5.4.3"), der.tlv(tag, text))))


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (name(b"AC Essai"), name(b"AC Essai"), True),
        (name(b"AC Essai"), name(b"AC ESSAI", 0x13), True),
        (name(b"AC  Essai "), name(b"AC Essai"), True),
        (name("AC Essai".encode("utf-16-be"), 0x1E), name(b"AC Essai"), True),
        (name(b"AC Essai"), name(b"AC Autre"), False),
        (name(b"\x01", 0x03), name(b"\x01", 0x03) + b"", True),
        (name(b"\x01", 0x03), name(b"\x02", 0x03), False),
        (name(b"\xff", 0x0C), name(b"AC Essai"), False),
        (name(b"AC Essai"), b"?", False),
    ],
)
def test_names_are_compared_as_people_read_them(first, second, same):
    assert certificate.same_name(first, second) is same


def test_armour_of_several_kinds_is_taken_off():
    data = build.simple().dump()

    assert unarmoured(data) == data and unarmoured(b"%PDF-") == b"%PDF-"
    with pytest.raises(BadBer):
        unarmoured(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")
    with pytest.raises(BadBer):
        unarmoured(b"MIIB=A")
    headed = b"-----BEGIN PKCS7-----\nProc-Type: 4\n\nMAA=\n-----END PKCS7-----\n"
    assert unarmoured(headed) == unarmoured(b"subject=/CN=Essai\n" + headed) == b"\x30\0"


@pytest.mark.parametrize(
    "data",
    [
        der.sequence(der.oid(build.SIGNED_DATA), der.explicit(0, der.sequence(der.integer(1)))),
        der.sequence(
            der.oid(build.SIGNED_DATA),
            der.explicit(0, der.sequence(der.integer(1), der.set_of(), der.sequence(der.oid(build.DATA)))),
        ),
        der.sequence(der.oid(build.DATA)),
    ],
)
def test_signed_data_that_is_cut_short_is_refused(data):
    with pytest.raises(BadBer):
        signed_data.read(data)


@pytest.mark.parametrize(
    "fields",
    [
        (),
        (der.integer(1), der.null(), build.algorithm("sha256"), build.algorithm("sha256"), der.octets(b"")),
        (
            der.integer(1),
            der.sequence(),
            build.algorithm("sha256"),
            der.tlv(0xA0, b""),
            build.algorithm("sha256"),
        ),
    ],
)
def test_signer_info_that_is_cut_short_is_refused(fields):
    with pytest.raises(BadBer):
        signed_data.signer_info(parse(der.sequence(*fields)))


def test_pkcs_7_content_that_is_no_string_is_taken_without_tag_and_length():
    inner = der.sequence(der.integer(5))
    encapsulated = der.sequence(der.oid(build.DATA), der.explicit(0, inner))
    body = der.integer(1) + der.set_of() + encapsulated + der.set_of()
    data = der.sequence(der.oid(build.SIGNED_DATA), der.explicit(0, der.sequence(body)))

    assert signed_data.read(data).content == der.integer(5)
