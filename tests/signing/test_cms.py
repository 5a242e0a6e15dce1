"""Key packets: to and from stock OpenSSL, and everything outside the profile refused with its reason."""

import subprocess
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA256

from signing import der
from signing.errors import SealedError
from signing.sealed import cms, packets, recipients
from signing.sealed.packets import KeyPacket, Role, Scheme

CONTENT = b'{"v":"pli/1"}'
NAMES = ("rsa", "p256", "p384")
ENCRYPT = {
    "rsa": ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"],
    "p256": ["-keyopt", "ecdh_kdf_md:sha256"],
    "p384": ["-keyopt", "ecdh_kdf_md:sha384"],
}


def refusal(call, *args):
    with pytest.raises(SealedError) as caught:
        call(*args)
    return caught.value.code, caught.value.params.get("reason")


def openssl_decrypt(message, holder, folder):
    key, certificate = holder.write(folder)
    (folder / "message").write_bytes(message)
    line = ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", folder / "message", "-inkey", key]
    return subprocess.run([*line, "-recip", certificate], capture_output=True, check=False)


def openssl_encrypt(holder, folder, *options, cipher="-aes-256-gcm"):
    _, certificate = holder.write(folder)
    (folder / "content").write_bytes(CONTENT)
    line = ["openssl", "cms", "-encrypt", "-binary", "-outform", "DER", cipher, "-in", folder / "content"]
    done = subprocess.run(
        [*line, "-recip", certificate, *options, "-out", folder / "message"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return (folder / "message").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_our_message_opens_with_openssl(name, holders, tmp_path):
    mixed = cms.seal(CONTENT, [holders[n].recipient for n in NAMES])
    for message in (mixed, cms.seal(CONTENT, [holders[name].recipient])):
        done = openssl_decrypt(message, holders[name], tmp_path)
        assert (done.returncode, done.stdout) == (0, CONTENT)


@pytest.mark.parametrize("name", NAMES)
def test_our_damaged_message_makes_openssl_fail(name, holders, tmp_path):
    message = bytearray(cms.seal(CONTENT, [holders[name].recipient]))
    message[-1] ^= 1
    # OpenSSL issue 21414: the plaintext may be written before the failure; only the status counts.
    assert openssl_decrypt(bytes(message), holders[name], tmp_path).returncode != 0


@pytest.mark.parametrize("name", NAMES)
def test_openssl_message_opens_with_ours(name, holders, tmp_path):
    message = openssl_encrypt(holders[name], tmp_path, *ENCRYPT[name])
    assert cms.unseal(message, holders[name].key, holders[name].recipient) == CONTENT
    assert cms.unseal(message, holders[name].key) == CONTENT


@pytest.mark.parametrize("name", NAMES)
def test_mixed_message_opens_for_each(name, holders):
    message = cms.seal(CONTENT, [holders[n].recipient for n in NAMES])
    assert cms.unseal(message, holders[name].key) == CONTENT
    identities = {info.identity for info in cms.parse(message).recipients}
    assert identities == {(holders[n].recipient.issuer, holders[n].recipient.serial) for n in NAMES}


def test_wrong_key_refused(holders):
    message = cms.seal(CONTENT, [holders["p384"].recipient])
    assert refusal(cms.unseal, message, holders["other"].key) == ("bid.wrong_key", None)
    assert refusal(cms.unseal, message, holders["rsa"].key) == ("bid.wrong_key", None)
    assert refusal(cms.unseal, message, holders["p384"].key, holders["other"].recipient) == (
        "bid.wrong_key",
        None,
    )


def test_bit_flip_in_content_is_damage(holders):
    message = bytearray(cms.seal(CONTENT, [holders["p256"].recipient]))
    message[-1] ^= 1
    assert refusal(cms.unseal, bytes(message), holders["p256"].key) == ("bid.damaged", None)


def test_bit_flip_in_wrapped_key_is_wrong_key(holders):
    for name in NAMES:
        message = cms.seal(CONTENT, [holders[name].recipient])
        wrapped = cms.parse(message).recipients[0].wrapped
        broken = message.replace(wrapped, wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
        assert refusal(cms.unseal, broken, holders[name].key) == ("bid.wrong_key", None)


def test_key_of_another_length_refused(holders):
    holder = holders["rsa"]
    wrapped = holder.recipient.public_key.encrypt(bytes(16), OAEP(MGF1(SHA256()), SHA256(), None))
    info = recipients.RecipientInfo(holder.recipient.key_type, (b"", 1), wrapped)
    assert recipients.unwrap(info, holder.key) is None


def test_invalid_point_is_wrong_key(holders):
    info = recipients.RecipientInfo(
        holders["p256"].recipient.key_type, (b"", 1), bytes(40), b"\4" + bytes(64)
    )
    assert recipients.unwrap(info, holders["p256"].key) is None


@pytest.mark.parametrize(
    ("name", "options", "cipher", "reason"),
    [
        ("rsa", [], "-aes-256-gcm", "key_algorithm"),
        ("rsa", ["-keyopt", "rsa_padding_mode:oaep"], "-aes-256-gcm", "key_algorithm"),
        ("p256", [], "-aes-256-gcm", "key_algorithm"),
        ("rsa", ENCRYPT["rsa"], "-aes-256-cbc", "content_type"),
        ("rsa", ENCRYPT["rsa"], "-aes-128-gcm", "algorithm"),
        ("rsa", [*ENCRYPT["rsa"], "-keyid"], "-aes-256-gcm", "recipient_id"),
    ],
    ids=["pkcs1v15", "oaep-sha1", "ecdh-sha1", "cbc-enveloped", "aes-128", "key-id"],
)
def test_openssl_message_outside_the_profile_refused(name, options, cipher, reason, holders, tmp_path):
    message = openssl_encrypt(holders[name], tmp_path, *options, cipher=cipher)
    assert refusal(cms.unseal, message, holders[name].key) == ("bid.cms_refused", reason)


def test_ber_refused(holders, tmp_path):
    message = openssl_encrypt(holders["rsa"], tmp_path, *ENCRYPT["rsa"], "-stream")
    assert refusal(cms.parse, message) == ("bid.cms_refused", "not_der")


def test_same_recipient_twice_refused(holders):
    message = cms.seal(CONTENT, [holders["p256"].recipient, holders["p256"].recipient])
    assert refusal(cms.parse, message) == ("bid.cms_refused", "recipients")


def build(infos, *, nonce=bytes(12), tag=bytes(16), version=0, ending=b""):
    """Write a message whose every field can be made wrong."""
    content = der.sequence(der.oid("1.2.840.113549.1.7.1"), cms._gcm_algorithm(nonce), der.tlv(0x80, CONTENT))
    body = der.sequence(der.integer(version), der.set_of(*infos), content, der.octets(tag))
    return der.sequence(cms._CONTENT_TYPE, der.explicit(0, body)) + ending


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"infos": []}, "recipients"),
        ({"nonce": bytes(11)}, "algorithm"),
        ({"tag": bytes(15)}, "algorithm"),
        ({"version": 1}, "version"),
        ({"ending": b"\0"}, "trailing"),
        ({"infos": [der.tlv(0xA2, b"")]}, "recipient_type"),
    ],
)
def test_field_outside_the_profile_refused(change, reason, holders):
    infos = change.pop("infos", [recipients.wrap(bytes(32), holders["rsa"].recipient)])
    assert refusal(cms.parse, build(infos, **change)) == ("bid.cms_refused", reason)


def ecdh(scheme, *, ukm=None, algorithm=None):
    identity = der.sequence(der.sequence(), der.integer(7))
    algorithm = algorithm or der.sequence(der.oid("1.2.840.10045.2.1"))
    return der.tlv(
        0xA1,
        der.integer(3)
        + der.explicit(0, der.tlv(0xA1, algorithm + der.bits(b"\4")))
        + (b"" if ukm is None else der.explicit(1, der.octets(ukm)))
        + der.sequence(der.oid(scheme), der.sequence(der.oid("2.16.840.1.101.3.4.1.45")))
        + der.sequence(der.sequence(identity, der.octets(bytes(40)))),
    )


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (ecdh("1.3.132.1.11.1", ukm=bytes(8)), "ukm"),
        (ecdh("1.3.132.1.11.3"), "key_algorithm"),
        (ecdh("1.3.132.1.11.1", algorithm=der.sequence(der.oid("1.2.3"))), "key_algorithm"),
    ],
)
def test_ecdh_entry_outside_the_profile_refused(info, reason):
    assert refusal(cms.parse, build([info])) == ("bid.cms_refused", reason)


def test_message_too_large_refused():
    assert refusal(cms.parse, bytes(cms.MAX_BYTES + 1)) == ("bid.cms_refused", "size")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "structure"),
        (b"\x30", "truncated"),
        (b"\x30\x05\x00", "truncated"),
        (b"\x30\x81\x05", "not_der"),
        (b"\x30\x85\x01\x01\x01\x01\x01", "not_der"),
        (b"\x30\x02\x1f\x00", "structure"),
    ],
)
def test_broken_der_refused(data, reason):
    reader = der.Reader(data, code="x")
    assert refusal(lambda: reader.inside(der.SEQUENCE).any()) == ("x", reason)


def test_unsorted_set_and_loose_integers_refused():
    unsorted = der.tlv(der.SET, der.integer(2) + der.integer(1))
    assert refusal(der.Reader(unsorted, code="x").set_of) == ("x", "not_der")
    for content in (b"", b"\0\1", b"\xff\xff"):
        assert refusal(der.Reader(der.tlv(der.INTEGER, content), code="x").integer) == ("x", "not_der")
    assert refusal(der.Reader(b"\x03\x02\x01\x00", code="x").bits) == ("x", "not_der")
    assert der.Reader(b"\x02\x01\x80", code="x").integer() == -128
    assert der.boolean(value=False) == b"\1\1\0"


def packet(**change):
    values = {"envelope": UUID(int=4), "role": Role.BUYER, "scheme": Scheme.WHOLE, "x": 1, "m": 1, "n": 3}
    return KeyPacket(**{**values, "value": bytes(32), **change})


def test_packet_round_trip(holders):
    sealed = packet().seal([holders["p384"].recipient])
    assert packets.unseal(sealed, holders["p384"].key) == packet()
    share = packet(scheme=Scheme.SHARE, value=bytes(33))
    assert packets.parse(share.to_bytes()) == share


@pytest.mark.parametrize("value", [bytes(31), bytes(33)])
def test_packet_of_wrong_size_refused(value):
    assert refusal(packets.parse, packet(value=value).to_bytes())[0] == "bid.packet_invalid"


def test_packet_that_is_no_json_refused():
    assert refusal(packets.parse, b"{")[0] == "bid.packet_invalid"
