"""Reading certificates: two parsers say the same, what is malformed is none, and names compare as they should."""

from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.path.addresses import crl_addresses, ocsp_addresses
from signing.path.certs import _strictly, _tolerantly, read
from signing.path.engine import Chains, Purpose
from signing.path.fitness import issued, structure
from signing.path.names import comparable, named
from signing.trust.qualification import policies_of
from tests.signing import pki

EVERYBODY = [*pki.AUTHORITIES, *pki.SIGNERS]
OID = "1.2.3.4"


def alike(strict: dict[str, Any], tolerant: dict[str, Any]) -> bool:
    """Tell whether two parsers found the same; only the strict one leaves its object."""
    assert strict.pop("strict") is not None
    assert tolerant.pop("strict") is None
    return strict == tolerant


@pytest.mark.parametrize("name", EVERYBODY)
def test_both_parsers_say_the_same(name: str) -> None:
    der = pki.holder(name).der
    assert alike(_strictly(der), _tolerantly(der))
    found = read(der)
    assert found is not None
    certificate = pki.holder(name).certificate
    assert found.subject == comparable(certificate.subject.public_bytes())
    assert found.issuer == comparable(certificate.issuer.public_bytes())
    assert found.name == pki.holder(name).profile.common_name
    assert found.subject_name.country == "FR"
    assert found.digest == pki.holder(name).profile.digest
    assert len(found.key_sha1) == 20


def built(*extensions: tuple[x509.ExtensionType, bool], key: Any = None) -> bytes:
    """Return a certificate with any extensions."""
    good = pki.signer("good")
    builder = (
        x509.CertificateBuilder()
        .subject_name(good.certificate.subject)
        .issuer_name(good.certificate.issuer)
        .public_key(key or good.key.public_key())
        .serial_number(95)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(pki.holder("ca").key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_both_parsers_say_the_same_of_a_bare_certificate() -> None:
    der = built()
    assert alike(_strictly(der), _tolerantly(der))
    found = read(der)
    assert found is not None
    assert (found.usage, found.extended, found.ca, found.constrained) == (None, None, False, False)


def test_tolerant_parser_reads_what_the_strict_one_refuses() -> None:
    """A default value that is written out is a fault of DER that old authorities made."""
    genuine = pki.signer("good").der
    critical = bytes.fromhex("0603551d13" + "0101ff")  # basicConstraints, critical TRUE.
    assert genuine.count(critical) == 1
    odd = genuine.replace(critical, critical[:-1] + b"\x00")
    with pytest.raises(ValueError, match="EncodedDefault"):
        _strictly(odd)
    found, sound = read(odd), read(genuine)
    assert found is not None
    assert sound is not None
    assert (found.subject, found.usage, found.ca) == (sound.subject, sound.usage, False)
    assert sound.critical - found.critical == {"2.5.29.19"}


def test_certificate_with_a_harmless_fault_of_form_is_judged_like_another() -> None:
    genuine = pki.signer("good").der
    critical = bytes.fromhex("0603551d130101ff")
    parsed = asn1.Certificate.load(genuine.replace(critical, critical[:-1] + b"\x00"))
    parsed["signature_value"] = pki.holder("ca").sign(parsed["tbs_certificate"].dump())
    odd = parsed.dump()
    with pytest.raises(ValueError, match="EncodedDefault"):
        _strictly(odd)
    assert issued(odd, pki.holder("ca").der)
    assert not issued(odd, pki.holder("root").der)
    for _ in range(2):
        structure.cache_clear()
        verdict = Chains(pki.trust(), pki.evidence(), at=pki.NOW).conclude(odd, Purpose.SIGNATURE, at=pki.NOW)
        assert verdict.passed


def test_issuance_is_verified() -> None:
    genuine, ca = pki.signer("good").der, pki.holder("ca").der
    assert issued(genuine, ca)
    assert not issued(genuine[:-1] + bytes([genuine[-1] ^ 1]), ca)
    assert not issued(genuine, pki.holder("ca-rsa").der)
    assert issued(pki.signer("sha1").der, pki.holder("ca-rsa").der)


def test_malformed_policies_are_no_policies() -> None:
    value = bytes.fromhex("30053003020105")
    found = read(built((x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.32"), value), False)))
    assert found is not None
    assert policies_of(found) == []


def test_extension_that_stands_twice_makes_no_certificate() -> None:
    parsed = asn1.Certificate.load(pki.signer("good").der)
    extensions = list(parsed["tbs_certificate"]["extensions"])
    parsed["tbs_certificate"]["extensions"] = asn1.Extensions([*extensions, extensions[0].copy()])
    assert read(parsed.dump(force=True)) is None


def test_edwards_key_has_no_size_and_no_digest() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    found = read(built(key=key.public_key()))
    assert found is not None
    assert (found.key, found.digest) == (("ed25519", None), "sha256")
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "edwards")])
    own = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(96)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .sign(key, None)
    )
    der = own.public_bytes(serialization.Encoding.DER)
    assert alike(_strictly(der), _tolerantly(der))
    assert _tolerantly(der)["digest"] is None


def test_unreadable_parts_that_are_asked_later_are_empty() -> None:
    garbage = (
        x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.31"), b"garbage"),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.1"), b"\x30\x01"),
    )
    for extension in garbage:
        found = read(built((extension, False)))
        assert found is None or (crl_addresses(found), ocsp_addresses(found)) == ([], [])


def test_names_compare_without_case_and_spaces() -> None:
    levels = [[("2.5.4.6", "FR")], [("2.5.4.3", "Commune  de\tBrest")]]
    other = [[("2.5.4.6", "fr")], [("2.5.4.3", "commune de brest ")]]
    assert named(levels).key == named(other).key
    assert named(levels).key != named(levels[:1]).key
    assert named([[("a", "x"), ("b", "y")]]).key == named([[("b", "y"), ("a", "x")]]).key
    assert named([[("a", "x")], [("b", "y")]]).key != named([[("a", "x"), ("b", "y")]]).key


def test_name_is_shown_by_its_best_part() -> None:
    assert (
        named([[("2.5.4.10", "Mairie")], [("2.5.4.3", "Jeanne")], [("2.5.4.3", "autre")]]).shown == "Jeanne"
    )
    assert named([[("2.5.4.10", "Mairie")], [("2.5.4.6", "FR")]]).shown == "Mairie"
    assert named([[("2.5.4.6", "FR")], [("1.2", "x")]]).shown == "FR, x"
    assert named([]).shown == ""


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_certificate_is_read_or_is_none(data: st.DataObject) -> None:
    der = pki.signer(data.draw(st.sampled_from(["good", "qualified", "right-name"]))).der
    place = data.draw(st.integers(0, len(der) - 1))
    damaged = der[:place] + bytes([der[place] ^ data.draw(st.integers(1, 255))]) + der[place + 1 :]
    found = read(damaged)
    if found is not None:
        assert isinstance(found.name, str)
        assert isinstance(found.key_sha1, bytes)
        assert isinstance(crl_addresses(found) + ocsp_addresses(found), list)
