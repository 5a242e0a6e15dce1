"""What may be signed, with which key, and which values are taken."""

import json
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding as Form
from cryptography.x509.oid import NameOID

from signing.errors import Unverifiable
from signing.produce import keys
from signing.produce.assemble import assemble, extend
from signing.produce.params import (
    PRODUCTION,
    Encoding,
    Level,
    Mechanism,
    ProductionPolicy,
    Profile,
    SignatureValue,
    SignParams,
)
from signing.produce.prepare import check_asked, prepare
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused, SignatureValueMismatch
from signing.summary_fr import sentence
from signing.types import Bytes, Digests, Finding
from signing.wording.produce import SENTENCES
from tests.signing import pki, signed


def certificate(key: object) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Essai")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    builder = builder.not_valid_before(pki.BORN).not_valid_after(pki.DIES).public_key(key.public_key())
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(Form.DER)


def refused(code: str, deed) -> ProductionRefused:
    with pytest.raises(ProductionRefused) as caught:
        deed()
    assert caught.value.code == code
    assert "%(" not in sentence(Finding(caught.value.code, caught.value.params))
    return caught.value


@pytest.mark.parametrize("profile", list(Profile))
def test_value_of_another_key_is_refused_and_leaves_everything_as_it_was(profile: Profile) -> None:
    holder = pki.signer("good")
    prepared = prepare(signed.document(profile), holder.chain, signed.params(profile))
    good = signed.value(holder, prepared)
    assert assemble(prepared, good)
    before = prepared.to_json()
    wrong = SignatureValue(pki.signer("twin").sign(prepared.to_sign), Encoding.DER)
    flipped = SignatureValue(good.value[:-1] + bytes([good.value[-1] ^ 1]), Encoding.DER)
    for value in (
        wrong,
        flipped,
        SignatureValue(good.value, Encoding.RAW),
        SignatureValue(b"", Encoding.DER),
    ):
        with pytest.raises(SignatureValueMismatch):
            assemble(prepared, value)
    assert prepared.to_json() == before
    other = SignatureValue(holder.sign(b"something else"), Encoding.DER)
    with pytest.raises(SignatureValueMismatch):
        assemble(prepared, other)


def test_raw_and_der_values_make_the_same_file() -> None:
    holder = pki.signer("good")
    prepared = prepare(
        signed.document(Profile.CADES_DETACHED), holder.chain, signed.params(Profile.CADES_DETACHED)
    )
    der = signed.value(holder, prepared)
    raw = SignatureValue(keys.to_raw(der.value, holder.der), Encoding.RAW)
    assert len(raw.value) == 64
    assert assemble(prepared, raw) == assemble(prepared, der)


def test_rsa_value_verifies_whatever_its_encoding_says() -> None:
    holder = pki.signer("good", "rsa")
    prepared = prepare(
        signed.document(Profile.XADES_DETACHED), holder.chain, signed.params(Profile.XADES_DETACHED)
    )
    value = signed.value(holder, prepared)
    assert assemble(prepared, value) == assemble(prepared, replace(value, encoding=Encoding.RAW))
    with pytest.raises(SignatureValueMismatch):
        assemble(prepared, SignatureValue(pki.signer("twin", "rsa").sign(prepared.to_sign)))


def test_value_for_a_key_of_another_kind_is_refused() -> None:
    holder = pki.signer("good")
    with pytest.raises(SignatureValueMismatch):
        keys.check_value(b"x", SignatureValue(b"y"), holder.der, Mechanism("rsa", "sha256"))


@pytest.mark.parametrize("profile", list(Profile))
def test_prepared_survives_json_and_holds_no_secret(profile: Profile) -> None:
    holder = pki.signer("good")
    prepared = prepare(signed.document(profile), holder.chain, signed.params(profile))
    again = Prepared.from_json(prepared.to_json())
    assert again == prepared
    assert set(json.loads(prepared.to_json())) == {
        "version", "profile", "level", "mechanism", "to_sign", "chain", "state", "documents",
    }  # fmt: skip
    assert prepared.documents
    assert all(len(value) == 64 for value in prepared.documents.values())


@pytest.mark.parametrize("profile", list(Profile))
def test_signer_prepares_again_and_signs_nothing_else(profile: Profile) -> None:
    chain, asked = pki.signer("good").chain, signed.params(profile, reason="Accord")
    sent = json.loads(json.dumps(asked.to_json()))
    again = SignParams.from_json(sent, signed.POLICY)
    assert again == asked
    server = prepare(signed.document(profile), chain, asked)
    assert check_asked(server.to_sign, signed.document(profile), chain, again) == server
    later = prepare(signed.document(profile), chain, replace(asked, signing_time=pki.NOW + pki.DAY))
    data = signed.pdf("autre") if profile is Profile.PADES else b"<autre/>"
    other = prepare(Bytes("acte.txt", data), chain, asked)
    twin = prepare(signed.document(profile), pki.signer("twin").chain, asked)
    for to_sign in (b"", other.to_sign, twin.to_sign, later.to_sign):
        refused(
            "produce.other_bytes",
            lambda to_sign=to_sign: check_asked(to_sign, signed.document(profile), chain, again),
        )


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"version":2}', b'{"version":1}', b"\xff"])
def test_damaged_state_is_refused(data: bytes) -> None:
    refused("produce.prepared_damaged", lambda: Prepared.from_json(data))


@pytest.mark.parametrize(
    "profile", [Profile.XADES_ENVELOPED, Profile.XADES_DETACHED, Profile.PADES, Profile.ASIC_E]
)
def test_state_that_no_longer_fits_what_was_signed_is_refused(profile: Profile) -> None:
    holder = pki.signer("good")
    prepared = prepare(signed.document(profile), holder.chain, signed.params(profile))
    value = signed.value(holder, prepared)
    other = prepare(signed.document(profile), holder.chain, signed.params(profile, at=pki.NOW + pki.DAY))
    assert assemble(prepared, value)
    refused("produce.prepared_damaged", lambda: assemble(replace(prepared, state=other.state), value))
    if profile in (Profile.PADES, Profile.ASIC_E):
        refused("produce.prepared_damaged", lambda: assemble(replace(prepared, state={}), value))


def test_short_rsa_key_is_refused_in_production() -> None:
    holder = pki.signer("good", "rsa")
    asked = signed.params(Profile.CADES_DETACHED, policy=PRODUCTION)
    error = refused(
        "produce.key_refused", lambda: prepare(signed.document(Profile.CADES_DETACHED), holder.chain, asked)
    )
    assert error.params == {"kind": "RSA 2048"}
    assert (
        prepare(signed.document(Profile.CADES_DETACHED), pki.signer("good").chain, asked).mechanism.name
        == "ecdsa-sha256"
    )


@pytest.mark.parametrize(
    ("curve", "digest"), [(ec.SECP256R1(), "sha256"), (ec.SECP384R1(), "sha384"), (ec.SECP521R1(), "sha512")]
)
def test_digest_is_as_strong_as_the_curve(curve: ec.EllipticCurve, digest: str) -> None:
    key = ec.generate_private_key(curve)
    for profile in (Profile.XADES_ENVELOPED, Profile.CADES_DETACHED):
        prepared = prepare(signed.document(profile), [certificate(key)], signed.params(profile))
        assert prepared.mechanism == Mechanism("ec", digest)
        value = key.sign(prepared.to_sign, ec.ECDSA(keys.HASHES[digest]))
        assert assemble(prepared, SignatureValue(value, Encoding.DER))


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP192R1()), ed25519.Ed25519PrivateKey.generate()]
)
def test_keys_that_are_not_for_signing_here_are_refused(key: object) -> None:
    refused("produce.key_refused", lambda: keys.choose([certificate(key)], signed.params(Profile.PADES)))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("expired", "produce.certificate_dates"),
        ("not-yet", "produce.certificate_dates"),
        ("wrong-usage", "produce.certificate_usage"),
    ],
)
def test_certificate_that_cannot_sign_now_is_refused(name: str, code: str) -> None:
    chain = pki.signer(name).chain
    refused(code, lambda: keys.choose(chain, signed.params(Profile.PADES)))
    lax = ProductionPolicy(check_certificate=False)
    assert keys.choose(chain, signed.params(Profile.PADES, policy=lax)) == Mechanism("ec", "sha256")


def test_weak_or_unknown_digest_is_refused() -> None:
    for digest in ("sha1", "md5"):
        refused(
            "produce.digest_refused",
            lambda digest=digest: keys.choose(
                pki.signer().chain, signed.params(Profile.PADES, digest=digest)
            ),
        )


def test_chain_must_be_there_and_readable() -> None:
    refused(
        "produce.no_certificate",
        lambda: prepare(signed.document(Profile.PADES), [], signed.params(Profile.PADES)),
    )
    for chain in ([b"x"], [pki.signer().der, b"x"]):
        refused(
            "produce.certificate_unreadable",
            lambda chain=chain: prepare(signed.document(Profile.PADES), chain, signed.params(Profile.PADES)),
        )


def test_time_of_signature_must_be_aware() -> None:
    naive = pki.NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        prepare(signed.document(Profile.PADES), pki.signer().chain, signed.params(Profile.PADES, at=naive))


@pytest.mark.parametrize("profile", [Profile.XADES_ENVELOPED, Profile.CADES_DETACHED, Profile.PADES])
def test_formats_of_one_document_refuse_two(profile: Profile) -> None:
    two = [Bytes("a", b"1"), Bytes("b", b"2")]
    refused("produce.one_document", lambda: prepare(two, pki.signer().chain, signed.params(profile)))


@pytest.mark.parametrize("documents", [[], [Bytes("a", b"1"), Bytes("a", b"2")]])
def test_no_document_or_two_of_a_name_are_refused(documents: list[Bytes]) -> None:
    asked = signed.params(Profile.XADES_DETACHED)
    refused("produce.documents", lambda: prepare(documents, pki.signer().chain, asked))


def test_detached_signatures_need_only_digests() -> None:
    given = Digests("acte.txt", {"sha256": keys.digest("sha256", signed.TEXT).hex()})
    holder = pki.signer("good")
    for profile in (Profile.CADES_DETACHED, Profile.XADES_DETACHED):
        whole = prepare(Bytes("acte.txt", signed.TEXT), holder.chain, signed.params(profile))
        assert prepare(given, holder.chain, signed.params(profile)) == whole
    asked = signed.params(Profile.CADES_DETACHED, digest="sha512")
    refused("produce.digest_missing", lambda: prepare(given, holder.chain, asked))
    asked = signed.params(Profile.XADES_DETACHED, Level.B_LTA)
    refused("produce.document_missing", lambda: prepare(given, holder.chain, asked))
    refused(
        "produce.document_missing",
        lambda: prepare(given, holder.chain, signed.params(Profile.XADES_ENVELOPED)),
    )


@pytest.mark.parametrize("data", [b"", b"hello", b"<a/>", b"<a", b"0\x03\x02\x01\x01", signed.pdf()])
def test_extension_of_what_bears_no_signature_is_refused(data: bytes) -> None:
    with pytest.raises((ProductionRefused, Unverifiable)) as caught:
        extend(data, Level.B_T, timestamper=pki.Tsa())
    assert caught.value.code in {"produce.not_signed", "UNREADABLE", "UNSUPPORTED"}


def test_mechanism_names_are_read_back() -> None:
    for name in ("ecdsa-sha256", "rsa-pkcs1-sha512"):
        assert Mechanism.parse(name).name == name
    for name in ("ecdsa-sha1", "dsa-sha256", ""):
        with pytest.raises(ValueError, match="no mechanism"):
            Mechanism.parse(name)


def test_sentences_are_whole() -> None:
    assert all(text.endswith((".", ").")) and code.startswith("produce.") for code, text in SENTENCES.items())
