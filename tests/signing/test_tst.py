"""Time-stamp tokens: sound, or the reason why not; files of responses; tokens of real tools."""

import shutil
import subprocess
from datetime import timedelta
from hashlib import sha256, sha512

import pytest

from signing import der, tsa
from signing.errors import Unverifiable
from signing.facts import StampKind
from signing.timestamps import tst
from tests.signing import cades_builder as build
from tests.signing import pki

DATA = b"Un registre des depots"


def read(token: bytes, imprinted=DATA, **given):
    return tst.read(token, imprinted, id="t", kind=StampKind.SIGNATURE, **given)


def codes(facts) -> list[str]:
    return [finding.code for finding in facts.findings]


def signed_tst(
    holder: pki.Holder, info: bytes, *, extra=(), without=(), content_type=build.TST_INFO, embed=True
) -> bytes:
    """Return a token over any TSTInfo, with whatever attributes a test wants."""
    attributes = build.signed_attributes(
        holder.der, info, content_type=content_type, extra=extra, without=without
    )
    signer = build.sign(attributes, holder.der, build.scheme(holder.key))
    chain = list(holder.chain) if embed else []
    return build.Cms([signer], info, content_type=build.TST_INFO, certificates=chain).dump()


def info(data: bytes = DATA, *, time: bytes = b"20270111090000.5Z", algorithm: str = "sha256") -> bytes:
    imprint = der.sequence(build.algorithm(algorithm), der.octets(sha256(data).digest()))
    return der.sequence(
        der.integer(1), der.oid(pki.TSA_POLICY), imprint, der.integer(42), der.tlv(0x18, time), der.integer(7)
    )


def test_token_over_the_data_is_sound():
    facts = read(pki.stamp(DATA))

    assert facts.sound and facts.findings == ()
    assert (facts.gen_time, facts.policy, facts.imprint_algorithm) == (pki.NOW, pki.TSA_POLICY, "sha256")
    assert facts.certificate == pki.tsa().der and pki.tsa().der in facts.certificates


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_imprint_may_be_of_any_usual_digest(algorithm):
    facts = read(pki.stamp(DATA, algorithm=algorithm))

    assert facts.sound and facts.imprint_algorithm == algorithm


def test_token_of_an_rsa_unit_is_sound():
    assert read(pki.stamp(DATA, unit="tsa-late")).sound


def test_fraction_of_a_second_is_kept():
    facts = read(signed_tst(pki.tsa(), info()))

    assert facts.sound and facts.gen_time == pki.NOW + timedelta(milliseconds=500)
    assert facts.serial == 42


def test_data_may_be_known_by_a_digest_function():
    assert read(pki.stamp(DATA), lambda name: {"sha256": sha256(DATA).digest()}[name]).sound
    unknown = read(pki.stamp(DATA), lambda name: {"sha512": sha512(DATA).digest()}[name])
    assert (unknown.signature_intact, unknown.data_found) == (True, False)
    assert read(pki.stamp(DATA), lambda name: None).data_found is False


def test_token_over_other_data_is_not_sound_and_proves_nothing():
    covers = frozenset({sha256(DATA).digest()})
    assert read(pki.stamp(DATA), covers=covers).covers == covers

    facts = read(pki.stamp(b"Autre"), covers=covers)

    assert (facts.signature_intact, facts.data_found, facts.imprint_intact) == (True, True, False)
    assert facts.covers == frozenset()


def test_token_without_its_data_is_only_intact():
    facts = read(pki.stamp(DATA), None)

    assert (facts.signature_intact, facts.data_found, facts.imprint_intact) == (True, False, False)


def test_certificate_that_the_token_has_not_may_be_beside_it():
    token = pki.stamp(DATA, certificates=False)
    assert codes(read(token)) == ["cms.stamp_no_certificate"]

    facts = read(token, extra_certs=[pki.holder("ca").der, pki.tsa().der])

    assert facts.sound and facts.certificate == pki.tsa().der and facts.certificates == ()


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (pki.stamp(DATA, unit="tsa-lax"), "cms.stamp_certificate_use"),
        (signed_tst(pki.signer(), info()), "cms.stamp_certificate_use"),
        (signed_tst(pki.tsa(), info(), without=[build.ESS_V2]), "cms.stamp_certificate_reference"),
        (
            signed_tst(pki.tsa(), info(), without=[build.ESS_V2], extra=[build.ess_v2(pki.signer().der)]),
            "cms.stamp_certificate_reference",
        ),
        (signed_tst(pki.tsa(), info(), content_type=build.DATA), "cms.content_type_differs"),
        (signed_tst(pki.tsa(), info(), without=[build.MESSAGE_DIGEST]), "cms.message_digest_missing"),
        (
            signed_tst(
                pki.tsa(),
                info(),
                without=[build.MESSAGE_DIGEST],
                extra=[build.attribute(build.MESSAGE_DIGEST, der.octets(bytes(32)))],
            ),
            "cms.stamp_altered",
        ),
        (
            signed_tst(
                pki.tsa(), info(), extra=[build.attribute(build.CONTENT_TYPE, der.oid(build.TST_INFO))]
            ),
            "cms.attribute_repeated",
        ),
    ],
)
def test_fault_of_a_token_is_named_and_it_is_not_intact(token, code):
    facts = read(token)

    assert not facts.signature_intact and code in codes(facts)


def test_altered_time_breaks_the_token():
    token = signed_tst(pki.tsa(), info())
    assert read(token).sound
    altered = token.replace(b"20270111090000.5Z", b"20250111090000.5Z")

    facts = read(altered)

    assert not facts.signature_intact and codes(facts) == ["cms.stamp_altered"]


def test_altered_value_breaks_the_token():
    token = signed_tst(pki.tsa(), info())
    flipped = token[:-1] + bytes([token[-1] ^ 1])

    assert codes(read(flipped)) == ["cms.stamp_value"]


def test_unknown_imprint_algorithm_is_not_intact():
    body = info().replace(der.oid(build.DIGESTS["sha256"]), der.oid("2.16.840.1.101.3.4.2.99"))

    facts = read(signed_tst(pki.tsa(), body))

    assert facts.signature_intact and not facts.imprint_intact and facts.imprint_algorithm is None


@pytest.mark.parametrize(
    "token",
    [
        b"",
        b"\x30\x80",
        pki.stamp(DATA)[:-10],
        build.simple().dump(),
        signed_tst(pki.tsa(), b"?"),
        signed_tst(pki.tsa(), info(time=b"20270111090000")),
        signed_tst(pki.tsa(), info(time=b"20271311090000Z")),
    ],
)
def test_what_is_no_token_gives_facts_that_are_not_sound(token):
    facts = read(token)

    assert codes(facts) == ["cms.stamp_unreadable"]
    assert (facts.token, facts.gen_time, facts.signature_intact) == (b"", None, False)


def test_token_in_ber_is_read_as_in_der():
    maker = pki.tsa()
    attributes = build.signed_attributes(maker.der, info(), content_type=build.TST_INFO)
    signer = build.sign(attributes, maker.der, build.scheme(maker.key))
    cms = build.Cms([signer], info(), content_type=build.TST_INFO, certificates=list(maker.chain))

    assert read(cms.dump()).sound and read(cms.dump_ber()).sound


def unit() -> tsa.Unit:
    maker = pki.tsa()
    return tsa.Unit(maker.key, maker.der, pki.TSA_POLICY)


def query(data: bytes = DATA) -> bytes:
    imprint = der.sequence(build.algorithm("sha256"), der.octets(sha256(data).digest()))
    return der.sequence(der.integer(1), imprint, der.boolean(value=True))


def test_response_of_our_own_authority_is_read():
    response = unit().issue(query(), at=pki.NOW, serial=3)

    facts = tst.read_response(response, DATA)

    assert facts.sound and (facts.kind, facts.id, facts.serial) == (StampKind.STANDALONE, "timestamp-1", 3)
    assert tst.is_stamp(response) and tst.is_stamp(facts.token)
    assert tst.read_response(facts.token, DATA).sound


def test_response_that_refuses_is_said_to():
    with pytest.raises(Unverifiable) as refused:
        tst.read_response(tsa.reject("bad_request"))

    assert (refused.value.reason, refused.value.params) == ("cms.stamp_refused", {"status": 2})


@pytest.mark.parametrize("data", [b"", b"%PDF-", build.simple().dump(), der.sequence(der.integer(1))])
def test_file_that_is_no_stamp_is_refused(data):
    assert not tst.is_stamp(data)
    with pytest.raises(Unverifiable) as refused:
        tst.read_response(data)
    assert (refused.value.code, refused.value.reason) == ("UNREADABLE", "cms.not_a_stamp")


needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@needs_openssl
@pytest.mark.parametrize(
    ("name", "chain"), [("tsa", True), ("tsa-late", True), ("tsa-rsa", True), ("tsa", False)]
)
def test_response_of_openssl_is_sound_and_so_is_its_token(tmp_path, name, chain):
    maker = pki.tsa(name)
    (tmp_path / "key.pem").write_bytes(maker.key_pem)
    (tmp_path / "cert.pem").write_bytes(maker.pem)
    (tmp_path / "chain.pem").write_bytes(b"".join(issuer.pem for issuer in maker.issuers))
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "serial").write_text("01")
    (tmp_path / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ndefault_policy=1.2.3.4\ndigests=sha256,sha512\n"
        "signer_digest=sha256\ness_cert_id_alg=sha256\naccuracy=secs:1\nordering=no\ntsa_name=yes\n"
    )

    def run(*arguments: str) -> None:
        command = ["openssl", "ts", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    run("-query", "-data", "data", "-sha512", "-cert", "-out", "query.tsq")
    more = ["-chain", "chain.pem"] if chain else []
    sign = [
        "-config",
        "tsa.cnf",
        "-queryfile",
        "query.tsq",
        "-signer",
        "cert.pem",
        "-inkey",
        "key.pem",
        *more,
    ]
    run("-reply", *sign, "-out", "answer.tsr")
    run("-reply", *sign, "-token_out", "-out", "token.der")

    response = tst.read_response((tmp_path / "answer.tsr").read_bytes(), DATA)
    token = tst.read_response((tmp_path / "token.der").read_bytes(), DATA)

    assert response.sound and token.sound and response.imprint_algorithm == "sha512"
    assert (response.certificate, response.policy) == (maker.der, "1.2.3.4")


@needs_openssl
def test_openssl_accepts_the_tokens_that_these_tests_bend(tmp_path):
    """The builder of this file makes what openssl takes for a token: its faults are the ones meant."""
    (tmp_path / "token").write_bytes(signed_tst(pki.tsa(), info()))
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "root.pem").write_bytes(pki.holder("root").pem)
    command = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        "data",
        "-in",
        "token",
        "-token_in",
        "-CAfile",
        "root.pem",
    ]

    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
