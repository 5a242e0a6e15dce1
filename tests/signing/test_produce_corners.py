"""Corners of production that no ordinary file reaches."""

import sys
from importlib.metadata import PackageNotFoundError

import pytest
from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from signing import selfcheck
from signing.adapters.pkcs11 import Pkcs11Holder
from signing.produce import cms, keys, markup, stamping
from signing.produce.assemble import extend
from signing.produce.imprint import _referenced
from signing.produce.params import Level, Mechanism, Profile
from signing.produce.prepare import prepare
from tests.signing import pki, signed
from tests.signing.test_produce_rules import refused


def test_signer_named_by_its_key_identifier_is_found() -> None:
    info = asn1_cms.ContentInfo.load(signed.sign(Profile.CADES_DETACHED))
    leaf = x509.load_der_x509_certificate(pki.signer("good").der)
    identifier = leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert cms.signer_certificate(info.dump()) == pki.signer("good").der
    signer = info["content"]["signer_infos"][0]
    signer["sid"] = asn1_cms.SignerIdentifier(name="subject_key_identifier", value=identifier)
    assert cms.signer_certificate(info.dump()) == pki.signer("good").der
    signer["sid"] = asn1_cms.SignerIdentifier(name="subject_key_identifier", value=b"other")
    refused("produce.not_signed", lambda: cms.signer_certificate(info.dump()))


def test_cms_that_is_no_signature_is_refused() -> None:
    data = asn1_cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()
    for wrong in (data, b"", b"\x30\x80"):
        refused("produce.not_signed", lambda wrong=wrong: cms.loaded(wrong))
    refused("produce.not_signed", lambda: cms.trimmed(b""))


def test_signed_attributes_without_a_digest_are_damaged() -> None:
    good = cms.signed_attributes(b"\0" * 32, pki.signer().der, Mechanism("ec", "sha256"), pki.NOW)
    assert cms.message_digest(good) == b"\0" * 32
    for wrong in (asn1_cms.CMSAttributes([]).dump(), b"x", b""):
        refused("produce.prepared_damaged", lambda wrong=wrong: cms.message_digest(wrong))


@pytest.mark.parametrize(("year", "kind"), [(2049, "utc_time"), (2050, "generalized_time")])
def test_signing_time_changes_its_form_in_2050(year: int, kind: str) -> None:
    moment = pki.NOW.replace(year=year)
    attributes = cms.signed_attributes(b"", pki.signer().der, Mechanism("ec", "sha256"), moment)
    found = {one["type"].native: one["values"][0] for one in asn1_cms.CMSAttributes.load(attributes)}
    assert (found["signing_time"].name, found["signing_time"].native) == (kind, moment)


def test_certificate_without_key_usage_may_sign_and_one_with_a_broken_one_may_not() -> None:
    key = pki.key_of("corner", "ec")
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "Essai")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(9)
    builder = builder.not_valid_before(pki.BORN).not_valid_after(pki.DIES).public_key(key.public_key())
    asked = signed.params(Profile.CADES_DETACHED)

    def chain(one: x509.CertificateBuilder) -> list[bytes]:
        return [one.sign(key, hashes.SHA256()).public_bytes(keys_form())]

    assert keys.choose(chain(builder), asked) == Mechanism("ec", "sha256")
    usage = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.15"), b"\x04\x01x")
    broken = chain(builder.add_extension(usage, critical=True))
    refused("produce.certificate_unreadable", lambda: keys.choose(broken, asked))


def keys_form() -> object:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def test_certificate_on_a_curve_that_nobody_knows_is_refused() -> None:
    der = pki.signer("good").der
    # prime256v1 made an unknown curve: the last arc of its object identifier.
    curve = bytes.fromhex("06082a8648ce3d030107")
    assert der.count(curve) == 1
    odd = der.replace(curve, curve[:-1] + b"\x6f")
    refused("produce.key_refused", lambda: keys.choose([odd], signed.params(Profile.CADES_DETACHED)))


def test_counter_signature_is_nobody_to_raise() -> None:
    root = markup.parse(signed.sign(Profile.XADES_ENVELOPED))
    (one,) = markup.signatures(root)
    counter = markup.etree.SubElement(one, f"{{{markup.XADES}}}CounterSignature")
    markup.etree.SubElement(counter, f"{{{markup.DS}}}Signature")
    assert markup.signatures(root) == [one]


def test_object_that_is_signed_by_itself_is_stamped_once() -> None:
    root = markup.parse(b'<a><b Id="x"/><c/><r URI="#x"/></a>')
    assert [_referenced(root[number], [root[2]]) for number in (0, 1)] == [True, False]


def test_token_that_hides_its_signer_is_no_token() -> None:
    good = pki.token(b"\0" * 32)
    assert stamping.taken_apart(good) is not None
    for wrong in (pki.token(b"\0" * 32, certificates=False), b"", signed.sign(Profile.CADES_DETACHED)):
        assert stamping.taken_apart(wrong) is None
    stranger = asn1_cms.ContentInfo.load(good)
    stranger["content"]["certificates"] = [asn1_cms.CertificateChoices.load(pki.signer().der)]
    assert stamping.taken_apart(stranger.dump()) is None


def test_pkcs11_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    error = refused("produce.pkcs11_missing", lambda: Pkcs11Holder("x", "y", lambda: ""))
    assert error.params["reason"] == "pip install 'pli[pkcs11]'"


def test_self_check_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(selfcheck.run()) == {"lxml", "xmlsec", "cryptography", "pyHanko"}

    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(selfcheck, "version", absent)
    assert selfcheck.versions()["lxml"] == "missing"
    monkeypatch.setitem(sys.modules, "xmlsec", None)
    with pytest.raises(selfcheck.SelfCheckFailed, match="lxml missing"):
        selfcheck.run()


def test_self_check_sees_a_good_signature_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "_verifies", lambda *_given: False)
    with pytest.raises(selfcheck.SelfCheckFailed, match="a good signature is refused"):
        selfcheck.run()


def test_room_that_is_too_small_is_a_refusal() -> None:
    from signing._pyhanko_produce import fill

    assert fill(b"<0000>", 0, 6, b"\x01") == b"<0100>"
    refused("produce.pdf_room", lambda: fill(b"<0000>", 0, 6, b"123"))


def test_pdf_whose_only_mark_is_a_time_stamp_is_not_signed() -> None:
    from signing import _pyhanko_produce as pdf

    stamped = pdf.add_stamp(signed.pdf(), pki.stamp, "sha256")
    assert [one.stamp for one in pdf.signatures(stamped)] == [True]
    refused("produce.not_signed", lambda: extend(stamped, Level.B_T, timestamper=pki.Tsa()))
    assert prepare(signed.document(Profile.PADES), pki.signer().chain, signed.params(Profile.PADES))
