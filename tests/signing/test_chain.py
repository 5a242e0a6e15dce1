"""Tokens that carry their authority's chain: OpenSSL's under ours, and every way in which a chain does not hold."""

import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from asn1crypto import tsp
from asn1crypto.cms import CertificateChoices, CertificateSet
from asn1crypto.x509 import Certificate as ParsedCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing import chain, timestamp
from signing.errors import SealedError

NOW = datetime.now(UTC).replace(microsecond=0)
DIGEST = sha256(b"recu").digest()


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issue(subject, issuer, key, issuer_key, *, ca=True, days=30, signs=True, start=NOW - timedelta(days=1)):
    builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=days))
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    usage |= {"digital_signature": not signs, "key_cert_sign": signs}
    builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    if not ca:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(purposes, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


class World:
    """A root, an intermediate authority and a time-stamping unit; OpenSSL answers with the whole chain."""

    def __init__(self, folder, unit_key, **intermediate):
        self.folder = folder
        self.root_key, self.middle_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = issue("Racine", "Racine", self.root_key, self.root_key)
        self.middle = issue("Milieu", "Racine", self.middle_key, self.root_key, **intermediate)
        self.unit = issue("Unité", "Milieu", unit_key, self.middle_key, ca=False, signs=False)
        key = unit_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key").write_bytes(key)
        for file, certificates in (("unit", [self.unit]), ("chain", [self.middle, self.root])):
            (folder / file).write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in certificates))

    def reply(self, *, digest="sha256"):
        folder = self.folder
        (folder / "serial").write_text("01")
        (folder / "cnf").write_text(
            f"[tsa]\ndefault_tsa = a\n[a]\nserial = {folder}/serial\nsigner_digest = {digest}\ndefault_policy = 1.2.3\n"
            "digests = sha256\nordering = no\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
        )
        (folder / "tsq").write_bytes(timestamp.request(DIGEST, 7))
        files = ["-signer", folder / "unit", "-inkey", folder / "key", "-chain", folder / "chain"]
        line = [
            "openssl",
            "ts",
            "-reply",
            "-config",
            folder / "cnf",
            "-queryfile",
            folder / "tsq",
            *files,
            "-out",
            folder / "tsr",
        ]
        subprocess.run(list(map(str, line)), check=True, capture_output=True)
        return (folder / "tsr").read_bytes()

    @property
    def anchor(self):
        return [self.root.public_bytes(Encoding.DER)]


def verify(world, response, authorities=None):
    return timestamp.verify(response, DIGEST, authorities=authorities or world.anchor, nonce=7)


def refusal(world, response, authorities=None):
    with pytest.raises(SealedError) as caught:
        verify(world, response, authorities)
    return caught.value.code


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("tsa"), rsa.generate_private_key(65537, 2048))


@pytest.fixture(scope="module")
def response(world):
    return world.reply()


def signed_of(response):
    return tsp.TimeStampResp.load(response)["time_stamp_token"]["content"]


def test_chain_from_rsa_unit_is_accepted(world, response):
    assert len(signed_of(response)["certificates"]) == 3
    assert verify(world, response).authority == "Unité"


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_chain_from_elliptic_unit_is_accepted(tmp_path, digest):
    made = World(tmp_path, ec.generate_private_key(ec.SECP384R1()))
    assert verify(made, made.reply(digest=digest)).serial == 2


def test_trusting_the_intermediate_or_the_unit_is_enough(world, response):
    for certificate in (world.middle, world.unit):
        assert verify(world, response, [certificate.public_bytes(Encoding.DER)]).serial == 2


def test_other_root_is_untrusted(world, response):
    key = ec.generate_private_key(ec.SECP256R1())
    twin = issue("Racine", "Racine", key, key)
    assert refusal(world, response, [twin.public_bytes(Encoding.DER)]) == "timestamp.untrusted"


@pytest.mark.parametrize(
    "fault",
    [
        {"days": 0.5},
        {"start": NOW + timedelta(days=1)},
        {"signs": False},
        {"ca": False, "signs": True},
        {"ca": None},
    ],
)
def test_intermediate_that_may_not_issue_is_untrusted(tmp_path, fault):
    made = World(tmp_path, ec.generate_private_key(ec.SECP256R1()), **fault)
    assert refusal(made, made.reply()) == "timestamp.untrusted"


def test_root_that_is_expired_is_untrusted(world, response):
    old = issue("Racine", "Racine", world.root_key, world.root_key, days=0.5)
    assert refusal(world, response, [old.public_bytes(Encoding.DER)]) == "timestamp.untrusted"


def test_every_flipped_bit_of_the_token_is_refused(world, response):
    start = response.index(b"\x31", response.index(signed_of(response)["signer_infos"].dump()))
    accepted = []
    for position in range(start, len(response), 7):
        flipped = bytearray(response)
        flipped[position] ^= 1
        try:
            verify(world, bytes(flipped))
        except SealedError:
            continue
        accepted.append(position)
    assert accepted == []


def test_token_without_its_signer_is_untrusted(world, response):
    signed = signed_of(response)
    held = [one for one in signed["certificates"] if "Unité" not in one.chosen.subject.native.values()]
    signed["certificates"] = CertificateSet(held)
    with pytest.raises(SealedError, match=r"timestamp\.untrusted"):
        chain.check(signed, world.anchor, NOW)


def test_pss_signature_is_verified(world, response):
    signed = signed_of(response)
    (signer,) = signed["signer_infos"]
    attributes = b"\x31" + signer["signed_attrs"].dump()[1:]
    key = load_pem_private_key((world.folder / "key").read_bytes(), None)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signer["signature_algorithm"] = {"algorithm": "rsassa_pss"}
    signer["signature"] = key.sign(attributes, scheme, hashes.SHA256())
    chain.check(signed, world.anchor, NOW)
    signer["signature"] = key.sign(attributes + b"x", scheme, hashes.SHA256())
    with pytest.raises(SealedError, match=r"timestamp\.untrusted"):
        chain.check(signed, world.anchor, NOW)


def test_key_of_another_kind_is_untrusted(world, response):
    signed = signed_of(response)
    key = ed25519.Ed25519PrivateKey.generate()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name("Unité"))
        .issuer_name(name("Milieu"))
        .public_key(key.public_key())
    )
    builder = (
        builder.serial_number(world.unit.serial_number)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    other = builder.sign(world.middle_key, hashes.SHA256())
    signed["certificates"] = CertificateSet(
        [CertificateChoices("certificate", ParsedCertificate.load(other.public_bytes(Encoding.DER)))]
    )
    with pytest.raises(SealedError, match=r"timestamp\.untrusted"):
        chain.check(signed, world.anchor, NOW)


def test_digest_that_is_not_strong_is_untrusted(world, response):
    signed = signed_of(response)
    (signer,) = signed["signer_infos"]
    signer["digest_algorithm"] = {"algorithm": "sha1"}
    with pytest.raises(SealedError, match=r"timestamp\.untrusted"):
        chain.check(signed, world.anchor, NOW)
