"""Who may receive bid keys, the platform's own authority, and private key files."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)

from signing import authority, certificates, der, private_keys
from signing.authority import Subject
from signing.errors import SealedError

AT = datetime(2027, 1, 11, tzinfo=UTC)
DAY = timedelta(days=1)


def reason(call, *args):
    with pytest.raises(SealedError) as caught:
        call(*args)
    return caught.value.code, caught.value.params.get("reason")


def refused(why):
    return "bid.certificate_refused", why


def self_signed(key, *extensions, name="CN=Essai"):
    subject = x509.Name.from_rfc4514_string(name)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, AT - DAY, AT + DAY)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


P256 = ec.generate_private_key(ec.SECP256R1())


def spki(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_issued_certificates_are_accepted(holders):
    for holder in holders.values():
        recipient = certificates.check_recipient(holder.certificate, AT)
        parsed = x509.load_der_x509_certificate(holder.certificate)
        assert recipient.serial == parsed.serial_number
        assert recipient.issuer == parsed.issuer.public_bytes()
        assert recipient.subject == f"Porteur {holder.name}"


def test_validity_is_judged_at_the_given_time(holders):
    certificate = holders["p256"].certificate
    assert reason(certificates.check_recipient, certificate, AT - 5000 * DAY) == refused("not_yet_valid")
    assert reason(certificates.check_recipient, certificate, AT + 5000 * DAY) == refused("expired")


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (rsa.generate_private_key(65537, 2048), "key_size"),
        (ec.generate_private_key(ec.SECP521R1()), "curve"),
        (ed25519.Ed25519PrivateKey.generate(), "key_type"),
        (P256, "key_usage"),
    ],
)
def test_unfit_certificate_refused(key, why):
    assert reason(certificates.check_recipient, self_signed(key), AT) == refused(why)


def test_certificate_for_signing_only_refused():
    usage = authority._usage(digital_signature=True)
    assert reason(certificates.check_recipient, self_signed(P256, usage), AT) == refused("key_usage")


def test_unreadable_certificates_refused(holders):
    good = holders["p256"].certificate
    serial = der.integer(certificates.issuer_and_serial(good)[1])
    null_serial = good.replace(serial, serial[:2] + b"\x80" + serial[3:], 1)
    unknown_key = good.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0209"))
    for data in (b"", good[:-1], good + b"\0", null_serial):
        assert reason(certificates.check_recipient, data, AT) == refused("unreadable")
    assert reason(certificates.check_recipient, unknown_key, AT) == refused("key_type")


def test_version_1_certificate_is_read_but_has_no_usage(tmp_path):
    line = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    key, request, made = tmp_path / "k", tmp_path / "r", tmp_path / "c"
    subprocess.run(
        [*line, "-subj", "/O=Ville", "-keyout", key, "-out", request], check=True, capture_output=True
    )
    sign = ["openssl", "x509", "-req", "-in", request, "-signkey", key, "-days", "9999", "-outform", "DER"]
    subprocess.run([*sign, "-out", made], check=True, capture_output=True)
    assert certificates.read_recipient(made.read_bytes()).subject == "O=Ville"
    assert reason(certificates.check_recipient, made.read_bytes(), AT) == refused("key_usage")


def test_same_key_twice_in_a_set_refused(make_holder):
    twins = [make_holder(name, P256).certificate for name in ("a", "b")]
    assert reason(certificates.check_recipients, twins, AT) == refused("duplicate_key")
    assert len(certificates.check_recipients(twins[:1], AT)) == 1


def test_certificate_files(holders):
    ders = [holders[name].certificate for name in ("rsa", "p256")]
    pem = b"".join(x509.load_der_x509_certificate(d).public_bytes(Encoding.PEM) for d in ders)
    assert certificates.read_certificates(pem) == ders
    assert certificates.read_certificates(ders[0]) == ders[:1]
    assert reason(certificates.read_certificates, b"-----BEGIN x") == refused("unreadable")


def test_authority_refuses_unfit_keys(ca):
    def issue(key):
        return authority.issue_recipient(*ca, key, Subject("X"), not_before=AT, not_after=AT + DAY)

    assert reason(issue, b"x") == refused("unreadable")
    assert reason(issue, spki(ed25519.Ed25519PrivateKey.generate())) == refused("key_type")
    assert reason(issue, spki(ec.generate_private_key(ec.SECP521R1()))) == refused("curve")
    parsed = x509.load_der_x509_certificate(issue(spki(P256)))
    parsed.verify_directly_issued_by(x509.load_der_x509_certificate(ca[1]))


WORDS = b"phrase de passe longue"


@pytest.mark.parametrize("name", ["rsa", "p256", "p384"])
def test_exported_key_is_read_by_us_and_openssl(name, holders, tmp_path):
    data = private_keys.export(holders[name].key, WORDS)
    assert private_keys.load(data, WORDS).private_key.private_numbers() == holders[name].key.private_numbers()
    (tmp_path / "k").write_bytes(data)
    line = ["openssl", "pkey", "-inform", "DER", "-in", tmp_path / "k", "-noout"]
    assert subprocess.run([*line, "-passin", f"pass:{WORDS.decode()}"], check=False).returncode == 0
    parsed = subprocess.run(
        ["openssl", "asn1parse", "-inform", "DER", "-in", tmp_path / "k"], capture_output=True, check=True
    )
    assert b":PBES2" in parsed.stdout
    assert b":0927C0" in parsed.stdout
    assert b":aes-256-cbc" in parsed.stdout


def test_private_key_files(holders):
    key = holders["p256"].key
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(WORDS))
    certificate = x509.load_der_x509_certificate(holders["p256"].certificate)
    bag = pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, BestAvailableEncryption(WORDS))
    bare = pkcs12.serialize_key_and_certificates(b"x", key, None, None, BestAvailableEncryption(WORDS))
    for data, words in ((plain, None), (plain, WORDS), (pem, WORDS), (bag, WORDS), (bare, WORDS)):
        assert private_keys.load(data, words).private_key.private_numbers() == key.private_numbers()
    assert private_keys.load(bag, WORDS).certificate == holders["p256"].certificate
    for data in (pem, bag):
        assert reason(private_keys.load, data)[0] == "bid.passphrase_needed"
        assert reason(private_keys.load, data, b"fausse")[0] == "bid.wrong_passphrase"
    assert reason(private_keys.load, b"x") == ("bid.key_refused", "unreadable")


@pytest.mark.parametrize(
    ("key", "why"),
    [(ed25519.Ed25519PrivateKey.generate(), "key_type"), (ec.generate_private_key(ec.SECP521R1()), "curve")],
)
def test_unfit_private_key_refused(key, why):
    data = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert reason(private_keys.load, data) == ("bid.key_refused", why)
