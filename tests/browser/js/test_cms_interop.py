"""Key packets and keys cross the border to openssl and to our Python reader, both ways; all else is refused."""

import base64
import datetime as dt
import subprocess
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signing.certificates import read_recipient
from signing.sealed import cms, packets, rehearsal
from signing.sealed.packets import KeyPacket, Role, Scheme

pytestmark = pytest.mark.browser

CONTENT = b'{"v":"pli/1","essai":true}'
PASSPHRASE = "phrase de passe longue, é"
KINDS = ("rsa", "p256", "p384")
OPENSSL_OPTIONS = {
    "rsa": ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"],
    "p256": ["-keyopt", "ecdh_kdf_md:sha256"],
    "p384": ["-keyopt", "ecdh_kdf_md:sha384"],
}


def b64(data):
    return base64.b64encode(data).decode()


def openssl(*arguments, data=b""):
    found = subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=False)
    assert found.returncode == 0, found.stderr.decode()
    return found.stdout


def encrypted_key(holder, *options):
    clear = holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    arguments = options or ("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "2048")
    return openssl("pkcs8", "-topk8", *arguments, "-passout", f"pass:{PASSPHRASE}", data=clear)


SEAL = """
  const { seal } = await load("cms"), { readCertificates } = await load("x509"), { fromBase64, toBase64 } = await load("bytes");
  return toBase64(await seal(fromBase64(given.content), await readCertificates(given.certificates.map(fromBase64))));
"""
OPEN = """
  const { unseal } = await load("cmsread"), { openKey } = await load("pkcs8"), { fromBase64, toBase64 } = await load("bytes");
  try {
    const key = await openKey(fromBase64(given.key), given.passphrase);
    return { type: key.keyType, extractable: key.key.extractable, content: toBase64(await unseal(fromBase64(given.message), key)) };
  } catch (error) { return { code: error.code, reason: error.params?.reason, thrown: String(error) }; }
"""


def seal_in_browser(js, holders):
    return base64.b64decode(
        js(SEAL, {"content": b64(CONTENT), "certificates": [b64(h.der) for h in holders]})
    )


def open_in_browser(js, message, key, passphrase=PASSPHRASE):
    return js(OPEN, {"message": b64(message), "key": b64(key), "passphrase": passphrase})


@pytest.mark.parametrize("to", [("rsa",), ("p256",), ("p384",), KINDS], ids="+".join)
def test_browser_cms_opens_elsewhere(js, holders, tmp_path, to):
    message = seal_in_browser(js, [holders[name] for name in to])
    for name in to:
        holder = holders[name]
        assert cms.unseal(message, holder.key, read_recipient(holder.der)) == CONTENT
        key, certificate = holder.write(tmp_path)
        command = ["cms", "-decrypt", "-inform", "DER", "-inkey", key, "-recip", certificate]
        assert openssl(*command, data=message) == CONTENT


@pytest.mark.parametrize("name", KINDS)
def test_openssl_cms_opens_in_browser(js, holders, tmp_path, name):
    _, certificate = holders[name].write(tmp_path)
    command = ["cms", "-encrypt", "-binary", "-outform", "DER", "-aes-256-gcm", "-recip", certificate]
    message = openssl(*command, *OPENSSL_OPTIONS[name], data=CONTENT)
    found = open_in_browser(js, message, encrypted_key(holders[name]))
    assert found == {"type": name, "extractable": False, "content": b64(CONTENT)}


@pytest.mark.parametrize("name", KINDS)
def test_python_cms_opens_in_browser(js, holders, name):
    message = cms.seal(CONTENT, [read_recipient(holder.der) for holder in holders.values()])
    assert open_in_browser(js, message, encrypted_key(holders[name]))["content"] == b64(CONTENT)


@pytest.mark.parametrize(
    "options",
    [
        ("-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"),
        ("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512", "-outform", "DER"),
    ],
)
def test_keys_of_other_programs_open(js, holders, options):
    message = cms.seal(CONTENT, [read_recipient(holders["p384"].der)])
    assert open_in_browser(js, message, encrypted_key(holders["p384"], *options))["content"] == b64(CONTENT)


def test_browser_key_opens_with_openssl_and_here(js, tmp_path):
    found = js(
        """const k = await load("pkcs8"), { toBase64, utf8 } = await load("bytes");
        const { spki, pkcs8 } = await k.createKey(); const pem = await k.encryptKey(pkcs8, given);
        const again = await k.openKey(utf8(pem), given);
        return { pem, spki: toBase64(spki), type: again.keyType, extractable: again.key.extractable };""",
        PASSPHRASE,
    )
    assert (found["type"], found["extractable"]) == ("p384", False)
    path = tmp_path / "cle.p8"
    path.write_text(found["pem"])
    public = openssl("pkey", "-in", str(path), "-passin", f"pass:{PASSPHRASE}", "-pubout", "-outform", "DER")
    assert public == base64.b64decode(found["spki"])
    structure = openssl("asn1parse", "-in", str(path)).decode()
    assert "PBES2" in structure
    assert "hmacWithSHA256" in structure
    assert "aes-256-cbc" in structure
    assert "0927C0" in structure  # 600 000 rounds


@pytest.mark.parametrize("attempt", range(3))
def test_wrong_passphrase_is_named(js, holders, attempt):
    message = cms.seal(CONTENT, [read_recipient(holders["p384"].der)])
    found = open_in_browser(js, message, encrypted_key(holders["p384"]), f"une autre phrase {attempt}")
    assert found["code"] == "bid.wrong_passphrase"


def test_wrong_key_is_named(js, holders):
    message = cms.seal(CONTENT, [read_recipient(holders["p256"].der)])
    assert open_in_browser(js, message, encrypted_key(holders["p384"]))["code"] == "bid.wrong_key"


def test_key_of_the_same_kind_is_wrong_too(js, holders, tmp_path):
    other = ec.generate_private_key(ec.SECP384R1())
    message = cms.seal(CONTENT, [read_recipient(holders["p384"].der)])
    clear = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = openssl("pkcs8", "-topk8", "-passout", f"pass:{PASSPHRASE}", data=clear)
    assert open_in_browser(js, message, key)["code"] == "bid.wrong_key"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda h: h.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "bid.key_not_encrypted"),
        (lambda h: h.certificate.public_bytes(Encoding.PEM), "bid.key_is_certificate"),
        (lambda h: h.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), "bid.key_pkcs12"),
        (lambda _: b"bonjour", "bid.key_unreadable"),
        (lambda _: b"", "bid.key_unreadable"),
    ],
)  # fmt: skip
def test_other_key_files_are_named(js, holders, make, code):
    message = cms.seal(CONTENT, [read_recipient(holders["p384"].der)])
    assert open_in_browser(js, message, make(holders["p384"]))["code"] == code


def test_every_flipped_bit_of_a_packet_is_refused(js, holders):
    message = cms.seal(CONTENT, [read_recipient(holders["p384"].der)])
    key = encrypted_key(holders["p384"])
    codes = js(
        """const { unseal } = await load("cmsread"), { openKey } = await load("pkcs8"), { fromBase64 } = await load("bytes");
        const key = await openKey(fromBase64(given.key), given.passphrase), codes = [];
        const message = fromBase64(given.message);
        for (let at = 0; at < message.length; at += 1) {
          const bent = message.slice(); bent[at] ^= 1;
          try { await unseal(bent, key); codes.push("opened at " + at); } catch (error) { codes.push(error.code); }
        }
        return codes;""",
        {"message": b64(message), "key": b64(key), "passphrase": PASSPHRASE},
    )
    # Without a certificate the reader does not compare issuer and serial: a bend there changes nothing sealed.
    recipient = holders["p384"].certificate.issuer.public_bytes()
    start = message.index(recipient)
    outside = [code for at, code in enumerate(codes) if not start <= at < start + len(recipient) + 24]
    assert set(outside) == {"bid.cms_refused", "bid.wrong_key", "bid.damaged"}


def bend(message, kind):
    """Return the message written in one of the forms the profile excludes."""
    if kind == "appended":
        return message + b"\0"
    if kind == "cut":
        return message[:-1]
    if kind == "indefinite":
        return b"\x30\x80" + message[4:] + b"\0\0"
    return b"\x30\x83\0" + message[2:4] + message[4:]  # a length on one byte too many


@pytest.mark.parametrize("kind", ["appended", "cut", "indefinite", "long"])
def test_ber_and_stray_bytes_are_refused(js, holders, kind):
    message = cms.seal(CONTENT, [read_recipient(holders["p384"].der)])
    assert message[:2] == b"\x30\x82"
    found = open_in_browser(js, bend(message, kind), encrypted_key(holders["p384"]))
    assert found["code"] == "bid.cms_refused"


@pytest.mark.parametrize(
    "options",
    [
        ["-aes-256-cbc", "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"],
        ["-aes-256-gcm"],  # PKCS#1 v1.5
        ["-aes-256-gcm", "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha1"],
        ["-aes-128-gcm", "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"],
    ],
    ids=["cbc", "pkcs1", "oaep-sha1", "aes-128"],
)
def test_openssl_outside_the_profile_is_refused(js, holders, tmp_path, options):
    _, certificate = holders["rsa"].write(tmp_path)
    command = [
        "cms",
        "-encrypt",
        "-binary",
        "-outform",
        "DER",
        options[0],
        "-recip",
        certificate,
        *options[1:],
    ]
    found = open_in_browser(js, openssl(*command, data=CONTENT), encrypted_key(holders["rsa"]))
    assert found["code"] == "bid.cms_refused"


def certificate_for(key, *, encipherment=False, agreement=False):
    name = x509.Name([])
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=encipherment, data_encipherment=False,
        key_agreement=agreement, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + dt.timedelta(days=9))
    return builder.add_extension(usage, critical=True).sign(key, SHA256()).public_bytes(Encoding.DER)


REFUSED = {
    "rsa-2048": (
        lambda: certificate_for(rsa.generate_private_key(65537, 2048), encipherment=True),
        "key_size",
    ),
    "p521": (lambda: certificate_for(ec.generate_private_key(ec.SECP521R1()), agreement=True), "curve"),
    "usage-ec": (
        lambda: certificate_for(ec.generate_private_key(ec.SECP256R1()), encipherment=True),
        "key_usage",
    ),
    "usage-rsa": (
        lambda: certificate_for(rsa.generate_private_key(65537, 3072), agreement=True),
        "key_usage",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unfit_certificates_are_refused(js, name):
    make, reason = REFUSED[name]
    found = js(
        """const { readCertificate } = await load("x509"), { fromBase64 } = await load("bytes");
        try { await readCertificate(fromBase64(given)); return null; } catch (error) { return [error.code, error.params.reason]; }""",
        b64(make()),
    )
    assert found == ["bid.certificate_refused", reason]


def test_same_key_twice_is_refused(js, holders):
    found = js(
        """const { readCertificates } = await load("x509"), { fromBase64 } = await load("bytes");
        try { await readCertificates(given.map(fromBase64)); return null; } catch (error) { return [error.code, error.params.reason]; }""",
        [b64(holders["p384"].der)] * 2,
    )
    assert found == ["bid.certificate_refused", "duplicate_key"]


def test_key_packets_agree_with_python(js):
    packet = KeyPacket(
        UUID("22222222-2222-4222-8222-222222222222"), Role.BUYER, Scheme.WHOLE, 1, 1, 2, bytes(range(32))
    )
    written = js(
        """const { writePacket, readPacket } = await load("packets"), { fromBase64, toBase64 } = await load("bytes");
        const read = readPacket(fromBase64(given));
        return toBase64(writePacket(read));""",
        b64(packet.to_bytes()),
    )
    assert packets.parse(base64.b64decode(written)) == packet


REHEARSE = """
  const { unseal } = await load("cmsread"), { openKey } = await load("pkcs8"), { readRehearsal } = await load("packets"), { fromBase64 } = await load("bytes");
  try { return readRehearsal(await unseal(fromBase64(given.message), await openKey(fromBase64(given.key), given.passphrase))); }
  catch (error) { return error.code; }
"""


def test_rehearsal_answers_the_nonce_and_nothing_else(js, holders):
    recipient = read_recipient(holders["p384"].der)
    given = {"key": b64(encrypted_key(holders["p384"])), "passphrase": PASSPHRASE}
    nonce = bytes(range(32))
    answer = js(REHEARSE, {**given, "message": b64(rehearsal.seal(nonce, recipient))})
    assert base64.urlsafe_b64decode(answer + "=") == nonce
    packet = KeyPacket(UUID(int=1), Role.BUYER, Scheme.WHOLE, 1, 1, 1, bytes(32)).seal([recipient])
    assert js(REHEARSE, {**given, "message": b64(packet)}) == "bid.rehearsal_invalid"
